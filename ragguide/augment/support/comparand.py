"""Does the claim say of one thing what the evidence says of the other that it compares with it?

"Unlike the crate, the box floats" doesn't say that the crate floats.
"""

from collections.abc import Iterator, Sequence

from ragguide.augment.support.alignment import Alignment, Pair, has_same
from ragguide.augment.support.comparison import degree_before
from ragguide.augment.support.tokens import Token
from ragguide.augment.support.vocabulary import AUXILIARIES, MODALS

MOST_WORDS = 4  # of what the other thing is named by
_RELATIVES = frozenset("which that who whose where".split())
_DENIALS = frozenset("not no never none nothing neither nor without".split())
# Each is followed by the other thing; the second word of a phrase follows the first.
_OPENERS: dict[str, frozenset[str]] = {
    "unlike": frozenset(),
    "compared": frozenset(("to", "with")),
    "opposed": frozenset(("to",)),
    "contrast": frozenset(("to", "with")),
    "instead": frozenset(("of",)),
    "rather": frozenset(("than",)),
}


def said_of_comparand(found: Alignment) -> str:
    """Say which thing the evidence only compares with; none: an empty string."""
    pair = _subject(found)
    if pair is None or _compares(found):
        return ""
    others = {token.place for token in _comparands(found.stated.tokens)}
    elsewhere = [token for token in found.stated.content if token.place not in others]
    if pair.stated.place not in others or has_same(pair.claimed, elsewhere):
        return ""
    rest = [each.stated.place for each in found.pairs if each.stated.place not in others]
    return f'the evidence only compares with "{pair.stated.text}"' if rest else ""


def _subject(found: Alignment) -> Pair | None:
    """The first word of the claim, which names what it is about, with what it answers."""
    first = next(iter(found.claim.content), None)
    return found.by_place.get(first.place) if first and first.quantity is None else None


def _compares(found: Alignment) -> bool:
    """Whether the claim compares, denies or says the opposite: then other rules judge it."""
    if any(pair.is_opposite for pair in found.pairs):
        return True
    keys = {token.key for token in found.claim.tokens}
    words = {token.text.casefold() for token in found.claim.tokens}
    return not (keys | words).isdisjoint({*_OPENERS, *_DENIALS, "than"})


def _comparands(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the words that name what something is compared with."""
    for token in tokens:
        start = _opens(tokens, token)
        named = list(_named(tokens[start:])) if start else []
        if named and not _is_explained(tokens[named[-1].place + 1 :]):
            yield from named


def _opens(tokens: Sequence[Token], token: Token) -> int:
    """Return the place after a phrase that opens a comparison; 0 if none begins here."""
    word, after = token.text.casefold(), tokens[token.place + 1 : token.place + 2]
    if token.key == "than" and degree_before(tokens, token):
        return token.place + 1
    if word not in _OPENERS:
        return 0
    second = _OPENERS[word]
    if not second:
        return token.place + 1
    return token.place + 2 if after and after[0].text.casefold() in second else 0


def _is_explained(behind: Sequence[Token]) -> bool:
    """Whether a relative clause follows, which says something of the other thing."""
    words = [token.text.casefold() for token in behind[:2] if token.text != ","]
    return bool(words) and words[0] in _RELATIVES


def _named(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the words of a noun phrase that begins here; none if it begins with an amount."""
    n_words = 0
    for token in tokens:
        ends = token.kind == "mark" or token.key in AUXILIARIES or token.key in MODALS
        if ends or token.key in ("and", "or", "but") or n_words == MOST_WORDS:
            return
        if token.is_content:
            if not n_words and token.quantity is not None:
                return
            n_words += 1
            yield token
