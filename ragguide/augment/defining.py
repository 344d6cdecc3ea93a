"""A subject and a sentence in, how well it defines the subject out. English; no I/O.

"X is a …" defines X; "X is used in …" only says something about it.
"""

import re

from ragguide.augment.subjects import (
    IN_BRACKETS,
    WITHOUT_NAME,
    behind_subject,
    is_subject,
    names_of,
    split_words,
    stem_of,
    stems_of,
)
from ragguide.index.keywords import STOP_WORDS

LEAST_WORDS = 4  # of a definition, without the subject
# Phrases after the subject, and how strongly each marks a definition.
_COPULA = r"(?:is|are|was|were)"
_DETERMINED = r"(?:an?|the|one|any|some|two|three|four|both)\b"
_FORMS: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern, re.I), score)
    for pattern, score in (
        (rf"(?:(?:also|often|sometimes)\s+)?(?:known|referred to|"
         rf"called)\s+as\b.*?,\s+{_COPULA}\s+", 1.0),
        (rf"{_COPULA}\s+(?:basically|essentially|simply|just|in short|generally|"
         rf"typically)?\s*{_DETERMINED}", 1.0),
        (r"(?:refers?|referred)\s+to\b|(?:is|are)\s+defined\s+as\b|means?\b|stands?\s+for\b|"
         r"denotes?\b", 1.0),
        (r"(?:says?|tells?|measures?|counts?|shows?)\s+(?:how|what|which|whether|the)\b", 0.75),
        (r"measures?\b|describes?\b|represents?\b|consists?\s+of\b|involves?\b|"
         r"happens?\s+when\b|occurs?\s+when\b", 0.75),
        (rf"{_COPULA}\s+(?!(?:\w+ly\s+)?(?:used|able|available|also|not|supported|required|"
         rf"based|designed|ideal|useful|"
         r"important|essential|critical|crucial|employed|utilized|applied|possible|in|on|at|for|"
         r"to|from|with|"
         r"trained|built|widely|commonly|increasingly|evaluated|calculated|configured|stored|"
         r"created|"
         r"integral|better|more|less|too|so|as|now|still|only|already|there|it|they|this|that|"
         r"where|when|how|why|if)\b)"
         r"(?:\w[\w-]*\s+){0,5}\w+", 0.8),
        (rf"{_COPULA}\s+(?:\w+ly\s+)?(?:designed|built|used)\s+(?:to|for)\b", 0.55),
        (rf"{_COPULA}\s+(?:\w+ly\s+)?used\b", 0.5),
    )
)  # fmt: skip
# "X is started after Y" does not say what X is.
_PASSIVE = re.compile(
    rf"{_COPULA}\s+(?:\w+ly\s+)?(?!defined|used|designed|built|called|known|referred)\w+(?:ed|"
    rf"en|wn|lt)\s+"
    r"(?:in|on|at|by|to|for|from|with|after|before|when|as|into|using|if|once|via|until|and|or|"
    r"under|over|of|that|while)\b",
    re.I,
)
# "The sieve holds stones back" says what the subject does: a definition if nothing is better.
_DOES = re.compile(
    r"(?:(?:automatically|simply)\s+)?(?!is\b|was\b|has\b|does\b|this\b|as\b|its\b)[a-z]{3,}s\s+\w+"
)
_DOES_SCORE = 0.55
# A table row without column names: "Boost mode Heats the water faster".
_ROW = re.compile(r"(?:\S\s+)?[A-Z][a-z]{3,}s\s+\w+")
_CELL = re.compile(r";\s+(?P<column>[^:;]{2,40}):\s+(?P<said>[^;]+)")
_MEANS = re.compile(r"meaning|definition|description|explanation|what (?:it|that) is|means", re.I)
_NUMBER = re.compile(r"\A\(?\d{1,2}[.)]\s+")
_VERB = re.compile(r"[A-Z][a-z]+s\s+(?:the|an?|with|of|in|by|on|how|your|and|to|from|all|for)\b")
# A phrase after the subject and a colon: "X: a tool that …", not "X: Yes".
_PHRASE = re.compile(
    rf"(?:{_DETERMINED}|[\w-]+(?:\s+[\w-]+)*\s+(?:of|for|that|which|with|to|in|by|from|on|as)\b)",
    re.I,
)
_NAME_OF_DEFINITION = re.compile(
    r"\A(?:definition|overview|meaning|what is [^:?]+\?|core idea|description)\s*(?::-?|[–—-])\s*",
    re.I,
)
_ALTERNATIVES = re.compile(r"\s*/\s*|\s+or\s+|,\s+")
_LABEL_END = re.compile(r"\s*(?::-?|\s[–—-])\s+")
# "Letting a dough rest in the fridge is also known as retarding."
_CALLED = re.compile(
    rf"\s+{_COPULA}\s+(?:(?:also|often|usually|commonly|sometimes)\s+)?"
    r"(?:called|known\s+as|referred\s+to\s+as|termed)\s+(?P<name>[^.,;:()]+?)[\s.]*\Z",
    re.I,
)
_CALLED_SCORE = 0.8
_POINTS_BACK = re.compile(r"(?:this|that|these|those|it|they|which|such)\b", re.I)
_APPOSITION = re.compile(r"\A,\s*(?P<said>[^,.;:]{3,80}),\s+")
_INTRO = re.compile(
    r"\A(?:in|on|within|for|at)\s[^,.]{2,60},\s+|\A(?:put simply|in short|simply put|"
    r"in other words|basically),\s+",
    re.I,
)
_PLACE_BEHIND = re.compile(
    r"\A(?:in|on|for)\s+(?:[\w-]+\s+){1,4}?(?=(?:is|are|refers?|means?)\b)", re.I
)
_ENDS = re.compile(r"[.!?][\"')\]]*\s*\Z")


