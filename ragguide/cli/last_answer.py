"""The sources of the last answer, for `ragguide open N`: written by `query`, read by `open`."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from ragguide.errors import UsageError
from ragguide.types import Answer, SourceRecord

FILE = "last_answer.json"


class Place(msgspec.Struct, frozen=True):
    """Where a quote of the last answer stands."""

    mark: int
    path: str
    page: int
    locator: str
    quote: str


def keep(cache_dir: Path, answer: Answer, documents: Sequence[SourceRecord]) -> None:
    """Keep the sources of an answer, readable for this user only.

    Where the cache cannot be written nothing is kept: the answer is on the screen all the same.
    """
    paths = {document.name: document.path for document in documents}
    cited = {each.mark: each for each in (*answer.quotes, *answer.citations)}
    places = [
        Place(mark, paths[each.document], each.page_first, each.locator, each.told)
        for mark, each in sorted(cited.items())
    ]
    path = cache_dir / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(places))
    except OSError:
        path.unlink(missing_ok=True)  # rather none than those of another answer


def find(cache_dir: Path, mark: int) -> Place:
    """The place that a mark of the last answer names.

    Raises:
        UsageError: there is no last answer, or no such mark in it.
    """
    path = cache_dir / FILE
    try:
        places = msgspec.json.decode(path.read_bytes(), type=list[Place])
    except (OSError, msgspec.DecodeError):
        raise UsageError("there is no last answer. Ask one first: ragguide query …") from None
    for place in places:
        if place.mark == mark:
            return place
    raise UsageError(
        f"the last answer has no source {mark}. {_known(place.mark for place in places)}"
    )


def _known(marks: Iterable[int]) -> str:
    known = ", ".join(map(str, marks))
    return f"It has: {known}." if known else "It has none."
