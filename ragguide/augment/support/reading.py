"""A text in, its tokens and clauses out, each with what governs its meaning."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from ragguide.augment.support.numbers import (
    Bound,
    Date,
    Quantity,
    read_date,
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
    NEGATORS,
    PREPOSITIONS,
    PRONOUNS,
    is_participle,
    key_of,
)

Kind = Literal["word", "name", "quantity", "date", "ordinal", "function", "mark"]
Modal = Literal["must", "should", "may", "optional"]
Amount = Literal["all", "any", "most", "many", "some", "few", "not all", "no"]

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
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)", re.I)
_BREAKS = frozenset(".;:!?—–()[]|•→\n")
_SUBORDINATE = frozenset(
    "if unless when while whereas although though because since onlyif so but whether".split()
)
_RELATIVE = frozenset("which who whom whose and or but nor so yet".split())
CONDITIONS = frozenset("if unless when onlyif".split())
_CONTRASTS = frozenset("butnot except without".split())
_MODALS: dict[str, Modal] = {
    "must": "must", "shall": "must", "required": "must", "should": "should", "may": "may",
    "can": "may", "could": "may", "might": "may", "optionally": "optional",
}  # fmt: skip
_REQUIRING = frozenset(map(key_of, "require need necessary essential necessitate".split()))
AMOUNTS: dict[str, Amount] = {
    "all": "all", "every": "all", "each": "all", "any": "any", "always": "all", "entire": "all",
    "everyone": "all", "everybody": "all", "everything": "all", "most": "most", "mostly": "most",
    "usually": "most", "generally": "most", "typically": "most", "many": "many", "much": "many",
    "often": "many", "numerous": "many", "frequently": "many", "some": "some", "several": "some",
    "sometimes": "some", "certain": "some", "occasionally": "some", "few": "few", "rarely": "few",
    "seldom": "few", "hardly": "few", "little": "few",
}  # fmt: skip
_BOUNDS: dict[str, Bound] = {
    "atmost": "at most", "atleast": "at least", "morethan": "more than", "lessthan": "less than",
    "roughly": "about", "within": "", "exactly": "",
}  # fmt: skip
_SIMPLE_CAPITAL = re.compile(r"[A-Z][a-z'’]+")
_CODE = re.compile(r"[A-Z]{2,}\w*|\w*[a-z][A-Z]\w*|(?=.*[^\W\d_])\w.*\d.*|\w+[._:/]\w.*|[A-HJ-Z]")


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


class Clause(msgspec.Struct, frozen=True):
    """A part of a sentence that is negated, required or conditional as a whole."""

    tokens: tuple[Token, ...]
    marker: str  # the conjunction that it begins with; none: ""
    n_negations: int
    n_absorbed: int  # negations that stand for something else, as in "not without"
    modals: tuple[tuple[Modal, str], ...]  # each with the key of the word after it
    denies_modal: Literal["", "no", "not"]  # "must not", "no one may"
    amounts: tuple[tuple[Amount, str, str], ...]  # each with keys: of what it counts, of itself
    only: tuple[str, ...]  # keys of what *only* stands before

    @property
    def content(self) -> tuple[Token, ...]:
        return tuple(token for token in self.tokens if token.is_content)

    @property
    def is_condition(self) -> bool:
        return self.marker in CONDITIONS


class Reading(msgspec.Struct, frozen=True):
    """A text, taken apart."""

    text: str
    tokens: tuple[Token, ...]
    clauses: tuple[Clause, ...]

    @property
    def content(self) -> tuple[Token, ...]:
        return tuple(token for token in self.tokens if token.is_content)


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """Take a text apart into tokens and clauses."""
    raw = list(_raw_tokens(text))
    tokens = _govern(_bound(raw))
    spans = list(_spans(tokens))
    clauses = []
    placed: list[Token] = []
    for number, (start, end) in enumerate(spans):
        part = _contrast(
            [msgspec.structs.replace(token, clause=number) for token in tokens[start:end]]
        )
        clauses.append(_clause(part))
        placed += clauses[-1].tokens
    return Reading(text, tuple(placed), tuple(clauses))


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
    if (
        low in FUNCTION
        or low in _CONTRASTS
        or low in ("onlyif", "ormore", "ormore_not", "together")
    ):
        if low == "may" or not (word.isupper() and len(word) > 1):  # IT, US
            return Token(word, low, "function", place, sentence, starts_sentence=starts), 1
    unit = unit_named(word, after_number=False)
    if unit is not None and unit.dimension in (
        "time",
        "months",
        "data",
        "length",
        "mass",
        "volume",
        "ratio",
    ):
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
                bound = _BOUNDS[later.key] if not bound else bound
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
        if token.kind == "mark" or (token.key in CONJUNCTIONS and token.key not in ("and", "or")) or token.key in AUXILIARIES or token.key in MODALS:
            governor = ""
        elif token.kind == "function" and token.key in PREPOSITIONS:
            governor = token.key
        elif token.kind == "word" and is_participle(token.text):
            recent = [other.key for other in tokens[max(0, i - 3) : i]]
            after = tokens[i + 1].key if i + 1 < len(tokens) else ""
            beyond = tokens[i + 2] if i + 2 < len(tokens) else None
            agent = after == "by" and beyond is not None and beyond.quantity is None
            passive = bool(BE.intersection(recent)) or agent
            governor = "" if passive else governor
        found.append(msgspec.structs.replace(token, governor=governor, is_passive=passive))
    return found


def _spans(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield where clauses begin and end."""
    start = 0
    has_verb = fronted = False
    for i, token in enumerate(tokens):
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        ends = False
        if token.kind == "mark" and token.text in _BREAKS:
            ends = True
            yield_at = i + 1
        elif token.text == "," and following is not None:
            ends = following.key in _RELATIVE or following.key in _SUBORDINATE or fronted
            yield_at = i + 1
        elif token.key in _SUBORDINATE and i > start:
            ends = not (token.key == "so" and following is not None and following.key == "that")
            yield_at = i
        elif token.key in ("and", "or") and has_verb and _is_clausal(tokens, i + 1):
            ends = True
            yield_at = i
        if ends:
            if yield_at > start:
                yield start, yield_at
            start, has_verb, fronted = yield_at, False, False
        if token.key in AUXILIARIES or token.key in MODALS:
            has_verb = True
        if i == start and token.key in CONDITIONS | {
            "before",
            "after",
            "while",
            "although",
            "because",
            "since",
        }:
            fronted = True
    if start < len(tokens):
        yield start, len(tokens)


