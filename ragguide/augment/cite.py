"""A model's sentences and the evidence in, sentences with checked marks out. No I/O.

Marks come from this check, never from the model. A sentence is supported if its numbers and names
stand in the evidence that it is marked with, and enough of its other words do.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
import sentencex

from ragguide.types import Citation, Evidence

MIN_COVERED = 0.6  # share of a sentence's words, weighted by rarity, that its evidence must hold
MAX_MARKS = 2  # evidence items that may support one sentence together
UNSUPPORTED = "[?]"

_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")
_NAME = re.compile(r"\b(?:[A-Z]{2,}\w*|\w*[a-z][A-Z]\w*|\w*\d\w*[A-Za-z]\w*)\b")
_NEGATION = re.compile(r"\b(?:not|no|never|cannot|without|none)\b|n't\b", re.I)


class Checked(msgspec.Struct, frozen=True):
    """A sentence of the answer with the evidence that supports it: none, if nothing does."""

    text: str
    evidence: tuple[Evidence, ...]


class SupportCheck:
    """Checks sentences against one question's evidence."""

    def __init__(
        self,
        evidence: Sequence[Evidence],
        terms_of: Callable[[str], Sequence[str]],
        rarity: Mapping[str, float],
    ) -> None:
        self._evidence = evidence
        self._terms_of = terms_of
        self._rarity = rarity
        self._unknown = max(rarity.values(), default=1.0)  # a word that the guide never uses
        self._terms = [set(terms_of(_with_title(item))) for item in evidence]

    def check(self, sentence: str) -> Checked:
        """Find the fewest evidence items, at most `MAX_MARKS`, that support a sentence together."""
        wanted = set(self._terms_of(sentence))
        chosen: list[int] = []
        covered: set[str] = set()
        for _ in range(MAX_MARKS):
            gains = [
                0.0 if i in chosen else self._weight((wanted - covered) & terms)
                for i, terms in enumerate(self._terms)
            ]
            if not gains or max(gains) <= 0.0:
                break
            best = gains.index(max(gains))
            chosen.append(best)
            covered |= wanted & self._terms[best]
            enough = self._weight(covered) >= MIN_COVERED * self._weight(wanted)
            items = tuple(self._evidence[i] for i in sorted(chosen))
            if enough and _agrees(sentence, items):
                return Checked(sentence, items)
        return Checked(sentence, ())

    def _weight(self, terms: set[str]) -> float:
        return sum(self._rarity.get(term, self._unknown) for term in terms)


def _with_title(item: Evidence) -> str:
    return " ".join((*item.section[-2:], item.text))


def _agrees(sentence: str, items: Sequence[Evidence]) -> bool:
    """Whether the items hold every number and name of the sentence, and negate where it does."""
    text = " ".join(_with_title(item) for item in items)
    folded = text.casefold()
    numbers = set(_NUMBER.findall(text))
    if any(number not in numbers for number in _NUMBER.findall(sentence)):
        return False
    if any(name.casefold() not in folded for name in _NAME.findall(sentence)):
        return False
    return not _NEGATION.search(sentence) or bool(_NEGATION.search(text))


class MarkedStream:
    """Turns a model's raw stream into text with marks, each set as soon as its sentence ends.

    Marks are those of the evidence. What has been yielded never changes.
    """

    def __init__(self, check: SupportCheck) -> None:
        self._check = check
        self._open = ""  # the sentence being written, with the space before it
        self._shown = 0  # characters of it that were yielded
        self._cited: dict[int, Evidence] = {}
        self.n_unsupported = 0

    def feed(self, piece: str) -> Iterator[str]:
        """Yield what can be shown after one more piece of the model's text."""
        self._open += piece
        *ended, self._open = split_answer(self._open)
        for sentence in ended:
            yield from self._end(sentence)
        # Space at the end may part two sentences, and then a mark comes before it.
        visible = len(self._open.rstrip())
        if visible > self._shown:
            yield self._open[self._shown : visible]
            self._shown = visible

    def finish(self) -> Iterator[str]:
        """Yield the rest."""
        yield from self._end(self._open.rstrip())
        self._open = ""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the marks so far name, in the order of the marks."""
        return tuple(citation_of(self._cited[mark]) for mark in sorted(self._cited))

    def _end(self, sentence: str) -> Iterator[str]:
        body = sentence.rstrip()
        if body[self._shown :]:
            yield body[self._shown :]
        self._shown = 0
        if any(c.isalnum() for c in body):
            yield " " + self._mark(body)
        if sentence[len(body) :]:
            yield sentence[len(body) :]

    def _mark(self, sentence: str) -> str:
        items = self._check.check(sentence).evidence
        if not items:
            self.n_unsupported += 1
            return UNSUPPORTED
        self._cited |= {item.mark: item for item in items}
        return "".join(f"[{item.mark}]" for item in items)


def split_answer(text: str) -> list[str]:
    """Cut text after each sentence and line; joined again they are the text. Never empty."""
    sentences: list[str] = []
    for line in text.splitlines(keepends=True) or [""]:
        pieces = [piece for piece in sentencex.segment("en", line) if piece]
        joined = "".join(pieces)
        sentences += pieces if joined == line and pieces else [line]
    if text.endswith("\n"):
        sentences.append("")
    return sentences


def citation_of(item: Evidence) -> Citation:
    return Citation(
        mark=item.mark,
        quote=item.text,
        document=item.document,
        page_first=item.page_first,
        page_last=item.page_last,
        page_label=item.page_label,
        section=" > ".join(item.section),
    )
