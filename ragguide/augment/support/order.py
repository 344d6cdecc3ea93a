"""Before and after: does the claim put the same thing first?"""

from collections.abc import Iterator, Sequence

import msgspec

from ragguide.augment.support.alignment import Alignment, has_same
from ragguide.augment.support.reading import Reading
from ragguide.augment.support.tokens import Token

_MARKERS = ("before", "after")


class Sequel(msgspec.Struct, frozen=True):
    """What comes first and what comes later."""

    marker: str
    earlier: tuple[Token, ...]
    later: tuple[Token, ...]


def wrong_order(found: Alignment) -> str:
    """Say where the claim turns before into after; nowhere: an empty string."""
    for claimed in _sequels(found.claim):
        reasons = [
            reason
            for stated in _sequels(found.stated)
            if (reason := _compare(claimed, stated)) is not None
        ]
        if reasons and all(reasons):
            return reasons[0]
    return ""


def _compare(claimed: Sequel, stated: Sequel) -> str | None:
    """Say how a sequel differs; None: it is about something else."""
    straight = _shared(claimed.earlier, stated.earlier) + _shared(claimed.later, stated.later)
    crossed = _shared(claimed.earlier, stated.later) + _shared(claimed.later, stated.earlier)
    if not straight + crossed:
        return None
    differs = claimed.marker != stated.marker
    if straight > crossed or (straight == crossed and not differs):
        return ""
    if differs:
        return f'the evidence says "{stated.marker}", the claim says "{claimed.marker}"'
    return "the claim turns the order of the evidence around"


def _sequels(reading: Reading) -> Iterator[Sequel]:
    for token in reading.tokens:
        if token.key not in _MARKERS or token.kind != "function":
            continue
        inner, outer = _sides(reading.tokens, token)
        first, second = (outer, inner) if token.key == "before" else (inner, outer)
        yield Sequel(
            token.key,
            tuple(t for t in first if t.is_content),
            tuple(t for t in second if t.is_content),
        )


def _sides(tokens: Sequence[Token], marker: Token) -> tuple[list[Token], list[Token]]:
    """The words of a sentence that a marker governs, and the others."""
    sentence = [other for other in tokens if other.sentence == marker.sentence]
    i = marker.place - sentence[0].place
    before, after = sentence[:i], sentence[i + 1 :]
    if any(token.is_content for token in before):
        return after, before
    n_words = _length_of_clause(after)
    return after[:n_words], after[n_words:]


def _length_of_clause(tokens: Sequence[Token]) -> int:
    """Words of a fronted clause: up to the comma; without one, up to its third content word."""
    texts = [token.text for token in tokens]
    if "," in texts:
        return texts.index(",")
    content = [i for i, token in enumerate(tokens) if token.is_content]
    return content[2] if len(content) > 2 else len(tokens)


def _shared(some: Sequence[Token], others: Sequence[Token]) -> int:
    return sum(has_same(one, others) for one in some)
