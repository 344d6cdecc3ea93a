"""If, when and unless: does the claim keep the condition, and on the right side?"""

from collections.abc import Sequence

from ragguide.augment.support.alignment import Alignment
from ragguide.augment.support.clauses import CONDITIONS, Clause
from ragguide.augment.support.tokens import Token

KEPT = 0.34  # share of a condition's words that the claim must have


def dropped_condition(found: Alignment) -> str:
    """Say which condition or exception of the evidence the claim drops; none: an empty string."""
    for number, clause in enumerate(found.stated.clauses):
        if not clause.is_condition or not clause.content:
            continue
        main = _main(found.stated.clauses, number)
        if main is None:
            continue
        claimed_main = _claimed(main.content, found)
        kept = [token for token in clause.content if token.place in found.claimed_places]
        if 2 * len(claimed_main) <= len(main.content):
            continue
        if len(kept) < KEPT * len(clause.content):
            words = " ".join(token.text for token in clause.tokens if token.kind != "mark")
            return f'the claim drops the condition "{words}"'
    return _dropped_exception(found) or _converse(found)


def _main(clauses: Sequence[Clause], number: int) -> Clause | None:
    """Find the clause that a condition belongs to: the one before it, or else the next one."""
    sentence = clauses[number].tokens[0].sentence
    before = clauses[number - 1] if number else None
    after = clauses[number + 1] if number + 1 < len(clauses) else None
    is_joined = clauses[number].tokens[0].key not in CONDITIONS
    if before is not None and before.is_condition and is_joined:
        return None  # one of several, as in "if A or if B"
    if before is not None and before.tokens[0].sentence == sentence and before.content:
        return before
    if after is not None and after.tokens[0].sentence == sentence and after.content:
        return after
    return None


def _claimed(tokens: Sequence[Token], found: Alignment) -> list[Token]:
    return [token for token in tokens if found.is_claimed(token)]


def _dropped_exception(found: Alignment) -> str:
    """Say whether the claim drops an exception: "every day except Sunday" is not every day."""
    says_all = any(amount == "all" for c in found.claim.clauses for amount, *_ in c.amounts)
    if not says_all or not any(token.key == "except" for token in found.stated.tokens):
        return ""
    apart = [t for t in found.stated.content if t.is_contrasted and t.sentence == found.sentence]
    if apart and not _claimed(apart, found):
        return f'the claim drops the exception "{" ".join(t.text for t in apart)}"'
    return ""


def _converse(found: Alignment) -> str:
    """Say whether the claim turns "if A, then B" into "if B, then A"."""
    claimed = _condition_of(found.claim.clauses)
    stated = _condition_of(found.stated.clauses)
    if claimed is None or stated is None:
        return ""
    condition, main = claimed
    stated_condition, stated_main = stated
    straight = _meets(condition, stated_condition, found) + _meets(main, stated_main, found)
    crossed = _meets(condition, stated_main, found) + _meets(main, stated_condition, found)
    if crossed > straight + 1:
        return "the claim has condition and consequence the other way round"
    return ""


def _condition_of(clauses: Sequence[Clause]) -> tuple[Clause, Clause] | None:
    for number, clause in enumerate(clauses):
        if clause.is_condition:
            main = _main(clauses, number)
            if main is not None:
                return clause, main
    return None


def _meets(claimed: Clause, stated: Clause, found: Alignment) -> int:
    places = {token.place for token in stated.content}
    return sum(pair.stated.place in places for pair in found.pairs_of(claimed))
