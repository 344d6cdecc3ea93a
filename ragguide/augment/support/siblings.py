"""Another one's property: does each part of the claim come from one part of the evidence?"""

from collections.abc import Sequence
from itertools import pairwise

from ragguide.augment.support.alignment import Alignment, likeness
from ragguide.augment.support.opposites import are_exclusive
from ragguide.augment.support.reading import Reading
from ragguide.augment.support.tokens import Token

_JOINS = ("and", "but", "while", "whereas", "or")


def other_member(found: Alignment) -> str:
    """Say where the claim has one member of a set, such as red, for another; nowhere: ""."""
    for token in found.claim.content:
        if token.place in found.by_place or token.place in found.titled:
            continue
        for other in found.stated.content:
            if are_exclusive(token.key, other.key) and not found.is_claimed(other):
                return f'the evidence says "{other.text}", the claim says "{token.text}"'
    return ""


def mixed_parts(found: Alignment) -> str:
    """Say where the claim gives one thing what the evidence says of another; nowhere: ""."""
    zones = _zones(found.stated)
    if len(zones) < 2:
        return ""
    for part in _zones(found.claim):
        pairs = [found.by_place[t.place] for t in part if t.place in found.by_place]
        for pair in pairs:
            own = next((z for z in zones if _has(z, pair.stated)), None)
            if own is None:
                continue
            if any(likeness(pair.claimed, t) > 2 for z in zones if z is not own for t in z):
                continue  # stands in several parts
            if not _is_rival(pair.stated, own, zones):
                continue
            reason = _foreign(part, pair.stated, own, zones)
            if reason:
                return reason
        reason = _foreign_subject(part, zones)
        if reason:
            return reason
    return ""


def _foreign_subject(part: Sequence[Token], zones: Sequence[Sequence[Token]]) -> str:
    """Say whether a part of the claim has the subject of another part of the evidence."""
    home = max(zones, key=lambda zone: sum(_claimed_by(zone, token) for token in part))
    head, first = home[0], part[0]
    if _claimed_by(part, head) or _claimed_by(home, first) or not _same_class(head, first):
        return ""
    if sum(_claimed_by(home, token) for token in part) < 2:
        return ""
    if any(_claimed_by(zone, first) for zone in zones):
        return f'the evidence speaks of "{head.text}", the claim of "{first.text}"'
    return ""


def other_compound(found: Alignment) -> str:
    """Say where "task role" in the claim takes the place of "task execution role"; nowhere: ""."""
    for one, other in pairwise(found.pairs):
        if (
            other.claimed.place != one.claimed.place + 1
            or one.stated.sentence != other.stated.sentence
        ):
            continue
        between = [
            t for t in found.stated.tokens if one.stated.place < t.place < other.stated.place
        ]
        if not between or any(not t.is_content or found.is_claimed(t) for t in between):
            continue
        if any(
            likeness(one.claimed, a) > 2 and likeness(other.claimed, b) > 2
            for a, b in pairwise(found.stated.tokens)
        ):
            inner = " ".join(t.text for t in between)
            return (
                f'the evidence says "{one.stated.text} {inner} {other.stated.text}", the claim '
                f'"{one.claimed.text} {other.claimed.text}"'
            )
    return ""


def _foreign(
    part: Sequence[Token],
    rival: Token,
    own: Sequence[Token],
    zones: Sequence[Sequence[Token]],
) -> str:
    """Say which word of a part of the claim belongs to another part of the evidence."""
    unclaimed = [t for t in own if not _claimed_by(part, t)]
    if not unclaimed:
        return ""
    for token in part:
        if token.is_light or any(likeness(token, t) > 2 for t in own):
            continue
        for zone in zones:
            match = next((t for t in zone if likeness(token, t) > 2), None)
            if zone is own or match is None:
                continue
            head = own[0]
            replaced = head in unclaimed and head is not rival
            rivals = any(_same_class(rival, t) and not _claimed_by(part, t) for t in zone)
            parallel = any(likeness(t, o) > 2 for t in own for o in zone if t is not rival)
            if rivals and (replaced or parallel):
                other = head if replaced else unclaimed[0]
                return (
                    f'the evidence says "{rival.text}" of "{other.text}", the claim of '
                    f'"{token.text}"'
                )
    return ""


