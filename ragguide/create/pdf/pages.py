"""A path in, a `Source` out: pages as the text layer reads, bookmarks, labels.

pypdf runs in a child process (`pdf_reader.py`) with a clock and a ceiling: a file made to loop or
to swallow memory costs its own pages, never this process. A page that cannot be read is named with
its reason; the others are kept. Scanned pages are found, and read by OCR (`ocr.py`) if asked for.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec

from ragguide.create.pdf import ocr
from ragguide.create.pdf import reader as pdf_reader
from ragguide.errors import InputError
from ragguide.types import Bookmark, Page, Source, Type

PAGE_TIMEOUT_S = 20.0  # a dense page takes 0.1 s
PAGE_TIMEOUT_SHARE = 0.25  # of the document's time: one page leaves some for the others
SCAN_TIMEOUT_S = 10.0  # that each page to be recognised adds to the document's time; it takes 2 s
MAX_CHARACTERS = 200_000_000  # of a document; 10,000 dense pages have 100 million

_NO_TEXT_LAYER = "has no text layer (a scan?)"
_REPRINT = "Try a copy printed to PDF again."


class _Opened(msgspec.Struct, tag="opened"):
    n_pages: int
    title: str
    labels: list[str]
    bookmarks: list[tuple[str, int, int]]


class _Page(msgspec.Struct, tag="page"):
    number: int
    text: str
    types: tuple[Type, ...]
    is_scan: bool


class _Lost(msgspec.Struct, tag="lost"):
    number: int
    reason: str


class _Refused(msgspec.Struct, tag="refused"):
    reason: str


_Line: TypeAlias = _Opened | _Page | _Lost | _Refused
_decode_line = msgspec.json.Decoder(_Line).decode


class _File(msgspec.Struct, frozen=True):
    """What is known of a document before it is parsed."""

    name: str  # without suffix
    path: Path  # absolute, without links
    sha256: str
    size_bytes: int


class _Reading(msgspec.Struct):
    """What has come of the pages so far."""

    opened: _Opened
    pages: dict[int, Page]
    scans: set[int]  # those of the pages that draw something and say nothing
    lost: dict[int, str]
    ended: str = ""  # why the pages that are in neither were not read
    ocr_pages: tuple[int, ...] = ()
    n_characters: int = 0  # of those pages

    def add(self, page: _Page) -> None:
        label = self.opened.labels[page.number - 1]
        self.pages[page.number] = Page(
            number=page.number, label=label, text=page.text, types=page.types
        )
        self.n_characters += len(page.text)
        if page.is_scan:
            self.scans.add(page.number)


def read_pdf(
    path: Path,
    *,
    timeout_s: float = 600.0,
    memory_mb: int = 4096,
    password: str | None = None,
    ocr_languages: str | None = None,
    on_page: Callable[[int, int], None] | None = None,
) -> Source:
    """Read every page of a PDF.

    Args:
        path: of the file.
        timeout_s: for the whole document; recognising a page adds `SCAN_TIMEOUT_S`.
        memory_mb: ceiling of the child that parses it.
        password: tried if the empty one does not open the document; the reader's or the owner's.
        ocr_languages: of the pages without a text layer, as tesseract names them, such as
            "deu+eng"; None leaves those pages unread.
        on_page: is told (pages done, pages in all).

    Raises:
        InputError: the file is missing, empty, no PDF, locked or damaged, or has no text at all.
    """
    file = _check_file(path)
    tell = on_page or (lambda _done, _total: None)
    reading = _read_text_layer(path, timeout_s, memory_mb, password, ocr_languages is None, tell)
    no_ocr = "read it with --ocr"
    if ocr_languages is not None and reading.scans:
        no_ocr = ocr.ocr_available(ocr_languages) or ""
        if not no_ocr:
            _recognise(path, reading, timeout_s, memory_mb, password, ocr_languages, tell)
    for number in reading.scans:
        reading.lost.setdefault(number, f"{_NO_TEXT_LAYER}; {no_ocr}")
    if not any(page.text.strip() for page in reading.pages.values()):
        raise InputError(f"{path} {_why_empty(reading, ocr_languages)}")
    return _source(file, reading)


def _read_text_layer(
    path: Path,
    timeout_s: float,
    memory_mb: int,
    password: str | None,
    scans_are_done: bool,
    on_page: Callable[[int, int], None],
) -> _Reading:
    """Run `pdf_reader.py`; `on_page` counts scans if nothing more is to be done to them."""
    reading: _Reading | None = None
    started = time.monotonic()
    ended = "was not read: the reader stopped"
    for line in _child_lines(path, timeout_s, memory_mb, password):
        reading = _take(line, reading, path)
        if reading is None:
            continue
        n_waiting = 0 if scans_are_done else len(reading.scans)
        on_page(len(reading.pages) + len(reading.lost) - n_waiting, reading.opened.n_pages)
        if reading.n_characters > MAX_CHARACTERS:
            ended = f"was not read: those before it hold over {MAX_CHARACTERS:,} characters"
            break
    else:
        if time.monotonic() - started >= timeout_s:
            ended = f"was not read: the document took over {timeout_s:g} s"
    if reading is None:
        raise InputError(f"{path} {ended}. {_REPRINT}")
    reading.ended = ended
    return reading


def _take(line: _Line, reading: _Reading | None, path: Path) -> _Reading | None:
    """Add a line of `pdf_reader.py`; the first one begins the reading, or refuses the file."""
    match line:
        case _Refused(reason):
            raise InputError(f"{path} {reason}.")
        case _Opened():
            return _Reading(line, {}, set(), {})
        case _Page() if reading:
            reading.add(line)
        case _Lost(number, reason) if reading:
            reading.lost[number] = reason
    return reading


def _child_lines(
    path: Path, timeout_s: float, memory_mb: int, password: str | None
) -> Iterator[_Line]:
    """Yield what `pdf_reader.py` says until it ends, or until its time does."""
    page_timeout_s = min(PAGE_TIMEOUT_S, timeout_s * PAGE_TIMEOUT_SHARE)
    child = pdf_reader.start(
        path, page_timeout_s=page_timeout_s, memory_mb=memory_mb, password=password
    )
    assert child.stdout is not None
    # The clock is a thread, since a pipe cannot be polled on every system that we run on.
    clock = threading.Timer(timeout_s, child.kill)
    clock.daemon = True
    clock.start()
    try:
        for line in child.stdout:
            if line.endswith(b"\n"):  # a child killed in mid-line leaves half of one
                yield _decode_line(line)
    finally:
        clock.cancel()
        child.kill()
        child.wait()
        child.stdout.close()


def _recognise(
    path: Path,
    reading: _Reading,
    timeout_s: float,
    memory_mb: int,
    password: str | None,
    languages: str,
    on_page: Callable[[int, int], None],
) -> None:
    """Replace the text of scans by what OCR reads, in place."""
    scans = sorted(reading.scans)
    total_s = timeout_s + SCAN_TIMEOUT_S * len(scans)
    late = f"{_NO_TEXT_LAYER}; it was not recognised: the document took over {total_s:g} s"
    n_before = len(reading.pages) + len(reading.lost) - len(scans)
    reading.scans.clear()
    reading.lost |= dict.fromkeys(scans, late)
    recognised = ocr.recognise_pages(
        path,
        scans,
        languages=languages,
        timeout_s=total_s,
        memory_mb=memory_mb,
        password=password,
    )
    for n_done, page in enumerate(recognised, start=1):
        if page.text:
            old = reading.pages[page.number]
            reading.pages[page.number] = Page(number=old.number, label=old.label, text=page.text)
            reading.ocr_pages += (page.number,)
            del reading.lost[page.number]
        else:
            why = page.fault or "OCR found no text on it"
            reading.lost[page.number] = f"{_NO_TEXT_LAYER}; {why}"
        on_page(n_before + n_done, reading.opened.n_pages)


def _why_empty(reading: _Reading, ocr_languages: str | None) -> str:
    """Say why a document gave no text, and what mends it."""
    n_pages, n_scans = reading.opened.n_pages, len(reading.scans)
    if n_scans:
        mends = [] if ocr_languages else ["Read it with `--ocr`"]
        if missing := ocr.ocr_available(ocr_languages or "eng"):
            mends.append(missing)
        which = "any" if n_scans == n_pages else f"{n_scans}"
        return f"has no text layer on {which} of its {n_pages} pages (scans?). {'; '.join(mends)}."
    faults = sorted(reading.lost.items()) + [
        (n, reading.ended) for n in range(1, n_pages + 1) if n not in reading.pages
    ]
    if faults:
        number, why = faults[0]
        return f"gave no text: page {number} of {n_pages} {why}. {_REPRINT}"
    if not n_pages:
        return f"has no pages. {_REPRINT}"
    return f"is blank on every page ({n_pages}). Check the file."


def _check_file(path: Path) -> _File:
    """Refuse what cannot be a PDF at all."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "replace")
        raise InputError(f"{shown} has a name that is not UTF-8. Rename the file.") from None
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder. Name the PDF files in it.")
        if path.exists() and not path.is_file():  # reading a pipe or a device may never end
            raise InputError(f"{path} is no regular file. Save it as a file first.")
        with path.open("rb") as file:
            head = file.read(1024)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size_bytes = os.fstat(file.fileno()).st_size
        resolved = path.resolve()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path} does not exist. Check the path.") from None
    except OSError as exc:
        raise InputError(f"{path} cannot be read: {exc.strerror}. Check its permissions.") from exc
    except (RuntimeError, ValueError) as exc:  # links in a circle, up to Python 3.12; a null byte
        raise InputError(f"{str(path)!r} cannot be opened: {exc}. Check the path.") from exc
    if not head:
        raise InputError(f"{path} is empty (0 bytes). Fetch it again.")
    if b"%PDF-" not in head:  # where Adobe's own reader looks for it
        raise InputError(f"{path} is not a PDF: it does not begin with %PDF-. Convert it first.")
    return _File(path.stem, resolved, sha256, size_bytes)


def _source(file: _File, reading: _Reading) -> Source:
    opened = reading.opened
    numbers = range(1, opened.n_pages + 1)
    unread = {n: reading.ended for n in numbers if n not in reading.pages}
    return Source(
        name=file.name,
        path=str(file.path),
        title=opened.title or file.name,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        pages=tuple(
            reading.pages.get(n) or Page(number=n, label=label, text="")
            for n, label in zip(numbers, opened.labels, strict=True)
        ),
        bookmarks=tuple(
            Bookmark(title=title, level=level, page=page)
            for title, level, page in opened.bookmarks
            if title and page <= opened.n_pages
        ),
        unreadable=dict(sorted((unread | reading.lost).items())),
        ocr_pages=reading.ocr_pages,
    )
