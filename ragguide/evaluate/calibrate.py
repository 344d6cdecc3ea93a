"""A guide and cases in, a calibration of its refusals out.

Question sets contain few unanswerable questions, most of them of one kind. So each answerable
question is also asked with its evidence hidden from the search: the guide still covers the topic,
but not the answer. The model is a logistic regression. A guide's own one starts from the shipped
one, which was fitted on several guides. Cross-validation gives the reported figures.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from ragguide.index.calibration import SIGNS_VERSION, Calibration, Signs, shipped_weights
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
STRENGTH = 0.1  # inverse of the ridge penalty
N_STEPS = 25  # of Newton's method; it converges in about 8

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
    """Fit a calibration to one guide, starting from the shipped one.

    Raises:
        InputError: the guide has evidence for too few of the questions.
    """
    _require_enough(rows)
    table = _table(rows, _weights(rows), shipped_weights())
    return _calibration(table, _folds(rows), embedder=embedder, chunk_tokens=chunk_tokens)


def fit_guides(
    rows: Mapping[str, Sequence[Row]], *, embedder: str, chunk_tokens: int
) -> tuple[Calibration, dict[str, "Numbers"]]:
    """Fit one calibration to several guides, each with the same weight.

    Args:
        rows: by guide.
        embedder: of all guides.
        chunk_tokens: of all guides.

    Returns:
        The calibration, and by guide the chance of each row by a fit on the other guides. The
        calibration's own figures are measured in the same way.
    """
    every = [row for some in rows.values() for row in some]
    weights = np.concatenate([_weights(some) / _weights(some).sum() for some in rows.values()])
    table = _table(every, weights * len(every) / len(rows), (0.0,) * len(Signs.__struct_fields__))
    guide = np.repeat(np.arange(len(rows)), [len(some) for some in rows.values()])  # (n,)
    folds = [guide == n for n in range(len(rows))]
    chances = _unseen_chances(table, folds)
    by_guide = {name: chances[where] for name, where in zip(rows, folds, strict=True)}
    fitted = _calibration(table, folds, embedder=embedder, chunk_tokens=chunk_tokens)
    return fitted, by_guide


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


class _Table(msgspec.Struct, frozen=True):
    """Rows as arrays."""

    signs: "Numbers"  # (n, signs)
    is_answered: "Flags"  # (n,)
    is_hidden: "Flags"  # (n,)
    weights: "Numbers"  # (n,)
    prior: tuple[float, ...]  # weights of the standardised signs without any rows


class _Model:
    """A logistic regression of standardised signs, drawn to the prior by a ridge penalty."""

    def __init__(self, table: _Table, seen: "Flags") -> None:
        signs, weights = table.signs[seen], table.weights[seen]
        self.means = signs.mean(axis=0)
        self.scales = np.where(signs.std(axis=0) > 0, signs.std(axis=0), 1.0)
        columns = np.column_stack([np.ones(len(signs)), (signs - self.means) / self.scales])
        prior = np.array([0.0, *table.prior])
        penalty = np.array([0.0, *([1 / STRENGTH] * len(table.prior))])  # the bias is free
        found = prior.copy()
        for _ in range(N_STEPS):  # Newton's method
            chances = 1 / (1 + np.exp(-columns @ found))
            slope = columns.T @ (weights * (chances - table.is_answered[seen]))
            slope += penalty * (found - prior)
            bend = (columns.T * (weights * chances * (1 - chances))) @ columns + np.diag(penalty)
            found -= np.linalg.solve(bend, slope)
        self.bias, self.weights = float(found[0]), found[1:]

    def chances(self, signs: "Numbers") -> "Numbers":
        logits = self.bias + ((signs - self.means) / self.scales) @ self.weights
        chances: Numbers = 1 / (1 + np.exp(-logits))
        return chances


def _table(rows: Sequence[Row], weights: "Numbers", prior: Sequence[float]) -> _Table:
    return _Table(
        signs=np.array([msgspec.structs.astuple(row.signs) for row in rows]),
        is_answered=np.array([row.is_answered for row in rows]),
        is_hidden=np.array([row.is_hidden for row in rows]),
        weights=weights,
        prior=tuple(prior),
    )


def _weights(rows: Sequence[Row]) -> "Numbers":
    """Return a weight for each row. Answered and other rows have the same total weight."""
    is_answered = np.array([row.is_answered for row in rows])
    is_hidden = np.array([row.is_hidden for row in rows])
    n_unanswerable = (~is_answered & ~is_hidden).sum()
    weights = np.where(is_hidden, HIDDEN_WEIGHT if n_unanswerable else 1.0, 1.0)
    weights[is_answered] *= weights[~is_answered].sum() / weights[is_answered].sum()
    return weights


def _folds(rows: Sequence[Row]) -> list["Flags"]:
    """Return the rows of each fold. All rows of a question are in one fold of each round."""
    cases = sorted({row.case_id for row in rows})
    place = {case: n for n, case in enumerate(cases)}
    of_case = np.array([place[row.case_id] for row in rows])
    folds = []
    for seed in range(N_ROUNDS):
        fold_of = np.random.default_rng(seed).permutation(len(cases)) % N_FOLDS
        folds += [fold_of[of_case] == n for n in range(N_FOLDS)]
    return folds


def _unseen_chances(table: _Table, folds: Sequence["Flags"]) -> "Numbers":
    """Return each row's mean chance by the models fitted without it."""
    chances, n_times = np.zeros(len(table.signs)), np.zeros(len(table.signs))
    for left_out in folds:
        chances[left_out] += _Model(table, ~left_out).chances(table.signs[left_out])
        n_times += left_out
    return chances / n_times


def _calibration(
    table: _Table, folds: Sequence["Flags"], *, embedder: str, chunk_tokens: int
) -> Calibration:
    """Fit a calibration to all rows; its figures come from models that saw none of the fold."""
    model = _Model(table, np.ones(len(table.signs), dtype=bool))
    chances = _unseen_chances(table, folds)
    is_answered, asked = table.is_answered, ~table.is_hidden
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
        bias=round(model.bias, 6),
        answerable_chances=tuple(np.sort(chances[is_answered]).round(6).tolist()),
        unanswerable_chances=tuple(np.sort(chances[~is_answered & asked]).round(6).tolist()),
        auroc=None if isnan(area) else round(area, 4),
        risk_curve=tuple((round(a, 4), round(b, 4)) for a, b in risk_curve(wrong)),
        n_hidden=int(table.is_hidden.sum()),
    )


def _signs(values: "Numbers") -> Signs:
    return Signs(**dict(zip(Signs.__struct_fields__, values.round(6).tolist(), strict=True)))
