"""Lines of a page in, labels beside a first list item set apart from it out. No I/O.

OCR reads a table with a list in each row as lines: `Hull e Paint it in spring.`, with the bullet as
a letter within the line that has the row's name. Two such lines on a page show what it is.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable

LEAST_LINES = 2  # of a page
LEAST_LETTERS = 20  # of the item

_MISREAD = "®©¢"  # what OCR makes of a bullet, beside letters
_LABELLED = re.compile(
    r"(?P<label>[A-Z][\w-]*(?:\s+[A-Z][\w-]*){0,3})\s+"
    rf"(?P<bullet>[a-z{_MISREAD}])\s+(?P<item>[A-Z]\w*\s.*)"
)


class BesideItems:
    """Sets the labels of rows apart from the first items beside them."""

    def __init__(self, lines: Iterable[tuple[int, str]], bullets: Collection[str]) -> None:
        """Take a document's lines, each with its page, and the bullets that start its lines."""
        self._bullets = {*bullets, *_MISREAD}
        found = [(page, self._match(text)) for page, text in lines]
        sure = Counter(page for page, match in found if match and match["bullet"] in bullets)
        self._pages = {page for page, n_lines in sure.items() if n_lines >= LEAST_LINES}

    def split(self, page: int, text: str) -> tuple[str, ...]:
        """Return the label before an item and the item with its bullet, or the text as it is."""
        match = self._match(text) if page in self._pages else None
        return (match["label"], f"• {match['item']}") if match else (text,)

    def _match(self, text: str) -> "re.Match[str] | None":
        match = _LABELLED.fullmatch(text)
        if match is None or match["bullet"] not in self._bullets:
            return None
        return match if len(match["item"]) >= LEAST_LETTERS else None
