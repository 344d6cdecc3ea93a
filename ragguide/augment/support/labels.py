"""Labelled items: does the claim say of one item what the evidence says of another?"""

from collections.abc import Sequence

from ragguide.augment.support.alignment import Alignment, likeness
from ragguide.augment.support.reading import Reading
from ragguide.augment.support.tokens import Token

MOST_LABEL = 4  # content words of a label: "Banking: full transparency is required"


def other_label(found: Alignment, others: Sequence[Reading]) -> str:
    """Say where the claim names another item's label, and nothing of this item's; nowhere: "".

    Args:
        found: the claim over its evidence, one item.
        others: what other evidence says, the sibling items among it.
    """
    label = label_of(found.stated)
    if not label or _names(found, label):
        return ""
    is_mentioned = any(found.is_claimed(token) for token in label)
    for other in map(label_of, others):
        # "Concept drift" beside "Data drift" is another item, even if the claim mentions data.
        is_sibling = len(other) > 1 and len(label) > 1 and _are_related(other[-1], label[-1])
        if other and (is_sibling or not is_mentioned) and _names_only(found, other):
            names = (" ".join(token.text for token in each) for each in (label, other))
            return 'the evidence speaks of "{}", the claim of "{}"'.format(*names)
    return ""


def label_of(reading: Reading) -> list[Token]:
    """The content words of a text's label: what stands before its first colon, if it is short."""
    label: list[Token] = []
    for token in reading.tokens:
        if token.text == ":":
            return label if len(label) <= MOST_LABEL else []
        if token.kind == "mark":
            return []
        label += [token] if token.is_content else []
    return []


def _names(found: Alignment, label: Sequence[Token]) -> bool:
    """Whether the claim has the words of a label one after another."""
    return _has_in_a_row(found.claim.content, label)


def _names_only(found: Alignment, label: Sequence[Token]) -> bool:
    """Whether the claim has the words of another item's label, and this item hasn't."""
    known = (found.stated.content, found.titles)
    return _names(found, label) and not any(_has_in_a_row(each, label) for each in known)


def _has_in_a_row(tokens: Sequence[Token], label: Sequence[Token]) -> bool:
    n = len(label)
    return any(all(map(_are_related, tokens[i : i + n], label)) for i in range(len(tokens) - n + 1))


def _are_related(one: Token, other: Token) -> bool:
    """Whether two words are alike but for an ending: "bank" and "banking"."""
    if likeness(one, other) > 2:
        return True
    words = sorted((one.text.casefold(), other.text.casefold()), key=len)
    return len(words[0]) > 3 and words[1] in (f"{words[0]}ing", f"{words[0]}s", f"{words[0]}er")
