"""A manifest, the disk and the web in, one step per document out. Nothing is parsed.

A document has changed if its bytes have changed; the date of a file does not count. A server may
say that a document has not changed, and then sends no bytes. A bucket lists the versions of all.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import msgspec

from ragguide.base.clock import Stage, no_stage
from ragguide.base.disk import sha256_of_file
from ragguide.errors import InputError
from ragguide.types import Manifest, SourceRecord, Version, is_object, is_remote, is_server

if TYPE_CHECKING:
    from ragguide.create.fetch import Fetched

Why = Literal["unchanged", "moved", "changed", "renamed", "new", "new text version"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What an update does with a document that exists."""

    name: str
    found: str  # its path, as the request finds it
    path: str  # with links resolved, or its URL
    why: Why
    before: SourceRecord | None  # in the generation in use; None: new
    fetched: "Fetched | None" = None  # a URL's document to read; deleted when it has been read
    fault: str = ""  # why a URL's document could not be fetched

    @property
    def shown(self) -> str:
        """Its path, in characters that can be printed and stored."""
        return os.fsencode(self.path).decode("utf-8", "replace")

    @property
    def is_read(self) -> bool:
        """Whether it has to be parsed; unchanged and moved documents need not."""
        return self.why not in ("unchanged", "moved")


class Steps:
    """What an update does with all documents, in the order of the new generation.

    A URL's document is fetched when its turn comes, once. So one that is read before the next step
    is taken is the only one on the disk.
    """

    def __init__(
        self,
        steps: Iterable[Step],
        *,
        n_steps: int,
        vanished: Sequence[SourceRecord],
        faults: Mapping[str, str],
    ) -> None:
        self._coming = iter(steps)
        self._made: list[Step] = []
        self._n_steps = n_steps
        self.vanished = tuple(vanished)
        self.faults = faults  # URL of a bucket that cannot be listed → why; its documents are kept

    def __len__(self) -> int:
        return self._n_steps

    def __iter__(self) -> Iterator[Step]:
        yield from self._made
        for step in self._coming:
            self._made.append(step)
            yield step

    def is_idle(self) -> bool:
        """Whether there is nothing to do; fetches no more than the first document that changed."""
        return not (self.vanished or self.faults) and all(
            step.why == "unchanged" and not step.fault for step in self
        )


class Remote(Protocol):
    """Finds and fetches documents of URLs, as `Downloads` does."""

    def find(self, url: str) -> "Iterable[str]": ...

    def fetch(self, url: str, known: Version | None = None) -> "Fetched | None": ...


def find_steps(
    manifest: Manifest, remote: Remote, *, text_version: int, stage: Stage = no_stage
) -> Steps:
    """Compare the documents that a generation's request finds now with the generation's own.

    Args:
        manifest: of the generation.
        remote: fetches a URL's document, unless it is the known version.
        text_version: of this ragguide; if the generation has another, all documents are read.
        stage: times each fetch.
    """
    from ragguide.create.names import names_of, places_of

    records = {record.path: record for record in manifest.sources}
    listings = _list(manifest.request.paths, records, remote)
    faults = {asked: each.fault for asked, each in listings.items() if each.fault}
    unlisted = {url for asked in faults for url in listings[asked].urls}
    found = dict(_found(manifest, listings))  # with links resolved → as found
    known = {path: record.name for path, record in records.items()}
    names = names_of(places_of(found.values()), known)
    gone = [record for path, record in records.items() if path not in found]
    is_same_text = text_version == manifest.text_version
    files = {
        path: _step_of_file(path, as_found, names[path], records.get(path), gone, is_same_text)
        for path, as_found in found.items()
        if not is_remote(path)
    }

    def step_of(path: str) -> Step:
        if path in files:
            return files[path]
        server = None if path in unlisted else remote
        return _step_of_url(path, names[path], records.get(path), server, is_same_text, stage)

    return Steps(map(step_of, found), n_steps=len(found), vanished=gone, faults=faults)


class _Listing(NamedTuple):
    """The documents that a URL of a bucket names."""

    urls: Collection[str]
    fault: str  # why the bucket cannot be listed, so that these are the known ones; "": it can


