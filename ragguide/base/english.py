"""A word in, whether it is English and how frequent out. Reads a file of an installed package."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

# 82,765 words of SCOWL that Google's books use too, each on a line with its count, the most
# frequent first. Read without the package around it: to import that takes 30 ms, the file 20.
_LIST = "frequency_dictionary_en_82_765.txt"
_TOTAL = 541_808_760_578  # the sum of its counts


def is_known_word(word: str) -> bool:
    """Whether a word in small letters is English. Few names and no abbreviations are known."""
    return word in _counts()


def share_of_english(word: str) -> float:
    """Return the share of English text that a word in small letters makes up; 0 if unknown."""
    return int(_counts().get(word, 0)) / _TOTAL


@cache
def _counts() -> dict[str, str]:
    """Read the count of each word. To search the text takes 1 ms for a word that is not there."""
    package = find_spec("symspellpy")
    assert package is not None, "a dependency of ragguide is not installed"
    assert package.origin is not None
    fields = iter((Path(package.origin).parent / _LIST).read_text("utf-8-sig").split())
    return dict(zip(fields, fields, strict=True))