def defines(text: str, subject: str) -> float:
    """Return how well a sentence defines a subject, from 0 (not at all) to about 1.

    Args:
        text: a sentence or a list item, with its label.
        subject: as the question names it: "a relay", "tagging in AWS".
    """
    said = " ".join(text.split())
    if said.endswith(("?", ":")):
        return 0.0
    return max(_score(said, name) * share for name, share in names_of(subject))


def _score(said: str, name: tuple[str, ...]) -> float:
    rest = _INTRO.sub("", _NAME_OF_DEFINITION.sub("", _NUMBER.sub("", said)))
    score = _sentence(rest, said, name)
    for clause in rest.split("; ")[1:]:
        score = max(score, 0.9 * _sentence(clause, said, name))
    for label, behind in _labelled(rest):
        if any(is_subject(part, name) for part in (label, *_ALTERNATIVES.split(label))):
            score = max(score, _phrase(behind, name))
        else:
            score = max(score, 0.97 * _sentence(behind, said, name))
    return max(score, _row(rest, name), _within(rest, name), _called(rest, name))


def _called(text: str, name: tuple[str, ...]) -> float:
    """Score a sentence that describes the subject and then names it."""
    match = _CALLED.search(text)
    if match is None or not is_subject(match["name"].strip("\"'“”"), name):
        return 0.0
    said = text[: match.start()]
    is_whole = len(said.split()) >= LEAST_WORDS and not _POINTS_BACK.match(said)
    return _CALLED_SCORE if is_whole else 0.0


def _sentence(text: str, said: str, name: tuple[str, ...]) -> float:
    begin = behind_subject(text, name)
    return 0.0 if begin is None else _form(text[begin:], said)


def _row(text: str, name: tuple[str, ...]) -> float:
    """Score a table row whose first cell is the subject."""
    cells = _row_cells(text)
    if cells is None or not is_subject(cells[0], name):
        return 0.0
    _, column, said = cells
    if _MEANS.search(column):
        return 0.95
    return 0.6 if len(said.split()) >= LEAST_WORDS else 0.0


def _row_cells(text: str) -> tuple[str, str, str] | None:
    """Return a row's first cell, its second column's name and its second cell."""
    match = _CELL.search(text)
    if match is None:
        return None
    return text[: match.start()].split(": ", 1)[-1], match["column"], match["said"]


def _within(text: str, name: tuple[str, ...]) -> float:
    """Score a definition within a sentence: "tokens, which are pieces of words"."""
    for comma in re.finditer(r",\s+(?:which\s+(?:is|are)|an?|the)\s+\w+\s+\w+", text):
        before = text[: comma.start()].rstrip(")")
        stems = [stem_of(word) for word in split_words(before)[-len(name) :]]
        if stems == list(name):
            return 0.65
    long_form = re.search(r"(?P<long>[\w-]+(?:\s+[\w-]+){1,6})\s+\((?P<short>[^()]{2,12})\)", text)
    short = long_form["short"] if long_form else ""
    return 0.5 if short[:2].isupper() and stems_of(short) == name else 0.0


def _labelled(text: str) -> list[tuple[str, str]]:
    """Split "Label: text" and drop an acronym in brackets from the label."""
    match = _LABEL_END.search(text)
    if match is None or len(text[: match.start()].split()) > 8:
        return []
    return [(IN_BRACKETS.sub("", text[: match.start()]).strip(), text[match.end() :])]


def _form(behind: str, said: str) -> float:
    """Score the text after the subject of a sentence."""
    if apposition := _APPOSITION.match(behind):
        is_definition = re.match(r"(?:an?|the|which is)\b", apposition["said"], re.I)
        return max(0.8 if is_definition else 0.0, _form(behind[apposition.end() :], said))
    behind = _PLACE_BEHIND.sub("", behind)
    if len(behind.split()) < LEAST_WORDS:
        return 0.0
    penalty = 1.0 if ends_sentence(said) else 0.9
    if _PASSIVE.match(behind):
        return 0.0
    for pattern, score in _FORMS:
        if pattern.match(behind):
            return score * penalty
    return _DOES_SCORE * penalty if _DOES.match(behind) or _ROW.match(behind) else 0.0


def _phrase(behind: str, name: tuple[str, ...]) -> float:
    """Score the text after the subject and a colon."""
    begin = behind_subject(behind, name)
    if begin is not None and (form := _form(behind[begin:], behind)):
        return form
    words = behind.split()
    if len(words) < LEAST_WORDS:
        return 0.0
    first = words[0].casefold()
    if (
        first in ("yes", "no", "see", "note", "when", "if", "once")
        or first in STOP_WORDS - WITHOUT_NAME
    ):
        return 0.3
    if _VERB.match(behind):
        return 0.5
    return 0.9 if re.match(_DETERMINED, behind, re.I) else 0.7 if _PHRASE.match(behind) else 0.6


def defining_part(text: str, subject: str) -> str:
    """Return a defining sentence without its number and without a label that is not the subject.

    A table row becomes "first cell: second cell".
    """
    text = _NUMBER.sub("", text)
    names = [name for name, _ in names_of(subject)]
    cells = _row_cells(text)
    if cells is not None and any(is_subject(cells[0], name) for name in names):
        return f"{cells[0]}: {cells[2]}"
    for label, behind in _labelled(text):
        begins = any(behind_subject(label, name) is not None for name in names)
        if not begins and any(_sentence(behind, behind, name) for name in names):
            return behind
    return text


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a sentence's punctuation."""
    return _ENDS.search(text) is not None
