"""A text in, its tokens out, each with its number, date, bound, voice and preposition."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from ragguide.augment.support.dates import Date, read_date
from ragguide.augment.support.numbers import (
    Bound,
    Quantity,
    read_quantity,
    read_vague,
    with_unit,
)
from ragguide.augment.support.opposites import COMPARED
from ragguide.augment.support.phrases import plain_form
from ragguide.augment.support.units import Unit, unit_named
from ragguide.augment.support.vocabulary import (
    AUXILIARIES,
    BE,
    CONJUNCTIONS,
    FUNCTION,
    LIGHT,
    MODALS,
    PREPOSITIONS,
    is_participle,
    key_of,
)

Kind = Literal["word", "name", "quantity", "date", "ordinal", "function", "mark"]

_TOKEN = re.compile(
    r"""https?://\S+
      | \d{4}-\d{1,2}-\d{1,2}(?!\w)
      | [~≈]?(?:US\$|[$€£¥])?(?:\d{1,3}(?:[,\u202f\u00a0]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)*)
        (?:[½¼¾⅓⅔⅛]|(?:/\d+)(?![\w/])|%|‰|°[CF]?|€|(?:[A-Za-zµ]+(?:[._-]?\w+)*))?\+?
      | [½¼¾⅓⅔⅛] | °[CF]? | % | ‰
      | [^\W_]+(?:(?:::|[._:/+'-])?[^\W_]+)*(?:\(\))?
      | [^\w\s]
    """,
    re.X,
)
_RANGE = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b|(?<=\d)\s*[-–—]\s*(?=[$€£]?\d)")
_ORDINALS = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
        "twentieth".split(),
        start=1,
    )
} | {"last": -1, "final": -1, "penultimate": -2}
_RATE = re.compile(r"([A-Za-z]+)/(s|sec|second|min|minute|h|hr|hour|day|week|month|year)")
_ORDINAL = re.compile(r"(\d{1,4})(?:st|nd|rd|th)", re.I)
_BOUNDS: dict[str, Bound] = {
    "atmost": "at most", "atleast": "at least", "morethan": "more than", "lessthan": "less than",
    "roughly": "about", "within": "", "exactly": "",
}  # fmt: skip
_SIMPLE_CAPITAL = re.compile(r"[A-Z][a-z'’]+")
_CODE = re.compile(r"[A-Z]{2,}\w*|\w*[a-z][A-Z]\w*|(?=.*[^\W\d_])\w.*\d.*|\w+[._:/]\w.*|[A-HJ-Z]")
# Dimensions whose units say something without a number: "in minutes".
_BARE = frozenset("time months data length mass volume ratio".split())
_MADE = frozenset("onlyif ormore ormore_not together".split())  # by `plain_form`
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


def read_tokens(text: str) -> list[Token]:
    """Take a text apart into tokens; phrases that say the same become the same tokens."""
    return _govern(_bound(list(_raw_tokens(text))))


def _words(text: str) -> list[str]:
    plain = _RANGE.sub(
        lambda match: match[0] if match[0][0].isdigit() else " to ", plain_form(text)
    )
    words: list[str] = []
    for match in _TOKEN.finditer(plain):
        words += _split(match[0])
    return words


def _split(word: str) -> list[str]:
    """Take hyphens apart, unless they belong to a name such as GPT-4 or us-east-1; and MB/s."""
    rate = _RATE.fullmatch(word)
    if rate and unit_named(rate[1], after_number=True):
        return [rate[1], "/", rate[2]]
    if "-" not in word or word.startswith("http") or re.fullmatch(r"\d{4}-\d\d?-\d\d?", word):
        return [word]
    parts = word.split("-")
    if all(part.isalpha() for part in parts):
        return parts
    if re.fullmatch(r"[$€£]?\d[\d.,]*[kKMB]?", parts[0]) and all(p.isalpha() for p in parts[1:]):
        return [parts[0], "-", *parts[1:]]
    return [word]


def _raw_tokens(text: str) -> Iterator[Token]:
    words = _words(text)
    sentence = place = i = 0
    starts = True
    while i < len(words):
        word = words[i]
        token: Token
        n_words = 1
        ahead = words[i : i + 12]
        if re.fullmatch(r"[^\w]+", word) and word not in "½¼¾⅓⅔⅛%‰°":
            token = Token(word, word, "mark", place, sentence)
            if word in ".!?" and (i + 1 == len(words) or words[i + 1][:1].isupper() or word != "."):
                sentence += 1
                starts = True
                yield token
                place, i = place + 1, i + 1
                continue
            if word not in "\"'“”‘([*":
                starts = word in ";:•|" or starts
            yield token
            place, i = place + 1, i + 1
            continue
        token, n_words = _read_token(
            ahead, place, sentence, starts=starts, before=words[max(0, i - 2) : i]
        )
        yield token
        starts = False
        place, i = place + 1, i + n_words


def _read_token(
    words: Sequence[str], place: int, sentence: int, *, starts: bool, before: Sequence[str]
) -> tuple[Token, int]:
    word = words[0]
    low = word.casefold()
    dated = read_date(words)
    if dated is not None and (dated[1] > 1 or dated[0].day or not starts or len(word) > 3):
        date, n_words = dated
        return Token(
            date.text, "", "date", place, sentence, date=date, starts_sentence=starts
        ), n_words
    ordinal = _ORDINAL.fullmatch(word)
    is_unit = (
        low == "second"
        and before[-1:]
        and before[-1].casefold() in ("a", "per", "each", "every", "/")
    )
    is_unit = is_unit and (
        len(words) < 2 or not words[1].isalpha() or words[1].casefold() in FUNCTION
    )
    if (low in _ORDINALS and not is_unit) or ordinal:
        order = int(ordinal[1]) if ordinal else _ORDINALS[low]
        if not (low == "third" and before[-1:] == ["a"] and words[1:2] == ["of"]):
            return Token(word, f"#{order}", "ordinal", place, sentence, order=order), 1
    found = read_quantity(words)
    if found is not None and not _is_pronoun_one(words, before):
        quantity, n_words, bound = found
        return (
            Token(
                quantity.text, "", "quantity", place, sentence, quantity=quantity,
                bound=_BOUNDS.get(bound, "") or _as_bound(bound),
            ),
            n_words,
        )  # fmt: skip
    vague = read_vague(word)
    if vague is not None:
        return Token(word, "", "quantity", place, sentence, quantity=vague), 1
    is_function = low in FUNCTION or low in CONTRASTS or low in _MADE
    if is_function and not (word.isupper() and len(word) > 1):  # IT, US
        return Token(word, low, "function", place, sentence, starts_sentence=starts), 1
    unit = unit_named(word, after_number=False)
    if unit is not None and unit.dimension in _BARE:
        key = key_of(unit.name)
        return Token(word, key, "word", place, sentence, unit=unit, starts_sentence=starts), 1
    is_name = bool(_CODE.fullmatch(word)) or (not starts and bool(_SIMPLE_CAPITAL.fullmatch(word)))
    key = key_of(COMPARED.get(low, word))
    if _CODE.fullmatch(word):
        key = low.removesuffix("s") if len(low) > 2 and word.endswith("s") else low
    return Token(
        word, key, "name" if is_name else "word", place, sentence, starts_sentence=starts
    ), 1


def _as_bound(bound: str) -> Bound:
    return "at least" if bound == "at least" else "about" if bound == "about" else ""


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


def _bound(tokens: Sequence[Token]) -> list[Token]:
    """Give quantities the bounds beside them, and ranges one unit."""
    found = list(tokens)
    for i, token in enumerate(found):
        if token.quantity is None:
            continue
        bound = token.bound
        if i and found[i - 1].key in _BOUNDS:
            bound = _BOUNDS[found[i - 1].key] or bound
        for later in found[i + 1 : i + 4]:
            if later.kind == "mark" or later.quantity:
                break
            if later.key in ("atmost", "atleast"):  # "4 MB at most"
                bound = bound or _BOUNDS[later.key]
            elif later.key == "ormore":
                bound = "at least"
            elif later.key == "ormore_not":
                bound = "at most"
        quantity = token.quantity
        if (
            quantity.unit is None
            and i + 2 < len(found)
            and found[i + 1].key in ("to", "and", "or", "-")
        ):
            other = found[i + 2].quantity
            opening = found[i - 1].key if i else ""
            if (
                other is not None
                and other.unit is not None
                and (found[i + 1].key != "and" or opening == "between")
            ):
                quantity = with_unit(quantity, other)
        found[i] = msgspec.structs.replace(token, bound=bound, quantity=quantity)
    return found


def _govern(tokens: Sequence[Token]) -> list[Token]:
    """Mark passives, and the preposition that each noun phrase stands under."""
    found = []
    governor = ""
    for i, token in enumerate(tokens):
        passive = False
        if (
            token.kind == "mark"
            or (token.key in CONJUNCTIONS and token.key not in ("and", "or"))
            or token.key in AUXILIARIES
            or token.key in MODALS
        ):
            governor = ""
        elif token.kind == "function" and token.key in PREPOSITIONS:
            governor = token.key
        elif token.kind == "word" and is_participle(token.text):
            recent = [other.key for other in tokens[max(0, i - 3) : i]]
            after = tokens[i + 1].key if i + 1 < len(tokens) else ""
            beyond = tokens[i + 2] if i + 2 < len(tokens) else None
            agent = after == "by" and beyond is not None and beyond.quantity is None
            is_noun = recent[-1:] != [] and recent[-1] in PREPOSITIONS  # "from left to right"
            passive = (bool(BE.intersection(recent)) and not is_noun) or agent
            governor = "" if passive else governor
        found.append(msgspec.structs.replace(token, governor=governor, is_passive=passive))
    return found
