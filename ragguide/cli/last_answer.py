"""The sources of the last answer: `query` and `chat` save them, `open` finds them by number.

Each terminal has a last answer of its own. A process belongs to the shell that started it, and to
the terminal session of that shell; the answer is saved for both. A terminal without an answer of
its own gets the last one of all.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from ragguide.errors import UsageError
from ragguide.types import Answer, Located

FILE = "last_answer.json"  # of all terminals
FOLDER = "last_answers"  # one file for each shell and terminal session
MOST_KEPT = 50  # files in the folder


class SavedSource(msgspec.Struct, frozen=True):
    """A quote of the last answer, and where to open it."""

    mark: int
    path: str
    page: int
    locator: str
    quote: str


def sources_to_open(answer: Answer, documents: Sequence[Located]) -> list[SavedSource]:
    """Return the quotes of an answer by their marks."""
    paths = {document.name: document.path for document in documents}
    cited = {each.mark: each for each in (*answer.quotes, *answer.citations)}
    return [
        SavedSource(mark, paths[each.document], each.page_first, each.locator, each.one_line)
        for mark, each in sorted(cited.items())
    ]


def save_sources(cache_dir: Path, sources: Sequence[SavedSource]) -> None:
    """Save the sources of an answer, readable by this user only.

    If the cache cannot be written, nothing is saved: the answer itself is on the screen.
    """
    data = msgspec.json.encode(sources)
    for path in _files(cache_dir):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
            ) as file:
                file.write(data)
        except OSError:
            with suppress(OSError):
                path.unlink(missing_ok=True)  # better none than those of an older answer
    _prune(cache_dir / FOLDER)


def find_source(cache_dir: Path, mark: int) -> tuple[SavedSource, bool]:
    """Find a source of this terminal's last answer by its mark; of the last of all if it has none.

    Returns:
        the source, and whether the answer is this terminal's own.

    Raises:
        UsageError: there is no last answer, or it has no such mark.
    """
    for path in _files(cache_dir):
        try:
            sources = msgspec.json.decode(path.read_bytes(), type=list[SavedSource])
        except (OSError, msgspec.DecodeError):
            continue
        return choose_source(sources, mark), path.name != FILE
    raise UsageError("there is no last answer. Ask a question first: ragguide query QUESTION")


def choose_source(sources: Sequence[SavedSource], mark: int) -> SavedSource:
    """Return the source with a mark.

    Raises:
        UsageError: there is none.
    """
    for source in sources:
        if source.mark == mark:
            return source
    if not sources:
        raise UsageError("the last answer has no sources.")
    choices = ", ".join(str(source.mark) for source in sources)
    raise UsageError(f"the last answer has no source {mark}. Choose one of: {choices}.")


def _files(cache_dir: Path) -> Iterator[Path]:
    """Yield this process's files: of its shell, of its terminal session, and of all terminals."""
    for name in _names():
        yield cache_dir / FOLDER / f"{sha256(name.encode()).hexdigest()[:16]}.json"
    yield cache_dir / FILE


def _names() -> Iterator[str]:
    parent = os.getppid()
    yield f"shell {parent} {_started(parent)}"
    if hasattr(os, "getsid"):  # not on Windows
        session = os.getsid(0)
        yield f"session {session} {_started(session)}"


def _started(process: int) -> str:
    """Return when a process started, since numbers are reused; "" where the system does not say."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _prune(folder: Path) -> None:
    """Delete the oldest files, whose shells have probably ended."""
    try:
        files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in files[:-MOST_KEPT]:
            path.unlink(missing_ok=True)
    except OSError:
        pass  # another process deleted one at the same time
