"""A case and its outcome in, what came of it in a few words out. No I/O."""

from typing import Literal

import msgspec

from ragguide.evaluate.answers import text_of
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.ranking import UNITS, figures, ranking_of
from ragguide.evaluate.records import Judged, Mode

Fault = Literal["error", "refused", "answered", "not found", "facts missing", "not first"]
FAULTS: dict[Fault, str] = {  # gravest first
    "error": "ended in an error",
    "refused": "refused, though the guide answers them",
    "answered": "answered, though the guide does not answer them",
    "not found": "no gold passage found",
    "facts missing": "some of the facts not shown",
    "not first": "a gold passage found, but not first",
}

_FACTS = find_measure("facts")  # by answer and quotes together


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a case, to be set beside what came of it in another run."""

    fault: Fault | None
    is_ranked: bool  # there is a gold passage to be found
    rank: int | None  # of the first one, from 1; None: none was found
    refused: bool
    facts: float | None  # share shown by answer and quotes; None: not known, or nothing was asked
    answer: str  # without its marks
    error: str

    def __str__(self) -> str:
        """Tell it in a few words: "rank 2, facts 0.50"."""
        if self.error:
            return "error"
        if self.refused:
            return "refused"
        words = [] if self.rank is None else [f"rank {self.rank}"]
        if self.fault == "not found":
            words.append("not found")
        if self.fault == "answered":
            words.append("answered")
        if self.facts is not None:
            words.append(f"facts {self.facts:.2f}")
        return ", ".join(words) or "no fault"

    @property
    def worth(self) -> tuple[float, ...]:
        """Greater is better, to tell of two verdicts on one case which is the better one."""
        return (
            float(not self.error),
            float(self.fault not in ("refused", "answered")),
            self.facts or 0.0,
            1.0 / self.rank if self.rank else 0.0,
        )


def judge(judged: Judged, mode: Mode) -> Verdict:
    """Tell what came of a case of a run in that mode; its gravest fault, if there is one."""
    case, outcome = judged.case, judged.outcome
    rank, is_ranked = _gold_rank(judged)
    row = None if mode == "search" else _FACTS.row_of(judged)
    facts = None if row is None else row[0]
    faults: dict[Fault, bool] = {
        "error": bool(outcome.error),
        "refused": outcome.refused and case.is_answerable,
        "answered": not (outcome.refused or case.is_answerable),
        "not found": is_ranked and rank is None,
        "facts missing": facts is not None and facts < 1,
        "not first": rank is not None and rank > 1,
    }
    return Verdict(
        fault=next((fault for fault in FAULTS if faults[fault]), None),
        is_ranked=is_ranked,
        rank=rank,
        refused=outcome.refused,
        facts=facts,
        answer=text_of(outcome.answer),
        error=outcome.error,
    )


def _gold_rank(judged: Judged) -> tuple[int | None, bool]:
    """The rank of the first gold passage, and whether there is one to be found at all."""
    for unit in UNITS:
        ranking = ranking_of(judged, unit)
        if ranking is not None:
            reciprocal = figures(ranking)["MRR"]
            return (round(1 / reciprocal) if reciprocal else None), True
    return None, False
