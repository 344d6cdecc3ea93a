"""Statements with weights in, the weights with a ranker's opinion out. No I/O."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ragguide.augment.evidence import Candidate

if TYPE_CHECKING:
    from ragguide.types import FloatVector

RANKED = 6  # statements that the ranker reads; more find no more answers (benchmarks/README.md)
BY_RANKER = 0.03  # weight of its log odds
MOST_ODDS = 8.0  # log odds count up to this

# "Who it is for." is a heading, which the ranker takes for the answer to a "who".
_HEADING = re.compile(r"(?:how|wh(?:at|en|ere|ich|o|y))(?:\s+[^\s?]+){1,5}", re.I)

ScoreStatements = Callable[[str, Sequence[str]], "FloatVector"]  # → (n_statements,) log odds


def rank(
    question: str,
    candidates: Sequence[Candidate],
    weights: Sequence[float],
    score: ScoreStatements | None,
) -> list[float]:
    """Return the weights, lowered where the ranker sees a worse answer than the best one.

    Candidates that it does not read are lowered as much as the worst that it reads. Without a
    `score` the weights stay.
    """
    if score is None:
        return list(weights)
    said = [i for i, each in enumerate(candidates) if not _HEADING.fullmatch(each.quote)]
    first = sorted(said, key=lambda i: -weights[i])[:RANKED]
    if not first:
        return list(weights)
    odds = score(question, [candidates[i].quote for i in first]).clip(-MOST_ODDS, MOST_ODDS)
    lowered = dict(zip(first, (BY_RANKER * (odds - odds.max())).tolist(), strict=True))
    least = min(lowered.values())
    return [weight + lowered.get(i, least) for i, weight in enumerate(weights)]
