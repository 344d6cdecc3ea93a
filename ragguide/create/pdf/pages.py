"""A path in, a `Source` out: the text layer of each page, bookmarks, labels.

pypdf runs in a child process (`reader.py`) with limits on time and memory, so a malicious file
cannot stall or crash this process. A page that cannot be read is reported with the reason; all
others are kept. Scanned pages are detected, and recognised by OCR (`ocr.py`) on request.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from ragguide.create.pdf import ocr
from ragguide.create.pdf import reader as pdf_reader
from ragguide.create.pdf.lines import read_lines
from ragguide.create.pdf.text_runs import Run
from ragguide.errors import InputError
from ragguide.types import Bookmark, Page, Source

PAGE_TIMEOUT_S = 20.0  # a dense page takes 0.1 s
PAGE_TIMEOUT_SHARE = 0.25  # of the document's time, so that one page leaves time for others
SCAN_TIMEOUT_S = 10.0  # extra time for each page to be recognised; it takes 2 s
MAX_CHARACTERS = 200_000_000  # of a document; 10,000 dense pages have 100 million

_ATTACHED = "has the attached file"
_UNREAD = "which is not read; save it and ingest it too"
_REPRINT = "Print it to a new PDF and try that."


class _Opened(msgspec.Struct, tag="opened"):
    n_pages: int
    title: str
    labels: list[str]
    bookmarks: list[tuple[str, int, int]]
    attached: list[str]  # names of files that are attached to the document


class _Page(msgspec.Struct, tag="page"):
    number: int
    text: str
    lines: list[list[Run]]  # empty if the runs do not add up to the text
    fault: str  # why a part of the page has no text; OCR may read it
    attached: list[str]  # names of files that are attached to the page
    struck: list[str]  # texts that are struck out


class _Lost(msgspec.Struct, tag="lost"):
    number: int
    reason: str


class _Refused(msgspec.Struct, tag="refused"):
    reason: str


_Line: TypeAlias = _Opened | _Page | _Lost | _Refused
_decode_line = msgspec.json.Decoder(_Line).decode


class _File(msgspec.Struct, frozen=True):
    """A file's facts that need no parsing."""

    name: str  # without suffix
    path: Path  # absolute, without links
    sha256: str
    size_bytes: int


