"""A text in, the spans of its sentences out. English; no I/O.

sentencex also splits after some abbreviations ("approx.", "max."), within names (".NET") and after
the number of a table ("Table 2."). This module joins such pieces. sentencex 1.0.32 takes all that
follows a list sign for one sentence ("• Open it. Close it."), so it gets the text without signs.
"""

import re
from collections.abc import Iterator

import sentencex

# Abbreviations that never end a sentence, and those that a small letter or a number may follow.
# sentencex knows titles, but ends a sentence before a name such as Will that may begin one.
# Titles, days and months have a capital: a sentence may end in 5 ms or in the sun.
_BEFORE_ANYTHING = (
    "approx|ca|cf|e\\.g|excl|i\\.e|incl|resp|viz|vs"
    "|(?-i:Capt|Dr|Gen|Lt|Messrs|Mr|Mrs|Ms|Prof|Rev|Sgt)"
)
_BEFORE_SMALL = (
    "art|avg|ch|chap|dept|eq|est|ext|figs?|hrs?|max|min|misc|nos?|orig|pp?|pt|qty|ref|sec|std|tab|"
    "tbsp|tel|temp|tsp|ver|vol"
    "|(?-i:Mon|Tues?|Wed|Thu|Thurs?|Fri|Sat|Sun|Jan|Feb|Apr|Aug|Sept?|Oct|Nov|Dec)"
)
_NEVER_ENDS = re.compile(rf"(?<![\w.])(?:{_BEFORE_ANYTHING})\.\Z", re.I)
_RARELY_ENDS = re.compile(rf"(?<![\w.])(?:{_BEFORE_SMALL})\.\Z", re.I)
_ROMAN = re.compile(r"[IVXLC]{2,}\b")  # not I, which may begin a sentence
_NUMBER = re.compile(  # "Table 2.2.", "Figure A-1:", "3."
    r"(?:(?:fig(?:ure)?|tab(?:le)?|listing|exhibit|box|step)s?\.?\s+)?"
    r"\(?(?:[A-Z][.-]?)?\d{1,3}(?:[.-]\d{1,3})*[.:)]",
    re.I,
)
_SIGN = re.compile(r"(?:•|\([a-z\d]{1,3}\))\s+")
_BEFORE_SIGN = re.compile(r"(?<=[.!?])\s+(?=(?:•|\([a-z\d]{1,3}\))\s)")


def split_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the span of each sentence in `text[start:end]`, without the space around it."""
    first = last = at = start  # `text[first:last]` is the sentence so far
    for piece in _pieces(text[start:end]):
        body = piece.strip()
        if not body:
            continue
        at = text.index(body, at)
        if last > first and not _goes_on(text[first:last], text[last:at], body):
            yield first, last
            first = at
        elif last == first:
            first = at
        at += len(body)
        last = at
    if last > first:
        yield first, last


def _pieces(text: str) -> Iterator[str]:
    """Yield sentences, or parts of them; the sign of a list item stays with its first sentence."""
    for item in _BEFORE_SIGN.split(text):
        sign = _SIGN.match(item)
        first, *others = sentencex.segment("en", item[sign.end() if sign else 0 :]) or [""]
        yield (sign[0] if sign else "") + first
        yield from others


def _goes_on(before: str, gap: str, after: str) -> bool:
    """Whether a sentence goes on in the next piece."""
    if not gap:  # within a name, such as ".NET" or "ragguide.Guide", or only a space is missing
        return before[-1] == "." and after[0].isascii() and after[0].isalnum()
    if _NUMBER.fullmatch(before) or _NEVER_ENDS.search(before):
        return True
    opens_small = after[0].islower() or after[0].isdigit() or bool(_ROMAN.match(after))
    return opens_small and _RARELY_ENDS.search(before) is not None
