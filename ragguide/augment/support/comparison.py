"""More, less and *-er than: does the claim have the same side ahead?"""

from collections.abc import Sequence

import msgspec

from ragguide.augment.support.alignment import Alignment, has_same, likeness
from ragguide.augment.support.opposites import COMPARED, adjective_of, are_opposite
from ragguide.augment.support.reading import Reading
from ragguide.augment.support.tokens import Token
from ragguide.augment.support.vocabulary import key_of

_DEGREES = ("more", "less", "fewer")
_BARE = ("better", "worse")  # comparatives that name no property
_SHORTEST = 4  # letters of a comparative
_ENDINGS = ("est", "ier", "ster", "cker", "gher", "wer")  # fastest, easier, faster, thicker, higher
# Words of texts that compare without *than*.
_COMPARING = frozenset(
    """
    than most least best worst more less fewer better worse twice half double compared unlike while
    whereas but however only exceed exceeds outperform outperforms outperformed beat beats beaten
    prefer prefers preferred before after above below over under lessthan morethan atmost atleast
    superior inferior as
    """.split()
)
_NEAR = 5  # words within which a comparative stands before *than*


class Comparison(msgspec.Struct, frozen=True):
    """X is <degree> than Y."""

    degree: Token
    of_what: str | None  # the adjective, in its plain form; None: *more* or *better* alone
    left: tuple[Token, ...]
    right: tuple[Token, ...]
    is_denied: bool


def compare_sides(found: Alignment) -> tuple[str, set[int]]:
    """Say where the claim turns a comparison around.

    Returns:
        the reason, empty if there is none; the places of words whose opposite is right, since the
        sides have changed places, too.
    """
    claimed, stated = _comparison(found.claim), _comparison(found.stated)
    if claimed is None:
        return "", set()
    if stated is None:
        is_said = _compares(found.stated)
        return "" if is_said else "the claim compares two things, the evidence does not", set()
    flips = _turned(claimed, stated) ^ (claimed.is_denied != stated.is_denied)
    # What stands on the right is compared alone; on the left stands all that is said of it, too.
    straight = _only(claimed.right, claimed.left, stated.right, stated.left)
    crossed = _only(claimed.right, claimed.left, stated.left, stated.right)
    if straight == crossed:
        straight = _only(stated.right, stated.left, claimed.right, claimed.left)
        crossed = _only(stated.right, stated.left, claimed.left, claimed.right)
    is_reversed = crossed > straight
    if straight == crossed:
        return "", set()
    if is_reversed != flips:
        if is_reversed:
            return "the claim has the two that are compared the other way round", set()
        return (
            f'the evidence says "{stated.degree.text}", the claim says "{claimed.degree.text}"',
            set(),
        )
    return "", {claimed.degree.place} if flips else set()


def _compares(reading: Reading) -> bool:
    """Whether a text compares in another way: by a superlative, a verb, a contrast, two numbers."""
    words = [token.text.casefold() for token in reading.tokens]
    if any(word in _COMPARING or word in COMPARED or word.endswith(_ENDINGS) for word in words):
        return True
    if not _COMPARING.isdisjoint(token.key for token in reading.tokens):
        return True
    return sum(token.quantity is not None for token in reading.tokens) > 1


def _comparison(reading: Reading) -> Comparison | None:
    """The first comparison of a text."""
    for token in reading.tokens:
        if token.key == "than" and (degree := degree_before(reading.tokens, token)):
            return _compared(reading.tokens, degree, token)
    return None


def degree_before(tokens: Sequence[Token], than: Token) -> Token | None:
    """The comparative that a *than* belongs to."""
    before = tokens[max(0, than.place - _NEAR) : than.place]
    degrees = [token for token in before if _is_degree(token)]
    if not degrees and before and before[-1].text.endswith("er"):
        degrees = [before[-1]]  # "busier than"
    return degrees[-1] if degrees and len(degrees[-1].text) >= _SHORTEST else None


def _compared(tokens: Sequence[Token], degree: Token, than: Token) -> Comparison:
    sentence = [t for t in tokens if t.sentence == than.sentence]
    content = [t for t in sentence if t.is_content]
    return Comparison(
        degree,
        _of_what(tokens, degree, than),
        left=tuple(t for t in content if t.place < than.place and t.place != degree.place),
        right=tuple(t for t in content if t.place > than.place and t.clause == than.clause),
        is_denied=_is_denied(tokens, degree),
    )


def _is_denied(tokens: Sequence[Token], degree: Token) -> bool:
    before = [t for t in tokens if t.clause == degree.clause and t.place < degree.place]
    return any(t.key in ("not", "never", "no") for t in before)


def _of_what(tokens: Sequence[Token], degree: Token, than: Token) -> str | None:
    low = degree.text.casefold()
    if low not in _DEGREES and low not in _BARE:
        return key_of(adjective_of(low))
    if low not in ("more", "less"):
        return None
    beside = tokens[degree.place + 1]  # "more expensive": whatever stands beside it
    return beside.key if beside.is_content and beside.place < than.place else None


def _is_degree(token: Token) -> bool:
    low = token.text.casefold()
    return low in _DEGREES or low in COMPARED or low in _BARE


def _turned(claimed: Comparison, stated: Comparison) -> bool:
    """Whether the degrees are contrary: longer and shorter, higher and less high."""
    one, other = _direction(claimed.degree), _direction(stated.degree)
    keys = claimed.of_what, stated.of_what
    is_contrary = None not in keys and are_opposite(*map(str, keys))
    return (one * other < 0) != is_contrary


def _direction(degree: Token) -> int:
    return -1 if degree.text.casefold() in ("less", "fewer", "worse") else 1


def _only(
    claimed: tuple[Token, ...],
    other_claimed: tuple[Token, ...],
    stated: tuple[Token, ...],
    other_stated: tuple[Token, ...],
) -> int:
    """How many words stand on one side alone in both texts: those on both sides tell nothing."""
    count = 0
    for token in claimed:
        if has_same(token, other_claimed):
            continue
        matches = [t for t in stated if likeness(token, t) > 2]
        if matches and not has_same(token, other_stated):
            count += 1
    return count
