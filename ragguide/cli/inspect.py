"""`ragguide inspect`: a document in; its text, removed lines, sections and chunks out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ragguide.cli.filters import read_range
from ragguide.cli.options import AsJson, Ocr, Password
from ragguide.cli.progress import show_waiting
from ragguide.cli.render import count_of, counted, print_json
from ragguide.config import load_settings
from ragguide.errors import UsageError

if TYPE_CHECKING:
    from ragguide.create.inspect import InspectedPage, Inspection


def inspect(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Document to inspect.")],
    pages: Annotated[
        str | None, typer.Option(help="Show only these pages, e.g. 3 or 20-40.", show_default=False)
    ] = None,
    ocr: Ocr = False,
    password: Password = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Show the unprocessed text layer of each page, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show how ragguide reads a document: its text, removed lines, sections and chunks."""
    from ragguide.create.inspect import inspect_document
    from ragguide.create.read import ReadOptions

    first, last = read_range(pages)
    with show_waiting(f"reading {path.name} …"):
        seen = inspect_document(
            path, load_settings(), options=ReadOptions(password=password, ocr=ocr)
        )
    if first > len(seen.pages):
        length = "no pages" if seen.unit == "text" else count_of(seen.unit, len(seen.pages))
        raise UsageError(f"--pages {pages} is past the end: {path} has {length}.")
    part = _part(seen, first, last)
    if as_json:
        print_json(part)
        return
    _print_head(seen)
    for page in part.pages:
        _print_page(seen, page, with_raw=raw)


def _part(seen: "Inspection", first: int, last: int | None) -> "Inspection":
    """The pages asked for, the sections that begin there, and the chunks that overlap them."""
    last = len(seen.pages) if last is None else last
    return msgspec.structs.replace(
        seen,
        pages=tuple(page for page in seen.pages if first <= page.number <= last),
        sections=tuple(each for each in seen.sections if first <= each.page <= last),
        chunks=tuple(
            chunk for chunk in seen.chunks if chunk.page_first <= last and chunk.page_last >= first
        ),
    )


def _print_head(seen: "Inspection") -> None:
    print(f"{seen.path}: {seen.title}")
    print(
        f"{count_of(seen.unit, len(seen.pages))}, {counted(len(seen.sections), 'section')}, "
        f"{counted(len(seen.chunks), 'chunk')}"
    )
    for warning in seen.warnings:
        print(f"warning: {warning}")
    for word in seen.rewrites:
        print(f"corrected {counted(word.count, 'time')}: {word.wrong} → {word.right}")


def _print_page(seen: "Inspection", page: "InspectedPage", *, with_raw: bool) -> None:
    label = f"printed {page.label}" if seen.unit == "page" else page.label
    label = "" if page.label == str(page.number) else f" ({label})"
    print(f"\n── {seen.unit} {page.number}{label} ".ljust(80, "─"))
    if with_raw and page.raw:
        for read in page.raw.splitlines():
            print(f"   raw: {_printable(read)}")
    print("\n".join(filter(None, (page.unreadable, page.cleaned))))
    for line in page.removed:
        print(f"   removed ({line.reason}): {line.text}")
    for section in seen.sections:
        if section.page == page.number and section.path:
            print(f"   section: {' > '.join(section.path)}")
    for chunk in seen.chunks:
        if chunk.page_first == page.number:
            print(f"   chunk {chunk.id}: {len(chunk.text.split())} words, {chunk.locator}")


def _printable(line: str) -> str:
    """The line without control characters, which a terminal would obey."""
    return "".join(char if char.isprintable() else "�" for char in line)
