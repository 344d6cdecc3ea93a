"""A text in, its clauses out."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from ragguide.augment.support.clauses import CONDITIONS, SUBORDINATE, Clause, read_clause
from ragguide.augment.support.grammar import give_bounds, mark_phrases
from ragguide.augment.support.tokens import CONTRASTS, Token, read_tokens
from ragguide.augment.support.vocabulary import AUXILIARIES, MODALS, PRONOUNS

_BREAKS = frozenset(".;:!?—–()[]|•→\n")
_RELATIVE = frozenset("which who whom whose and or but nor so yet".split())
_FRONTED = CONDITIONS | frozenset("before after while although because since".split())


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
    tokens = mark_phrases(give_bounds(read_tokens(text)))
    spans = list(_spans(tokens))
    clauses = []
    placed: list[Token] = []
    for number, (start, end) in enumerate(spans):
        part = _contrast(
            [msgspec.structs.replace(token, clause=number) for token in tokens[start:end]]
        )
        clauses.append(read_clause(part))
        placed += clauses[-1].tokens
    return Reading(text, tuple(placed), tuple(clauses))


def _spans(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield where clauses begin and end."""
    start = 0
    has_verb = is_fronted = False
    for i, token in enumerate(tokens):
        end = _end(tokens, i, start, has_verb=has_verb, is_fronted=is_fronted)
        if end is not None:
            if end > start:
                yield start, end
            start, has_verb, is_fronted = end, False, False
        has_verb = has_verb or token.key in AUXILIARIES or token.key in MODALS
        is_fronted = is_fronted or (i == start and token.key in _FRONTED)
    if start < len(tokens):
        yield start, len(tokens)


def _end(
    tokens: Sequence[Token], i: int, start: int, *, has_verb: bool, is_fronted: bool
) -> int | None:
    """Where the clause ends that begins at start, if a word ends it."""
    token = tokens[i]
    following = next((other.key for other in tokens[i + 1 : i + 2]), None)
    if token.kind == "mark" and token.text in _BREAKS:
        return i + 1
    if token.text == "," and following is not None:
        return i + 1 if is_fronted or following in _RELATIVE | SUBORDINATE else None
    if token.key in SUBORDINATE and i > start:
        return i if (token.key, following) != ("so", "that") else None
    return i if has_verb and _joins_clauses(tokens, i) else None


def _joins_clauses(tokens: Sequence[Token], i: int) -> bool:
    return tokens[i].key in ("and", "or") and _is_clausal(tokens, i + 1)


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
    found: list[Token] = []
    inside = False
    for token in tokens:
        if token.key in CONTRASTS:
            inside = True
        elif inside and (
            token.kind == "mark"
            or token.key in MODALS
            or token.key in AUXILIARIES
            or token.key in ("but", "and", "to")
            or (found[-1].is_contrasted and token.text.casefold() in PRONOUNS)  # "…, you pay"
        ):
            inside = False
        found.append(msgspec.structs.replace(token, is_contrasted=inside and token.is_content))
    return found
