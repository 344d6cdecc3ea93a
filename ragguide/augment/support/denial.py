"""Negation: does the claim deny where the evidence does, and nowhere else?"""

from collections.abc import Collection, Sequence

from ragguide.augment.support.alignment import Alignment, Pair
from ragguide.augment.support.opposites import are_converse, are_opposite
from ragguide.augment.support.reading import Clause
from ragguide.augment.support.tokens import Token
from ragguide.augment.support.vocabulary import AUXILIARIES, MODALS, NEGATORS


def wrong_denial(found: Alignment, turned: Collection[int]) -> str:
    """Say where the claim says the opposite; nowhere: an empty string.

    Args:
        found: the claim over its evidence.
        turned: places of the claim's words whose opposite is right, such as *shorter* where the two
            that are compared have changed places.
    """
    for clause in found.claim.clauses:
        pairs = found.pairs_of(clause)
        stated = found.clause_for(clause)
        if stated is None:
            continue
        apart = [pair for pair in pairs if pair.claimed.is_contrasted]
        said = [pair for pair in pairs if not pair.claimed.is_contrasted]
        opposites = [
            p
            for p in pairs
            if p.is_opposite and p.claimed.place not in turned and not _is_converse(found, p)
        ]
        n_claimed = clause.n_negations
        n_stated = _negations(stated, said) + any(pair.stated.is_contrasted for pair in said)
        n_opposite = sum(not pair.claimed.is_contrasted for pair in opposites)
        if clause.marker == "unless":
            n_claimed += 1
        if stated.marker == "unless" and any(
            p.stated.clause == pairs[0].stated.clause for p in pairs
        ):
            n_stated += 1
        agrees = said == [] or (n_claimed + n_stated + n_opposite) % 2 == 0
        wrong = [p for p in apart if not _is_denied(found, p)]
        if agrees and not wrong:
            reason = _opposite_elsewhere(found, stated, pairs)
            if not reason and not n_claimed and not opposites:
                reason = _denied_elsewhere(found, stated, said)
            if reason:
                return reason
            continue
        if opposites:
            pair = opposites[0]
            return f'the evidence says "{pair.stated.text}", the claim says "{pair.claimed.text}"'
        if n_claimed % 2:
            return "the claim denies what the evidence says"
        return "the evidence denies what the claim says"
    return ""


def _opposite_elsewhere(found: Alignment, stated: Clause, pairs: list[Pair]) -> str:
    """Say where a word stands in a part of the sentence that says the opposite of another word.

    "It accepts JSON, but rejects YAML" doesn't say that it accepts YAML.
    """
    first = stated.tokens[0]
    for pair in pairs:
        part = found.stated.clauses[pair.stated.clause]
        if part is stated or part.tokens[0].sentence != first.sentence:
            continue
        for token in part.content:
            if found.is_claimed(token):
                continue
            for other in pairs:
                if other.stated.clause == first.clause and are_opposite(
                    other.claimed.key, token.key
                ):
                    return (
                        f'the evidence says "{token.text}" of "{pair.stated.text}", the claim '
                        f'"{other.claimed.text}"'
                    )
    return ""


def _is_converse(found: Alignment, pair: Pair) -> bool:
    """Whether a converse is right: "you buy it at the stall" for "the stall sells it"."""
    if not are_converse(pair.claimed.key, pair.stated.key):
        return False
    head = next(t for t in found.stated.content if t.sentence == pair.stated.sentence)
    governors = [p.claimed.governor for p in found.pairs if p.stated.place == head.place]
    return governors != [] and "" not in governors


def _denied_elsewhere(found: Alignment, stated: Clause, pairs: list[Pair]) -> str:
    """Say whether another clause of the evidence denies words that the claim says together."""
    for clause in found.stated.clauses:
        inside = [p for p in pairs if p.stated.clause == clause.tokens[0].clause]
        if clause is stated or len(inside) < 2 or clause.marker == "unless":
            continue
        if _negations(clause, inside) % 2:
            return "the evidence denies what the claim says"
    return ""


def _negations(stated: Clause, pairs: list[Pair]) -> int:
    """How many negations of a clause of the evidence bear on words that the claim has, too."""
    places = [pair.stated.place for pair in pairs if pair.stated.clause == stated.tokens[0].clause]
    count = 0
    keys = [token.key for token in stated.tokens]
    for i, token in enumerate(stated.tokens):
        if token.kind != "function" or token.key not in NEGATORS or token.key == "without":
            continue
        following = keys[i + 1] if i + 1 < len(keys) else ""
        if token.key == "nor" and "neither" in keys:
            continue
        if token.key == "not" and following in ("all", "every", "each", "always", "everyone"):
            continue
        later = _scope(stated.tokens, i)
        if not later or later.intersection(places):
            count += 1
    return max(0, count - stated.n_absorbed)


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


def _is_denied(found: Alignment, pair: Pair) -> bool:
    """Whether the evidence sets apart or denies what the claim sets apart."""
    stated = found.stated.clauses[pair.stated.clause]
    n_denials = pair.stated.is_contrasted + _negations(stated, [pair]) + pair.is_opposite
    return n_denials % 2 == 1
