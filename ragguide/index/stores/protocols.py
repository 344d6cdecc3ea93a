"""What a store of indexes can do, and what a search asks of an open generation. Protocols only.

    Store        one named index: open, write, roll back, prune, remove
    Generation   its contents at one time; they never change
    Engine       proposes passages of a generation, by meaning and by words
    Part         the passages that one search may find

An engine proposes rows and returns their vectors and words; `retrieve/` computes every score. So
scores, confidences and refusals are the same for every store. A row is the place of a passage in
its generation, from 0, in the order of the documents.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

import msgspec

from ragguide.types import (
    Chunk,
    Document,
    Filter,
    IndexRequest,
    Manifest,
    VectorIndexRecord,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ragguide.base.clock import Clock
    from ragguide.base.groups import Groups
    from ragguide.index.lexicon import Lexicon
    from ragguide.index.notes import Notes
    from ragguide.index.pointer import Pointer
    from ragguide.index.statements import StatementVectors
    from ragguide.index.vectors import VectorIndex
    from ragguide.types import FloatMatrix, FloatVector

    Rows = NDArray[np.int64]

OnWait = Callable[[], None]  # called once, before waiting for another writer
OnDevice = Callable[["VectorIndex"], "VectorIndex"]
Judge = Callable[["Generation"], None]  # raises to discard a new generation
# The number of a generation, its vector index, and the sha256 of each stored part → its manifest.
Describe = Callable[[int, VectorIndexRecord, dict[str, str]], Manifest]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a generation to write."""

    documents: Sequence[Document]
    chunks: Sequence[Chunk]  # in the order of the documents
    vectors: "FloatMatrix"  # (n_chunks, dim)
    statements: "FloatMatrix"  # (n_statements, dim) in the order of the chunks
    request: IndexRequest  # how to index the vectors


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A stored generation."""

    number: int
    size_bytes: int
    manifest: Manifest | None
    fault: str | None  # why there is no manifest


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The result of verifying a generation."""

    n_parts: int  # with the recorded sha256
    size_bytes: int  # of these parts
    faults: tuple[str, ...]  # empty: the generation is valid


class Store(Protocol):
    """One named index.

    One process writes, any number reads, and no reader waits. A generation is complete or absent,
    and a single step switches from one to another.
    """

    @property
    def name(self) -> str: ...

    @property
    def place(self) -> str:
        """Where it is, for messages: a folder, or an address without its password."""
        ...

    @property
    def index_types(self) -> frozenset[str]:
        """The types of vector index that it can build."""
        ...

    @property
    def notes(self) -> "Notes": ...

    def exists(self) -> bool: ...

    def has_data(self) -> bool:
        """Whether anything of it is stored, even if the index is damaged."""
        ...

    def pointer(self) -> "Pointer":
        """Return the active generation and the kept ones.

        Raises:
            IndexMissing: no such index.
            IndexCorrupt: it is damaged.
        """
        ...

    def manifest(self) -> Manifest:
        """Return the active manifest after verifying it, and nothing else. Raises as `open`."""
        ...

    def manifest_for(self, groups: "Groups") -> Manifest:
        """Return `manifest` as if the index had only what these groups may read."""
        ...

    def open(self) -> "Generation":
        """Open all of the active generation, for a writer. It stays readable after a switch.

        Raises:
            IndexMissing: no such index.
            IndexCorrupt: a part is missing or damaged.
            IndexMismatch: another version of ragguide wrote it.
        """
        ...

    def open_for(self, groups: "Groups") -> "Generation":
        """Open the active generation as if it had only what these groups may read.

        Words, frequencies and all else that a search uses are those of the visible passages.
        Raises as `open`.
        """
        ...

    def writing(self, *, on_wait: OnWait | None = None) -> AbstractContextManager[None]:
        """Lock the index for writing. Without `on_wait` it does not wait for another writer.

        Raises:
            IndexLocked: another process is writing, and `on_wait` is None.
            StorageError: the index cannot be written.
        """
        ...

    def add(
        self,
        draft: Draft,
        describe: Describe,
        *,
        keep: int,
        clock: "Clock",
        judge: Judge | None = None,
    ) -> Manifest:
        """Write a generation and switch to it; after any failure the old one stays active.

        Call it within `writing()`, as the methods below.

        Args:
            draft: its contents.
            describe: makes the manifest.
            keep: number of generations to keep, including this one.
            clock: times the stages.
            judge: gets the new generation, complete, before the switch. If it raises, nothing of
                the generation is left.

        Raises:
            StorageError: the index cannot be written.
            SettingsError, RecallTooLow: the vectors cannot be indexed as requested.
        """
        ...

    def rollback(self, to: int | None = None) -> "Generation":
        """Switch to another kept generation, by default the one before the active one.

        Raises:
            UsageError: no such generation.
            IndexMissing, IndexCorrupt, IndexMismatch: it cannot be opened.
        """
        ...

    def prune(self, keep: int) -> list[int]:
        """Delete all but `keep` generations, never the active one; return the deleted."""
        ...

    def remove(self) -> None:
        """Delete the index with its notes."""
        ...

    def kept(self) -> list[Kept]:
        """Return all stored generations, oldest first."""
        ...

    def sizes(self, manifest: Manifest) -> dict[str, int | None]:
        """Return the parts of a generation with their sizes in bytes; None: missing."""
        ...

    def check(self, number: int, sha256: str) -> Checked:
        """Verify all of a generation, whose manifest has this sha256."""
        ...


