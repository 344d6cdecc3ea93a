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
_WHOLE = re.compile(r":|[.!?;…]\W*\Z")  # says something: a sentence, or a row with its columns
_ADDRESS = re.compile(r"\W*(?:\w+:\s+)?(?:https?://|www\.)\S+\W*")  # "Source: https://…", say


class Candidate(msgspec.Struct, frozen=True):
    """A statement of a hit, and what stands before it and says little without it."""

    hit: Hit
    parts: tuple[Statement, ...]  # that follow each other; the last is the statement

    @property
    def statement(self) -> Statement:
        return self.parts[-1]

    @property
    def start(self) -> int:
        """Where it begins in the chunk's text."""
        return self.parts[0].start

    @property
    def text(self) -> str:
        return self.hit.chunk.text[self.start : self.statement.end]

    @property
    def offsets(self) -> list[int]:
        """Where its parts begin in the document, but for a label, which asks and does not tell."""
        text = self.hit.chunk.text
        told = [part for part in self.parts[:-1] if not _is_label(text, part)]
        return [self.hit.chunk.start + part.start for part in (*told, self.statement)]


def split_hits(hits: Sequence[Hit]) -> list[Candidate]:
    """Take hits apart into statements, each once though overlapping chunks share it.

    Labels and fragments go with the statement that they stand before, since neither says much by
    itself.
    """
    seen: set[tuple[str, int]] = set()
    candidates = []
    for hit in hits:
        for candidate in _split(hit):
            key = (hit.chunk.document, hit.chunk.start + candidate.statement.start)
            if key not in seen and sum(map(str.isalnum, candidate.text)) >= MIN_LETTERS:
                seen.add(key)
                candidates.append(candidate)
    return candidates


def _split(hit: Hit) -> Iterator[Candidate]:
    text = hit.chunk.text
    parts: tuple[Statement, ...] = ()
    for statement, after in zip_longest(hit.chunk.statements, hit.chunk.statements[1:]):
        gap = _gap(text, statement, after) if after else ""
        if gap and _is_label(text, statement):
            if parts:
                yield Candidate(hit, parts)
            parts = (statement,)
        elif "\n" in gap and _is_fragment(text, (*parts, statement)):
            parts = (*parts, statement)
        else:
            yield Candidate(hit, (*parts, statement))
            parts = ()


def _is_label(text: str, statement: Statement) -> bool:
    said = text[statement.start : statement.end].rstrip()
    return said.endswith(_LABEL_END) and len(said.split()) <= LABEL_WORDS


def _is_fragment(text: str, parts: Sequence[Statement]) -> bool:
    """Whether the last part ends no sentence, and is short with all that leads to it.

    So is a line of a cell, and the name of a table's row: it is a part of what follows.
    """
    *_, last = parts
    n_words = len(text[parts[0].start : last.end].split())
    return n_words <= LABEL_WORDS and not _WHOLE.search(text[last.start : last.end])


def _gap(text: str, statement: Statement, after: Statement) -> str:
    """The space up to the next statement; none if that begins a section, or an item of a list."""
    gap = text[statement.end : after.start]
    return gap if after.section == statement.section and gap.isspace() else ""


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
    lines = tuple(part.line for part in candidate.parts if part.line is not None)
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