def _list(paths: Iterable[str], known: Collection[str], remote: Remote) -> dict[str, _Listing]:
    """List the documents of each URL of a bucket. `known` are the paths of those of the index."""
    return {asked: _list_one(asked, known, remote) for asked in paths if is_object(asked)}


def _list_one(asked: str, known: Collection[str], remote: Remote) -> _Listing:
    from ragguide.create.objects import Place

    place = Place(asked)
    try:
        urls = list(remote.find(asked))
    except InputError as exc:
        return _Listing([path for path in known if place.takes(path)], str(exc))
    if not urls and place.is_named and not any(map(place.takes, known)):
        urls = [asked]  # it was never read: fetching it reports that it is missing
    return _Listing(urls, "")


def _step_of_file(
    path: str,
    as_found: str,
    name: str,
    same_place: SourceRecord | None,
    gone: list[SourceRecord],
    is_same_text: bool,
) -> Step:
    """Compare a file; if it was moved, the document that it was leaves those that are gone."""
    before, why = _compare(Path(as_found), name, same_place, gone)
    if before in gone:
        gone.remove(before)
    if not is_same_text and why in ("unchanged", "moved"):
        why = "new text version"
    return Step(name=name, found=as_found, path=path, why=why, before=before)


def _step_of_url(
    url: str,
    name: str,
    before: SourceRecord | None,
    remote: Remote | None,
    is_same_text: bool,
    stage: Stage,
) -> Step:
    """Fetch a URL's document if it has changed; keep the one of the index if that fails.

    `remote` is None for a document of a bucket that cannot be listed.
    """
    if remote is None:
        return Step(name=name, found=url, path=url, why="unchanged", before=before)
    known = before.version if before is not None and before.version and is_same_text else None
    why: Why = "unchanged" if before is not None else "new"
    fetched, fault = None, ""
    try:
        with stage("fetch", 1, of=name):
            fetched = remote.fetch(url, known)
    except InputError as exc:
        fault = str(exc)
    if fetched is not None and before is not None:
        if fetched.sha256 != before.sha256:
            why = "changed"
        elif not is_same_text:
            why = "new text version"
        else:  # the server stated no version, or another one of the same bytes
            fetched.file.unlink()
            fetched = None
    return Step(
        name=name, found=url, path=url, why=why, before=before, fetched=fetched, fault=fault
    )


def _found(manifest: Manifest, listings: Mapping[str, _Listing]) -> Iterator[tuple[str, str]]:
    """Yield the path of each document once: with links resolved, and as the request finds it.

    A missing file that the request names is included if it was never read: reading it raises the
    error for the user. If it was read before, it has vanished.
    """
    from ragguide.create.documents import expand

    known = [record.path for record in manifest.sources]
    seen = set()
    for asked in manifest.request.paths:
        if is_server(asked):
            yield asked, asked
            continue
        if asked in listings:
            for url in listings[asked].urls:
                yield url, url
            continue
        for path in expand(Path(asked)):
            resolved = os.path.realpath(path)  # which accepts circular links
            if resolved in seen or not (path.exists() or _was_never_read(resolved, known)):
                continue
            seen.add(resolved)
            yield resolved, str(path)


def _was_never_read(path: str, known: Iterable[str]) -> bool:
    """Whether no known document is at this path or below it."""
    return not any(Path(other).is_relative_to(path) for other in known)


def _compare(
    path: Path, name: str, same_place: SourceRecord | None, gone: list[SourceRecord]
) -> tuple[SourceRecord | None, Why]:
    """Return the document that a file was before, and how it differs now."""
    sha256 = _sha256(path)
    if same_place is not None:
        if sha256 != same_place.sha256:
            return same_place, "changed"
        return same_place, "unchanged"
    moved = [each for each in gone if each.sha256 == sha256 and not is_remote(each.path)]
    for record in moved:
        if Path(record.path).name == path.name and record.name == name:
            return record, "moved"
    # A document gets its name, and its title if it has none, from the file's name.
    return (moved[0], "renamed") if moved else (None, "new")


def _sha256(path: Path) -> str | None:
    """Return a file's checksum; None if it cannot be read: reading the document reports why."""
    try:
        return sha256_of_file(path)
    except (OSError, ValueError):
        return None
