"""A question for the letters of a word in, the list that spells the word out. English; no I/O.

"Remember the word RICE: rest, ice, compression, elevation."
"""

import re
from collections.abc import Sequence

from ragguide.augment.lists.found import FoundList
from ragguide.augment.lists.values import Item, Listing

_ASKS = re.compile(
    r"\b(?P<word>[A-Z]{3,})\s+(?:stands?|is\s+short)\s+for\b|"
    r"\bletters\b.*?\b(?:of|in)\s+(?:the\s+\w+\s+)?(?P<spelt>[A-Z]{3,})\b"
)
_SIGN = re.compile(r"[^\W\d_]")


def spelt_word(question: str) -> str | None:
    """Return the word in capitals whose letters a question asks for; None if it asks for none."""
    match = _ASKS.search(question)
    return (match["word"] or match["spelt"]) if match else None


def spelt_listing(word: str, lists: Sequence[FoundList]) -> Listing | None:
    """Return the list whose lead names a word that the first letters of its items spell."""
    for found in lists:
        about = " ".join((*found.about, *found.context))
        is_named = re.search(rf"\b{re.escape(word)}\b", about) is not None
        if is_named and "".join(map(_initial, found.names)) == word:
            return Listing(found.lead[-1], tuple(map(Item, found.names, found.items)))
    return None


def _initial(name: str) -> str:
    match = _SIGN.search(name)
    return match[0].upper() if match else ""
