"""A claim that repeats the evidence but for a word or two: does the other word say the same?"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from ragguide.augment.support.alignment import Alignment, likeness
from ragguide.augment.support.clauses import AMOUNTS
from ragguide.augment.support.opposites import are_exclusive, are_opposite
from ragguide.augment.support.tokens import Token
from ragguide.augment.support.vocabulary import NEGATORS

LEAST_ALIKE = 0.6  # share of words in the same order, from which on a claim repeats a sentence
NEARLY_SAME = 0.9  # from which on a negation is all that can differ
MOST_REPLACED = 3  # words in a row

# Function words that exclude each other where one stands in the place of the other.
_KINDS = (
    frozenset("more less fewer".split()),
    frozenset("before after until".split()),
    frozenset("above below over under".split()),
    frozenset("up down".split()),
    frozenset("in out inside outside".split()),
    frozenset("with without".split()),
    frozenset("on off".split()),
    frozenset("always never sometimes often rarely seldom usually".split()),
    frozenset("many few".split()),
    frozenset("much little".split()),
    frozenset("atmost atleast morethan lessthan".split()),
    frozenset("both neither either".split()),
)


def wrong_slot(found: Alignment) -> str:
    """Say which word of the claim stands for a word that says something else; none: ""."""
    claimed = [t for t in found.claim.tokens if t.kind != "mark"]
    is_long = len({t.sentence for t in claimed}) > 1
    stated = [
        t
        for t in found.stated.tokens
        if t.kind != "mark" and (is_long or t.sentence == found.sentence)
    ]
    matcher = SequenceMatcher(None, _keys(claimed), _keys(stated), autojunk=False)
    if matcher.ratio() < LEAST_ALIKE:
        return ""
    for one, other in _replaced(matcher, claimed, stated):
        if _differ(one, other, found):
            return f'the evidence says "{other.text}", the claim says "{one.text}"'
    return _denied(claimed, stated, found) if matcher.ratio() >= NEARLY_SAME else ""


def _denied(claimed: Sequence[Token], stated: Sequence[Token], found: Alignment) -> str:
    """Say whether a negation is all that was added or dropped."""
    counts = [
        sum(t.key in NEGATORS and t.kind == "function" for t in tokens)
        for tokens in (claimed, stated)
    ]
    if abs(counts[0] - counts[1]) != 1 or any(pair.is_opposite for pair in found.pairs):
        return ""
    if counts[0] > counts[1]:
        return "the claim denies what the evidence says"
    return "the evidence denies what the claim says"


def _keys(tokens: Sequence[Token]) -> list[str]:
    return [token.key or token.text.casefold() for token in tokens]


def _replaced(
    matcher: "SequenceMatcher[str]", claimed: Sequence[Token], stated: Sequence[Token]
) -> Iterator[tuple[Token, Token]]:
    """Yield words of the claim with those of the evidence in whose place they stand."""
    for name, i1, i2, j1, j2 in matcher.get_opcodes():
        if name != "replace" or max(i2 - i1, j2 - j1) > MOST_REPLACED:
            continue
        if i2 - i1 == j2 - j1:
            yield from zip(claimed[i1:i2], stated[j1:j2], strict=True)
            continue
        names = [t for t in claimed[i1:i2] if t.kind == "name"]
        others = [t for t in stated[j1:j2] if t.kind == "name"]
        if names and others:
            yield names[-1], others[-1]


def _differ(claimed: Token, stated: Token, found: Alignment) -> bool:
    """Whether a word says something else than the one in whose place it stands."""
    if likeness(claimed, stated) > 2 or claimed.is_passive != stated.is_passive:
        return False
    differs = _differ_in_value(claimed, stated)
    if differs is None:
        differs = _differ_in_function(claimed, stated)
    return _differ_in_meaning(claimed, stated, found) if differs is None else differs


def _differ_in_value(claimed: Token, stated: Token) -> bool | None:
    """Whether two numbers, ordinals, units or amounts differ; None: they are something else."""
    if claimed.quantity is not None and stated.quantity is not None:
        return not claimed.quantity.is_spelt or claimed.quantity.values[0] != 1
    if claimed.kind == stated.kind == "ordinal":
        return True
    if claimed.unit is not None and stated.unit is not None:
        return claimed.unit.name != stated.unit.name
    if claimed.key in AMOUNTS and stated.key in AMOUNTS:
        amounts = {AMOUNTS[claimed.key], AMOUNTS[stated.key]}
        return len(amounts) > 1 and amounts != {"all", "any"}
    return None


def _differ_in_function(claimed: Token, stated: Token) -> bool | None:
    """Whether function words exclude each other; None: neither is one."""
    if any(claimed.key in kind and stated.key in kind for kind in _KINDS):
        return True
    return False if "function" in (claimed.kind, stated.kind) else None


def _differ_in_meaning(claimed: Token, stated: Token, found: Alignment) -> bool:
    if claimed.kind == "name" and stated.kind == "name":
        return True
    if claimed.is_content and _exclude(claimed.key, stated.key):
        return not _is_denied_apart(found, claimed, stated)
    # A word that the evidence has elsewhere is no synonym of the one whose place it takes.
    pair = found.by_place.get(claimed.place)
    if pair is None or pair.is_opposite or pair.stated.place == stated.place:
        return False
    return "name" in (claimed.kind, stated.kind)


def _exclude(one: str, other: str) -> bool:
    return are_opposite(one, other) or are_exclusive(one, other)


def _is_denied_apart(found: Alignment, claimed: Token, stated: Token) -> bool:
    """Whether one of the two is denied and the other isn't: "not noisy" and "quiet"."""
    one = found.claim.clauses[claimed.clause].n_negations
    other = found.stated.clauses[stated.clause].n_negations
    return (one + other) % 2 == 1