def other_subject(found: Alignment, others: Sequence[Reading], titles: Sequence[Token]) -> str:
    """Say where the claim takes a word from other evidence into the place of one of this.

    Args:
        found: the claim over its evidence.
        others: what other evidence says.
        titles: of the section that the evidence stands in.
    """
    head = next((t for t in found.stated.content if t.sentence == found.sentence), None)
    first = next(iter(found.claim.content))
    if head is None:
        return ""
    is_other = not found.is_claimed(head) and head not in titles
    if is_other and head.starts_sentence and _is_bare_name(first, found):
        return f'the evidence speaks of "{head.text}", the claim of "{first.text}"'
    missing = [
        token
        for token in found.claim.content
        if token.place not in found.by_place
        and token.place not in found.titled
        and any(likeness(token, t) > 2 for reading in others for t in reading.content)
    ]
    if not missing:
        return ""
    if first in missing and is_other:
        return f'the evidence speaks of "{head.text}", the claim of "{first.text}"'
    claimed = list(found.claim.content)
    for token in missing:
        i = claimed.index(token)
        for step in (-1, 1):
            if not 0 <= i + step < len(claimed):
                continue
            beside = found.by_place.get(claimed[i + step].place)
            if beside is None or beside.is_opposite:
                continue
            slot = _beside(found.stated.content, beside.stated, -step)
            if slot is not None and slot.governor == token.governor and not found.is_claimed(slot):
                return f'the evidence says "{slot.text}", the claim says "{token.text}"'
    return ""


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


def _zones(reading: Reading) -> list[list[Token]]:
    """Parts of a text that each have a rival: a number, a name, an ordinal of one class."""
    zones: list[list[Token]] = [[]]
    for i, token in enumerate(reading.tokens):
        is_join = token.text in ",;:.!?" or token.key in _JOINS
        if is_join and zones[-1] and _splits(reading.tokens, i, zones[-1]):
            zones.append([])
        elif token.is_content:
            zones[-1].append(token)
    return [zone for zone in zones if zone]


def _splits(tokens: Sequence[Token], i: int, zone: Sequence[Token]) -> bool:
    """Whether what was read so far and what follows both have a rival of one class."""
    if tokens[i].text in ".!?;":
        return True
    later: list[Token] = []
    for token in tokens[i + 1 :]:
        if token.text in ";.!?" or (later and (token.text == "," or token.key in _JOINS)):
            break
        later.append(token)
    return any(_same_class(one, other) for one in zone for other in later if other.is_content)


def _is_rival(token: Token, own: Sequence[Token], zones: Sequence[Sequence[Token]]) -> bool:
    return any(_same_class(token, t) for zone in zones if zone is not own for t in zone)


def _same_class(one: Token, other: Token) -> bool:
    if one.quantity is not None and other.quantity is not None:
        return one.quantity.same_kind(other.quantity) and not one.quantity.equals(other.quantity)
    if one.kind != other.kind:
        return are_exclusive(one.key, other.key)
    if one.kind in ("ordinal", "date"):
        return one.text.casefold() != other.text.casefold()
    if one.kind == "name":
        return one.key != other.key
    if one.unit is not None and other.unit is not None:
        return one.unit.name != other.unit.name
    return are_exclusive(one.key, other.key)


def _claimed_by(part: Sequence[Token], token: Token) -> bool:
    return any(likeness(own, token) > 2 for own in part)


def _has(zone: Sequence[Token], token: Token) -> bool:
    return any(other.place == token.place for other in zone)
