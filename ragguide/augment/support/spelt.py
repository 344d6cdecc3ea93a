"""Words in, the number that they spell out: "one hundred and five", "a dozen", "three quarters"."""

from collections.abc import Sequence
from fractions import Fraction

from ragguide.augment.support.digits import Number
from ragguide.augment.support.words import word_at

_SPELT = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * n
    for n, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
} | {"fourty": 40}
_TIMES = {"twice": 2, "thrice": 3}
_PARTS = {
    "half": Fraction(1, 2),
    "third": Fraction(1, 3),
    "thirds": Fraction(1, 3),
    "quarter": Fraction(1, 4),
    "quarters": Fraction(1, 4),
    "fifths": Fraction(1, 5),
    "tenth": Fraction(1, 10),
    "tenths": Fraction(1, 10),
}
MAGNITUDES = {
    "dozen": 12, "score": 20, "hundred": 10**2, "thousand": 10**3, "million": 10**6,
    "billion": 10**9, "trillion": 10**12, "mn": 10**6, "bn": 10**9, "tn": 10**12,
    "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
_MULTIPLES = {"hundred": 100, "dozen": 12}  # of what stands before them, and no more
_LONGEST = 8  # words of a number
_ARTICLES = ("a", "an")


def read_spelt(words: Sequence[str]) -> Number | None:
    """Read a number in words that a text begins with."""
    low = [word.casefold() for word in words[:_LONGEST]]
    fixed = _fixed(low)
    if fixed is not None:
        return fixed
    start = _start(low)
    if start is None:
        return None
    value, i = _sum(low, *start)
    following = word_at(low, i)
    if following in _PARTS and (value == 1 or following.endswith("s")):  # three quarters
        return Number(value * _PARTS[following], i + 1, is_spelt=True)
    return Number(value, i, is_spelt=True)


def _fixed(low: Sequence[str]) -> Number | None:
    """Read "half", "a quarter", "twice" or "a pair"."""
    first, second = low[0], word_at(low, 1)
    if first in ("half", "quarter"):
        return Number(_PARTS[first], 1, is_spelt=True)
    if first in _TIMES:
        return Number(Fraction(_TIMES[first]), 1, is_spelt=True)
    if first not in _ARTICLES:
        return None
    if second == "pair":
        return Number(Fraction(2), 2, is_spelt=True)
    is_part = second in ("third", "tenth") and word_at(low, 2) == "of"
    if is_part or second in ("half", "quarter"):
        return Number(_PARTS[second], 2, is_spelt=True)
    return None


def _start(low: Sequence[str]) -> tuple[Fraction, int] | None:
    """What an article with a magnitude counts, and how many words it takes; None: no number."""
    if low[0] not in _ARTICLES:
        return (Fraction(0), 0) if low[0] in _SPELT or low[0] in _TENS else None
    second = word_at(low, 1)
    if second in MAGNITUDES and second != "score":
        return Fraction(MAGNITUDES[second]), 2
    return None


def _sum(low: Sequence[str], current: Fraction, i: int) -> tuple[Fraction, int]:
    """Add up the words of a number from i on; return it and where it ends."""
    total = Fraction(0)
    while i < len(low):
        word = low[i]
        if word in _SPELT or word in _TENS:
            current += _SPELT.get(word) or _TENS.get(word, 0)
        elif word in _MULTIPLES and current:
            current *= _MULTIPLES[word]
        elif word in MAGNITUDES and word != "score" and current:
            total, current = total + current * MAGNITUDES[word], Fraction(0)
        elif not _joins(low, i):
            break
        i += 1
        if word in _SPELT and word_at(low, i) in _SPELT:
            break
    return total + current, i


def _joins(low: Sequence[str], i: int) -> bool:
    """Whether a word joins two parts of a number: "forty-two", "hundred and five"."""
    before = low[i - 1] if i else ""
    after = word_at(low, i + 1)
    if low[i] == "-":
        return before in _TENS and after in _SPELT
    return low[i] == "and" and before in MAGNITUDES and (after in _SPELT or after in _TENS)
