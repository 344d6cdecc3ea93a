"""Another word in the place of one of the evidence: does the claim speak of the same thing?"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragguide.augment.support.alignment import Alignment, Pair, has_same, likeness
from ragguide.augment.support.opposites import are_exclusive
from ragguide.augment.support.reading import Reading
from ragguide.augment.support.tokens import Token

_THIS = frozenset(("this", "that"))
_THE = frozenset(("the", "these", "those", "such"))


def other_member(found: Alignment) -> str:
    """Say where the claim has one member of a set, such as red, for another; nowhere: ""."""
    for token in found.claim.content:
        if token.place in found.by_place or token.place in found.titled:
            continue
        for other in found.stated.content:
            if are_exclusive(token.key, other.key) and not found.is_claimed(other):
                return f'the evidence says "{other.text}", the claim says "{token.text}"'
    return ""


def other_compound(found: Alignment) -> str:
    """Say where "task role" in the claim takes the place of "task execution role"; nowhere: ""."""
    for one, other in pairwise(found.pairs):
        if (
            other.claimed.place != one.claimed.place + 1
            or one.stated.sentence != other.stated.sentence
        ):
            continue
        between = _unclaimed_between(found, one, other)
        if between and _stand_together(found, one.claimed, other.claimed):
            inner = " ".join(t.text for t in between)
            return (
                f'the evidence says "{one.stated.text} {inner} {other.stated.text}", the claim '
                f'"{one.claimed.text} {other.claimed.text}"'
            )
    return ""


def other_sort(found: Alignment) -> str:
    """Say where "carbon steel" in the claim takes the place of "stainless steel"; nowhere: "".

    The evidence speaks of both: "use carbon steel (stainless steel makes no spark)".
    """
    for clause in found.claim.clauses:
        stated = found.clause_for(clause)
        for one, head in pairwise(clause.content if stated else ()):
            if stated is None or head.place != one.place + 1 or has_same(one, stated.content):
                continue
            if not _stand_together(found, one, head):
                continue
            for other, same in pairwise(stated.content):
                is_pair = same.place == other.place + 1 and likeness(head, same) > 2
                if is_pair and not found.is_claimed(other):
                    return (
                        f'the evidence says "{other.text} {same.text}", the claim says '
                        f'"{one.text} {head.text}"'
                    )
    return ""


def other_name(found: Alignment) -> str:
    """Say where "Retrieve API" in the claim takes the place of "Query API"; nowhere: ""."""
    for one, head in pairwise(found.claim.content):
        pair = found.by_place.get(head.place)
        if pair is None or pair.is_opposite or head.place != one.place + 1:
            continue
        if one.place in found.by_place or not _is_capital(one):
            continue
        other = _beside(found.stated.content, pair.stated, -1)
        if other is None or other.place != pair.stated.place - 1 or not _is_capital(other):
            continue
        if not _stands_before(found, other, head):
            return f'the evidence says "{other.text}", the claim says "{one.text}"'
    return ""


def _is_capital(token: Token) -> bool:
    return token.text[:1].isupper() and not token.starts_sentence


def _stands_before(found: Alignment, token: Token, head: Token) -> bool:
    """Whether the claim, too, has a word of the evidence before a head."""
    return any(
        likeness(one, token) > 2 and likeness(other, head) > 2
        for one, other in pairwise(found.claim.content)
    )


def _unclaimed_between(found: Alignment, one: Pair, other: Pair) -> list[Token]:
    """The words between two of the evidence, if the claim has none of them."""
    between = [t for t in found.stated.tokens if one.stated.place < t.place < other.stated.place]
    return [] if any(not t.is_content or found.is_claimed(t) for t in between) else between


def _stand_together(found: Alignment, one: Token, other: Token) -> bool:
    """Whether the evidence has two words side by side, too."""
    return any(
        likeness(one, a) > 2 and likeness(other, b) > 2 for a, b in pairwise(found.stated.tokens)
    )


def other_subject(found: Alignment, others: Sequence[Reading]) -> str:
    """Say where the claim takes a word from other evidence into the place of one of this.

    Args:
        found: the claim over its evidence.
        others: what other evidence says.
    """
    head = next((t for t in found.stated.content if t.sentence == found.sentence), None)
    first = found.claim.content[0]
    if head is None:
        return ""
    missing = _found_elsewhere(found, others)
    is_other = not found.is_claimed(head) and head not in found.titles
    is_named = head.starts_sentence and _is_bare_name(first, found)
    if is_other and (is_named or first in missing):
        return f'the evidence speaks of "{head.text}", the claim of "{first.text}"'
    for token in missing:
        for slot in _slots(found, token):
            if slot.governor == token.governor and not found.is_claimed(slot):
                return f'the evidence says "{slot.text}", the claim says "{token.text}"'
    return ""


def other_section(found: Alignment, others: Sequence[Reading]) -> str:
    """Say where the claim takes "binary encoding" for the section's "one-hot encoding"; else "".

    Other evidence speaks of the one that the claim names.
    """
    for token in _found_elsewhere(found, others):
        clause = [t for t in found.claim.content if t.clause == token.clause]
        head = next((t for t in clause if t.place == token.place + 1), None)
        if head is None or has_same(head, found.stated.content):
            continue
        for other, same in pairwise(found.titles):
            is_sibling = same.place == other.place + 1 and likeness(head, same) > 2
            if is_sibling and not has_same(other, clause):
                return (
                    f'the section is about "{other.text} {same.text}", the claim says '
                    f'"{token.text} {head.text}"'
                )
    return ""


def other_referent(found: Alignment) -> str:
    """Say where the claim names something else than "this knot" of the evidence; nowhere: "".

    "This knot" may be the one in the title. "The knot" and "these knots" are those in the title, if
    that has another sort of knot.
    """
    for one, head in pairwise(found.claim.content):
        before = _before_head(found, one, head)
        if before in _THIS:
            return f'the evidence says "{before} {head.text}", not "{one.text} {head.text}"'
        if before in _THE and _has_other_sort(found, head):
            return f'the section is about another {head.text} than "{one.text} {head.text}"'
    return ""


def _before_head(found: Alignment, one: Token, head: Token) -> str:
    """Return what stands before a word of the evidence instead of the claim's word; none: ""."""
    pair = found.by_place.get(head.place)
    is_known = one.place in found.by_place or one.place in found.titled
    if pair is None or head.place != one.place + 1 or one.quantity is not None or is_known:
        return ""
    return found.stated.tokens[pair.stated.place - 1].key if pair.stated.place else ""


