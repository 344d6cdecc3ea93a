"""Hits in, their sentences with a weight for the question out. No I/O."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from ragguide.augment.evidence import Candidate, FindLead, no_lead, split_hits, weigh
from ragguide.create.leads import refers_back
from ragguide.index.keywords import terms_of
from ragguide.types import Filter, Hit

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
    find_lead: FindLead = no_lead,
    where: Filter | None = None,
) -> Weighed:
    """Split hits into sentences and weigh each for the question.

    Args:
        hits: best first, ranks from 1. With a reranker, a hit weighs as much as its place did
            before, so the reranker's order counts.
        question_terms: the question's terms with their weights.
        statement_cosines: returns the cosine of each statement of a hit to the question.
        rarity: inverse document frequency of the guide's terms.
        find_lead: finds the lead of a statement in its document.
        where: the filter of the search.
    """
    candidates = split_hits([_in_its_place(hit) for hit in hits], find_lead, where)
    by_hit = [statement_cosines(hit) for hit in hits]
    cosines = [_cosine(each, by_hit[each.hit.rank - 1]) for each in candidates]
    weights = weigh(candidates, cosines, question_terms, terms_of, rarity)
    return Weighed(hits, candidates, cosines, weights)


def _cosine(candidate: Candidate, cosines: Mapping[int, float]) -> float:
    """Return the cosine of a candidate; of "It …", the mean with the sentence it refers to."""
    own = max(cosines[offset] for offset in candidate.offsets)
    if not refers_back(candidate.text):
        return own
    referents = [cosines[lead.start] for lead in candidate.leads if lead.start in cosines]
    return (own + max(referents)) / 2 if referents else own


def _in_its_place(hit: Hit) -> Hit:
    return hit if hit.place_score is None else replace(hit, score=hit.place_score)