def _is_clausal(tokens: Sequence[Token], start: int) -> bool:
    """Whether a verb of its own follows within a few words."""
    for token in tokens[start : start + 6]:
        if token.kind == "mark" or token.key in ("and", "or"):
            return False
        if token.key in AUXILIARIES or token.key in MODALS:
            return True
        if token.key in PRONOUNS and token.place == tokens[start].place:
            return True
    return False


def _contrast(tokens: Sequence[Token]) -> list[Token]:
    """Mark what is set apart: "but not X", "except X", "without X"."""
    found = []
    inside = False
    for token in tokens:
        if token.key in _CONTRASTS:
            inside = True
        elif inside and (
            token.kind == "mark"
            or token.key in MODALS
            or token.key in AUXILIARIES
            or token.key in ("but", "and", "to")
        ):
            inside = False
        found.append(msgspec.structs.replace(token, is_contrasted=inside and token.is_content))
    return found


def _clause(tokens: Sequence[Token]) -> Clause:
    marker = ""
    for token in tokens[:2]:
        if token.key in _SUBORDINATE:
            marker = token.key
    keys = [token.key for token in tokens]
    n_negations = n_absorbed = 0
    amounts: list[tuple[Amount, str, str]] = []
    only = []
    modals: list[tuple[Modal, str]] = []
    requires: list[tuple[Modal, str]] = []
    for i, token in enumerate(tokens):
        following = keys[i + 1] if i + 1 < len(keys) else ""
        if token.key in NEGATORS and token.kind == "function":
            if token.key == "without" or (token.key == "nor" and "neither" in keys):
                continue
            if token.key == "not" and following in ("all", "every", "each", "always", "everyone"):
                amounts.append(("not all", _next_content(tokens, i + 2), following))
                continue
            n_negations += 1
        elif token.key in AMOUNTS or token.text.casefold() in AMOUNTS:
            if (
                i
                and keys[i - 1] == "not"
                and token.key in ("all", "every", "each", "always", "everyone")
            ):
                continue
            amount = AMOUNTS.get(token.key) or AMOUNTS[token.text.casefold()]
            if amount in ("most", "many", "few") and "than" in keys[i + 1 :]:
                continue
            if token.key == "most" and i and keys[i - 1] == "the":
                continue
            amounts.append((amount, _next_content(tokens, i + 1), key_of(token.text)))
        elif token.key in ("only", "onlyif"):
            if i and keys[i - 1] in ("the", "an", "a"):
                continue
            only.append(_next_content(tokens, i + 1))
        elif token.key in _MODALS and token.kind == "function":
            modals.append((_MODALS[token.key], _next_content(tokens, i + 1)))
        elif token.key in _REQUIRING:
            requires.append(("must", token.key))
    if n_negations and any(amount == "some" for amount, *_ in amounts):  # "some are not"
        n_negations, n_absorbed = n_negations - 1, 1
        amounts = [("not all" if each[0] == "some" else each[0], *each[1:]) for each in amounts]
    apart = any(token.key == "without" for token in tokens)
    if apart and n_negations:  # "without X, Y may not" and "no Y without X": Y must X
        n_negations, n_absorbed = n_negations - 1, n_absorbed + 1
        modals = [("must", key) for _, key in modals] or [("must", "")]
        tokens = [msgspec.structs.replace(token, is_contrasted=False) for token in tokens]
    return Clause(
        tuple(tokens),
        marker,
        n_negations,
        n_absorbed,
        tuple(modals or requires),  # "may need" demands nothing
        _denies_modal(keys),
        tuple(amounts),
        tuple(only),
    )


def _denies_modal(keys: Sequence[str]) -> Literal["", "no", "not"]:
    places = [i for i, key in enumerate(keys) if key in _MODALS]
    if any({"not", "never"}.intersection(keys[i + 1 : i + 3]) for i in places):
        return "not"
    before = keys[: places[0]] if places else ()
    return "no" if {"no", "none", "nobody", "nothing", "neither", "never"} & {*before} else ""


def _next_content(tokens: Sequence[Token], start: int) -> str:
    for token in tokens[start:]:
        if token.kind == "mark":
            return ""
        if token.is_content:
            return token.key or token.text
    return ""
