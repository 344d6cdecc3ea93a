"""A PDF's path in, JSON lines on stdout out: the child process that runs pypdf.

A malicious or damaged PDF can make any parser loop or exhaust memory, so this module runs as its
own process, with a memory limit and a time limit for each page; `pages.py` limits the time of the
whole document. The modules that it imports need nothing but pypdf, so that it starts in 0.15 s. The
password comes on stdin, because other users can see the arguments of a process.

Lines, in this order (the keys match the Structs of the same name in `pages.py`):
    {"type": "opened", "n_pages": 101, "title": "…", "labels": ["i", …], "bookmarks": [[…], …],
        "attached": ["prices.txt", …]}
    {"type": "page", "number": 1, "text": "…", "fault": "", "attached": [], "struck": [],
        "lines": [[[x, y, size, right, is bold, is fixed, goes on, "…"], …], …]}
    {"type": "lost", "number": 1, "reason": "…"}  instead of the page
    {"type": "refused", "reason": "…"}            instead of all other lines

With `--render 7`, it writes that page as an image instead, for `ocr.py`: a binary PGM by pypdfium2;
on failure, nothing but one line on stderr with the reason.
"""

import argparse
import contextlib
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ragguide.create.pdf.annotations import attached_files, files_on
from ragguide.create.pdf.fonts import Fonts
from ragguide.create.pdf.limits import PageTimeout, limit_memory, time_limit
from ragguide.create.pdf.page_text import Oversized, read_page
from ragguide.create.pdf.picture import render
from ragguide.create.pdf.plain import brief, one_line

_PAGES_KEPT = 10  # pypdf keeps every object it has read, even pictures: drop them every 10 pages
_REPRINT = "print it to a new PDF and try that"

