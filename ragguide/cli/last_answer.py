"""The sources of the last answer: `query` and `chat` save them, `open` finds them by number."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ragguide.errors import UsageError
from ragguide.types import Answer, SourceRecord

FILE = "last_answer.json"


class SavedSource(msgspec.Struct, frozen=True):
    """A quote of the last answer, and where to open it."""

    mark: int
    path: str
    page: int
    locator: str
    quote: str


def save_sources(cache_dir: Path, answer: Answer, documents: Sequence[SourceRecord]) -> None:
    """Save the sources of an answer, readable by this user only.

    If the cache cannot be written, nothing is saved: the answer itself is on the screen.
    """
    paths = {document.name: document.path for document in documents}
    cited = {each.mark: each for each in (*answer.quotes, *answer.citations)}
    sources = [
        SavedSource(mark, paths[each.document], each.page_first, each.locator, each.one_line)
        for mark, each in sorted(cited.items())
    ]
    path = cache_dir / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(sources))
    except OSError:
        path.unlink(missing_ok=True)  # better none than those of an older answer


def find_source(cache_dir: Path, mark: int) -> SavedSource:
    """Find a source of the last answer by its mark.

    Raises:
        UsageError: there is no last answer, or it has no such mark.
    """
    try:
        sources = msgspec.json.decode((cache_dir / FILE).read_bytes(), type=list[SavedSource])
    except (OSError, msgspec.DecodeError):
        raise UsageError(
            "there is no last answer. Ask a question first: ragguide query QUESTION"
        ) from None
    for source in sources:
        if source.mark == mark:
            return source
    if not sources:
        raise UsageError("the last answer has no sources.")
    choices = ", ".join(str(source.mark) for source in sources)
    raise UsageError(f"the last answer has no source {mark}. Choose one of: {choices}.")
