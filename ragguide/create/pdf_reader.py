"""A PDF's path in, JSON lines on stdout out: the child process that runs pypdf.

A hostile or damaged PDF can make any parser loop or swallow memory, so this runs apart, with a
ceiling on memory and a clock for each page; `pages.py` holds the clock for the whole. It imports
nothing of ragguide, so that it starts in 0.15 s.

Lines, in this order (keys of `pages.py`'s Struct of the same name):
    {"type": "opened", "n_pages": 101, "title": "…", "labels": ["i", …], "bookmarks": [[…], …]}
    {"type": "page", "number": 1, "text": "…", "types": [{"size": 10, "is_bold": false, "cells":
        [[72, "…"], …]}, …]}   or   {"type": "lost", "number": 1, "reason": "…"}
    {"type": "refused", "reason": "…"}            instead of all that
"""

import argparse
import contextlib
import json
import logging
import signal
import sys
from collections.abc import Iterator
from typing import Any

_SAME_PLACE = 1.0  # points: runs that begin closer belong to one cell
_REPRINT = "try a copy printed to PDF again"


class _PageTimeout(BaseException):
    """Not an Exception: pypdf swallows those here and there."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--page-timeout-s", type=float, required=True)
    parser.add_argument("--memory-mb", type=int, required=True)
    args = parser.parse_args()
    _limit_memory(args.memory_mb)
    logging.disable(logging.CRITICAL)  # pypdf logs every oddity of a file; we report what is lost

    import pypdf

    try:
        reader = pypdf.PdfReader(args.path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            _emit(type="refused", reason="needs a password; save an unlocked copy and use that")
            return
        n_pages = len(reader.pages)
    except MemoryError:
        _emit(type="refused", reason=f"needs over {args.memory_mb} MB to open; {_REPRINT}")
        return
    except pypdf.errors.DependencyError as exc:
        needed = "it needs `pip install 'pypdf[crypto]'`"
        _emit(type="refused", reason=f"is encrypted ({_brief(exc)}); {needed}")
        return
    except Exception as exc:  # pypdf raises whatever the file makes it stumble over
        _emit(type="refused", reason=f"is damaged beyond reading ({_brief(exc)}); {_REPRINT}")
        return
    _emit(
        type="opened",
        n_pages=n_pages,
        title=_title(reader),
        labels=_labels(reader, n_pages),
        bookmarks=list(_bookmarks(reader)),
    )
    for number in range(1, n_pages + 1):
        try:
            with _clock(args.page_timeout_s):
                text, types = _read_page(reader.pages[number - 1])
            _emit(type="page", number=number, text=text, types=types)
        except _PageTimeout:
            _emit(type="lost", number=number, reason=f"took over {args.page_timeout_s:g} s to read")
        except MemoryError:
            _emit(type="lost", number=number, reason=f"needs over {args.memory_mb} MB to read")
        except Exception as exc:
            _emit(type="lost", number=number, reason=f"cannot be read ({_brief(exc)})")


def _read_page(page: Any) -> tuple[str, list[dict[str, object]]]:
    """The text of a page, and how each of its lines is set."""
    lines: list[list[tuple[float, float, bool, str]]] = [[]]  # runs of (x, size, is bold, text)

    def visit(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        scale = abs(tm[3] * cm[3]) or abs(tm[1] * cm[1]) or 1.0
        is_bold = "bold" in str((font or {}).get("/BaseFont", "")).lower()
        first, *rest = text.split("\n")
        if first:
            lines[-1].append((x, size * scale, is_bold, first))
        for piece in rest:
            lines.append([(x, size * scale, is_bold, piece)] if piece else [])

    text = page.extract_text(visitor_text=visit)
    types = [_type_of(runs) for runs in lines]
    # What the visitor saw is the text; where pypdf altered it afterwards, the text alone counts.
    same = "\n".join("".join(run[3] for run in runs) for runs in lines) == text
    return _encodable(text), types if same else []


def _type_of(runs: list[tuple[float, float, bool, str]]) -> dict[str, object]:
    letters: dict[float, int] = {}
    cells: list[list[Any]] = []
    for x, size, _, text in runs:
        n_letters = len(text.strip())
        if n_letters:
            letters[round(size, 1)] = letters.get(round(size, 1), 0) + n_letters
        if not cells or (n_letters and abs(x - cells[-1][0]) > _SAME_PLACE):
            cells.append([round(x, 1), ""])
        cells[-1][1] += text
    return {
        "size": max(letters, key=letters.__getitem__, default=0.0),
        "is_bold": bool(letters) and all(bold for _, _, bold, text in runs if text.strip()),
        "cells": [(x, _encodable(text.strip())) for x, text in cells if text.strip()],
    }


def _limit_memory(memory_mb: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such ceiling
        return
    size_bytes = memory_mb * 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:  # a ceiling that stands already cannot be raised
        size_bytes = min(size_bytes, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses some; the clock remains
        resource.setrlimit(resource.RLIMIT_AS, (size_bytes, size_bytes))


@contextlib.contextmanager
def _clock(timeout_s: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer"):  # Windows: the parent's clock has to do
        yield
        return

    def ring(*_: object) -> None:
        raise _PageTimeout

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _title(reader: Any) -> str:
    with contextlib.suppress(Exception):  # a broken Info dictionary costs the title, not the text
        return _one_line(str(reader.metadata.title or ""))
    return ""


def _labels(reader: Any, n_pages: int) -> list[str]:
    with contextlib.suppress(Exception):  # likewise: without labels, the page's number serves
        labels = [_one_line(str(label)) for label in reader.page_labels]
        if len(labels) == n_pages:
            return labels
    return [str(number) for number in range(1, n_pages + 1)]


def _bookmarks(reader: Any) -> Iterator[tuple[str, int, int]]:
    """Yield (title, level from 1, page from 1), skipping those that lead nowhere."""
    with contextlib.suppress(Exception):  # a broken outline costs the bookmarks, not the text
        yield from _walk(reader, reader.outline, 1)


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
    """The text without line breaks and other characters that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in _encodable(text)).split())


def _encodable(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates, which no file can hold, as `�`."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _emit(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
