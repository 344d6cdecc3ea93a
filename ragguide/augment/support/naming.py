"""Names of a claim: does the evidence have each of them, as often as it is needed?"""

import re

from ragguide.augment.support.alignment import Alignment, has_same
from ragguide.augment.support.tokens import Token

USUAL = 0.45  # of the greatest rarity; less has a word of a tenth of all passages, about
_STRONG = re.compile(r".*(?:[A-Z].*[A-Z]|\d|[a-z][A-Z]).*|[A-Z]")  # AWS, F1, SageMaker, C


def wrong_name(found: Alignment, weights: dict[str, float]) -> str:
    """Say which name of the claim the evidence lacks; none: an empty string."""
    stated = [*found.stated.content, *found.titles]
    for token in found.claim.content:
        if token.kind != "name":
            continue
        if has_same(token, stated):
            continue
        if not _STRONG.fullmatch(token.text) and weights[token.text] <= USUAL:
            continue
        others = _unclaimed_names(found)
        if others:
            return f"the evidence names {others[0].text}, the claim names {token.text}"
        return f"no evidence names {token.text}"
    return _doubled(found)


def _unclaimed_names(found: Alignment) -> list[Token]:
    return [
        token
        for token in found.stated.content
        if token.kind == "name" and token.sentence == found.sentence and not found.is_claimed(token)
    ]


def _doubled(found: Alignment) -> str:
    """Say whether a name of the claim has taken the place of another: "Lex passes it to Lex"."""
    others = _unclaimed_names(found)
    for pair in found.pairs:
        if pair.is_reused and pair.claimed.kind == "name" and others:
            return f"the evidence names {others[0].text}, the claim names {pair.claimed.text} twice"
    return ""
