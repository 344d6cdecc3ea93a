"""A text in, its tokens out, each with its number, date or unit."""

import re
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from ragguide.augment.support.dates import Date, read_date
from ragguide.augment.support.numbers import read_quantity, read_vague
from ragguide.augment.support.opposites import COMPARED
from ragguide.augment.support.quantity import Bound, Quantity
from ragguide.augment.support.units import Unit, unit_named
from ragguide.augment.support.vocabulary import FUNCTION, LIGHT, key_of
from ragguide.augment.support.words import split_words

Kind = Literal["word", "name", "quantity", "date", "ordinal", "function", "mark"]

_ORDINALS = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
        "twentieth".split(),
        start=1,
    )
} | {"last": -1, "final": -1, "penultimate": -2}
_ORDINAL = re.compile(r"(\d{1,4})(?:st|nd|rd|th)", re.I)
_SIMPLE_CAPITAL = re.compile(r"[A-Z][a-z'’]+")
_CODE = re.compile(r"[A-Z]{2,}\w*|\w*[a-z][A-Z]\w*|(?=.*[^\W\d_])\w.*\d.*|\w+[._:/]\w.*|[A-HJ-Z]")
# Dimensions whose units say something without a number: "in minutes".
_BARE = frozenset("time months data length mass volume ratio".split())
_MADE = frozenset("onlyif ormore ormore_not together".split())  # by `plain_form`
_AHEAD = 12  # words that a token may take
CONTRASTS = frozenset("butnot except without".split())


class Token(msgspec.Struct, frozen=True):
    """A word, name or quantity of a text."""

    text: str
    key: str  # what it is compared by
    kind: Kind
    place: int  # among the text's tokens
    sentence: int
    clause: int = 0
    quantity: Quantity | None = None
    date: Date | None = None
    unit: Unit | None = None  # of a unit that stands without a number: "in minutes"
    order: int = 0  # of an ordinal
    bound: Bound = ""
    governor: str = ""  # the preposition before its noun phrase
    is_passive: bool = False  # a participle: "is kept"
    is_contrasted: bool = False  # what is said not to be: "but not X", "except X", "without X"
    starts_sentence: bool = False

    @property
    def is_content(self) -> bool:
        return self.kind not in ("function", "mark")

    @property
    def is_light(self) -> bool:
        return self.key in LIGHT


class Spot(msgspec.Struct, frozen=True):
    """Where the next token of a text begins."""

    words: Sequence[str]  # from there on
    before: Sequence[str]  # the two words before it
    place: int  # among the text's tokens
    sentence: int
    starts: bool  # whether a sentence or a list item begins here

    @property
    def word(self) -> str:
        return self.words[0]

    @property
    def low(self) -> str:
        return self.words[0].casefold()


Found = tuple[Token, int]  # a token and how many words it takes


def read_tokens(text: str) -> list[Token]:
    """Take a text apart into tokens; phrases that say the same become the same tokens."""
    words = split_words(text)
    tokens: list[Token] = []
    sentence = i = 0
    starts = True
    while i < len(words):
        word = words[i]
        spot = Spot(words[i : i + _AHEAD], words[max(0, i - 2) : i], len(tokens), sentence, starts)
        token, n_words = _read_token(spot)
        tokens.append(token)
        i += n_words
        if token.kind == "mark":
            ends = _ends_sentence(word, words[i : i + 1])
            sentence += ends
            starts = starts or ends or word in ";:•|"
        else:
            starts = False
    return tokens


def _ends_sentence(mark: str, following: Sequence[str]) -> bool:
    if mark not in ".!?":
        return False
    return mark != "." or not following or following[0][:1].isupper()


def _read_token(spot: Spot) -> Found:
    return next(found for read in _READERS if (found := read(spot)) is not None)


def _read_mark(spot: Spot) -> Found | None:
    if not re.fullmatch(r"[^\w]+", spot.word) or spot.word in "½¼¾⅓⅔⅛%‰°":
        return None
    return Token(spot.word, spot.word, "mark", spot.place, spot.sentence), 1


