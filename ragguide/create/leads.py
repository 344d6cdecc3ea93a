"""Consecutive units of a document in, the text that each of them refers to out. English; no I/O.

A quote must be understood alone. So a list item needs the lead-in of its list, a table row the
caption of its table, and a sentence that starts with "It" the sentence before.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from ragguide.types import ITEM_SIGN, BlockKind

Span = tuple[int, int]  # offsets in the document; the end is exclusive

LABEL_WORDS = 8  # most words of a label, and of an item that says little without its lead-in
MOST_LEAD = 30  # most words of a lead
CAPTION_WORDS = 16  # most words of a table's caption

_CAPTION = re.compile(r"(?:table|tab\.|exhibit|schedule|listing)\s+(?:[A-Z][.-]?)?\d", re.I)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*\Z")
_OWN_LABEL = re.compile(r"\W*[^\s:][^:.!?]{0,60}(?::\s|\s[–—-]\s)")  # "Price: …", "Price – …"
_OPENING = re.compile(r"[\W_]*")
_REFERS = re.compile(
    r"(?:[a-z]+(?: [a-z]+)?, |(?:and|also|but|or|so|then|yet) )?"  # "However, it", "And it"
    r"(?:if (?:not|so)\b"
    r"|(?:(?:after|as|at|because of|before|by|despite|do|during|for|from|in|like|of|on|to do|under"
    r"|with|without) )?(?:(?:all|any|both|each|many|most|none|one|some|three|two) of )?"
    r"(?:this|that|these|those|it|they|them|its|their|he|she|his|her|such"
    r"|the (?:latter|former))\b)",
    re.I,
)
# "This guide" refers to no sentence, and neither does "It is possible to".
_REFERS_TO_NONE = re.compile(
    r".{0,40}?\b(?:(?:this|these) (?:guide|book|manual|document|documentation|page|chapter|section"
    r"|part|tutorial|article|appendix|release|edition|table|figure|list|example)s?\b"
    r"|it(?: is|'s|’s| was| may be| can be| might be| would be)(?: \w+ly| not| also| often| always"
    r"| best| very| usually)* (?:possible|impossible|recommended|advisable|advised|important"
    r"|necessary|needed|required|essential|best|better|good|easy|easier|hard|difficult|helpful"
    r"|useful|common|worth|safe|likely|unlikely|true|clear|up to)\b"
    r"|that (?:is|means|said),)",
    re.I,
)


class Unit(Protocol):
    """A sentence, list item, table row, line of code or heading."""

    @property
    def kind(self) -> BlockKind: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def section(self) -> int: ...
    @property
    def is_quotable(self) -> bool: ...


def refers_back(text: str) -> bool:
    """Whether a text starts with a word that refers to the sentence before, such as "This"."""
    at = _OPENING.match(text)
    start = at.end() if at else 0
    return bool(_REFERS.match(text, start)) and not _REFERS_TO_NONE.match(text, start)


def find_leads(text: str, units: Sequence[Unit]) -> list[Span | None]:
    """Return the span of each unit's lead; None for a unit that is understood alone.

    Args:
        text: of the document.
        units: all of its units, in order.
    """
    found = _Leads(text, units)
    for at in range(len(units)):
        found.add(at)
    return found.leads


class _Leads:
    """Finds the leads of units in one pass."""

    def __init__(self, text: str, units: Sequence[Unit]) -> None:
        self._text = text
        self._units = units
        self._openers: list[int | None] = []  # the unit before the list, table or code of each unit
        self.leads: list[Span | None] = []

    def add(self, at: int) -> None:
        self._openers.append(self._opener(at))
        lead = self._lead(at) if self._units[at].is_quotable else None
        self.leads.append(lead if lead and self._n_words(lead) <= MOST_LEAD else None)

    def _opener(self, at: int) -> int | None:
        before = self._units[at - 1] if at else None
        unit = self._units[at]
        if before is None or before.kind == "heading" or before.section != unit.section:
            return None
        if before.kind == unit.kind and not self._is_lead_in(at - 1):
            return self._openers[at - 1]
        return at - 1

    def _lead(self, at: int) -> Span | None:
        unit, opener = self._units[at], self._openers[at]
        if unit.kind in ("paragraph", "item") and refers_back(self._said(at)):
            return self._referent(at)
        if opener is None:
            return None
        if unit.kind == "row":
            return self._span(opener) if self._is_caption(opener) else None
        if not self._is_lead_in(opener):
            return None
        if unit.kind == "item" and opener < at - 1 and not self._says_little(at, opener):
            return None
        if unit.kind == "paragraph" and opener < at - 1:
            return None
        return self._span(opener)

    def _referent(self, at: int) -> Span | None:
        """Return the span of what a unit refers to: the sentence before, or a lead-in."""
        before = at - 1
        if not at or self._units[before].section != self._units[at].section:
            return None
        opener = self._openers[before]
        kind = self._units[before].kind
        is_after_list = kind == "item" and self._units[at].kind == "paragraph"
        if kind in ("row", "code"):
            before = -1 if opener is None or self._is_caption(opener) else opener
        elif is_after_list and opener is not None and self._is_lead_in(opener):
            before = opener
        if before < 0 or self._units[before].kind not in ("paragraph", "item"):
            return None
        return self._span(before)

    def _is_lead_in(self, at: int) -> bool:
        is_text = self._units[at].kind in ("paragraph", "item")
        return is_text and self._said(at).endswith((":", "?"))

    def _is_caption(self, at: int) -> bool:
        """Whether a unit names the table below it."""
        said = self._said(at)
        is_short = len(said.split()) <= CAPTION_WORDS
        is_title = self._units[at].kind == "paragraph" and not _SENTENCE_END.search(said)
        return self._is_lead_in(at) or (is_short and is_title) or bool(_CAPTION.match(said))

    def _says_little(self, at: int, opener: int) -> bool:
        """Whether an item needs the lead-in of its list: its subject is there."""
        if _OWN_LABEL.match(self._said(at)):
            return False
        return min(self._n_words(self._span(at)), self._n_words(self._span(opener))) <= LABEL_WORDS

    def _span(self, at: int) -> Span:
        unit = self._units[at]
        has_sign = self._text.startswith(ITEM_SIGN, unit.start)
        return unit.start + has_sign * len(ITEM_SIGN), unit.end

    def _said(self, at: int) -> str:
        start, end = self._span(at)
        return self._text[start:end]

    def _n_words(self, span: Span) -> int:
        return len(self._text[span[0] : span[1]].split())
