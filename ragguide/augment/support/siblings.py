"""Another one's property: does each part of the claim come from one part of the evidence?"""

from collections.abc import Sequence
from itertools import product

from ragguide.augment.support.alignment import Alignment, Pair, has_same, likeness
from ragguide.augment.support.opposites import are_exclusive
from ragguide.augment.support.reading import Reading
from ragguide.augment.support.tokens import Token

_JOINS = ("and", "but", "while", "whereas", "or")


def mixed_parts(found: Alignment) -> str:
    """Say where the claim gives one thing what the evidence says of another; nowhere: ""."""
    zones = _zones(found.stated)
    if len(zones) < 2:
        return ""
    for part in _zones(found.claim):
        pairs = [found.by_place[t.place] for t in part if t.place in found.by_place]
        reasons = (_foreign_to(pair, part, zones) for pair in pairs)
        reason = next(filter(None, reasons), "") or _foreign_subject(part, zones)
        if reason:
            return reason
    return ""


def _foreign_to(pair: Pair, part: Sequence[Token], zones: Sequence[Sequence[Token]]) -> str:
    """Say which word of a part doesn't belong to what the evidence says of a pair."""
    own = next((zone for zone in zones if _has(zone, pair.stated)), None)
    if own is None:
        return ""
    others = [zone for zone in zones if zone is not own]
    if any(has_same(pair.claimed, zone) for zone in others):
        return ""
    if not any(_same_class(pair.stated, t) for zone in others for t in zone):
        return ""
    return _foreign(part, pair.stated, own, others)


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


def _foreign(
    part: Sequence[Token],
    rival: Token,
    own: Sequence[Token],
    others: Sequence[Sequence[Token]],
) -> str:
    """Say which word of a part of the claim belongs to another part of the evidence."""
    unclaimed = [t for t in own if not _claimed_by(part, t)]
    if not unclaimed:
        return ""
    other = unclaimed[0]
    is_replaced = other is own[0] and other is not rival
    foreign = [t for t in part if not t.is_light and not has_same(t, own)]
    for token, zone in product(foreign, others):
        is_contrasted = is_replaced or _are_parallel(own, zone, rival)
        if is_contrasted and has_same(token, zone) and _has_rival(zone, rival, part):
            return (
                f'the evidence says "{rival.text}" of "{other.text}", the claim of "{token.text}"'
            )
    return ""


def _has_rival(zone: Sequence[Token], rival: Token, part: Sequence[Token]) -> bool:
    """Whether a part of the evidence has a rival of a word that the claim doesn't have."""
    return any(_same_class(rival, t) and not _claimed_by(part, t) for t in zone)


def _are_parallel(own: Sequence[Token], zone: Sequence[Token], rival: Token) -> bool:
    """Whether two parts of the evidence say the same but for their rivals."""
    return any(likeness(t, o) > 2 for t in own for o in zone if t is not rival)


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
