"""A candidate in, whether it states something out. English; no I/O.

Headings, questions, figure labels and pieces of figures, tables and web addresses state nothing by
themselves, so they are neither quoted alone nor given to the model.
"""

import re

from ragguide.augment.evidence import LABEL_WORDS, Candidate, is_open

MOST_PARTS = 4  # lines of a text without an end; more are the texts of a figure
LEAST_LAST = 5  # words in the last of these lines
MOST_CAPITALS = 0.4  # share of words with a capital; a line with more is a title or from a figure
LEAST_WORDS = 0.5  # share of words that start with letters; a line with fewer is from a figure
LONG_WORD = 5  # letters; titles capitalise such words

_ENDED = re.compile(r"[.!;…。！；][\"'”’)\]]*\Z")
_ANY_END = re.compile(r"[.!?:;…。！？；][\"'”’)\]]*\Z")
_BROKEN_END = re.compile(r"\s(?:\w|[^\w\s])\s[.!;…]\Z")  # cells of a table, mixed: "the LLM's i ."
_SENTENCE_BEFORE = re.compile(r"[.!]\s")
_INTRODUCES = re.compile(r"[:?？：][\"'”’)\]*_]*\Z")
_CAPTION = re.compile(
    r"(?:fig(?:ure)?|tab(?:le)?|chart|diagram|plate|exhibit)s?\.?\s*(?:[A-Z][.-]?)?\d[\d.-]*[.:)]?",
    re.I,
)
_CONTENTS = re.compile(  # "2.1 Fees 14", "Fees . . . . . 14"
    r"(?:\d+(?:\.\d+)*\.?\s+[A-Z].*\s|.*(?:[.·]\s?){4,})\d{1,4}\Z"
)
_WITH_VALUE = re.compile(r"[^\W\d_].*:\s+\S")  # "Price: 5 EUR"
_ADDRESS_PART = re.compile(r"\S*[\w)][./%#=?&]\w\S*")  # "ata.html"
_WORD = re.compile(r"[^\W\d_][\w'’-]+")
_EDGES = ".,;:!?()[]\"'“”‘’*"


def states_something(candidate: Candidate) -> bool:
    """Whether a candidate is a statement, such as a sentence, a list item or a row."""
    statement = candidate.statement
    said = candidate.hit.chunk.text[statement.start : statement.end].strip()
    if statement.kind in ("code", "row"):
        return True
    if _INTRODUCES.search(said):
        return _SENTENCE_BEFORE.search(said) is not None
    if _CONTENTS.fullmatch(said) or _is_title_above(said, statement.section):
        return False
    if caption := _CAPTION.match(said):
        return bool(_ENDED.search(said[caption.end() :])) and len(said.split()) > LABEL_WORDS
    if statement.kind == "item":
        has_lead_in = any(lead.text.endswith(":") for lead in candidate.leads)
        return has_lead_in or not _is_title_case(candidate.text)
    return _is_paragraph(candidate, said)


def _is_paragraph(candidate: Candidate, said: str) -> bool:
    """Whether lines that are neither item nor row are more than fragments."""
    if said.startswith(",") or _BROKEN_END.search(said) or _ADDRESS_PART.fullmatch(said):
        return False
    if _ENDED.search(said):
        return not _continues(candidate)
    if _WITH_VALUE.search(said):
        return True
    is_whole = len(candidate.parts) == 1 or not said[0].islower()
    return is_whole and len(candidate.parts) <= MOST_PARTS and _is_unfinished(candidate.text, said)


def _is_title_above(said: str, section: tuple[str, ...]) -> bool:
    return bool(section) and _plain(said) == _plain(section[-1])


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .:")


def _is_title_case(text: str) -> bool:
    """Whether a short text without an end, a colon or a number has a capital in each long word."""
    words = _words(text)
    if len(words) > LABEL_WORDS or _ANY_END.search(text) or re.search(r"\d|:\s", text):
        return False
    long = [word for word in words if len(word) >= LONG_WORD]
    return bool(long) and all(word[0].isupper() for word in long)


def _continues(candidate: Candidate) -> bool:
    """Whether a candidate is only the end of a sentence, in small letters after an open line."""
    chunk, first = candidate.hit.chunk, candidate.parts[0]
    before = chunk.text[: first.start].rstrip()
    is_new_line = "\n" in chunk.text[len(before) : first.start]
    opens_small = chunk.text[first.start].islower()
    is_open = not _ANY_END.search(before) or _BROKEN_END.search(before)
    return opens_small and is_new_line and bool(before) and bool(is_open)


def _is_unfinished(text: str, last: str) -> bool:
    """Whether a text without an end is prose or data, not a title or the texts of a figure.

    Args:
        text: all lines.
        last: the last of them.
    """
    words, last_words = _words(text), last.split()
    if len(words) <= LABEL_WORDS or len(last_words) < LEAST_LAST or is_open(last):
        return False
    if sum(map(bool, map(_WORD.fullmatch, words))) < LEAST_WORDS * len(words):
        return False
    n_capitals = sum(word[0].isupper() for word in last_words)
    has_number = any(word[0].isdigit() for word in last_words)
    return has_number or n_capitals < MOST_CAPITALS * len(last_words)


def _words(text: str) -> list[str]:
    return [word for each in text.split() if (word := each.strip(_EDGES))]
