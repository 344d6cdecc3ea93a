"""An index as a folder of files: the store that needs no server."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.base.clock import Clock
from ragguide.base.groups import Groups
from ragguide.errors import IndexFault
from ragguide.index.generation import MANIFEST, read_manifest
from ragguide.index.notes import FolderNotes
from ragguide.index.plan import FILE_TYPES
from ragguide.index.rights import has_rights, visible
from ragguide.index.store import IndexFolder
from ragguide.index.stores.protocols import Checked, Describe, Draft, Generation, Judge, Kept
from ragguide.types import Flat, IndexRequest, Manifest, VectorIndexRecord

if TYPE_CHECKING:
    from ragguide.index.vectors import VectorIndex
    from ragguide.types import FloatMatrix


class FileStore(IndexFolder):
    """One named index in a folder; `IndexFolder` writes and switches its generations."""

    index_types = FILE_TYPES

    @property
    def place(self) -> str:
        return str(self.path.absolute())

    @property
    def notes(self) -> FolderNotes:
        return FolderNotes(self.path)

    def has_data(self) -> bool:
        return self.path.is_dir()

    def manifest_for(self, groups: Groups) -> Manifest:
        return visible(self.manifest(), groups)

    def open_for(self, groups: Groups) -> Generation:
        generation = self.open()
        if not has_rights(generation.manifest):
            return generation
        from ragguide.index.stores.visible import seen_by

        return seen_by(groups, generation)

    def add(
        self,
        draft: Draft,
        describe: Describe,
        *,
        keep: int,
        clock: Clock,
        judge: Judge | None = None,
    ) -> Manifest:
        vector_index, record = _index(draft.vectors, draft.request, clock)
        with clock.stage("write", 1):
            return self.write(
                partial(_fill, draft, vector_index),
                lambda number, files: describe(number, record, files),
                keep=keep,
                judge=judge,
            ).manifest

    def kept(self) -> list[Kept]:
        return [_kept(folder) for folder in self.generations()]

    def sizes(self, manifest: Manifest) -> dict[str, int | None]:
        folder = self.folder_of(manifest.generation)
        return {name: _size(folder / name) for name in (MANIFEST, *manifest.files)}

    def check(self, number: int, sha256: str) -> Checked:
        from ragguide.index.verify import check_folder

        return check_folder(self.folder_of(number), sha256)


# ── write ───────────────────────────────────────────────────────────────────────────────────────


def _index(
    vectors: "FloatMatrix", request: IndexRequest, clock: Clock
) -> "tuple[VectorIndex, VectorIndexRecord]":
    """Build the vector index and measure its recall.

    Raises:
        SettingsError: these vectors do not allow the requested parameters.
        RecallTooLow: the index would miss too many near vectors.
    """
    from ragguide.index.plan import choose
    from ragguide.index.tuning import tune
    from ragguide.index.vectors import VectorIndex

    plan = choose(request, *vectors.shape)
    with clock.stage("index", len(vectors)) as report:
        index = VectorIndex.build(
            vectors, plan.parameters, on_done=lambda n_done: report(n_done, len(vectors))
        )
    if isinstance(plan.parameters, Flat):
        return tune(index, plan, request)  # takes no time, since the search is exact
    with clock.stage("tune", 1):
        return tune(index, plan, request)


def _fill(draft: Draft, vector_index: "VectorIndex", folder: Path) -> None:
    """Write the files of a generation."""
    import numpy as np

    from ragguide.index import generation
    from ragguide.index.keywords import KeywordIndex
    from ragguide.index.lexicon import Lexicon
    from ragguide.index.statements import StatementVectors

    texts = [chunk.embedded_text for chunk in draft.chunks]
    generation.write_lines(folder / generation.DOCUMENTS, draft.documents)
    generation.write_chunks(folder, draft.chunks)
    np.save(folder / generation.VECTORS, vector_index.vectors)
    np.save(folder / generation.STATEMENTS, StatementVectors.store(draft.statements).rows)
    vector_index.save(folder / generation.FAISS)
    KeywordIndex.build(texts).save(folder)
    Lexicon.build(texts).save(folder)


# ── list ────────────────────────────────────────────────────────────────────────────────────────


def _kept(folder: Path) -> Kept:
    manifest, fault = None, None
    try:
        manifest = read_manifest(folder)
    except IndexFault as exc:
        fault = str(exc)
    return Kept(
        number=int(folder.name), size_bytes=_folder_size(folder), manifest=manifest, fault=fault
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