_ROOT = Path(__file__).parents[3]  # where the child finds this package
_CHILD = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from ragguide.create.pdf.reader import main
sys.exit(main())
"""


class _Refused(Exception):
    """The document cannot be opened."""


def start(
    path: Path,
    *options: str,
    page_timeout_s: float,
    memory_mb: int,
    password: str | None,
    stderr: int = subprocess.DEVNULL,
) -> "subprocess.Popen[bytes]":
    """Start this module as a child process on `path`; read its lines from stdout."""
    child = subprocess.Popen(
        [
            *(sys.executable, "-P", "-c", _CHILD, str(_ROOT), *options),
            *("--page-timeout-s", str(page_timeout_s)),
            *("--memory-mb", str(memory_mb)),
            *(() if password is None else ("--password-on-stdin",)),
            *("--", str(path)),  # a name may begin with a dash
        ],
        stdin=subprocess.DEVNULL if password is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
    )
    if password is not None:
        assert child.stdin is not None
        with contextlib.suppress(OSError), child.stdin:  # the child may have exited already
            child.stdin.write(password.encode("utf-8", "surrogateescape"))
    return child


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--page-timeout-s", type=float, required=True)
    parser.add_argument("--memory-mb", type=int, required=True)
    parser.add_argument("--password-on-stdin", action="store_true")
    parser.add_argument("--render", type=int, metavar="PAGE")
    args = parser.parse_args()
    password = None
    if args.password_on_stdin:
        password = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    limit_memory(args.memory_mb)
    logging.disable(logging.CRITICAL)  # pypdf logs every oddity; we report unreadable pages only
    if args.render:
        return render(args.path, args.render, password)
    with Path(args.path).open("rb") as file:  # from a path, pypdf would load the whole file
        _read(file, password, args.page_timeout_s, args.memory_mb)
    return 0


def _read(file: IO[bytes], password: str | None, page_timeout_s: float, memory_mb: int) -> None:
    try:
        reader, n_pages = _open(file, password, memory_mb)
    except _Refused as exc:
        _emit(type="refused", reason=str(exc))
        return
    _emit(
        type="opened",
        n_pages=n_pages,
        title=_title(reader, page_timeout_s),
        labels=_labels(reader, n_pages, page_timeout_s),
        bookmarks=_bookmarks(reader, page_timeout_s),
        attached=_attached(reader, page_timeout_s),
    )
    fonts = Fonts()
    for number in range(1, n_pages + 1):
        _emit_page(reader, fonts, number, page_timeout_s, memory_mb)
        if number % _PAGES_KEPT == 0:
            reader.resolved_objects.clear()


def _open(file: IO[bytes], password: str | None, memory_mb: int) -> tuple[Any, int]:
    """Return pypdf's reader and the number of pages.

    Raises:
        _Refused: the document is locked or damaged, or exceeds the memory limit.
    """
    import pypdf

    try:
        reader = pypdf.PdfReader(file, strict=False)
        is_locked = reader.is_encrypted and not _unlock(reader, password)
        n_pages = 0 if is_locked else len(reader.pages)
    except MemoryError:
        raise _Refused(f"needs more than {memory_mb} MB to open; {_REPRINT}") from None
    except pypdf.errors.DependencyError as exc:
        needed = "run `pip install 'pypdf[crypto]'`"
        raise _Refused(f"is encrypted ({brief(exc)}); {needed}") from exc
    except Exception as exc:  # a damaged file can make pypdf raise any exception
        raise _Refused(f"is damaged and cannot be read ({brief(exc)}); {_REPRINT}") from exc
    if is_locked:
        raise _Refused(_why_locked(password))
    return reader, n_pages


def _why_locked(password: str | None) -> str:
    if password is None:
        return "needs a password. Pass it with `--password` or set RAGGUIDE_PASSWORD"
    problem = "is encrypted, and the password does not open it"
    return f"{problem}. Check `--password` or RAGGUIDE_PASSWORD"


def _emit_page(
    reader: Any, fonts: Fonts, number: int, page_timeout_s: float, memory_mb: int
) -> None:
    """Emit the text of a page, or why it cannot be read."""
    try:
        with time_limit(page_timeout_s):
            page = reader.pages[number - 1]
            fields = read_page(page, fonts)
            attached = files_on(page)
        _emit(type="page", number=number, attached=attached, **fields)
    except PageTimeout:
        _emit(type="lost", number=number, reason=f"took longer than {page_timeout_s:g} s to read")
    except MemoryError:
        reader.resolved_objects.clear()
        _emit(type="lost", number=number, reason=f"needs more than {memory_mb} MB to read")
    except Oversized as exc:
        _emit(type="lost", number=number, reason=str(exc))
    except Exception as exc:
        _emit(type="lost", number=number, reason=f"cannot be read ({brief(exc)})")


def _unlock(reader: Any, password: str | None) -> bool:
    """Unlock an encrypted document with the empty password, then with `password`."""
    if reader.decrypt(""):
        return True
    if password is None:
        return False
    encoded = password.encode("utf-8", "surrogateescape")  # some programs write it for Latin-1
    for candidate in (password, encoded):
        with contextlib.suppress(ValueError):  # a character that the encryption does not support
            if reader.decrypt(candidate):
                return True
    return False


def _title(reader: Any, timeout_s: float) -> str:
    # A broken Info dictionary only costs the title. The next functions do the same.
    with contextlib.suppress(Exception, PageTimeout), time_limit(timeout_s):
        return one_line(str(reader.metadata.title or ""))
    return ""


def _labels(reader: Any, n_pages: int, timeout_s: float) -> list[str]:
    with contextlib.suppress(Exception, PageTimeout), time_limit(timeout_s):
        labels = [one_line(str(label)) for label in reader.page_labels]
        if len(labels) == n_pages:
            return labels
    return [str(number) for number in range(1, n_pages + 1)]  # fall back to page numbers


def _bookmarks(reader: Any, timeout_s: float) -> list[tuple[str, int, int]]:
    """Return (title, level from 1, page from 1), without bookmarks that have no target page."""
    found: list[tuple[str, int, int]] = []
    with contextlib.suppress(Exception, PageTimeout), time_limit(timeout_s):
        found.extend(_walk(reader, reader.outline, 1))
    return found


def _attached(reader: Any, timeout_s: float) -> list[str]:
    with contextlib.suppress(Exception, PageTimeout), time_limit(timeout_s):
        return attached_files(reader)
    return []


def _walk(reader: Any, nodes: list[Any], level: int) -> Iterator[tuple[str, int, int]]:
    for node in nodes:
        if isinstance(node, list):
            yield from _walk(reader, node, level + 1)
            continue
        with contextlib.suppress(Exception):
            page = reader.get_destination_page_number(node)
            if page is not None and page >= 0:
                yield one_line(str(node.title)), level, page + 1


def _emit(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()
