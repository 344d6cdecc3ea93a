"""Words of a text in, dates out: 2024-06-30 and June 30, 2024 are one."""

import re
from collections.abc import Sequence

import msgspec

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
    first, second, third, fourth = (*words[:4], *[""] * 4)[:4]
    of_month = _DAY.fullmatch(first)
    extra = 0
    if second == "of" and of_month:  # the 3rd of May
        second, third, extra = third, fourth, 1
    if of_month and second.casefold().rstrip(".") in _MONTHS and second[:1].isupper():
        month = _MONTHS[second.casefold().rstrip(".")]
        third = third if third != "," else fourth
        if _YEAR.fullmatch(third):
            n_words = 3 + extra
            return Date(" ".join(words[:n_words]), int(third), month, int(of_month[1])), n_words
        return Date(" ".join(words[: 2 + extra]), 0, month, int(of_month[1])), 2 + extra
    if first[:1].isupper() and first.casefold().rstrip(".") in _MONTHS:
        month = _MONTHS[first.casefold().rstrip(".")]
        day = _DAY.fullmatch(second)
        if day:
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
