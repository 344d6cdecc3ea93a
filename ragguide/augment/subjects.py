"""A sentence and the subject of a question in, the end of the subject out. English; no I/O."""

import re
from collections.abc import Sequence
from functools import lru_cache

from ragguide.augment.lists.nouns import noun_stem

MOST_BEFORE = 4  # words allowed before the subject
# Articles and company names, which a subject may have or lack.
WITHOUT_NAME = frozenset("amazon aws the a an google microsoft apple ibm oracle".split())
IN_BRACKETS = re.compile(r"\s*\([^()]*\)")
_PLACE = re.compile(
    r"\s+(?:in|on|for|within|at|"
    r"of)\s+(?:the\s+)?(?:context of\s+)?(?P<place>[\w-]+(?:\s+[\w-]+){0,3})\Z",
    re.I,
)
_WORD = re.compile(r"[^\W_]+(?:[.:/_'’+&-][^\W_]+)*")


def split_words(text: str) -> list[str]:
    """Return the words of a text; compound words stay whole."""
    return _WORD.findall(text)


def names_of(subject: str) -> list[tuple[tuple[str, ...], float]]:
    """Return the subject's names as stems, each with a share of the score, at most 1.

    "tagging in AWS" has the names "tagging in AWS" and, with a lower share, "tagging".
    """
    bare = " ".join(subject.split()).strip(" ?!.\"'")
    names = [(stems_of(bare), 1.0)]
    if place := _PLACE.search(bare):
        names.append((stems_of(bare[: place.start()]), 0.95))
    if brackets := re.search(r"\(([^()]+)\)", bare):
        names += [(stems_of(IN_BRACKETS.sub("", bare)), 1.0), (stems_of(brackets[1]), 1.0)]
    return [(name, share) for name, share in names if name]


def stems_of(text: str) -> tuple[str, ...]:
    """Return the stems of a subject's words, without article and company name."""
    words = [word for word in split_words(text) if word.casefold() not in WITHOUT_NAME]
    return tuple(stem_of(word) for word in words or split_words(text))


@lru_cache(maxsize=16_384)  # a definition is looked for in all sentences, their words repeat
def stem_of(word: str) -> str:
    """Return the stem of a word; hyphens are ignored."""
    return noun_stem(re.sub(r"[-–]", "", word))


def behind_subject(text: str, name: tuple[str, ...]) -> int | None:
    """Return the offset after the subject that a text starts with; None if it does not."""
    words = [*_WORD.finditer(text)]
    at = 0
    while (
        at < len(words)
        and words[at][0].casefold() in WITHOUT_NAME
        and stem_of(words[at][0]) != name[0]
    ):
        at += 1
    stems = [stem_of(word[0]) for word in words]
    for first in range(at, min(at + 1 + MOST_BEFORE, len(stems))):
        last = _match(stems, first, name)
        if last is not None:
            between = words[at:first]
            if between and not _is_own_name(text, words[at].start(), words[first].start()):
                return None
            return _behind_brackets(text, words[last].end())
    acronym = re.match(r"[^()]{3,80}\(([^()]{2,12})\)", text)
    if acronym and stems_of(acronym[1]) == name and len(acronym[0].split()) <= 9:
        return acronym.end()
    return None


def _match(stems: Sequence[str], first: int, name: tuple[str, ...]) -> int | None:
    """Return the index of the last word of a subject that begins at `first`.

    A compound may be two words or have a hyphen: "finetuning", "fine-tuning", "fine tuning".
    """
    wanted = "".join(name)
    joined = ""
    for place in range(first, min(first + len(name) + 2, len(stems))):
        joined += stems[place]
        if joined == wanted or stems[first : place + 1] == list(name):
            return place
        if len(joined) > len(wanted) + 2:
            return None
    return None


def _is_own_name(text: str, start: int, end: int) -> bool:
    """Whether the words before the subject are its long form, with the subject in brackets."""
    return "(" in text[start:end] and text[start:end].count("(") > text[start:end].count(")")


def _behind_brackets(text: str, end: int) -> int:
    """Skip a bracket with an acronym or long form after the subject, or its closing bracket."""
    match = re.match(r"['’]?\)?(?:\s*\([^()]*\))?\)?\s*", text[end:])
    return end + (match.end() if match else 0)


def is_subject(text: str, name: tuple[str, ...]) -> bool:
    """Whether a label or title is the subject and nothing else."""
    begin = behind_subject(text, name)
    return begin is not None and not text[begin:].strip(" :?.")
