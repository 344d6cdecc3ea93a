"""Chunks in, the guide's proper names out. No I/O."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from ragguide.types import Chunk

IsName = Callable[[str], bool]  # whether a word has a capital in mid-sentence too

_WORD = re.compile(r"(?<=[a-z,;] )[^\W\d_][\w-]*")  # not the first word of its sentence


def names_of(chunks: Sequence[Chunk]) -> IsName:
    """Return a test for names: words that mostly have a capital, even in mid-sentence."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for sentence in sentences_of(chunks):
        for word in _WORD.findall(sentence):
            (capital if word[0].isupper() else small)[word.casefold()] += 1
    names = {word for word, n in capital.items() if n > small[word]}
    return lambda word: word.casefold() in names


def sentences_of(chunks: Sequence[Chunk]) -> Iterator[str]:
    """Yield the statements that end with a full stop; rows and headings use capitals freely."""
    for chunk in chunks:
        for statement in chunk.statements:
            if chunk.text[statement.end - 1 : statement.end] == ".":
                yield " ".join(chunk.text[statement.start : statement.end].split())
