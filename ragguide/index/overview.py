"""A folder of indexes in; what stands there out, told without opening it: manifests and sizes.

A manifest that cannot be read is told as its fault. No other file is read.
"""

from pathlib import Path

import msgspec

from ragguide.errors import IndexFault
from ragguide.index.generation import MANIFEST, read_manifest
from ragguide.index.store import IndexFolder, list_indexes
from ragguide.types import IndexParameters, Manifest


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A generation in a few words."""

    generation: int
    created: str  # ISO 8601, UTC
    documents: tuple[str, ...]  # their names
    n_chunks: int
    vector_index: IndexParameters


class IndexRow(msgspec.Struct, frozen=True, kw_only=True):
    """An index in a list."""

    name: str
    path: str  # absolute
    n_generations: int
    size_bytes: int  # of all of them
    in_use: Summary | None
    fault: str | None  # why there is none


class GenerationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A generation that is kept."""

    generation: int
    is_in_use: bool
    size_bytes: int
    made_of: Summary | None
    fault: str | None  # why there is none


class IndexView(msgspec.Struct, frozen=True, kw_only=True):
    """All that is told of one index."""

    name: str
    path: str  # absolute
    generations: tuple[GenerationRow, ...]  # oldest first
    manifest: Manifest  # of the one in use
    sizes_bytes: dict[str, int | None]  # of its files; None: it is gone


def list_rows(indexes_dir: Path) -> list[IndexRow]:
    """Every index in the folder, by name."""
    return [_index_row(folder) for folder in list_indexes(indexes_dir)]


def view(indexes_dir: Path, name: str) -> IndexView:
    """Tell all of one index.

    Raises:
        IndexMissing, IndexCorrupt, IndexMismatch: there is none, or its manifest cannot be read.
        UsageError: no index can have that name.
    """
    folder = IndexFolder(indexes_dir, name)
    manifest = folder.manifest()
    current = folder.path / f"{manifest.generation:06d}"
    return IndexView(
        name=name,
        path=str(folder.path.absolute()),
        generations=tuple(
            _generation_row(each, is_in_use=each == current) for each in folder.generations()
        ),
        manifest=manifest,
        sizes_bytes={file: _size(current / file) for file in (MANIFEST, *manifest.files)},
    )


def _index_row(folder: IndexFolder) -> IndexRow:
    summary, fault = None, None
    try:
        summary = _summary(folder.manifest())
    except IndexFault as exc:
        fault = str(exc)
    generations = folder.generations()
    return IndexRow(
        name=folder.name,
        path=str(folder.path.absolute()),
        n_generations=len(generations),
        size_bytes=sum(map(_folder_size, generations)),
        in_use=summary,
        fault=fault,
    )


def _generation_row(folder: Path, *, is_in_use: bool) -> GenerationRow:
    summary, fault = None, None
    try:
        summary = _summary(read_manifest(folder))
    except IndexFault as exc:
        fault = str(exc)
    return GenerationRow(
        generation=int(folder.name),
        is_in_use=is_in_use,
        size_bytes=_folder_size(folder),
        made_of=summary,
        fault=fault,
    )


def _summary(manifest: Manifest) -> Summary:
    return Summary(
        generation=manifest.generation,
        created=manifest.created,
        documents=tuple(source.name for source in manifest.sources),
        n_chunks=manifest.n_chunks,
        vector_index=manifest.vector_index.parameters,
    )


def _folder_size(folder: Path) -> int:
    try:
        return sum(_size(path) or 0 for path in folder.iterdir())
    except FileNotFoundError:  # a writer has pruned it this moment
        return 0


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
