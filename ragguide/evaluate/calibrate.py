"""A guide and cases in, a calibration of its refusals out.

Question sets contain few unanswerable questions, most of them of one kind. So each answerable
question is also asked with its evidence hidden from the search: the guide still covers the topic,
but not the answer. The model is a logistic regression. Cross-validation gives the reported figures.
"""

from collections.abc import Callable, Iterator, Sequence
from math import isnan
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ragguide.errors import InputError
from ragguide.evaluate.answers import fold, says
from ragguide.evaluate.gold import GoldFinder
from ragguide.evaluate.records import Case, Span
from ragguide.evaluate.refusals import auroc, risk_curve
from ragguide.guide import Guide
from ragguide.index.calibration import SIGNS_VERSION, Calibration, Signs
from ragguide.types import Chunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]

LEAST_ANSWERABLE = 30  # questions with evidence in the guide; fewer are too few for a fit
N_FOLDS = 10
N_ROUNDS = 5  # each with other folds; a question's chances are averaged over the rounds
# Weight of a question with hidden evidence; an unanswerable question has weight 1. There are six
# times as many of the former, and all of them lie near the topic. See benchmarks/README.md.
HIDDEN_WEIGHT = 0.1
STRENGTH = 0.1  # inverse of the regularisation

OnCase = Callable[[int, int], None]


class Row(msgspec.Struct, frozen=True):
    """The signs of one question, asked with or without its evidence."""

    case_id: str
    signs: Signs
    is_answered: bool  # the guide answers the question, and its evidence was not hidden
    is_hidden: bool  # the evidence was hidden


def read_rows(guide: Guide, cases: Sequence[Case], *, on_case: OnCase) -> list[Row]:
    """Ask all cases, and the answerable ones again with their evidence hidden."""
    evidence = _Evidence(guide)
    rows: list[Row] = []
    for n, case in enumerate(cases, start=1):
        rows += _rows_of(guide, case, evidence)
        on_case(n, len(cases))
    return rows


def fit(rows: Sequence[Row], *, embedder: str, chunk_tokens: int) -> Calibration:
    """Fit a calibration.

    Raises:
        InputError: the guide has evidence for too few of the questions.
    """
    _require_enough(rows)
    signs = np.array([msgspec.structs.astuple(row.signs) for row in rows])  # (n, signs)
    is_answered = np.array([row.is_answered for row in rows])
    is_hidden = np.array([row.is_hidden for row in rows])
    weights = _weights(is_answered, is_hidden)
    model = _Model(signs, is_answered, weights)
    chances = _cross_validated(rows, signs, is_answered, weights)
    asked = ~is_hidden
    scored = np.column_stack([chances, is_answered])[asked].astype(float)
    wrong = np.column_stack([chances, ~is_answered])[asked].astype(float)
    area = auroc(scored)
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
        auroc=None if isnan(area) else round(area, 4),
        risk_curve=tuple((round(a, 4), round(b, 4)) for a, b in risk_curve(wrong)),
        n_hidden=int(is_hidden.sum()),
    )


def _require_enough(rows: Sequence[Row]) -> None:
    n_answered = sum(row.is_answered for row in rows)
    if n_answered < LEAST_ANSWERABLE:
        raise InputError(
            f"the guide has evidence for {n_answered} of the questions; a calibration needs "
            f"{LEAST_ANSWERABLE}. Add questions, or find wrong ones: ragguide eval check CASES"
        )


class _Evidence:
    """Finds the chunks that contain a case's answer."""

    def __init__(self, guide: Guide) -> None:
        self._chunks = guide.chunks
        self._folded = [fold(chunk.text) for chunk in guide.chunks]
        self._gold = GoldFinder(guide.documents())

    def rows(self, case: Case) -> set[int]:
        """Return the rows of chunks that overlap a quote of the case or state all its facts."""
        spans = [span for places in self._gold.find(case).spans for span in places]
        return {
            row
            for row, chunk in enumerate(self._chunks)
            if any(_overlaps(chunk, span) for span in spans) or self._states_all(case, row)
        }

    def _states_all(self, case: Case, row: int) -> bool:
        return bool(case.facts) and all(says(self._folded[row], fact) for fact in case.facts)


def _overlaps(chunk: Chunk, span: Span) -> bool:
    return chunk.document == span.document and chunk.start < span.end and chunk.end > span.start


def _rows_of(guide: Guide, case: Case, evidence: _Evidence) -> Iterator[Row]:
    for hidden in _hidings(case, evidence):
        signs = guide.signs(case.question, hidden=hidden)
        if signs is not None:
            is_answered = case.is_answerable and not hidden
            yield Row(case.id, signs, is_answered, bool(hidden))


def _hidings(case: Case, evidence: _Evidence) -> list[set[int]]:
    """Return the sets of chunks to hide, one for each time that the case is asked."""
    if not case.is_answerable:
        return [set()]
    rows = evidence.rows(case)
    return [set(), rows] if rows else []  # without evidence it is unknown whether it is answered


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
    """Return a weight for each row. Answered and other rows have the same total weight."""
    n_unanswerable = (~is_answered & ~is_hidden).sum()
    weights = np.where(is_hidden, HIDDEN_WEIGHT if n_unanswerable else 1.0, 1.0)
    weights[is_answered] *= weights[~is_answered].sum() / weights[is_answered].sum()
    return weights


def _cross_validated(
    rows: Sequence[Row], signs: "Numbers", is_answered: "Flags", weights: "Numbers"
) -> "Numbers":
    """Return each row's chance, by models fitted without its question; mean over the rounds."""
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