class Passages(msgspec.Struct, frozen=True):
    """Some passages of a generation."""

    chunks: Sequence[Chunk]  # (n,)
    vectors: "FloatMatrix"  # (n, dim)
    statements: "FloatMatrix"  # (m, dim) of all statements of the chunks, in order


class Part(Protocol):
    """The passages that one search may find."""

    def nearest(self, query: "FloatMatrix", k: int) -> "Rows":
        """Return up to `k` rows near a `(1, dim)` query, best first."""
        ...

    def holding(self, weights: Mapping[str, float], k: int) -> "Rows":
        """Return up to `k` rows with the best BM25 scores above 0, best first.

        `weights` maps terms to weights.
        """
        ...


class Engine(Protocol):
    """An open generation, ready for searches. Threads may share it."""

    @property
    def rarity(self) -> Mapping[str, float]:
        """The inverse document frequency of every term of the generation."""
        ...

    @property
    def closeness(self) -> float | None:
        """As `ragguide.index.closeness.closeness_of` the vectors."""
        ...

    def within(self, where: Filter | None, hidden: Collection[int] = ()) -> Part:
        """Return the passages that match a filter, without the hidden rows.

        Raises:
            UsageError: no passage matches the filter.
        """
        ...

    def passages(self, rows: Sequence[int]) -> Passages:
        """Return the passages of some rows, in the order of `rows`."""
        ...

    def keyword_scores(self, weights: Mapping[str, float], rows: Sequence[int]) -> "FloatVector":
        """Return the `(len(rows),)` BM25 scores of some rows, 0 where no term matches."""
        ...

    def chunks(self) -> Sequence[Chunk]:
        """Return the passages of all rows."""
        ...

    def chunks_of(self, document: str) -> Sequence[Chunk]:
        """Return the passages of a document, in order; none if there is no such document."""
        ...

    def has_phrase(self, phrase: str) -> bool:
        """Whether a passage has words one after the other, given in small letters."""
        ...


class Generation(Protocol):
    """The contents of one generation of an index."""

    @property
    def manifest(self) -> Manifest: ...

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        ...

    @property
    def notes(self) -> "Notes":
        """The notes of its index."""
        ...

    def chunks(self) -> list[Chunk]:
        """Raises `IndexCorrupt` if they are damaged, as do the methods below."""
        ...

    def documents(self) -> list[Document]: ...

    def vectors(self) -> "FloatMatrix":
        """Return the `(n_chunks, dim)` vectors."""
        ...

    def statements(self) -> "FloatMatrix | StatementVectors":
        """Return the `(n_statements, dim)` vectors, in the order of the chunks."""
        ...

    def lexicon(self) -> "Lexicon": ...

    def engine(self, on_device: OnDevice) -> Engine:
        """Load what a search needs.

        `on_device` may move the vector index to a GPU, if this process searches it.
        """
        ...
