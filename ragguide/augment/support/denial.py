"""Negation: does the claim deny where the evidence does, and nowhere else?"""

from collections.abc import Collection, Sequence

from ragguide.augment.support.alignment import Alignment, Pair
from ragguide.augment.support.clauses import Clause, negations_in
from ragguide.augment.support.opposites import are_converse, are_opposite
from ragguide.augment.support.tokens import Token
from ragguide.augment.support.vocabulary import AUXILIARIES, MODALS


def wrong_denial(found: Alignment, turned: Collection[int]) -> str:
    """Say where the claim says the opposite; nowhere: an empty string.

    Args:
        found: the claim over its evidence.
        turned: places of the claim's words whose opposite is right, such as *shorter* where the two
            that are compared have changed places.
    """
    for clause in found.claim.clauses:
        stated = found.clause_for(clause)
        reason = _wrong_clause(found, clause, stated, turned) if stated is not None else ""
        if reason:
            return reason
    return ""


def _wrong_clause(found: Alignment, clause: Clause, stated: Clause, turned: Collection[int]) -> str:
    """Say how a clause of the claim and the one that answers it deny different things."""
    pairs = found.pairs_of(clause)
    said = [pair for pair in pairs if not pair.claimed.is_contrasted]
    opposites = [p for p in pairs if _is_contrary(found, p, turned)]
    n_claimed = clause.n_negations + (clause.marker == "unless")
    n_opposite = sum(not pair.claimed.is_contrasted for pair in opposites)
    is_even = (n_claimed + _denials(stated, said) + n_opposite) % 2 == 0
    if (said and not is_even) or _wrong_contrast(found, pairs):
        return _contradiction(opposites, n_claimed)
    reason = _opposite_elsewhere(found, stated, pairs)
    if reason or n_claimed or opposites:
        return reason
    return _denied_elsewhere(found, stated, said)


def _is_contrary(found: Alignment, pair: Pair, turned: Collection[int]) -> bool:
    """Whether a word of the claim is the opposite of the one that it answers, and wrong."""
    if not pair.is_opposite or pair.claimed.place in turned:
        return False
    return not _is_converse(found, pair)


def _denials(stated: Clause, said: Sequence[Pair]) -> int:
    """How often a clause of the evidence denies what the claim says."""
    is_unless = stated.marker == "unless"
    is_contrasted = any(pair.stated.is_contrasted for pair in said)
    return _negations(stated, said) + is_contrasted + is_unless


def _wrong_contrast(found: Alignment, pairs: Sequence[Pair]) -> bool:
    """Whether the claim sets apart what the evidence does not."""
    return any(pair.claimed.is_contrasted and not _is_denied_alike(found, pair) for pair in pairs)


def _contradiction(opposites: Sequence[Pair], n_claimed: int) -> str:
    if opposites:
        pair = opposites[0]
        return f'the evidence says "{pair.stated.text}", the claim says "{pair.claimed.text}"'
    if n_claimed % 2:
        return "the claim denies what the evidence says"
    return "the evidence denies what the claim says"


def _opposite_elsewhere(found: Alignment, stated: Clause, pairs: Sequence[Pair]) -> str:
    """Say where a word stands in a part of the sentence that says the opposite of another word.

    "It accepts JSON, but rejects YAML" doesn't say that it accepts YAML.
    """
    first = stated.tokens[0]
    beside = [pair for pair in pairs if pair.stated.clause == first.clause]
    for pair in pairs:
        part = found.stated.clauses[pair.stated.clause]
        if part is stated or part.tokens[0].sentence != first.sentence:
            continue
        for token in part.content:
            other = None if found.is_claimed(token) else _opposed(beside, token)
            if other is not None:
                return (
                    f'the evidence says "{token.text}" of "{pair.stated.text}", the claim '
                    f'"{other.claimed.text}"'
                )
    return ""


def _opposed(pairs: Sequence[Pair], token: Token) -> Pair | None:
    """The first pair whose claimed word is the opposite of a word."""
    return next((pair for pair in pairs if are_opposite(pair.claimed.key, token.key)), None)


def _is_converse(found: Alignment, pair: Pair) -> bool:
    """Whether a converse is right: "you buy it at the stall" for "the stall sells it"."""
    if not are_converse(pair.claimed.key, pair.stated.key):
        return False
    head = next(t for t in found.stated.content if t.sentence == pair.stated.sentence)
    governors = [p.claimed.governor for p in found.pairs if p.stated.place == head.place]
    return governors != [] and "" not in governors


def _denied_elsewhere(found: Alignment, stated: Clause, pairs: Sequence[Pair]) -> str:
    """Say whether another clause of the evidence denies words that the claim says together."""
    for clause in found.stated.clauses:
        inside = [p for p in pairs if p.stated.clause == clause.tokens[0].clause]
        if clause is stated or len(inside) < 2 or clause.marker == "unless":
            continue
        if _negations(clause, inside) % 2:
            return "the evidence denies what the claim says"
    return ""


def _negations(stated: Clause, pairs: Sequence[Pair]) -> int:
    """How many negations of a clause of the evidence bear on words that the claim has, too."""
    number = stated.tokens[0].clause
    return _n_bearing(stated, {p.stated.place for p in pairs if p.stated.clause == number})


def _n_bearing(clause: Clause, places: Collection[int]) -> int:
    """How many negations of a clause bear on the words in some places."""
    scopes = [_scope(clause.tokens, i) for i in negations_in(clause.tokens)]
    count = sum(not scope or not scope.isdisjoint(places) for scope in scopes)
    return max(0, count - clause.n_absorbed)


def _scope(tokens: Sequence[Token], i: int) -> set[int]:
    """Places of the words that a negation denies.

    "Prints nothing" denies the verb before it, *not* what follows up to the next verb, and *no* all
    that follows.
    """
    negation = tokens[i]
    before = [token.place for token in tokens[:i] if token.is_content]
    if negation.key in ("nothing", "nobody", "none") and before:
        return {before[-1]}
    places: set[int] = set()
    for token in tokens[i + 1 :]:
        is_verb = token.key in AUXILIARIES or token.key in MODALS
        if places and is_verb and negation.key in ("not", "never"):
            break
        if token.is_content:
            places.add(token.place)
    return places


def _is_denied_alike(found: Alignment, pair: Pair) -> bool:
    """Whether the evidence sets apart or denies what the claim sets apart.

    "Nobody may enter except members" denies *members* twice.
    """
    claimed, stated = (
        token.is_contrasted + _n_bearing(reading.clauses[token.clause], [token.place])
        for reading, token in ((found.claim, pair.claimed), (found.stated, pair.stated))
    )
    return (claimed + stated + pair.is_opposite) % 2 == 0
