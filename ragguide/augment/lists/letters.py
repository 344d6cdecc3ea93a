"""A word in capitals and the lists of a guide in, the list that spells the word out. No I/O.

"Remember the word RICE: rest, ice, compression, elevation."
"""

import re
from collections.abc import Sequence

from ragguide.augment.lists.found import FoundList
from ragguide.augment.lists.values import Item, Listing

_SIGN = re.compile(r"[^\W\d_]")


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
