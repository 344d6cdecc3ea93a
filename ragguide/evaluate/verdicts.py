"""A case and its outcome in, a verdict in a few words out. No I/O."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from ragguide.evaluate.answer_wording import gives_wrong_answer
from ragguide.evaluate.answers import text_of
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.ranking import UNITS, figures, ranking_of
from ragguide.evaluate.records import Judged, Mode

Fault = Literal["error", "refused", "answered", "wrong", "not found", "facts missing", "not first"]
FAULTS: dict[Fault, str] = {  # most severe first; headings of a report
    "error": "Failed with an error",
    "refused": "Refused, although the guide has the answer",
    "answered": "Answered, although the guide has no answer",
    "wrong": "Wrong verdict or statement",
    "not found": "No gold passage found",
    "facts missing": "Facts missing",
    "not first": "Gold passage found, but not first",
}

NOT_FOUND = 0  # the rank of a gold passage that was not found

_FACTS = find_measure("facts")  # in answer and quotes together


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a case, to compare with its result in another run."""

    fault: Fault | None
    is_ranked: bool  # the case has gold in some unit
    rank: int | None  # of the first gold passage, from 1; None: none was found
    refused: bool
    is_wrong: bool  # the answer gives the wrong verdict or contains a wrong wording
    facts: float | None  # share in answer and quotes; None: the case has none, or mode "search"
    answer: str  # without its citation marks
    error: str

    def __str__(self) -> str:
        """Return a few words: "rank 2, facts 0.50"."""
        if self.error:
            return "error"
        if self.refused:
            return "refused"
        words = [] if self.rank is None else [f"rank {self.rank}"]
        if self.fault == "not found":
            words.append("not found")
        if self.fault == "answered":
            words.append("answered")
        if self.is_wrong:
            words.append("wrong")
        if self.facts is not None:
            words.append(f"facts {self.facts:.2f}")
        return ", ".join(words) or "no fault"

    @property
    def worth(self) -> tuple[float, ...]:
        """A sort key: of two verdicts on one case, the better one is greater."""
        return (
            float(not self.error),
            float(self.fault not in ("refused", "answered")),
            float(not self.is_wrong),
            self.facts or 0.0,
            1.0 / self.rank if self.rank else 0.0,
        )


def judge(judged: Judged, mode: Mode) -> Verdict:
    """Return the verdict on a case of a run in this mode, with its most severe fault if any."""
    case, outcome = judged.case, judged.outcome
    rank, is_ranked = _gold_rank(judged)
    row = None if mode == "search" else _FACTS.row_of(judged)
    facts = None if row is None else row[0]
    is_wrong = mode == "answers" and gives_wrong_answer(judged)
    faults: dict[Fault, bool] = {
        "error": bool(outcome.error),
        "refused": outcome.refused and case.is_answerable,
        "answered": not (outcome.refused or case.is_answerable),
        "wrong": is_wrong,
        "not found": is_ranked and rank is None,
        "facts missing": facts is not None and facts < 1,
        "not first": rank is not None and rank > 1,
    }
    return Verdict(
        fault=next((fault for fault in FAULTS if faults[fault]), None),
        is_ranked=is_ranked,
        rank=rank,
        refused=outcome.refused,
        is_wrong=is_wrong,
        facts=facts,
        answer=text_of(outcome.answer),
        error=outcome.error,
    )


def _gold_rank(judged: Judged) -> tuple[int | None, bool]:
    """Return the rank of the first gold passage, and whether the case has gold at all."""
    for unit in UNITS:
        ranking = ranking_of(judged, unit)
        if ranking is not None:
            reciprocal = figures(ranking)["MRR"]
            return (round(1 / reciprocal) if reciprocal else None), True
    return None, False


def gold_ranks(verdicts: Sequence[Verdict]) -> dict[int, int]:
    """Count the ranks of the first gold passages, `NOT_FOUND` last."""
    ranks = Counter(verdict.rank or NOT_FOUND for verdict in verdicts if verdict.is_ranked)
    return {rank: ranks[rank] for rank in sorted(ranks, key=lambda rank: (rank == NOT_FOUND, rank))}
