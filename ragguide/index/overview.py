"""A folder of indexes in, their manifests and sizes out. It opens no index.

It reports an unreadable manifest as a fault, and reads no other file.
"""

from pathlib import Path

import msgspec

from ragguide.errors import IndexFault
from ragguide.index.generation import MANIFEST, read_manifest
from ragguide.index.store import IndexFolder, list_indexes
from ragguide.types import IndexParameters, Manifest


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A summary of a generation."""

    generation: int
    created: str  # ISO 8601, UTC
    documents: tuple[str, ...]  # their names
    n_chunks: int
    vector_index: IndexParameters


class IndexRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row in the list of indexes."""

    name: str
    path: str  # absolute
    n_generations: int
    size_bytes: int  # of all generations
    in_use: Summary | None  # of the active generation
    fault: str | None  # why there is no summary


class GenerationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A kept generation."""

    generation: int
    is_in_use: bool
    size_bytes: int
    made_of: Summary | None
    fault: str | None  # why there is no summary


class IndexView(msgspec.Struct, frozen=True, kw_only=True):
    """All details of one index."""

    name: str
    path: str  # absolute
    generations: tuple[GenerationRow, ...]  # oldest first
    manifest: Manifest  # of the active generation
    sizes_bytes: dict[str, int | None]  # of its files; None: missing


def list_rows(indexes_dir: Path) -> list[IndexRow]:
    """List every index in the folder, by name."""
    return [_index_row(folder) for folder in list_indexes(indexes_dir)]


def view(indexes_dir: Path, name: str) -> IndexView:
    """Return all details of one index.

    Raises:
        IndexMissing, IndexCorrupt, IndexMismatch: no such index, or its manifest is unreadable.
        UsageError: the name is invalid.
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
    except FileNotFoundError:  # a writer has just pruned it
        return 0


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
