"""A text in, its clauses out, each with what it denies, demands and counts."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from ragguide.augment.support.tokens import CONTRASTS, Token, read_tokens
from ragguide.augment.support.vocabulary import (
    AUXILIARIES,
    MODALS,
    NEGATORS,
    PRONOUNS,
    key_of,
)

Modal = Literal["must", "should", "may", "optional"]
Amount = Literal["all", "any", "most", "many", "some", "few", "not all", "no"]

_BREAKS = frozenset(".;:!?—–()[]|•→\n")
_SUBORDINATE = frozenset(
    "if unless when while whereas although though because since onlyif so but whether".split()
)
_RELATIVE = frozenset("which who whom whose and or but nor so yet".split())
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
    tokens = read_tokens(text)
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
        if token.key in CONTRASTS:
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
