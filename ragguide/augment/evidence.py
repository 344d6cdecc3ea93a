"""Hits in, the sentences that are relevant to the question out. No I/O.

The longer the prompt, the longer a model takes to its first word, and most of a passage is
irrelevant to the question. So each sentence and list item of the hits gets a weight of its own:
for its meaning, for the question's rarer words in it, and for its passage.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from math import fsum

import msgspec

from ragguide.augment.quantities import around_numbers, wanted_number
from ragguide.types import Evidence, Hit, Statement, locator_of

# Shares of a sentence's weight; they add up to 1.
# Measured on the real guide's questions (benchmarks/).
BY_MEANING, BY_WORDS, BY_PASSAGE = 0.4, 0.2, 0.4
BY_NUMBER = 0.1  # added for a number in the sentence, if the question asks for one
MIN_LETTERS = 8  # letters and digits; shorter text is debris of a table or figure

LABEL_WORDS = 8  # most words of a label: "What Kendra reads:", "Does it cost anything?"
_LABEL_END = (":", "?")
_WHOLE = re.compile(r":|[.!?;…]\W*\Z")  # complete: a sentence, or a row with its columns
_ADDRESS = re.compile(r"\W*(?:\w+:\s+)?(?:https?://|www\.)\S+\W*")  # such as "Source: https://…"


class Candidate(msgspec.Struct, frozen=True):
    """A statement of a hit, with the labels or fragments right before it that belong to it."""

    hit: Hit
    parts: tuple[Statement, ...]  # in reading order; the last is the statement

    @property
    def statement(self) -> Statement:
        return self.parts[-1]

    @property
    def start(self) -> int:
        """Character offset in the chunk's text."""
        return self.parts[0].start

    @property
    def text(self) -> str:
        return self.hit.chunk.text[self.start : self.statement.end]

    @property
    def offsets(self) -> list[int]:
        """Offsets of its parts in the document, except labels, which state nothing."""
        text = self.hit.chunk.text
        stating = [part for part in self.parts[:-1] if not _is_label(text, part)]
        return [self.hit.chunk.start + part.start for part in (*stating, self.statement)]


def split_hits(hits: Sequence[Hit]) -> list[Candidate]:
    """Split hits into statements; one that overlapping chunks share comes once.

    Labels and fragments say little by themselves, so they join the statement that follows them.
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
    """Whether the last part ends no sentence, and all parts together are short.

    Examples are a line of a table cell and the name of a row: they belong to the next statement.
    """
    *_, last = parts
    n_words = len(text[parts[0].start : last.end].split())
    return n_words <= LABEL_WORDS and not _WHOLE.search(text[last.start : last.end])


def _gap(text: str, statement: Statement, after: Statement) -> str:
    """Return the white space before the next statement; "" if a section or list item begins."""
    gap = text[statement.end : after.start]
    return gap if after.section == statement.section and gap.isspace() else ""


def is_address(text: str) -> bool:
    """Whether a statement is nothing but a web address."""
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
        terms_of: splits a text into terms, as the keyword index does.
        rarity: inverse document frequency of terms; a term that is missing occurs nowhere.
    """
    # fsum: the order of a set differs between processes
    total = fsum(rarity.get(term, 0.0) for term in question_terms) or 1.0
    weights = []
    for candidate, cosine in zip(candidates, cosines, strict=True):
        # The section's title says what an item is about, so its words count as the item's.
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
    """Add weight to candidates with a number, if the question asks for one.

    A sentence such as "the size is not public" may answer, too, and keeps its own weight.
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
    """Return the indices of the candidates with the most weight that fit the budget, best first.

    Candidates in `first` come first at any cost; candidates in `without` are never chosen. Of the
    others, one that does not fit is skipped and a shorter one may follow. The best is chosen even
    if it alone exceeds the budget. None is chosen that weighs less than `min_share` of the best.
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
    """Return the chosen candidates as evidence with marks from 1."""
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
