"""A word in, its British or American spellings out: "favourite", "favorite". English; no I/O."""

import re
from collections.abc import Iterator

# Written either way within a word, and at its end.
_WITHIN = (
    ("our", "or"),
    ("is", "iz"),
    ("ys", "yz"),
    ("lle", "le"),
    ("lli", "li"),
    ("ould", "old"),
    ("ence", "ense"),
    ("ogue", "og"),
    ("grey", "gray"),
    ("ph", "f"),
    ("eing", "ing"),
    ("gem", "gm"),
    ("nium", "num"),
    ("ae", "e"),
)
_AT_END = (("re", "er"), ("res", "ers"), ("mme", "m"), ("mmes", "ms"))
_WAYS = tuple(
    (re.compile(f"{one}{end}"), other)
    for pairs, end in ((_WITHIN, ""), (_AT_END, r"\Z"))
    for pair in pairs
    for one, other in (pair, pair[::-1])
)


def spellings_of(word: str) -> Iterator[str]:
    """Yield a word with one part written the other way; most of what comes out is no word."""
    for pattern, other in _WAYS:
        for match in pattern.finditer(word):
            yield f"{word[: match.start()]}{other}{word[match.end() :]}"
