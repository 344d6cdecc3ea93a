"""A guide and cases in, a calibration of its refusals out.

Question sets hold few unanswerable questions, and most are of one kind. So every answerable one is
also asked as if its evidence were not in the guide: all that is near the topic stays, the answer is
gone. The model is a logistic regression, the shares are of folds that it was not fitted on.
"""

from collections.abc import Callable, Iterator, Sequence
from math import isnan
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ragguide.errors import InputError
from ragguide.evaluate.answers import fold, says
from ragguide.evaluate.gold import GoldFinder
from ragguide.evaluate.records import Case
from ragguide.evaluate.refusals import auroc, risk_curve
from ragguide.guide import Guide
from ragguide.index.calibration import SIGNS_VERSION, Calibration, Signs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]

LEAST_ANSWERABLE = 30  # questions whose evidence the guide holds; fewer fit nothing
N_FOLDS = 10
N_ROUNDS = 5  # of other folds; the chances of a question are averaged
# Weight of a question whose evidence was hidden, beside one of an unanswerable question: there are
# six times as many, and what they lack is near by. Measured in benchmarks/README.md.
HIDDEN_WEIGHT = 0.1
STRENGTH = 0.1  # inverse of the regularisation

OnCase = Callable[[int, int], None]


class Row(msgspec.Struct, frozen=True):
    """One asking of one question."""

    case_id: str
    signs: Signs
    is_answered: bool  # by what it was asked of
    is_hidden: bool  # by hiding the evidence


def read_rows(guide: Guide, cases: Sequence[Case], *, on_case: OnCase) -> list[Row]:
    """Ask all cases, and the answerable ones without their evidence too."""
    finder = _Evidence(guide)
    rows: list[Row] = []
    for n, case in enumerate(cases, start=1):
        rows += _rows_of(guide, case, finder)
        on_case(n, len(cases))
    return rows


def fit(rows: Sequence[Row], *, embedder: str, chunk_tokens: int) -> Calibration:
    """Fit a calibration.

    Raises:
        InputError: too few of the questions are answered by the guide.
    """
    answered = [row for row in rows if row.is_answered]
    if len(answered) < LEAST_ANSWERABLE:
        raise InputError(
            f"{len(answered)} of the questions have evidence that the guide holds; to calibrate "
            f"takes {LEAST_ANSWERABLE}. Add some, or check the set: ragguide eval check."
        )
    signs = np.array([msgspec.structs.astuple(row.signs) for row in rows])  # (n, signs)
    is_answered = np.array([row.is_answered for row in rows])
    is_hidden = np.array([row.is_hidden for row in rows])
    weights = _weights(is_answered, is_hidden)
    model = _Model(signs, is_answered, weights)
    chances = _cross_validated(rows, signs, is_answered, weights)
    asked = ~is_hidden
    scored = np.column_stack([chances, is_answered])[asked].astype(float)
    wrong = np.column_stack([chances, ~is_answered])[asked].astype(float)
    value = auroc(scored)
    return Calibration(
        signs_version=SIGNS_VERSION,
        embedder=embedder,
        chunk_tokens=chunk_tokens,
        means=_signs(model.means),
        scales=_signs(model.scales),
        weights=_signs(model.weights),
        bias=model.bias,
        answerable_chances=tuple(np.sort(chances[is_answered]).round(6).tolist()),
        unanswerable_chances=tuple(np.sort(chances[~is_answered & asked]).round(6).tolist()),
        auroc=None if isnan(value) else round(value, 4),
        risk_curve=tuple((round(a, 4), round(b, 4)) for a, b in risk_curve(wrong)),
        n_hidden=int(is_hidden.sum()),
    )


class _Evidence:
    """Finds the chunks that a case's answer can be read in."""

    def __init__(self, guide: Guide) -> None:
        self._chunks = guide.chunks
        self._folded = [fold(chunk.text) for chunk in guide.chunks]
        self._gold = GoldFinder(guide.documents())

    def rows(self, case: Case) -> set[int]:
        """Rows of the chunks that touch a quote of the evidence or state all of the facts."""
        spans = [span for places in self._gold.find(case).spans for span in places]
        return {
            row
            for row, chunk in enumerate(self._chunks)
            if any(
                chunk.document == span.document
                and chunk.start < span.end
                and chunk.end > span.start
                for span in spans
            )
            or (case.facts and all(says(self._folded[row], fact) for fact in case.facts))
        }


def _rows_of(guide: Guide, case: Case, evidence: _Evidence) -> Iterator[Row]:
    if not case.is_answerable:
        hidings: list[set[int]] = [set()]
    else:
        rows = evidence.rows(case)
        hidings = [set(), rows] if rows else []  # without, nobody knows whether it is answered
    for hidden in hidings:
        signs = guide.signs(case.question, hidden=hidden)
        if signs is not None:
            answered = case.is_answerable and not hidden
            yield Row(case.id, signs, answered, bool(hidden))


class _Model:
    """A logistic regression of standardised signs."""

    def __init__(self, signs: "Numbers", is_answered: "Flags", weights: "Numbers") -> None:
        from sklearn.linear_model import LogisticRegression

        self.means = signs.mean(axis=0)
        self.scales = np.where(signs.std(axis=0) > 0, signs.std(axis=0), 1.0)
        fitted = LogisticRegression(C=STRENGTH, max_iter=1000).fit(
            (signs - self.means) / self.scales, is_answered, sample_weight=weights
        )
        self.weights = fitted.coef_[0]
        self.bias = float(fitted.intercept_[0])

    def chances(self, signs: "Numbers") -> "Numbers":
        logits = self.bias + ((signs - self.means) / self.scales) @ self.weights
        chances: Numbers = 1 / (1 + np.exp(-logits))
        return chances


def _weights(is_answered: "Flags", is_hidden: "Flags") -> "Numbers":
    """Of each row; those of both kinds together weigh the same."""
    n_unanswerable = (~is_answered & ~is_hidden).sum()
    weights = np.where(is_hidden, HIDDEN_WEIGHT if n_unanswerable else 1.0, 1.0)
    weights[is_answered] *= weights[~is_answered].sum() / weights[is_answered].sum()
    return weights


def _cross_validated(
    rows: Sequence[Row], signs: "Numbers", is_answered: "Flags", weights: "Numbers"
) -> "Numbers":
    """Each row's chance by models that have not seen its question, mean over the rounds."""
    cases = sorted({row.case_id for row in rows})
    place = {case: n for n, case in enumerate(cases)}
    of_case = np.array([place[row.case_id] for row in rows])
    chances = np.zeros(len(rows))
    for seed in range(N_ROUNDS):
        fold_of = np.random.default_rng(seed).permutation(len(cases)) % N_FOLDS
        fold = fold_of[of_case]  # (n_rows,)
        for n in range(N_FOLDS):
            seen = fold != n
            model = _Model(signs[seen], is_answered[seen], weights[seen])
            chances[~seen] += model.chances(signs[~seen])
    return chances / N_ROUNDS


def _signs(values: "Numbers") -> Signs:
    return Signs(**dict(zip(Signs.__struct_fields__, values.round(6).tolist(), strict=True)))
