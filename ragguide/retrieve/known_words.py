"""A word in, whether English has it out. Reads one file of an installed package."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

# 82,765 words of SCOWL that Google's books use too, each on a line with its count, the most
# frequent first. Read without the package around it: to import that takes 30 ms, the file 12.
_LIST = "frequency_dictionary_en_82_765.txt"


def is_known_word(word: str) -> bool:
    """Whether a word in small letters is English. Few names and no abbreviations are known."""
    return f"\n{word} ".encode() in _lines()


@cache
def _lines() -> bytes:
    package = find_spec("symspellpy")
    assert package is not None, "a dependency of ragguide is not installed"
    assert package.origin is not None
    return b"\n" + (Path(package.origin).parent / _LIST).read_bytes()
