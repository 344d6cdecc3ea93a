"""A row of a table in, a question about one of its cells out. No I/O."""

import re

from ragguide.evaluate.draft.english import (
    ARTICLE,
    NO_ITEM,
    NUMBER,
    base,
    core_of,
    first_lower,
    inside,
    outside,
)
from ragguide.evaluate.draft.names import IsName
from ragguide.evaluate.draft.phrased import Phrased, answered

ROW = re.compile(r"[^:;]{1,40}: [^;]+; [^:;]{1,40}: ")
_GLOSSARY = frozenset("meaning definition description explanation".split())
# Column heads that are verbs, and words that a noun as a column head does not have.
_HEAD_VERBS = frozenset(
    "does sees fits suits compares concerns watches records reaches returns needs".split()
)
_NOT_NOUNS = frozenset(
    "what who how why when where which it for in to by first if also used".split()
)


_NO_VALUE = frozenset("yes no none any both all same n/a".split())


def phrase_row(text: str, is_name: IsName) -> Phrased | None:
    """Ask for a cell by its row and its column: `Instance: p5; Memory: 80 GB`."""
    cells = [cell.partition(": ") for cell in text.split("; ")]
    if len(cells) < 2 or not all(value.strip() for _, _, value in cells):
        return None
    (_, _, subject), *others = cells
    if others[0][0].strip().lower() in _GLOSSARY:
        return _glossed(subject.strip(), others[0][2].strip(), is_name)
    for head, _, value in others:
        question = _cell_question(head.strip(), subject.strip(), is_name)
        facts = _cell_facts(value.strip())
        if question and facts:
            return answered(question, value.strip(), "table", facts)
    return None


def _glossed(term: str, meaning: str, is_name: IsName) -> Phrased | None:
    core = core_of(meaning)
    if core is None:
        return None
    question = f"What is {outside(term, is_name)}?"
    return answered(question, meaning, "definition", (core,))


def _cell_question(head: str, subject: str, is_name: IsName) -> str | None:
    words = head.lower().split()
    if len(subject.split()) > 6 or "?" in head + subject or not _is_head(words):
        return None
    if len(words) == 1 and words[0] in _HEAD_VERBS:
        return f"What does {inside(subject, is_name)} {base(words[0])}?"
    if is_name(head.split()[0]):  # a transposed table: its columns are its subjects
        head, subject = subject, head
        if _NOT_NOUNS & set(head.lower().split()):
            return None
    verb = "are" if head.endswith("s") and not head.endswith("ss") else "is"
    return f"What {verb} the {first_lower(head)} of {inside(subject, is_name)}?"


def _is_head(words: list[str]) -> bool:
    return len(words) <= 3 and not _NOT_NOUNS & set(words)


def _cell_facts(value: str) -> tuple[str, ...]:
    """Return the numbers of a cell; without any, its few words or listed items."""
    if numbers := [n.strip(".,") for n in NUMBER.findall(value)]:
        return tuple(dict.fromkeys(numbers))[:3]
    if value.strip(" .").lower() in _NO_VALUE:
        return ()
    items = [ARTICLE.sub("", item.strip(" .")) for item in value.split(",")]
    items = [item for item in items if not NO_ITEM.search(item)]
    return tuple(items) if items and all(0 < len(item.split()) <= 4 for item in items) else ()
