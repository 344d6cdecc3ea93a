"""Words of a clause in, what it denies, demands and counts out."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from ragguide.augment.support.tokens import Token
from ragguide.augment.support.vocabulary import NEGATORS, key_of

Modal = Literal["must", "should", "may", "optional"]
Amount = Literal["all", "any", "most", "many", "some", "few", "not all", "no"]

SUBORDINATE = frozenset(
    "if unless when while whereas although though because since onlyif so but whether".split()
)
CONDITIONS = frozenset("if unless when onlyif".split())
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


_WHOLE = frozenset("all every each always everyone".split())


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


def read_clause(tokens: Sequence[Token]) -> Clause:
    """Say what a clause denies, demands and counts."""
    keys = [token.key for token in tokens]
    n_negations = len(negations_in(tokens))
    n_absorbed = 0
    amounts = list(_amounts(tokens, keys))
    modals = list(_modals(tokens))
    if n_negations and any(amount == "some" for amount, *_ in amounts):  # "some are not"
        n_negations, n_absorbed = n_negations - 1, 1
        amounts = [_not_all(amount) for amount in amounts]
    if n_negations and "without" in keys:  # "without X, Y may not" and "no Y without X": Y must X
        n_negations, n_absorbed = n_negations - 1, n_absorbed + 1
        modals = [("must", key) for _, key in modals] or [("must", "")]
        tokens = [msgspec.structs.replace(token, is_contrasted=False) for token in tokens]
    return Clause(
        tuple(tokens),
        _marker(keys),
        n_negations,
        n_absorbed,
        tuple(modals or _required(keys)),  # "may need" demands nothing
        _denies_modal(keys),
        tuple(amounts),
        tuple(_only(tokens, keys)),
    )


def negations_in(tokens: Sequence[Token]) -> list[int]:
    """Where words of a clause deny something: not "nor" after "neither", nor "not all"."""
    keys = [token.key for token in tokens]
    return [
        i
        for i, token in enumerate(tokens)
        if token.kind == "function"
        and token.key in NEGATORS
        and token.key != "without"
        and not (token.key == "nor" and "neither" in keys)
        and not _denies_whole(keys, i)
    ]


def _denies_whole(keys: Sequence[str], i: int) -> bool:
    """Whether a word is the *not* of "not all"."""
    return keys[i] == "not" and not _WHOLE.isdisjoint(keys[i + 1 : i + 2])


def _marker(keys: Sequence[str]) -> str:
    markers = [key for key in keys[:2] if key in SUBORDINATE]
    return markers[-1] if markers else ""


def _amounts(tokens: Sequence[Token], keys: Sequence[str]) -> Iterator[tuple[Amount, str, str]]:
    for i, token in enumerate(tokens):
        if token.kind == "function" and _denies_whole(keys, i):
            yield "not all", _next_content(tokens, i + 2), keys[i + 1]
        elif (amount := _amount(token, keys, i)) is not None:
            yield amount, _next_content(tokens, i + 1), key_of(token.text)


def _amount(token: Token, keys: Sequence[str], i: int) -> Amount | None:
    amount = AMOUNTS.get(token.key) or AMOUNTS.get(token.text.casefold())
    before = keys[i - 1] if i else ""
    if before == "not" and token.key in _WHOLE:
        return None  # was read as "not all"
    if amount in ("most", "many", "few") and "than" in keys[i + 1 :]:
        return None
    if before == "the" and token.key == "most":
        return None
    return amount


def _not_all(amount: tuple[Amount, str, str]) -> tuple[Amount, str, str]:
    return ("not all", *amount[1:]) if amount[0] == "some" else amount


def _only(tokens: Sequence[Token], keys: Sequence[str]) -> Iterator[str]:
    for i, key in enumerate(keys):
        is_adjective = i > 0 and keys[i - 1] in ("the", "an", "a")
        if key in ("only", "onlyif") and not is_adjective:
            yield _next_content(tokens, i + 1)


def _modals(tokens: Sequence[Token]) -> Iterator[tuple[Modal, str]]:
    for i, token in enumerate(tokens):
        if token.kind == "function" and token.key in _MODALS:
            yield _MODALS[token.key], _next_content(tokens, i + 1)


def _required(keys: Sequence[str]) -> Iterator[tuple[Modal, str]]:
    yield from (("must", key) for key in keys if key in _REQUIRING)


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
