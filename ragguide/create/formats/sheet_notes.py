"""A sheet of a workbook in, the notes on its cells and the texts of its text boxes out."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ragguide.create.formats.package import parse, related

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_CELL = re.compile(r"[A-Z]{1,3}(\d{1,7})")
_THREADED = re.compile(r"\[Threaded comment\].*?\bComment:\s*", re.S)  # above it: advice to update


def read_notes(path: Path, part: str) -> list[tuple[int | None, str]]:
    """Return notes and texts of boxes with their rows, from the top down."""
    with zipfile.ZipFile(path) as archive:
        comments = [
            note for name in related(archive, part, "comments") for note in _comments(archive, name)
        ]
        boxes = [
            (None, text)
            for name in related(archive, part, "drawing")
            for text in _boxes(archive, name)
        ]
    return [*sorted(comments), *boxes]


def _comments(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[int, str]]:
    root = parse(archive, name)
    authors = [author.text or "" for author in root.iter(f"{_MAIN}author")]
    for comment in root.iter(f"{_MAIN}comment"):
        place = _CELL.fullmatch(comment.get("ref", ""))
        text = "".join(node.text or "" for node in comment.iter(f"{_MAIN}t"))
        number = comment.get("authorId", "")
        author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
        text = _THREADED.sub("", text).removeprefix(f"{author}:").strip()
        if place and text:
            yield int(place[1]), f"Comment on {place[0]}: {text}"


def _boxes(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    for box in parse(archive, name).iter(f"{_DRAWING}txBody"):
        for paragraph in box.iter(f"{_DRAWN}p"):
            if text := "".join(node.text or "" for node in paragraph.iter(f"{_DRAWN}t")).strip():
                yield text
