"""A word in, whether it is English and how frequent out. Reads a file of an installed package."""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# 82,765 words of SCOWL that Google's books use too, each on a line with its count, the most
# frequent first. Read without the package around it: to import that takes 30 ms, the file 3.
_LIST = "frequency_dictionary_en_82_765.txt"
_TOTAL = 541_808_760_578  # the sum of its counts


def is_known_word(word: str) -> bool:
    """Whether a word in small letters is English. Few names and no abbreviations are known."""
    return f"\n{word} ".encode() in _lines()


def share_of_english(word: str) -> float:
    """Return the share of English text that a word in small letters makes up; 0 if unknown."""
    lines, start = _lines(), f"\n{word} ".encode()
    at = lines.find(start)
    if at < 0:
        return 0.0
    return int(lines[at + len(start) : lines.index(b"\n", at + 1)]) / _TOTAL


@cache
def english_shares() -> Mapping[str, float]:
    """Return the share of English text of each known word, for whoever looks up many.

    It takes 25 ms to make. The functions above take up to 1 ms for a word that is not there.
    """
    fields = iter(_lines().decode().split())
    return {word: int(count) / _TOTAL for word, count in zip(fields, fields, strict=True)}


@cache
def _lines() -> bytes:
    package = find_spec("symspellpy")
    assert package is not None, "a dependency of ragguide is not installed"
    assert package.origin is not None
    return b"\n" + (Path(package.origin).parent / _LIST).read_bytes() + b"\n"