def _has_other_sort(found: Alignment, head: Token) -> bool:
    """Whether a title has a word before a head that the claim doesn't have."""
    return any(
        same.place == other.place + 1 and likeness(head, same) > 2 and not found.is_claimed(other)
        for other, same in pairwise(found.titles)
    )


def _found_elsewhere(found: Alignment, others: Sequence[Reading]) -> list[Token]:
    """Words of the claim that other evidence has, and this one hasn't."""
    known = found.by_place.keys() | found.titled
    elsewhere = [token for reading in others for token in reading.content]
    return [
        token
        for token in found.claim.content
        if token.place not in known and has_same(token, elsewhere)
    ]


def _slots(found: Alignment, token: Token) -> Iterator[Token]:
    """Yield the words of the evidence that stand where a word of the claim would."""
    claimed = found.claim.content
    i = claimed.index(token)
    for step in (-1, 1):
        if not 0 <= i + step < len(claimed):
            continue
        beside = found.by_place.get(claimed[i + step].place)
        if beside is None or beside.is_opposite:
            continue
        slot = _beside(found.stated.content, beside.stated, -step)
        if slot is not None:
            yield slot


def _is_bare_name(token: Token, found: Alignment) -> bool:
    """Whether a claim begins with what looks like a name: one word without an article."""
    return (
        token.starts_sentence
        and token.kind in ("word", "name")
        and token.place == 0
        and token.text[:1].isupper()
        and not token.text.endswith(("s", "ing"))
        and token.place not in found.by_place
        and token.place not in found.titled
        and _has_same_verb(found)
    )


def _has_same_verb(found: Alignment) -> bool:
    """Whether the second word of a claim is the second of the sentence of the evidence."""
    sentence = [t for t in found.stated.content if t.sentence == found.sentence]
    if len(sentence) < 2 or len(found.claim.content) < 2:
        return False
    return likeness(found.claim.content[1], sentence[1]) > 2


def _beside(tokens: Sequence[Token], token: Token, step: int) -> Token | None:
    i = next(n for n, other in enumerate(tokens) if other.place == token.place) + step
    if not 0 <= i < len(tokens) or tokens[i].sentence != token.sentence:
        return None
    return tokens[i]
