"""A path in, a `Source` out: pages as the text layer reads, bookmarks, labels.

pypdf runs in a child process (`pdf_reader.py`) with a clock and a ceiling: a file made to loop or
to swallow memory costs its own pages, never this process. A page that cannot be read is named with
its reason; the others are kept.
"""

import hashlib
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeAlias

import msgspec

from ragguide.errors import InputError
from ragguide.types import Bookmark, Page, Source, Type

PAGE_TIMEOUT_S = 20.0  # a dense page takes 0.1 s
PAGE_TIMEOUT_SHARE = 0.25  # of the document's time: one page leaves some for the others
_CHILD = Path(__file__).with_name("pdf_reader.py")


class _Opened(msgspec.Struct, tag="opened"):
    n_pages: int
    title: str
    labels: list[str]
    bookmarks: list[tuple[str, int, int]]


class _Page(msgspec.Struct, tag="page"):
    number: int
    text: str
    types: tuple[Type, ...]


class _Lost(msgspec.Struct, tag="lost"):
    number: int
    reason: str


class _Refused(msgspec.Struct, tag="refused"):
    reason: str


_Line: TypeAlias = _Opened | _Page | _Lost | _Refused
_decode_line = msgspec.json.Decoder(_Line).decode


def read_pdf(
    path: Path,
    *,
    timeout_s: float = 600.0,
    memory_mb: int = 4096,
    on_page: Callable[[int, int], None] | None = None,
) -> Source:
    """Read every page of a PDF. `on_page` is told (pages done, pages in all).

    Raises:
        InputError: the file is missing, empty, no PDF, encrypted or damaged, or has no text at all.
    """
    sha256 = _check_file(path)
    child = subprocess.Popen(
        [
            *(sys.executable, "-P", str(_CHILD)),
            *("--page-timeout-s", str(min(PAGE_TIMEOUT_S, timeout_s * PAGE_TIMEOUT_SHARE))),
            *("--memory-mb", str(memory_mb)),
            *("--", str(path)),  # a name may begin with a dash
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    opened: _Opened | None = None
    read: dict[int, _Page] = {}
    lost: dict[int, str] = {}
    ended = "was not read: the reader stopped"
    try:
        for line in _lines_until(child, time.monotonic() + timeout_s):
            match line:
                case _Refused(reason):
                    raise InputError(f"{path} {reason}.")
                case _Opened():
                    opened = line
                case _Page(number):
                    read[number] = line
                case _Lost(number, reason):
                    lost[number] = reason
            if opened and on_page:
                on_page(len(read) + len(lost), opened.n_pages)
    except TimeoutError:
        ended = f"was not read: the document took over {timeout_s:g} s"
    finally:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
    if opened is None:
        raise InputError(f"{path} {ended}. Try a copy printed to PDF again.")
    return _source(path, sha256, opened, read, lost, ended)


def _check_file(path: Path) -> str:
    """Return the file's sha256 if it can be a PDF at all."""
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder. Name the PDF files in it.")
        if path.exists() and not path.is_file():  # reading a pipe or a device may never end
            raise InputError(f"{path} is no regular file. Save it as a file first.")
        with path.open("rb") as file:
            head = file.read(1024)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path} does not exist. Check the path.") from None
    except OSError as exc:
        raise InputError(f"{path} cannot be read: {exc.strerror}. Check its permissions.") from exc
    if not head:
        raise InputError(f"{path} is empty (0 bytes). Fetch it again.")
    if b"%PDF-" not in head:  # where Adobe's own reader looks for it
        raise InputError(f"{path} is not a PDF: it does not begin with %PDF-. Convert it first.")
    return sha256


def _lines_until(child: "subprocess.Popen[bytes]", deadline: float) -> Iterator[_Line]:
    """Yield the child's lines; TimeoutError at the deadline, the end when the child ends."""
    assert child.stdout is not None
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    # A thread, since a pipe cannot be polled on every system that we run on.
    threading.Thread(target=_drain, args=(child.stdout, lines), daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if line is None:
            return
        yield _decode_line(line)


def _drain(stream: IO[bytes], into: "queue.SimpleQueue[bytes | None]") -> None:
    try:
        for line in stream:
            if line.endswith(b"\n"):  # a child killed in mid-line leaves half of one
                into.put(line)
    except ValueError:  # the stream was closed under us: the deadline has passed
        pass
    finally:
        into.put(None)


def _source(
    path: Path,
    sha256: str,
    opened: _Opened,
    read: dict[int, _Page],
    lost: dict[int, str],
    ended: str,
) -> Source:
    numbers = range(1, opened.n_pages + 1)
    unreadable = {n: lost.get(n, ended) for n in numbers if n not in read}
    if not any(page.text.strip() for page in read.values()):
        if unreadable:
            number, why = next(iter(unreadable.items()))
            raise InputError(
                f"{path} gave no text: page {number} of {opened.n_pages} {why}. "
                "Try a copy printed to PDF again."
            )
        raise InputError(
            f"{path} has no text on any of its {opened.n_pages} pages: they may be scans. "
            "Run it through an OCR program first."
        )
    return Source(
        name=path.stem,
        path=str(path.resolve()),
        title=opened.title or path.stem,
        sha256=sha256,
        size_bytes=path.stat().st_size,
        pages=tuple(
            Page(number=n, label=label, text=page.text, types=page.types)
            for n, label in zip(numbers, opened.labels, strict=True)
            for page in (read.get(n) or _Page(n, "", ()),)
        ),
        bookmarks=tuple(
            Bookmark(title=title, level=level, page=page)
            for title, level, page in opened.bookmarks
            if title and page <= opened.n_pages
        ),
        unreadable=unreadable,
    )
