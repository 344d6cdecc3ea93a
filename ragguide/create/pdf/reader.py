"""A PDF's path in, JSON lines on stdout out: the child process that runs pypdf.

A malicious or damaged PDF can make any parser loop or exhaust memory, so this file runs as its own
process, with a memory limit and a time limit for each page; `pages.py` limits the time of the whole
document. It imports nothing of ragguide, so that it starts in 0.15 s. The password comes on stdin,
because other users can see the arguments of a process.

Lines, in this order (the keys match the Structs of the same name in `pages.py`):
    {"type": "opened", "n_pages": 101, "title": "…", "labels": ["i", …], "bookmarks": [[…], …]}
    {"type": "page", "number": 1, "is_scan": false, "text": "…",
        "lines": [[[x, y, size, is bold, "…"], …], …]}
    {"type": "lost", "number": 1, "reason": "…"}  instead of the page
    {"type": "refused", "reason": "…"}            instead of all other lines

With `--render 7`, it writes that page as an image instead, for `ocr.py`: a binary PGM by pypdfium2;
on failure, nothing but one line on stderr with the reason.
"""

import argparse
import contextlib
import json
import logging
import math
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

DPI = 300  # of rendered pages, as tesseract's documentation recommends
_MAX_PIXELS = 40_000_000  # A2 at 300 dpi; larger pages get a lower resolution
_MAX_SIDE = 32_000  # pixels; tesseract rejects 32,768
_PAGES_KEPT = 10  # pypdf keeps every object it has read, even pictures: drop them every 10 pages
_MAX_CHARACTERS = 1_000_000  # of one page; a dense one has 10,000
_SCAN_SHARE = 0.5  # of a page without words: a picture must cover this much if there are signs
_FIELD_SLACK = 3.0  # points by which a form field may stand above its label's baseline
_PASSWORD = 1 << 13  # flag of a form field that hides its value
_MIN_SIGNS = 20  # of no script, which a font without a character map produces
_REPRINT = "print it to a new PDF and try that"

_WORD = re.compile(r"[^\W\d_]{2,}")
_ODD_SIGN = re.compile(r"[^\w!-~]")
_PAINTING = frozenset((b"S", b"s", b"B", b"B*", b"b", b"b*", b"sh", b"INLINE IMAGE"))
_FILLING = frozenset((b"f", b"F", b"f*"))
_WHITE = {b"g": 1.0, b"rg": 1.0, b"sc": 1.0, b"scn": 1.0, b"k": 0.0}  # operator → operands of white


_Run = tuple[float, float | None, float, bool, str]  # x, baseline, size, is bold, text


class _PageTimeout(BaseException):
    """A BaseException, because pypdf catches Exception in many places."""


