"""Words of a text in, dates out: 2024-06-30 and June 30, 2024 are one."""

import re
from collections.abc import Sequence

import msgspec

from ragguide.augment.support.words import word_at

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MONTHS = {
    name: n
    for n, names in enumerate(
        "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug "
        "september/sep/sept october/oct november/nov december/dec".split(),
        start=1,
    )
    for name in names.split("/")
}
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")


class Date(msgspec.Struct, frozen=True):
    """A day, month or year; what is not said is 0."""

    text: str
    year: int = 0
    month: int = 0
    day: int = 0

    def within(self, other: "Date") -> bool:
        """Whether all that this date says is said by the other."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(mine in (0, others) for mine, others in pairs)


def read_date(words: Sequence[str]) -> tuple[Date, int] | None:
    """Read a date that the words begin with; return it and how many words it takes."""
    iso = _ISO.fullmatch(words[0])
    if iso:
        return Date(words[0], *map(int, iso.groups())), 1
    return _day_first(words) or _month_first(words)


def _day_first(words: Sequence[str]) -> tuple[Date, int] | None:
    """Read "3 May", "3rd of May 2024" or "3 May, 2024"."""
    day = _DAY.fullmatch(words[0])
    n_words = 3 if words[1:2] == ["of"] else 2
    month = _month(word_at(words, n_words - 1))
    if day is None or not month:
        return None
    following = word_at(words, n_words)
    if following == "," and n_words == 2:
        following = word_at(words, 3)
    if _YEAR.fullmatch(following):
        text = " ".join(words[: n_words + 1])
        return Date(text, int(following), month, int(day[1])), n_words + 1
    return Date(" ".join(words[:n_words]), 0, month, int(day[1])), n_words


def _month_first(words: Sequence[str]) -> tuple[Date, int] | None:
    """Read "May 3", "May 3, 2024", "May 2024" or a month alone."""
    first, second, third, fourth = (*words[:4], *[""] * 4)[:4]
    month = _month(first)
    if not month:
        return None
    if day := _DAY.fullmatch(second):
        if third == "," and _YEAR.fullmatch(fourth):
            return Date(f"{first} {second}, {fourth}", int(fourth), month, int(day[1])), 4
        if _YEAR.fullmatch(third):
            return Date(f"{first} {second} {third}", int(third), month, int(day[1])), 3
        return Date(f"{first} {second}", 0, month, int(day[1])), 2
    if _YEAR.fullmatch(second):
        return Date(f"{first} {second}", int(second), month), 2
    if first.casefold() not in ("may", "march"):
        return Date(first, 0, month), 1
    return None


def _month(word: str) -> int:
    """Number of a month by its name, from 1; 0: the word is no month."""
    return _MONTHS.get(word.casefold().rstrip("."), 0) if word[:1].isupper() else 0
