"""The text of an answer in; its sentences, their marks, verdicts and words out. No I/O."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from ragguide.evaluate.answers import fold, marks_of, text_of, without_emphasis

RUN = 8  # words in a row that are also in a quote count as copied; shorter runs meet by chance

_LIST_MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[\d?]\])\s+(?!\[)|\n+|(?<=[.!?])\s+(?=[\"“(]?[A-Z0-9])")
_VERDICT = re.compile(r"\byes\b|\bno\b(?=\s*(?:[,.;:!?)—\"]|-(?!\w)|$))")  # "no need" is none
_WORD = re.compile(r"\w+(?:['.-]\w+)*")
_SAID = (
    "(?:say|stat|mention|specif|provid|giv|contain|tell|answer|indicat|includ|address|cover|found)"
)
_SILENT = re.compile(
    r"\b(?:guide|quote|text|document|evidence|passage)s?\b.{0,30}(?:\bnot|n't) "
    rf"{_SAID}|\bnot {_SAID}\w*ed\b"
)


class Sentence(msgspec.Struct, frozen=True):
    """A sentence of an answer."""

    text: str  # folded, without list marks and citation marks
    mark: str  # its last citation mark: "2", or "?" without evidence; "" if it has none

    @property
    def has_evidence(self) -> bool:
        return self.mark not in ("", "?")


def sentences_of(answer: str) -> tuple[Sentence, ...]:
    """Return the sentences of an answer, in order."""
    pieces = _SENTENCE_END.split(_LIST_MARK.sub("", without_emphasis(answer)))
    found = (
        Sentence(fold(text_of(piece)), marks[-1][-1] if (marks := marks_of(piece)) else "")
        for piece in pieces
    )
    return tuple(sentence for sentence in found if sentence.text)


def verdict_of(folded: str) -> Literal["yes", "no"] | None:
    """Return the first "yes" of a folded text, or the first "no" that ends a clause."""
    found = _VERDICT.search(folded)
    if found is None:
        return None
    return "yes" if found[0] == "yes" else "no"


def says_silent(folded: str) -> bool:
    """Return whether a folded sentence says that the guide does not answer."""
    return _SILENT.search(folded) is not None


def words_of(folded: str) -> list[str]:
    """Return the words of a folded text. "state-of-the-art", "v1.5" and "don't" are one word."""
    return _WORD.findall(folded)


def copied_share(words: Sequence[str], quotes: Iterable[str]) -> float:
    """Return the share of words that are in a run of `RUN` or more words of one of the quotes."""
    runs = {run for quote in quotes for run in _runs(words_of(fold(quote)))}
    copied = {
        at
        for start, run in enumerate(_runs(words))
        if run in runs
        for at in range(start, start + RUN)
    }
    return len(copied) / len(words)


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)]
