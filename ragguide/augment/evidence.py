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

from ragguide.augment.pieces import Piece, join_pieces, piece_of
from ragguide.augment.quantities import around_numbers, wanted_number
from ragguide.index.filters import are_pages_wanted, stands_in
from ragguide.index.notation import is_cjk
from ragguide.types import Evidence, Filter, Hit, Statement, locator_of

# Shares of a sentence's weight; they add up to 1.
# Measured on the real guide's questions (benchmarks/).
BY_MEANING, BY_WORDS, BY_PASSAGE = 0.4, 0.2, 0.4
BY_NUMBER = 0.1  # added for a number in the sentence, if the question asks for one
MIN_LETTERS = 8  # letters and digits; shorter text is debris of a table or figure

LABEL_WORDS = 8  # most words of a label, such as "What Kendra reads:"
QUESTION_WORDS = 25  # most words of a question that the next sentence answers
SENTENCE_WORDS = 60  # most words of a sentence that a reader took for two
CODE_WORDS = 30  # most words of lines of code that are quoted together
_LABEL_END = (":", "?")
_ENDED = re.compile(r"[.!?:;…][\"'”’)\]]*\Z")
_OPEN = re.compile(  # the sentence must go on
    r"(?:[,&(–—-]|\b(?:a|an|and|are|as|at|by|for|from|in|into|is|its|of|on|or|that|the|their|this|to|"
    r"using|via|which|with|your))\Z",
    re.I,
)
_WHOLE = re.compile(r":|[.!?;…]\W*\Z")  # complete: a sentence, or a row with its columns
_ADDRESS = re.compile(r"\W*(?:\w+:\s+)?(?:https?://|www\.)\S+\W*")  # such as "Source: https://…"


