"""A PDF's path in, JSON lines on stdout out: the child process that runs pypdf.

A hostile or damaged PDF can make any parser loop or swallow memory, so this runs apart, with a
ceiling on memory and a clock for each page; `pages.py` holds the clock for the whole. It imports
nothing of ragguide, so that it starts in 0.15 s.

Lines, in this order (keys of `pages.py`'s Struct of the same name):
    {"type": "opened", "n_pages": 101, "title": "…", "labels": ["i", …], "bookmarks": [[…], …]}
    {"type": "page", "number": 1, "text": "…"}   or   {"type": "lost", "number": 1, "reason": "…"}
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
                text = reader.pages[number - 1].extract_text()
            _emit(type="page", number=number, text=_encodable(text))
        except _PageTimeout:
            _emit(type="lost", number=number, reason=f"took over {args.page_timeout_s:g} s to read")
        except MemoryError:
            _emit(type="lost", number=number, reason=f"needs over {args.memory_mb} MB to read")
        except Exception as exc:
            _emit(type="lost", number=number, reason=f"cannot be read ({_brief(exc)})")


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
