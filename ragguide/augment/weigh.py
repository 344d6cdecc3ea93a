"""Hits in, their sentences with a weight for the question out. No I/O."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from ragguide.augment.evidence import Candidate, split_hits, weigh
from ragguide.index.keywords import terms_of
from ragguide.types import Hit

StatementCosines = Callable[[Hit], Mapping[int, float]]  # keyed by the statement's offset


class Weighed(msgspec.Struct, frozen=True):
    """Hits with their sentences, and the sentences' weights for the question."""

    hits: Sequence[Hit]
    candidates: Sequence[Candidate]  # in the order of the hits
    cosines: Sequence[float]  # of each candidate to the question
    weights: Sequence[float]  # of each candidate; better when higher

    def n_of(self, n_hits: int) -> int:
        """Return how many candidates belong to the first `n_hits` hits."""
        return sum(candidate.hit.rank <= n_hits for candidate in self.candidates)


def weigh_hits(
    hits: Sequence[Hit],
    question_terms: Mapping[str, float],
    statement_cosines: StatementCosines,
    rarity: Mapping[str, float],
) -> Weighed:
    """Split hits into sentences and weigh each for the question.

    Args:
        hits: best first, ranks from 1.
        question_terms: the question's terms with their weights.
        statement_cosines: returns the cosine of each statement of a hit to the question.
        rarity: inverse document frequency of the guide's terms.
    """
    candidates = split_hits(hits)
    by_hit = [statement_cosines(hit) for hit in hits]
    cosines = [
        max(by_hit[each.hit.rank - 1][offset] for offset in each.offsets) for each in candidates
    ]
    weights = weigh(candidates, cosines, question_terms, terms_of, rarity)
    return Weighed(hits, candidates, cosines, weights)
