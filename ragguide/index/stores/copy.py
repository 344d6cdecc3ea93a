"""A generation in, the same contents in another store out."""

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ragguide.base.clock import Clock
from ragguide.errors import IndexCorrupt, IndexFault
from ragguide.index.calibration import read_own
from ragguide.index.generation import FORMAT_VERSION
from ragguide.index.notes import CALIBRATION
from ragguide.index.rights import require_rules
from ragguide.index.stores.protocols import Draft, Generation, Store
from ragguide.types import IndexRequest, Manifest, VectorIndexRecord

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

_TOLERANCE = 5e-3  # of a vector's element: a store may keep 16 bits, or 8 of a statement's


def copy_generation(generation: Generation, target: Store, *, keep: int, clock: Clock) -> Manifest:
    """Write a generation to another store, compare, and switch to it; copy the calibration.

    Nothing is read or embedded again. If the store cannot build the index type that was asked for,
    it chooses one. Call it within `target.writing()`.

    Raises:
        IndexCorrupt: the copy differs.
        UsageError: the other index would lose its access rights.
        StorageError, SettingsError, RecallTooLow: as `Store.add`.
    """
    manifest = generation.manifest
    with suppress(IndexFault):  # there is no index yet, or it is broken and is replaced
        require_rules(manifest.request, target.manifest())
    draft = Draft(
        documents=generation.documents(),
        chunks=generation.chunks(),
        vectors=generation.vectors(),
        statements=generation.statements()[:],
        request=_request(manifest.vector_index.asked, target),
    )

    def describe(number: int, record: VectorIndexRecord, files: dict[str, str]) -> Manifest:
        return msgspec.structs.replace(
            manifest,
            format_version=FORMAT_VERSION,
            generation=number,
            vector_index=record,
            files=files,
        )

    def judge(written: Generation) -> None:
        same = (
            written.documents() == draft.documents
            and written.chunks() == draft.chunks
            and _are_close(written.vectors(), draft.vectors)
            and _are_close(written.statements()[:], draft.statements)
        )
        if not same:
            raise IndexCorrupt(f"{written.place} differs from {generation.place}. Try again.")

    copied = target.add(draft, describe, keep=keep, clock=clock, judge=judge)
    if (own := read_own(generation.notes)) is not None:
        target.notes.write(CALIBRATION, own)
    return copied


def _request(asked: IndexRequest, target: Store) -> IndexRequest:
    if asked.index_type in target.index_types:
        return asked
    return IndexRequest(target_recall=asked.target_recall)


def _are_close(written: "FloatMatrix", wanted: "FloatMatrix") -> bool:
    return written.shape == wanted.shape and bool(np.allclose(written, wanted, atol=_TOLERANCE))