class _Reading(msgspec.Struct):
    """The pages read so far."""

    opened: _Opened
    pages: dict[int, Page]
    scans: dict[int, str]  # number → why OCR is needed
    lost: dict[int, str]  # number → why the page could not be read
    ended: str = ""  # why reading stopped, for pages in neither `pages` nor `lost`
    ocr_pages: tuple[int, ...] = ()
    n_characters: int = 0  # of all `pages`
    notes: dict[int, list[str]] = {}  # number → what else was not read

    def add(self, page: _Page) -> None:
        label = self.opened.labels[page.number - 1]
        text, types = read_lines(page.lines) if page.lines else (page.text, ())
        self.pages[page.number] = Page(
            number=page.number, label=label, text=text, types=types, struck=tuple(page.struck)
        )
        self.n_characters += len(page.text)
        if page.fault:
            self.scans[page.number] = page.fault
        self.attach(page.number, page.attached)

    def attach(self, number: int, names: Sequence[str]) -> None:
        for name in dict.fromkeys(names):
            self.notes.setdefault(number, []).append(f"{_ATTACHED} {name!r}, {_UNREAD}")


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
        path: the file.
        timeout_s: for the whole document; each page to be recognised adds `SCAN_TIMEOUT_S`.
        memory_mb: memory limit of the child process.
        password: user or owner password, tried if the empty one does not open the document.
        ocr_languages: languages of the pages without a text layer, in tesseract's notation, such
            as "deu+eng"; None skips those pages.
        on_page: called with (pages done, pages in total).

    Raises:
        InputError: the file is missing, empty, not a PDF, locked or damaged, or has no text.
    """
    file = _check_file(path)
    report = on_page or (lambda _done, _total: None)
    reading = _read_text_layer(path, timeout_s, memory_mb, password, ocr_languages is None, report)
    no_ocr = "read it with --ocr"
    if ocr_languages is not None and reading.scans:
        no_ocr = ocr.ocr_available(ocr_languages) or ""
        if not no_ocr:
            _recognise(path, reading, timeout_s, memory_mb, password, ocr_languages, report)
    for number, why in reading.scans.items():
        reading.lost.setdefault(number, f"{why}; {no_ocr}")
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
    """Run `reader.py`; `on_page` counts scans as done if `scans_are_done`: OCR is off."""
    reading: _Reading | None = None
    started = time.monotonic()
    ended = "was not read: the reader process stopped"
    for line in _child_lines(path, timeout_s, memory_mb, password):
        reading = _take(line, reading, path)
        if reading is None:
            continue
        n_waiting = 0 if scans_are_done else len(reading.scans)
        on_page(len(reading.pages) + len(reading.lost) - n_waiting, reading.opened.n_pages)
        if reading.n_characters > MAX_CHARACTERS:
            ended = f"was not read: earlier pages exceed {MAX_CHARACTERS:,} characters"
            break
    else:
        if time.monotonic() - started >= timeout_s:
            ended = f"was not read: the document took longer than {timeout_s:g} s"
    if reading is None:
        raise InputError(f"{path} {ended}. {_REPRINT}")
    reading.ended = ended
    return reading


def _take(line: _Line, reading: _Reading | None, path: Path) -> _Reading | None:
    """Add one line of `reader.py`; the first line starts the reading or rejects the file."""
    match line:
        case _Refused(reason):
            raise InputError(f"{path} {reason}.")
        case _Opened():
            return _opened(line)
        case _Page() if reading:
            reading.add(line)
        case _Lost(number, reason) if reading:
            reading.lost[number] = reason
    return reading


def _opened(line: _Opened) -> _Reading:
    reading = _Reading(line, {}, {}, {})
    reading.attach(1, line.attached)
    return reading


def _child_lines(
    path: Path, timeout_s: float, memory_mb: int, password: str | None
) -> Iterator[_Line]:
    """Yield the lines of `reader.py` until it ends or its time is up."""
    page_timeout_s = min(PAGE_TIMEOUT_S, timeout_s * PAGE_TIMEOUT_SHARE)
    child = pdf_reader.start(
        path, page_timeout_s=page_timeout_s, memory_mb=memory_mb, password=password
    )
    assert child.stdout is not None
    # The timer is a thread, because Windows cannot poll a pipe.
    clock = threading.Timer(timeout_s, child.kill)
    clock.daemon = True
    clock.start()
    try:
        for line in child.stdout:
            if line.endswith(b"\n"):  # a killed child can leave half a line
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
    """Replace the text of scans with the recognised text, in place."""
    scans = sorted(reading.scans)
    total_s = timeout_s + SCAN_TIMEOUT_S * len(scans)
    late = f"it was not recognised: the document took longer than {total_s:g} s"
    n_before = len(reading.pages) + len(reading.lost) - len(scans)
    faults = dict(reading.scans)
    reading.scans.clear()
    reading.lost |= {number: f"{faults[number]}; {late}" for number in scans}
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
            reading.lost[page.number] = f"{faults[page.number]}; {why}"
        on_page(n_before + n_done, reading.opened.n_pages)


def _why_empty(reading: _Reading, ocr_languages: str | None) -> str:
    """Return why a document has no text, and how to fix it."""
    n_pages, n_scans = reading.opened.n_pages, len(reading.scans)
    if n_scans:
        advice = [] if ocr_languages else ["Read it with `--ocr`"]
        if missing := ocr.ocr_available(ocr_languages or "eng"):
            advice.append(missing)
        which = "any" if n_scans == n_pages else f"{n_scans}"
        return f"has no text layer on {which} of its {n_pages} pages (scans?). {'; '.join(advice)}."
    faults = sorted(reading.lost.items()) + [
        (n, reading.ended) for n in range(1, n_pages + 1) if n not in reading.pages
    ]
    if faults:
        number, why = faults[0]
        return f"has no readable text: page {number} of {n_pages} {why}. {_REPRINT}"
    if not n_pages:
        return f"has no pages. {_REPRINT}"
    return f"has only blank pages ({n_pages}). Check the file."


def _check_file(path: Path) -> _File:
    """Return the file's facts; reject everything that cannot be a PDF."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "replace")
        raise InputError(f"{shown} has a name that is not UTF-8. Rename the file.") from None
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder. Name the PDF files in it.")
        if path.exists() and not path.is_file():  # reading a pipe or a device may never end
            raise InputError(f"{path} is not a regular file. Save its content to a file first.")
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
        raise InputError(f"{path} is empty (0 bytes). Download it again.")
    if b"%PDF-" not in head:  # Adobe's reader also accepts it anywhere in the first 1024 bytes
        raise InputError(f"{path} is not a PDF: it does not begin with %PDF-. Convert it first.")
    return _File(path.stem, resolved, sha256, size_bytes)


def _source(file: _File, reading: _Reading) -> Source:
    opened = reading.opened
    numbers = range(1, opened.n_pages + 1)
    unread = {n: reading.ended for n in numbers if n not in reading.pages} | reading.lost
    for number, notes in reading.notes.items():
        unread[number] = "; ".join([*filter(None, [unread.get(number)]), *notes])
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
        unreadable=dict(sorted(unread.items())),
        ocr_pages=reading.ocr_pages,
    )
