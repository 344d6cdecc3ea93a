"""A text in, its words, numbers and marks out."""

import re
from collections.abc import Sequence

from ragguide.augment.support.phrases import plain_form
from ragguide.augment.support.units import unit_named

_TOKEN = re.compile(
    r"""https?://\S+
      | \d{4}-\d{1,2}-\d{1,2}(?!\w)
      | [~≈]?(?:US\$|[$€£¥])?(?:\d{1,3}(?:[,\u202f\u00a0]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)*)
        (?:[½¼¾⅓⅔⅛]|(?:/\d+)(?![\w/])|%|‰|°[CF]?|€|(?:[A-Za-zµ]+(?:[._-]?\w+)*))?\+?
      | [½¼¾⅓⅔⅛] | °[CF]? | % | ‰
      | [^\W_]+(?:(?:::|[._:/+'-])?[^\W_]+)*(?:\(\))?
      | [^\w\s]
    """,
    re.X,
)
_RANGE = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b|(?<=\d)\s*[-–—]\s*(?=[$€£]?\d)")
_RATE = re.compile(r"([A-Za-z]+)/(s|sec|second|min|minute|h|hr|hour|day|week|month|year)")


def split_words(text: str) -> list[str]:
    """Take a text apart; phrases that say the same become the same words."""
    plain = _RANGE.sub(
        lambda match: match[0] if match[0][0].isdigit() else " to ", plain_form(text)
    )
    words: list[str] = []
    for match in _TOKEN.finditer(plain):
        words += _split(match[0])
    return words


_COUNTS_NOTHING = frozenset("one zero".split())  # in "one-hot" and "zero-shot"


def _split(word: str) -> list[str]:
    """Take hyphens apart, unless they belong to a name such as GPT-4 or us-east-1; and MB/s."""
    rate = _RATE.fullmatch(word)
    if rate and unit_named(rate[1], after_number=True):
        return [rate[1], "/", rate[2]]
    if "-" not in word or word.startswith("http") or re.fullmatch(r"\d{4}-\d\d?-\d\d?", word):
        return [word]
    parts = word.split("-")
    if parts[0].casefold() in _COUNTS_NOTHING and not unit_named(parts[1], after_number=True):
        return ["".join(parts)]
    if all(part.isalpha() for part in parts):
        return parts
    if re.fullmatch(r"[$€£]?\d[\d.,]*[kKMB]?", parts[0]) and all(p.isalpha() for p in parts[1:]):
        return [parts[0], "-", *parts[1:]]
    return [word]


def word_at(words: Sequence[str], place: int) -> str:
    """The word at a place; an empty string behind the last."""
    return words[place] if place < len(words) else ""
