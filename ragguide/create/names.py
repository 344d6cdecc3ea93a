"""Paths in, one name for each document out.

A document is named after its file. Files of one name are told apart by their folders, and in one
folder by their endings. A document that an index has keeps the name that it has there.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from urllib.parse import urlsplit

from ragguide.types import is_object, is_server


def key_of(place: Path | str) -> str:
    """Return what tells documents apart: a path with links resolved, or a URL."""
    return place if isinstance(place, str) else os.path.realpath(place)


def places_of(texts: Iterable[Path | str]) -> list[Path | str]:
    """Return paths as `Path`, and URLs as text."""
    return [_place_of(text) for text in texts]


def _place_of(text: Path | str) -> Path | str:
    if isinstance(text, str) and is_server(text):
        return text.partition("#")[0]
    return text if isinstance(text, str) and is_object(text) else Path(text)


def _as_path(place: Path | str) -> Path:
    """Return the absolute path from which a name is made; a URL's has its host as first folder."""
    if isinstance(place, Path):
        return place.absolute()
    if is_object(place):
        return Path("/" + place.partition("://")[2])
    parts = urlsplit(place)
    path = f"/{parts.netloc}{parts.path.rstrip('/')}"
    return Path(f"{path}?{parts.query.replace('/', '-')}" if parts.query else path)


def names_of(paths: Iterable[Path | str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the name of each document by its path with links resolved, or its URL.

    Names differ by more than capitals, because a filter ignores those.

    Args:
        paths: as they were found; two ways to a file are one document.
        known: names that documents have already, likewise by path.
    """
    files: dict[str, Path] = {}
    for path in paths:
        files.setdefault(key_of(path), _as_path(path))
    possible = _possible_names(files)
    shared = Counter(name for names in possible.values() for name in set(map(str.casefold, names)))
    chosen = {real: known[real] for real in files if real in known}
    taken = set(map(str.casefold, chosen.values()))
    for real in [each for each in files if each not in chosen]:
        names = possible[real]
        numbered = (f"{names[0]}-{number}" for number in count(2))  # they differ in capitals only
        chosen[real] = next(
            name
            for name in chain(names, numbered)
            if name.casefold() not in taken and shared[name.casefold()] <= 1
        )
        taken.add(chosen[real].casefold())
    return chosen


def _possible_names(files: Mapping[str, Path]) -> dict[str, list[str]]:
    """Return the names that each file may have, shortest first."""
    folders: dict[str, set[Path]] = {}  # of the files of a name
    for path in files.values():
        folders.setdefault(path.stem.casefold(), set()).add(path.parent)
    return {
        real: list(_names(path, is_one_folder=len(folders[path.stem.casefold()]) == 1))
        for real, path in files.items()
    }


def _names(path: Path, *, is_one_folder: bool) -> Iterator[str]:
    """Yield the names that a file may have: its own, with its ending, with more and more folders.

    Args:
        path: absolute.
        is_one_folder: whether all files of its name are in its folder.
    """
    parts = [os.fsencode(part).decode("utf-8", "replace") for part in path.parts[1:]]
    ending = os.fsencode(path.suffix).decode("utf-8", "replace")
    for depth in range(1, len(parts) + 1):
        whole = "/".join(parts[-depth:])
        yield whole.removesuffix(ending)
        if depth > 1 or is_one_folder:
            yield whole
