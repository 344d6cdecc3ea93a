"""Hits in, the sentences that bear on the question out. No I/O.

A model's time to its first word is the length of its prompt, and most of a passage is beside the
question. So the sentences and list items of the hits are weighed one by one: by meaning, by the
question's rarer words, and by the passage that they stand in.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from math import fsum

import msgspec

from ragguide.augment.quantities import around_numbers, wanted_number
from ragguide.types import Evidence, Hit, Statement, locator_of

# Shares in a sentence's weight; together 1. Measured on the real guide's questions (benchmarks/).
BY_MEANING, BY_WORDS, BY_PASSAGE = 0.4, 0.2, 0.4
BY_NUMBER = 0.1  # more weighs what holds a number, if the question asks for one
MIN_LETTERS = 8  # letters and digits; less is debris of a table or figure

LABEL_WORDS = 8  # at most, of a label: "What Kendra reads:", "Does it cost anything?"
_LABEL_END = (":", "?")
_ADDRESS = re.compile(r"\W*(?:\w+:\s+)?(?:https?://|www\.)\S+\W*")  # "Source: https://…", say


class Candidate(msgspec.Struct, frozen=True):
    """A statement of a hit, with the label that stands before it."""

    hit: Hit
    statement: Statement
    label: Statement | None = None

    @property
    def start(self) -> int:
        """Where it begins in the chunk's text."""
        return (self.label or self.statement).start

    @property
    def text(self) -> str:
        return self.hit.chunk.text[self.start : self.statement.end]

    @property
    def offset(self) -> int:
        """Where its statement begins in the document."""
        return self.hit.chunk.start + self.statement.start


def split_hits(hits: Sequence[Hit]) -> list[Candidate]:
    """Take hits apart into statements, each once though overlapping chunks share it.

    A label goes with the statement that it stands before, since neither says much by itself.
    """
    seen: set[tuple[str, int]] = set()
    candidates = []
    for hit in hits:
        for candidate in _split(hit):
            key = (hit.chunk.document, candidate.offset)
            if key not in seen and sum(map(str.isalnum, candidate.text)) >= MIN_LETTERS:
                seen.add(key)
                candidates.append(candidate)
    return candidates


def _split(hit: Hit) -> Iterator[Candidate]:
    text = hit.chunk.text
    label = None
    for statement, after in zip_longest(hit.chunk.statements, hit.chunk.statements[1:]):
        if after and _is_label(text, statement) and _follows(text, after, statement):
            if label:
                yield Candidate(hit, label)
            label = statement
        else:
            yield Candidate(hit, statement, label)
            label = None


def _is_label(text: str, statement: Statement) -> bool:
    said = text[statement.start : statement.end].rstrip()
    return said.endswith(_LABEL_END) and len(said.split()) <= LABEL_WORDS


def _follows(text: str, statement: Statement, label: Statement) -> bool:
    """Whether a statement goes on right after a label, not as an item of a list below it."""
    return statement.section == label.section and text[label.end : statement.start].isspace()


def is_address(text: str) -> bool:
    """Whether a statement is the address of a page, and tells nothing else."""
    return _ADDRESS.fullmatch(text) is not None


def weigh(
    candidates: Sequence[Candidate],
    cosines: Sequence[float],
    question_terms: Collection[str],
    terms_of: Callable[[str], Sequence[str]],
    rarity: Mapping[str, float],
) -> list[float]:
    """Weigh each candidate for the question; higher is better.

    Args:
        candidates: as `split_hits` returns them.
        cosines: of each candidate to the question.
        question_terms: the question's terms, each once.
        terms_of: how the keyword index takes a text apart.
        rarity: inverse document frequency of terms; one that is missing stands nowhere.
    """
    # fsum, since a set of terms has another order in every process
    total = fsum(rarity.get(term, 0.0) for term in question_terms) or 1.0
    weights = []
    for candidate, cosine in zip(candidates, cosines, strict=True):
        # The section's title says what an item is about, and so its words count with the item's.
        terms = {*terms_of(candidate.text), *terms_of(" ".join(candidate.statement.section[-2:]))}
        matched = fsum(rarity.get(term, 0.0) for term in question_terms if term in terms)
        weights.append(
            BY_MEANING * cosine + BY_WORDS * matched / total + BY_PASSAGE * candidate.hit.score
        )
    return weights


def favour_numbers(
    candidates: Sequence[Candidate],
    weights: Sequence[float],
    question: str,
    terms_of: Callable[[str], Sequence[str]],
) -> list[float]:
    """Weigh more what holds a number, if the question asks for one: little else answers it.

    What the guide says instead ("the size is not public") stays among the others by its own weight.
    """
    wanted = wanted_number(question, terms_of)
    if wanted is None:
        return list(weights)
    return [
        weight + BY_NUMBER * any(True for _ in around_numbers(candidate.text, wanted, terms_of))
        for candidate, weight in zip(candidates, weights, strict=True)
    ]


def choose(
    weights: Sequence[float],
    costs: Sequence[int],
    *,
    budget: int,
    first: Sequence[int] = (),
    without: Collection[int] = (),
    max_items: int | None = None,
    min_share: float = 0.0,
) -> list[int]:
    """Return the places of the weightiest candidates that fit the budget, best first.

    Those in `first` are taken before all others, whatever they cost, those in `without` never. Of
    the others, one that does not fit is passed over for a shorter one; the best is taken even if it
    alone exceeds the budget, and none that weighs less than `min_share` of the best.
    """
    chosen: list[int] = []
    spent = 0
    least = min_share * max(weights, default=0.0)
    by_weight = sorted(
        (i for i, weight in enumerate(weights) if weight >= least), key=lambda i: -weights[i]
    )
    for i in dict.fromkeys([*first, *by_weight]):
        if i in without:
            continue
        if len(chosen) == max_items:
            break
        if not chosen or i in first or spent + costs[i] <= budget:
            chosen.append(i)
            spent += costs[i]
    return chosen


def as_evidence(
    candidates: Sequence[Candidate], weights: Sequence[float], chosen: Sequence[int]
) -> list[Evidence]:
    """Mark the chosen candidates from 1."""
    return [_evidence(candidates[i], mark, weights[i]) for mark, i in enumerate(chosen, start=1)]


def _evidence(candidate: Candidate, mark: int, weight: float) -> Evidence:
    chunk, statement = candidate.hit.chunk, candidate.statement
    page_first = chunk.page_at(candidate.start)
    page_last = chunk.page_at(statement.end - 1)
    label = chunk.page_labels[page_first - chunk.page_first]
    lines = tuple(
        part.line for part in (candidate.label, statement) if part and part.line is not None
    )
    return Evidence(
        mark=mark,
        chunk_id=chunk.id,
        document=chunk.document,
        section=statement.section,
        text=candidate.text,
        page_first=page_first,
        page_last=page_last,
        page_label=label,
        locator=locator_of(chunk.unit, page_first, page_last, label, lines),
        score=weight,
    )