class _Oversized(Exception):
    pass


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
    """Start this file as a child process on `path`; read its lines from stdout."""
    child = subprocess.Popen(
        [
            *(sys.executable, "-P", __file__, *options),
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
    _limit_memory(args.memory_mb)
    logging.disable(logging.CRITICAL)  # pypdf logs every oddity; we report unreadable pages only
    if args.render:
        return _render(args.path, args.render, password)
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
    )
    for number in range(1, n_pages + 1):
        _emit_page(reader, number, page_timeout_s, memory_mb)
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
        raise _Refused(f"is encrypted ({_brief(exc)}); {needed}") from exc
    except Exception as exc:  # a damaged file can make pypdf raise any exception
        raise _Refused(f"is damaged and cannot be read ({_brief(exc)}); {_REPRINT}") from exc
    if is_locked:
        raise _Refused(_why_locked(password))
    return reader, n_pages


def _why_locked(password: str | None) -> str:
    if password is None:
        return "needs a password. Pass it with `--password` or set RAGGUIDE_PASSWORD"
    problem = "is encrypted, and the password does not open it"
    return f"{problem}. Check `--password` or RAGGUIDE_PASSWORD"


def _emit_page(reader: Any, number: int, page_timeout_s: float, memory_mb: int) -> None:
    """Emit the text of a page, or why it cannot be read."""
    try:
        with _time_limit(page_timeout_s):
            fields = _read_page(reader.pages[number - 1])
        _emit(type="page", number=number, **fields)
    except _PageTimeout:
        _emit(type="lost", number=number, reason=f"took longer than {page_timeout_s:g} s to read")
    except MemoryError:
        reader.resolved_objects.clear()
        _emit(type="lost", number=number, reason=f"needs more than {memory_mb} MB to read")
    except _Oversized as exc:
        _emit(type="lost", number=number, reason=str(exc))
    except Exception as exc:
        _emit(type="lost", number=number, reason=f"cannot be read ({_brief(exc)})")


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


def _render(path: str, number: int, password: str | None) -> int:
    """Write a page to stdout as a binary PGM image in grey."""
    try:
        import pypdfium2

        try:
            document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError:
            document = pypdfium2.PdfDocument(path, password=password)
        page = document[number - 1]
        width, height = page.get_size()  # points
        scale = min(DPI / 72, math.sqrt(_MAX_PIXELS / (width * height)))
        scale = min(scale, _MAX_SIDE / max(width, height))
        bitmap = page.render(scale=scale, grayscale=True)
        pixels = memoryview(bitmap.buffer)  # rows are padded to `stride` bytes
        out = sys.stdout.buffer
        out.write(b"P5 %d %d 255\n" % (bitmap.width, bitmap.height))
        for row in range(bitmap.height):
            out.write(pixels[row * bitmap.stride : row * bitmap.stride + bitmap.width])
        out.flush()
    except Exception as exc:  # as in `_open`; a crash in C++ only ends this process
        sys.stderr.write(_brief(exc) + "\n")
        return 1
    return 0


def _read_page(page: Any) -> dict[str, object]:
    """Return the text of a page, the runs of each line, and whether the page is a scan."""
    lines: list[list[_Run]] = [[]]

    def visit(text: str, cm: Any, tm: Any, font: Any, size: Any) -> None:
        setting = _setting(cm, tm, font, size)
        first, *rest = text.split("\n")
        if first:
            lines[-1].append((*setting, first))
        for piece in rest:
            lines.append([(*setting, piece)] if piece else [])

    text = page.extract_text(visitor_text=visit)
    # The runs must add up to the text. If pypdf changed it afterwards, drop the runs.
    same = _text_of(lines) == text
    for x, bottom, top, name, value in _annotations(page):
        text += f"\n{name}: {value}"
        if (label := _label_of(lines, x, bottom, top)) is None:
            lines.append([(x, None, 0.0, False, f"{name}: {value}")])
        else:
            line, at = label  # in the label's cell
            line[at] = (*line[at][:-1], f"{line[at][-1].rstrip()} {value} ")
    text = _text_of(lines) if same else text
    if len(text) > _MAX_CHARACTERS:
        raise _Oversized(f"has {len(text):,} characters, too many for a printed page")
    encodable = [[(*run[:-1], _encodable(run[-1])) for run in runs] for runs in lines]
    is_scan = not _WORD.search(text) and _is_scan(page, text)
    return {"text": _encodable(text), "lines": encodable if same else [], "is_scan": is_scan}


def _text_of(lines: list[list[_Run]]) -> str:
    return "\n".join("".join(run[-1] for run in runs) for runs in lines)


def _annotations(page: Any) -> Iterator[tuple[float, float, float, str, str]]:
    """Yield (left, bottom, top, name, value) of each filled form field and each written note."""
    with contextlib.suppress(Exception):  # damaged annotations must not cost the page's text
        for reference in page.get("/Annots") or ():
            note = reference.get_object()
            parent = note.get("/Parent", note).get_object()
            if note.get("/Subtype") == "/Widget":
                name = note.get("/TU") or note.get("/T") or parent.get("/T") or "Field"
                value = note.get("/V", parent.get("/V"))
                is_secret = int(note.get("/Ff", parent.get("/Ff", 0))) & _PASSWORD and value
                is_field = not is_secret and value != "/Off"
            else:
                name, value = "Note", note.get("/Contents")
                is_field = note.get("/Subtype") in ("/Text", "/FreeText")
            shown = _one_line(str(value or "")).removeprefix("/")
            left, bottom, _, top = (float(side) for side in note["/Rect"])
            if is_field and shown:
                yield left, bottom, top, _one_line(str(name)), shown


def _label_of(
    lines: list[list[_Run]], left: float, bottom: float, top: float
) -> tuple[list[_Run], int] | None:
    """Return the line and the index of the run that ends in a colon to the left of a field."""
    found = [
        (run[0], line, at)
        for line in lines
        for at, run in enumerate(line)
        if run[0] < left
        and run[1] is not None
        and bottom - _FIELD_SLACK <= run[1] <= top
        and run[-1].rstrip().endswith(":")
    ]
    return max(found, key=lambda each: each[0])[1:] if found else None


def _setting(cm: Any, tm: Any, font: Any, size: Any) -> tuple[float, float | None, float, bool]:
    """Return a run's x and baseline, its size in points and whether it is bold.

    The baseline is None if the text is not upright. Damaged settings give (0, None, 0, False).
    Never raises: inside a form, pypdf would treat an exception as the end of the form.
    """
    try:
        x = float(tm[4] * cm[0] + tm[5] * cm[2] + cm[4])
        y = float(tm[4] * cm[1] + tm[5] * cm[3] + cm[5])
        points = float(size * (abs(tm[3] * cm[3]) or abs(tm[1] * cm[1]) or 1.0))
        is_upright = tm[0] * cm[0] > 0 and not (tm[1] or tm[2] or cm[1] or cm[2])
        is_bold = "bold" in str((font or {}).get("/BaseFont", "")).lower()
    except Exception:
        return 0.0, None, 0.0, False
    if not math.isfinite(x + y + points):
        return 0.0, None, 0.0, is_bold
    return x, y if is_upright else None, points, is_bold


def _is_scan(page: Any, text: str) -> bool:
    """Whether a page without a word draws something that is not in its text."""
    signs = re.sub(r"\s+", "", text)
    if signs:
        is_garbled = not re.search(r"\w", signs) and len(_ODD_SIGN.findall(signs)) >= _MIN_SIGNS
        return is_garbled or _drawn_share(page, pictures_only=True) >= _SCAN_SHARE
    return _drawn_share(page, pictures_only=False) > 0.0


def _drawn_share(page: Any, *, pictures_only: bool) -> float:
    """Return the share of the page that its largest picture covers; 1 if it draws a shape.

    White shapes do not count.
    """
    share, fills_white = 0.0, False
    page_area = abs(float(page.mediabox.width) * float(page.mediabox.height)) or 1.0

    def visit(operator: bytes, operands: Any, cm: Any, _tm: Any) -> None:
        nonlocal share, fills_white
        if operator in _WHITE:
            white = _WHITE[operator]
            fills_white = bool(operands) and all(operand == white for operand in operands)
        elif operator == b"Do":  # a picture fills the unit square; a form draws its content itself
            with contextlib.suppress(Exception):  # as in `_setting`
                share = max(share, abs(float(cm[0] * cm[3] - cm[1] * cm[2])) / page_area)
        elif not pictures_only and (
            operator in _PAINTING or (operator in _FILLING and not fills_white)
        ):
            share = 1.0

    page.extract_text(visitor_operand_before=visit)
    return share


def _limit_memory(memory_mb: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    size_bytes = memory_mb * 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:  # an existing hard limit cannot be raised
        size_bytes = min(size_bytes, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS rejects some; the time limit remains
        resource.setrlimit(resource.RLIMIT_AS, (size_bytes, size_bytes))


@contextlib.contextmanager
def _time_limit(timeout_s: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer"):  # Windows: only the parent's timer works
        yield
        return

    def on_alarm(*_: object) -> None:
        raise _PageTimeout

    signal.signal(signal.SIGALRM, on_alarm)
    # Repeat every second: an exception raised inside a destructor is ignored.
    signal.setitimer(signal.ITIMER_REAL, timeout_s, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _title(reader: Any, timeout_s: float) -> str:
    # A broken Info dictionary only costs the title. The next two functions do the same.
    with contextlib.suppress(Exception, _PageTimeout), _time_limit(timeout_s):
        return _one_line(str(reader.metadata.title or ""))
    return ""


def _labels(reader: Any, n_pages: int, timeout_s: float) -> list[str]:
    with contextlib.suppress(Exception, _PageTimeout), _time_limit(timeout_s):
        labels = [_one_line(str(label)) for label in reader.page_labels]
        if len(labels) == n_pages:
            return labels
    return [str(number) for number in range(1, n_pages + 1)]  # fall back to page numbers


def _bookmarks(reader: Any, timeout_s: float) -> list[tuple[str, int, int]]:
    """Return (title, level from 1, page from 1), without bookmarks that have no target page."""
    found: list[tuple[str, int, int]] = []
    with contextlib.suppress(Exception, _PageTimeout), _time_limit(timeout_s):
        found.extend(_walk(reader, reader.outline, 1))
    return found


def _walk(reader: Any, nodes: list[Any], level: int) -> Iterator[tuple[str, int, int]]:
    for node in nodes:
        if isinstance(node, list):
            yield from _walk(reader, node, level + 1)
            continue
        with contextlib.suppress(Exception):
            page = reader.get_destination_page_number(node)
            if page is not None and page >= 0:
                yield _one_line(str(node.title)), level, page + 1


def _brief(exc: BaseException) -> str:
    return _one_line(f"{type(exc).__name__}: {exc}")[:120]


def _one_line(text: str) -> str:
    """Replace line breaks and other control characters, which a terminal would execute."""
    return " ".join("".join(c if c.isprintable() else " " for c in _encodable(text)).split())


def _encodable(text: str) -> str:
    """Join surrogate pairs; replace lone surrogates, which cannot be encoded, with `�`."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _emit(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
