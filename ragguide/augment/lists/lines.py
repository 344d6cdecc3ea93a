"""A document's chunks in, its lines with their signs and headings out. No I/O.

Chunks overlap, and statements lack the bullet or number before them. Lists need both, so this
module rebuilds the lines in reading order, each once.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from ragguide.types import Chunk, Evidence, Statement, locator_of

_NUMBER = r"\(?(?P<number>\d{1,3})[.)]"
_SIGN = re.compile(rf"\s*(?P<sign>{_NUMBER}|\(?[a-z][.)]|[•◦▪‣⁃*·–—-])?\s*\Z")
_TITLE_NUMBER = re.compile(
    rf"\s*(?:{_NUMBER}|(?:step|phase|stage|part)\s+(?P<step>\d{{1,2}})\s*[.:)–-]?)\s+", re.I
)
_TYPED_NUMBER = re.compile(rf"(?P<sign>{_NUMBER})\s+(?=\S)")
_ITEM_SIGN = re.compile(r"\A[•◦▪‣⁃*·–—-]\s+")
_HEADER_CELLS = " | "  # between the columns of a table's header


class Line(msgspec.Struct, frozen=True):
    """A heading, a table's header or a statement, with its list sign, if any."""

    chunk: Chunk
    start: int  # in the chunk's text, after the sign
    end: int
    section: tuple[str, ...]  # for a heading: including its own title; empty if it opens no section
    sign: str = ""  # "•" or "3."
    number: int | None = None
    is_heading: bool = False
    columns: tuple[str, ...] = ()  # of a table's header
    begins_line: bool = True
    line: int | None = None  # in a sheet or text file

    @property
    def text(self) -> str:
        """The text without its sign and without line breaks."""
        return " ".join(self.chunk.text[self.start : self.end].split())

    @property
    def signed_text(self) -> str:
        """The text with its number, if it has one; quotes leave out bullets."""
        return self.text if self.number is None else f"{self.sign} {self.text}"

    @property
    def at(self) -> int:
        """Character offset in the document."""
        return self.chunk.start + self.start

    @property
    def page(self) -> int:
        return self.chunk.page_at(self.start)

    def evidence(self, mark: int, score: float = 1.0) -> Evidence:
        """Return the line as evidence that an answer can cite."""
        chunk = self.chunk
        page_last = chunk.page_at(self.end - 1)
        label = chunk.page_labels[self.page - chunk.page_first]
        lines = () if self.line is None else (self.line,)
        return Evidence(
            mark=mark,
            chunk_id=chunk.id,
            document=chunk.document,
            section=self.section,
            text=chunk.text[self.start : self.end],
            page_first=self.page,
            page_last=page_last,
            page_label=label,
            locator=locator_of(chunk.unit, self.page, page_last, label, lines),
            score=score,
        )


def read_lines(chunks: Sequence[Chunk]) -> list[Line]:
    """Return the lines of one document, each once.

    Args:
        chunks: all of the document, in order.
    """
    lines: list[Line] = []
    pending: list[Line] = []  # headings; the next statement determines their sections
    seen = -1  # offset in the document of the first unread character
    for chunk in chunks:
        at = 0
        for statement in chunk.statements:
            if chunk.start + statement.start >= seen:
                first = max(at, seen - chunk.start, 0)
                *titles, sign = _gap_lines(chunk, first, statement.start)
                pending += titles
                lines += _placed(pending, statement)
                begins = first == 0 or "\n" in chunk.text[first : statement.start]
                lines.append(_statement_line(chunk, statement, sign.text, begins))
                pending = []
                seen = chunk.start + statement.end
            at = statement.end
        first = max(at, seen - chunk.start, 0)
        pending += [each for each in _gap_lines(chunk, first, len(chunk.text)) if each.text]
        seen = max(seen, chunk.end)
    return lines


def _gap_lines(chunk: Chunk, start: int, end: int) -> Iterator[Line]:
    """Yield the text between two statements line by line; the last line may be a list sign."""
    at = start
    for piece in chunk.text[start:end].split("\n"):
        text = piece.strip()
        begin = at + piece.find(text) if text else at
        if text or at + len(piece) == end:
            yield Line(chunk, begin, begin + len(text), ())
        at += len(piece) + 1


def _statement_line(chunk: Chunk, statement: Statement, before: str, begins: bool) -> Line:
    match = _SIGN.fullmatch(before)
    sign = (match["sign"] or "") if match else ""
    number = match["number"] if match else None
    start = statement.start
    if begins and not sign:  # the statement may still include its number
        typed = _TYPED_NUMBER.match(chunk.text, start, statement.end)
        if typed:
            start, sign, number = typed.end(), typed["sign"], typed["number"]
    return Line(
        chunk,
        start,
        statement.end,
        statement.section,
        sign=sign,
        number=int(number) if number else None,
        begins_line=begins,
        line=statement.line,
    )


def _placed(titles: Sequence[Line], statement: Statement) -> list[Line]:
    """Return headings with the sections that they open, and table headers with columns."""
    placed: list[Line] = []
    depth = len(statement.section)
    for title in reversed(titles):
        text = title.text
        if _HEADER_CELLS in text:
            columns = tuple(cell.strip() for cell in text.split(_HEADER_CELLS))
            placed.append(
                msgspec.structs.replace(title, columns=columns, section=statement.section)
            )
            continue
        bare = _ITEM_SIGN.sub("", text).rstrip(": ")
        level = next((i for i in reversed(range(depth)) if bare.endswith(statement.section[i])), -1)
        depth = level if level >= 0 else depth
        placed.append(_heading(title, statement.section[: level + 1]))
    return placed[::-1]


def _heading(title: Line, section: tuple[str, ...]) -> Line:
    match = _TITLE_NUMBER.match(title.text)
    number = (match["number"] or match["step"]) if match else None
    start = title.start
    if match and match["number"]:
        start += match.end()
    return msgspec.structs.replace(
        title,
        start=start,
        section=section,
        number=int(number) if number else None,
        sign=f"{number}." if number else "",
        is_heading=True,
    )