def _read_date(spot: Spot) -> Found | None:
    dated = read_date(spot.words)
    if dated is None:
        return None
    date, n_words = dated
    if n_words == 1 and not date.day and spot.starts and len(spot.word) <= 3:
        return None  # "Dec" at the start of a sentence
    return Token(
        date.text, "", "date", spot.place, spot.sentence, date=date, starts_sentence=spot.starts
    ), n_words


def _read_ordinal(spot: Spot) -> Found | None:
    digits = _ORDINAL.fullmatch(spot.word)
    order = int(digits[1]) if digits else _ORDINALS.get(spot.low, 0)
    if not digits and (not order or _is_second_of_time(spot)):
        return None
    if spot.low == "third" and spot.before[-1:] == ["a"] and spot.words[1:2] == ["of"]:
        return None
    return Token(spot.word, f"#{order}", "ordinal", spot.place, spot.sentence, order=order), 1


def _is_second_of_time(spot: Spot) -> bool:
    """Whether "second" is a unit: "a second", "per second."."""
    if spot.low != "second" or not spot.before:
        return False
    if spot.before[-1].casefold() not in ("a", "per", "each", "every", "/"):
        return False
    following = spot.words[1] if len(spot.words) > 1 else ""
    return not following.isalpha() or following.casefold() in FUNCTION


def _read_quantity(spot: Spot) -> Found | None:
    found = read_quantity(spot.words)
    if found is None or _is_pronoun_one(spot.words, spot.before):
        return None
    quantity, n_words, bound = found
    return Token(
        quantity.text, "", "quantity", spot.place, spot.sentence, quantity=quantity, bound=bound
    ), n_words


def _read_vague(spot: Spot) -> Found | None:
    vague = read_vague(spot.word)
    if vague is None:
        return None
    return Token(spot.word, "", "quantity", spot.place, spot.sentence, quantity=vague), 1


def _read_function(spot: Spot) -> Found | None:
    if spot.word.isupper() and len(spot.word) > 1:  # IT, US
        return None
    if spot.low not in FUNCTION | CONTRASTS | _MADE:
        return None
    return Token(
        spot.word, spot.low, "function", spot.place, spot.sentence, starts_sentence=spot.starts
    ), 1


def _read_unit(spot: Spot) -> Found | None:
    unit = unit_named(spot.word, after_number=False)
    if unit is None or unit.dimension not in _BARE:
        return None
    return Token(
        spot.word, key_of(unit.name), "word", spot.place, spot.sentence, unit=unit,
        starts_sentence=spot.starts,
    ), 1  # fmt: skip


def _read_code(spot: Spot) -> Found | None:
    """Read a name that doesn't look like a word: GPT-4, S3, gp3, us-east-1."""
    if not _CODE.fullmatch(spot.word):
        return None
    low = spot.low
    key = low.removesuffix("s") if len(low) > 2 and spot.word.endswith("s") else low
    return Token(spot.word, key, "name", spot.place, spot.sentence, starts_sentence=spot.starts), 1


def _read_word(spot: Spot) -> Found:
    is_name = not spot.starts and _SIMPLE_CAPITAL.fullmatch(spot.word)
    key = key_of(COMPARED.get(spot.low, spot.word))
    return Token(
        spot.word, key, "name" if is_name else "word", spot.place, spot.sentence,
        starts_sentence=spot.starts,
    ), 1  # fmt: skip


_READERS: tuple[Callable[[Spot], Found | None], ...] = (
    _read_mark, _read_date, _read_ordinal, _read_quantity, _read_vague, _read_function,
    _read_unit, _read_code, _read_word,
)  # fmt: skip


def _is_pronoun_one(words: Sequence[str], before: Sequence[str]) -> bool:
    """Whether "one" stands for a noun or for anybody: "the smaller one", "one of", "one can"."""
    if words[0].casefold() != "one":
        return False
    following = words[1].casefold() if len(words) > 1 else ""
    return (
        (following in FUNCTION and following not in ("or",))
        or not following[:1].isalpha()
        or bool(before and before[-1].casefold() not in FUNCTION and before[-1].isalpha())
    )