class Candidate(msgspec.Struct, frozen=True):
    """A statement of a hit, with the labels or fragments right before it that belong to it."""

    hit: Hit
    parts: tuple[Statement, ...]  # in reading order; the last is the statement
    leads: tuple[Piece, ...] = ()  # text from elsewhere that is quoted with it

    @property
    def statement(self) -> Statement:
        return self.parts[-1]

    @property
    def start(self) -> int:
        """Character offset in the chunk's text."""
        return self.parts[0].start

    @property
    def text(self) -> str:
        """The text without its leads."""
        return self.hit.chunk.text[self.start : self.statement.end]

    @property
    def own_piece(self) -> Piece:
        """Its text without its leads."""
        return piece_of(self.hit.chunk, self.parts)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Its text and its leads, in reading order."""
        return tuple(sorted((*self.leads, self.own_piece), key=lambda piece: piece.start))

    @property
    def quote(self) -> str:
        """The text with its leads."""
        return join_pieces(self.pieces)

    @property
    def offsets(self) -> list[int]:
        """Offsets of its parts in the document, except labels, which state nothing."""
        text = self.hit.chunk.text
        stating = [part for part in self.parts[:-1] if not _is_label(text, part)]
        return [self.hit.chunk.start + part.start for part in (*stating, self.statement)]


FindLead = Callable[[str, tuple[int, int]], tuple[Piece, ...]]  # by document and span


def no_lead(_document: str, _span: tuple[int, int]) -> tuple[Piece, ...]:
    """Find no lead, for hits without the other chunks of their documents."""
    return ()


def split_hits(
    hits: Sequence[Hit],
    find_lead: FindLead = no_lead,
    where: Filter | None = None,
) -> list[Candidate]:
    """Split hits into statements; one that overlapping chunks share comes once.

    Labels and fragments say little by themselves, so they join the statement that follows them.

    Args:
        hits: best first.
        find_lead: finds the lead of a statement in its document.
        where: the filter of the search. A passage that matches may also contain statements of
            other pages and sections, which are left out.
    """
    seen: set[tuple[str, int]] = set()
    candidates = []
    for hit in hits:
        for candidate in _split(hit, where or Filter()):
            key = (hit.chunk.document, hit.chunk.start + candidate.statement.start)
            if key not in seen and _says_something(candidate.text):
                seen.add(key)
                candidates.append(_with_lead(candidate, find_lead, where or Filter()))
    return candidates


def _says_something(text: str) -> bool:
    """Whether a text has enough letters; a Chinese or Japanese one says as much as two."""
    n_letters = sum(map(str.isalnum, text))
    return n_letters >= MIN_LETTERS or n_letters + sum(map(bool, map(is_cjk, text))) >= MIN_LETTERS


def _with_lead(candidate: Candidate, find_lead: FindLead, where: Filter) -> Candidate:
    """Add the lead of a statement, unless the candidate already contains it or a label."""
    chunk, first = candidate.hit.chunk, candidate.parts[0]
    if first.lead is None or (len(candidate.parts) > 1 and _is_label(chunk.text, first)):
        return candidate
    leads = find_lead(chunk.document, first.lead)
    wanted = tuple(x for x in leads if are_pages_wanted(x.page_first, x.page_last, where))
    return Candidate(candidate.hit, candidate.parts, wanted)


def _split(hit: Hit, where: Filter) -> Iterator[Candidate]:
    text = hit.chunk.text
    statements = [each for each in hit.chunk.statements if stands_in(hit.chunk, each, where)]
    parts: tuple[Statement, ...] = ()
    for statement, after in zip_longest(statements, statements[1:]):
        gap = _gap(text, statement, after) if after else ""
        if gap and _is_label(text, statement):
            if parts:
                yield Candidate(hit, parts)
            parts = (statement,)
        elif gap and _goes_on(text, (*parts, statement), after, gap):
            parts = (*parts, statement)
        else:
            yield Candidate(hit, (*parts, statement))
            parts = ()


def _goes_on(text: str, parts: Sequence[Statement], after: Statement, gap: str) -> bool:
    """Whether the text of consecutive statements goes on in the next one."""
    last = parts[-1]
    said = text[last.start : last.end]
    if is_address(said) or is_address(text[after.start : after.end]):
        return False
    n_words = len(text[parts[0].start : after.end].split())
    if last.kind == "code" or after.kind == "code":
        same = last.kind == after.kind and gap.count("\n") == 1
        return same and n_words <= CODE_WORDS
    if "\n" not in gap or after.kind != "paragraph":
        return False
    if (is_open(said) or text[after.start].islower()) and not _ENDED.search(said):
        return n_words <= SENTENCE_WORDS
    return _is_fragment(text, parts)


def _is_label(text: str, statement: Statement) -> bool:
    said = text[statement.start : statement.end].rstrip()
    if statement.kind in ("row", "code"):
        return False
    most = QUESTION_WORDS if said.endswith("?") else LABEL_WORDS
    return said.endswith(_LABEL_END) and len(said.split()) <= most


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
    is_same = after.section == statement.section and after.kind not in ("item", "row")
    return gap if is_same and gap.isspace() else ""


def is_open(text: str) -> bool:
    """Whether a text breaks off within a sentence: after a comma, "of" or the like."""
    return _OPEN.search(text) is not None


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
        terms = {*terms_of(candidate.quote), *terms_of(" ".join(candidate.statement.section[-2:]))}
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


def as_evidence(
    candidates: Sequence[Candidate], weights: Sequence[float], chosen: Sequence[int]
) -> list[Evidence]:
    """Return the chosen candidates as evidence with marks from 1."""
    return [_evidence(candidates[i], mark, weights[i]) for mark, i in enumerate(chosen, start=1)]


def _evidence(candidate: Candidate, mark: int, weight: float) -> Evidence:
    chunk, pieces = candidate.hit.chunk, candidate.pieces
    first = last = pieces.index(candidate.own_piece)
    while first and pieces[first].follows(pieces[first - 1]):
        first -= 1
    while last + 1 < len(pieces) and pieces[last + 1].follows(pieces[last]):
        last += 1
    near = pieces[first : last + 1]  # a caption many pages before does not count
    page_first, page_last, label = near[0].page_first, near[-1].page_last, near[0].page_label
    lines = tuple(line for piece in near for line in piece.lines)
    return Evidence(
        mark=mark,
        chunk_id=chunk.id,
        document=chunk.document,
        section=candidate.statement.section,
        text=candidate.quote,
        page_first=page_first,
        page_last=page_last,
        page_label=label,
        locator=locator_of(chunk.unit, page_first, page_last, label, lines),
        score=weight,
    )
