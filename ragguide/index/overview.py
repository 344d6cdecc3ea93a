"""Stores and a reader's groups in, their manifests and sizes out. It opens no index.

It reports an unreadable manifest as a fault, and reads nothing else.
"""

from collections.abc import Iterable

import msgspec

from ragguide.base.groups import Groups
from ragguide.errors import IndexFault
from ragguide.index.rights import is_part
from ragguide.index.stores.protocols import Kept, Store
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
    path: str  # its folder, absolute, or its address
    n_generations: int
    size_bytes: int | None  # of all generations; None: the reader may not read everything
    in_use: Summary | None  # of the active generation
    fault: str | None  # why there is no summary


class GenerationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A kept generation."""

    generation: int
    is_in_use: bool
    size_bytes: int | None  # None: the reader may not read everything
    made_of: Summary | None
    fault: str | None  # why there is no summary


class IndexView(msgspec.Struct, frozen=True, kw_only=True):
    """All details of one index."""

    name: str
    path: str  # its folder, absolute, or its address
    generations: tuple[GenerationRow, ...]  # oldest first; of a part, the active one
    manifest: Manifest  # of the active generation
    sizes_bytes: dict[str, int | None]  # of its parts; None: missing


def list_rows(stores: Iterable[Store], groups: Groups) -> list[IndexRow]:
    """Summarise what these groups may read of indexes, in the given order."""
    return [_index_row(store, groups) for store in stores]


def view(store: Store, groups: Groups) -> IndexView:
    """Return all details of what these groups may read of one index.

    Raises:
        IndexMissing, IndexCorrupt, IndexMismatch: no such index, or its manifest is unreadable.
    """
    manifest = store.manifest_for(groups)
    if is_part(manifest):
        return IndexView(
            name=store.name,
            path=store.place,
            generations=(_part_row(manifest),),
            manifest=manifest,
            sizes_bytes={},
        )
    return IndexView(
        name=store.name,
        path=store.place,
        generations=tuple(
            _generation_row(each, is_in_use=each.number == manifest.generation)
            for each in store.kept()
        ),
        manifest=manifest,
        sizes_bytes=store.sizes(manifest),
    )


def _index_row(store: Store, groups: Groups) -> IndexRow:
    summary, fault = None, None
    try:
        manifest = store.manifest_for(groups)
        summary = _summary(manifest)
    except IndexFault as exc:
        fault = str(exc)
    else:
        if is_part(manifest):
            return IndexRow(
                name=store.name,
                path=store.place,
                n_generations=len(store.pointer().manifests),
                size_bytes=None,
                in_use=summary,
                fault=None,
            )
    generations = store.kept()
    return IndexRow(
        name=store.name,
        path=store.place,
        n_generations=len(generations),
        size_bytes=sum(each.size_bytes for each in generations),
        in_use=summary,
        fault=fault,
    )


def _part_row(manifest: Manifest) -> GenerationRow:
    """Return the row of a generation of which a reader may read a part."""
    return GenerationRow(
        generation=manifest.generation,
        is_in_use=True,
        size_bytes=None,
        made_of=_summary(manifest),
        fault=None,
    )


def _generation_row(kept: Kept, *, is_in_use: bool) -> GenerationRow:
    return GenerationRow(
        generation=kept.number,
        is_in_use=is_in_use,
        size_bytes=kept.size_bytes,
        made_of=_summary(kept.manifest) if kept.manifest else None,
        fault=kept.fault,
    )


def _summary(manifest: Manifest) -> Summary:
    return Summary(
        generation=manifest.generation,
        created=manifest.created,
        documents=tuple(source.name for source in manifest.sources),
        n_chunks=manifest.n_chunks,
        vector_index=manifest.vector_index.parameters,
    )
