"""A path in, a cleaned `Document` out, in any format; folders and patterns in, paths out.

A child process with limits on time and memory parses the document: one child per PDF (`pages.py`),
one child for many documents of other formats (`formats/`).
"""

import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from ragguide.create.formats import SUFFIXES
from ragguide.create.formats.process import READER
from ragguide.create.pdf.blocks import join_lines
from ragguide.create.pdf.clean import clean_pages
from ragguide.create.pdf.furniture import Removed
from ragguide.create.pdf.outline import find_sections, place_bookmarks
from ragguide.create.pdf.pages import read_pdf
from ragguide.create.pdf.spelling import Rewrite
from ragguide.create.printed_numbers import printed_numbers
from ragguide.errors import InputError
from ragguide.types import Document, Source

PDF = ".pdf"
STRUCK = "struck out"  # why a piece of a line was removed
_HEAD_BYTES = 1024  # a PDF has its mark `%PDF-` in these


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits on reading one document, and how to read it."""

    timeout_s: float
    memory_mb: int
    password: str | None = None
    ocr_languages: str | None = None  # None: skip pages without a text layer


class Parsed(msgspec.Struct, frozen=True):
    """A document, with a record of what cleaning changed."""

    document: Document
    removed: tuple[Removed, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    ocr_pages: tuple[int, ...] = ()


def find_documents(paths: Sequence[Path | str]) -> list[Path | str]:
    """Expand files, folders and patterns to files, each once, in the order given.

    A folder expands to all documents of a supported format in it, at any depth. Patterns such as
    `notes/**/*.md` are for shells that do not expand them. Hidden files and folders are skipped,
    and so are links to folders inside a folder, which may form a circle. A URL, as text, stays.

    Raises:
        InputError: a folder or pattern contains no supported document.
    """
    found: dict[Path | str, None] = {}
    for path in paths:
        files = [path] if isinstance(path, str) else list(expand(path))
        if not files:
            raise no_documents(path)
        found |= dict.fromkeys(files)
    return list(found)


def no_documents(place: Path | str) -> InputError:
    return InputError(
        f"no supported documents found at {place}. Supported formats: "
        f"{' '.join(sorted({PDF, *SUFFIXES}))}."
    )


def expand(path: Path) -> Iterator[Path]:
    """Yield the documents of a file, folder or pattern; a named file even if it is missing."""
    if path.is_dir():
        for file in _glob(path, "**/*"):
            is_dangling = file.is_symlink() and not file.exists()  # reading it reports why
            if file.suffix.lower() in SUFFIXES | {PDF} and (file.is_file() or is_dangling):
                yield file
    elif is_pattern(path):
        folder = folder_of(path)
        rest = path.parts[len(folder.parts) :]
        parts = [part if part == "**" else re.sub(r"\*+", "*", part) for part in rest]
        for match in _glob(folder, "/".join(parts)):
            yield from expand(match) if match.is_dir() else [match]
    else:
        yield path  # if it is missing, reading it reports that


def is_pattern(path: Path) -> bool:
    """Whether this is a pattern, and not an existing file with a star in its name."""
    return glob.has_magic(str(path)) and not path.exists()


def folder_of(pattern: Path) -> Path:
    """Return the folder that a pattern starts from."""
    at = [glob.has_magic(part) for part in pattern.parts].index(True)
    return Path(*pattern.parts[:at])


def _glob(folder: Path, pattern: str) -> list[Path]:
    """Return the matches, sorted, without hidden files and folders."""
    return sorted(
        path
        for path in folder.glob(pattern)
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def name_of(path: Path | str) -> str:
    """Return a path or URL with every byte that is not UTF-8 replaced, so that it can be stored."""
    return os.fsencode(path).decode("utf-8", "replace")


def parse(
    path: Path, limits: Limits, *, on_page: Callable[[int, int], None] | None = None
) -> Parsed:
    """Read and clean a document.

    Raises:
        InputError: it cannot be read, or has no content.
    """
    suffix = path.suffix.lower()
    if suffix in SUFFIXES or (suffix != PDF and _is_other(path)):
        return Parsed(_read_other(path, limits))
    source = read_pdf(
        path,
        timeout_s=limits.timeout_s,
        memory_mb=limits.memory_mb,
        password=limits.password,
        ocr_languages=limits.ocr_languages,
        on_page=on_page,
    )
    parsed = clean_source(source)
    if not parsed.document.text:
        raise InputError(
            f"{path} has no content: its {len(source.pages)} pages have only running heads and "
            "page numbers. Check the file."
        )
    return parsed


def _is_other(path: Path) -> bool:
    """Whether this is a file without the mark of a PDF."""
    try:
        return path.is_file() and not has_pdf_mark(path)
    except OSError:
        return False  # `read_pdf` reports what is wrong with it


def has_pdf_mark(path: Path) -> bool:
    """Whether a file has the mark of a PDF. Raises OSError if it cannot be read."""
    with path.open("rb") as file:
        return b"%PDF-" in file.read(_HEAD_BYTES)


def clean_source(source: Source) -> Parsed:
    """Clean the pages of a PDF and find their structure."""
    bookmarks = place_bookmarks(source.pages, source.bookmarks)
    cleaned = clean_pages(source.pages, bookmarks)
    body = join_lines(cleaned.lines, n_pages=len(source.pages), bookmarks=bookmarks)
    document = Document(
        name=source.name,
        path=source.path,
        title=source.title,
        sha256=source.sha256,
        text=body.text,
        page_starts=body.page_starts,
        page_labels=printed_numbers([page.label for page in source.pages], cleaned.removed),
        blocks=body.blocks,
        sections=find_sections(body, bookmarks),
        unreadable=source.unreadable,
        raw_pages=tuple(page.text for page in source.pages),
        lines=body.lines,
    )
    struck = [
        Removed(page.number, 0, text, STRUCK) for page in source.pages for text in page.struck
    ]
    return Parsed(document, (*cleaned.removed, *struck), cleaned.rewrites, source.ocr_pages)


def _read_other(path: Path, limits: Limits) -> Document:
    if name_of(path.absolute()) != str(path.absolute()):
        raise InputError(f"{name_of(path)} has a name that is not UTF-8. Rename the file.")
    if "\0" in str(path):
        raise InputError(
            f"{str(path)!r} cannot be opened: it contains a null byte. Check the path."
        )
    return READER.read(path, timeout_s=limits.timeout_s, memory_mb=limits.memory_mb)
