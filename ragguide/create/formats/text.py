"""A plain text file in, its `Document` out. Finds headings, paragraphs and items by layout."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from ragguide.create.body import BodyBuilder, typed_item
from ragguide.create.formats.files import read_text, to_document
from ragguide.types import Document

MAX_HEADING_WORDS = 12
FULL_LINE = 0.85  # share of the measure that a full line reaches, as in `pdf/headings.py`
MIN_RULE = 3  # characters of a drawn line

_RULE = re.compile(r"([=\-~^*+#_.])\1+")
_ENDED = re.compile(r"[.!?:;][)\"']*$")
_NUMBERED = re.compile(
    r"(?P<number>\d{1,2}(?:\.\d{1,2})*\.?|[IVX]{1,5}\.)\s+(?=[^\W\d_])|"
    r"(?P<word>(?:chapter|part|section|appendix)\s+(?:\d{1,3}|[IVX]{1,5}|[A-Z])\b)",
    re.I,
)
_UNDERLINES = {"=": 1, "-": 2}  # character → heading level; any other gives 3


class _Line(msgspec.Struct, frozen=True):
    number: int  # from 1
    text: str
    indent: int


def read_plain_text(path: Path) -> Document:
    """Read a text file. A heading is underlined, or a single line in capitals or with a number."""
    body = BodyBuilder()
    groups = list(_groups(read_text(path)))
    measure = _measure(groups)
    lone = [_level(group) for group in groups]
    title = ""
    for i, group in enumerate(groups):
        level = _heading_level(groups, lone, i)
        if level:
            body.heading(group[0].text, level, line=group[0].number)
            title = group[0].text if i == 0 else title
            continue
        underlined, level, rest = _underlined(group)
        if underlined:
            body.heading(underlined.text, level, line=underlined.number)
            title = underlined.text if i == 0 else title
        _add_lines(body, rest, measure)
    return to_document(path, body.finish(), title=title)


def _groups(text: str) -> Iterator[list[_Line]]:
    """Yield the runs of lines between blank lines."""
    lines = []
    for number, raw in enumerate(text.split("\n"), start=1):
        wide = raw.expandtabs(4)
        lines.append(_Line(number, wide.strip(), len(wide) - len(wide.lstrip())))
    for filled, group in groupby(lines, key=lambda line: bool(line.text)):
        if filled:
            yield list(group)


def _measure(groups: Sequence[Sequence[_Line]]) -> int:
    """Return the width of a full line in characters: the 9th decile of wrapped lines."""
    lengths = sorted(len(line.text) for group in groups for line in group[:-1])
    return lengths[len(lengths) * 9 // 10] if lengths else 0


def _is_rule(line: _Line) -> bool:
    signs = line.text.replace(" ", "")
    return len(signs) >= MIN_RULE and bool(_RULE.fullmatch(signs))


def _underlined(group: Sequence[_Line]) -> tuple[_Line | None, int, Sequence[_Line]]:
    """Return the underlined line at the start of a group, its level from 1, and the lines below."""
    at = 1 if len(group) > 2 and _is_rule(group[0]) else 0  # some headings also have a line above
    if len(group) > at + 1 and _is_rule(group[at + 1]) and not _is_rule(group[at]):
        level = _UNDERLINES.get(group[at + 1].text[0], 3)
        if 2 * len(group[at + 1].text) >= len(group[at].text):
            return group[at], level, group[at + 2 :]
    return None, 0, group


def _level(group: Sequence[_Line]) -> int:
    """Return the level of a single line that reads like a heading; 0 for any other group."""
    text = group[0].text
    words = text.split()
    if len(group) > 1 or len(words) > MAX_HEADING_WORDS or text[-1] in ".;,|":
        return 0
    if numbered := _NUMBERED.match(text):
        return _level_of_number(text, numbered)
    letters = [c for c in text if c.isalpha()]
    return 1 if len(letters) >= MIN_RULE and all(c.isupper() for c in letters) else 0


def _level_of_number(text: str, numbered: re.Match[str]) -> int:
    """Return the level of a line that starts with a number or "Chapter 1"; 0 for a sentence."""
    if numbered["word"]:
        return 1
    if not text[numbered.end()].isupper() or _ENDED.search(text):
        return 0
    return len(numbered["number"].strip(".").split(".")) + 1


def _heading_level(groups: Sequence[Sequence[_Line]], lone: Sequence[int], i: int) -> int:
    """Return the level of a single line if text follows it; else 0.

    Consecutive numbered lines are a list with blank lines between its items.
    """
    level = lone[i]
    if not level or i + 1 == len(groups):
        return 0
    if level > 1 and level in (lone[i + 1], lone[i - 1] if i else 0):
        return 0
    return level


def _add_lines(body: BodyBuilder, lines: Sequence[_Line], measure: int) -> None:
    """Join lines into paragraphs and items."""
    run: list[_Line] = []
    for line in lines:
        if _is_rule(line):
            _add(body, run)
            run = []
        elif run and not typed_item(line.text) and _continues(run, line, measure):
            run.append(line)
        else:
            _add(body, run)
            run = [line]
    _add(body, run)


def _continues(run: Sequence[_Line], line: _Line, measure: int) -> bool:
    """Whether the line continues the run: it was wrapped, or is indented below its item."""
    before = run[-1].text
    first_word = line.text.split(" ", 1)[0]
    if typed_item(run[0].text) and line.indent > run[0].indent:
        return True
    if len(before) + 1 + len(first_word) >= FULL_LINE * measure:
        return True
    return (line.text[0].islower() or line.text[0] in ")],;") and not _ENDED.search(before)


def _add(body: BodyBuilder, run: Sequence[_Line]) -> None:
    if not run:
        return
    text = " ".join(line.text for line in run)
    item = typed_item(text)
    if item:
        body.item(item[1], sign=item[0], line=run[0].number)
    else:
        body.paragraph(text, line=run[0].number)
