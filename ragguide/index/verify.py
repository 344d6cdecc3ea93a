"""An index in, all faults of its kept generations out.

This checks the sha256 of every file. It then parses the files and checks that vectors, postings,
statements, passages and words belong to the same texts. FAISS reads only verified files.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from ragguide.errors import IndexFault
from ragguide.index.backend import FloatMatrix
from ragguide.index.generation import StoredGeneration, check_manifest, map_checked
from ragguide.index.keywords import POSTINGS, VOCABULARY, KeywordIndex
from ragguide.index.lexicon import LEXICON, Lexicon
from ragguide.index.notes import Notes
from ragguide.index.statements import StatementVectors
from ragguide.index.stored_chunks import statement_starts
from ragguide.index.stores.protocols import Checked, Generation, Store
from ragguide.index.vectors import VectorIndex
from ragguide.types import Chunk, Document, Statement

NoteCheck = Callable[[Notes], None]  # checks one note of an index; raises `IndexFault`
_G = TypeVar("_G", bound=Generation)

_LENGTH_ERROR = 1e-3  # tolerance, well above the rounding of float32
_ROUNDED_ERROR = 1e-2  # of statements, whose numbers are rounded to bytes
_ROWS_AT_ONCE = 65_536


class CheckedGeneration(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one generation."""

    generation: int
    is_in_use: bool
    n_files: int  # or other parts, with the recorded sha256
    size_bytes: int  # of these
    faults: tuple[str, ...]  # empty: the generation is valid


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The result for an index."""

    name: str
    path: str  # its folder, absolute, or its address
    generations: tuple[
        CheckedGeneration, ...
    ]  # the active one first, then in the order of rollbacks
    faults: tuple[str, ...]  # of the notes

    @property
    def n_faults(self) -> int:
        return len(self.faults) + sum(len(each.faults) for each in self.generations)


def verify(store: Store, checks: Sequence[NoteCheck] = ()) -> Verification:
    """Verify all generations of an index, and its notes with the given checks.

    Raises:
        IndexMissing, IndexCorrupt: there is no such index, or its pointer is damaged.
    """
    pointer = store.pointer()
    return Verification(
        name=store.name,
        path=store.place,
        generations=tuple(
            _checked(store.check(number, sha256), number, is_in_use=number == pointer.in_use)
            for number, sha256 in pointer.manifests.items()
        ),
        faults=tuple(_faults_of_notes(store.notes, checks)),
    )


def _faults_of_notes(notes: Notes, checks: Sequence[NoteCheck]) -> Iterator[str]:
    for check in checks:
        try:
            check(notes)
        except IndexFault as exc:
            yield str(exc)


def _checked(checked: Checked, number: int, *, is_in_use: bool) -> CheckedGeneration:
    return CheckedGeneration(
        generation=number,
        is_in_use=is_in_use,
        n_files=checked.n_parts,
        size_bytes=checked.size_bytes,
        faults=checked.faults,
    )


def check_folder(folder: Path, sha256: str) -> Checked:
    """Verify the files of a generation, whose manifest has this sha256."""
    faults, files = [], {}
    try:
        manifest = check_manifest(folder, sha256)
    except IndexFault as exc:
        faults.append(str(exc))
    else:
        for name, recorded in manifest.files.items():
            try:
                files[name] = map_checked(folder / name, recorded)
            except IndexFault as exc:
                faults.append(str(exc))
        if not faults:
            faults += contradictions(StoredGeneration(folder, manifest, files))
    return Checked(
        n_parts=len(files),
        size_bytes=sum(data.nbytes for data in files.values()),
        faults=tuple(faults),
    )


def contradictions(stored: StoredGeneration) -> list[str]:
    """Return how the verified files of a generation contradict each other."""
    return content_faults(stored) or _collect(stored, _index_faults)


def content_faults(stored: Generation) -> list[str]:
    """Return the contradictions between passages, documents, statements and vectors."""
    return _collect(stored, _content_faults)


def _collect(stored: _G, find: Callable[[_G], Iterator[str]]) -> list[str]:
    try:
        return [f"{stored.place}: {fault}" for fault in find(stored)]
    except IndexFault as exc:
        return [str(exc)]


def _content_faults(stored: Generation) -> Iterator[str]:
    manifest = stored.manifest
    chunks, documents = stored.chunks(), stored.documents()
    n_statements = sum(len(chunk.statements) for chunk in chunks)
    if len(chunks) != manifest.n_chunks:
        yield f"{len(chunks):,} passages, but the manifest says {manifest.n_chunks:,}"
    if n_statements != manifest.n_statements:
        yield f"{n_statements:,} statements, but the manifest says {manifest.n_statements:,}"
    sources = [source.name for source in manifest.sources]
    if [document.name for document in documents] != sources:
        yield f"{len(documents):,} documents differ from the manifest's {len(sources):,} sources"
    yield from _misplaced(chunks, {document.name: document for document in documents})
    vectors, statements = stored.vectors(), stored.statements()
    if not _have_length_1(vectors, _LENGTH_ERROR):
        yield "vectors are not of length 1"
    if not _have_length_1(statements, _ROUNDED_ERROR):
        yield "statements are not of length 1"


def _have_length_1(vectors: FloatMatrix | StatementVectors, error: float) -> bool:
    return all(
        (
            np.abs(np.linalg.norm(vectors[start : start + _ROWS_AT_ONCE], axis=1) - 1) <= error
        ).all()  # false for NaN
        for start in range(0, len(vectors), _ROWS_AT_ONCE)
    )


def _index_faults(stored: StoredGeneration) -> Iterator[str]:
    manifest = stored.manifest
    placed, chunks = stored.stored_chunks(), stored.chunks()
    if list(placed) != chunks or (placed.statement_starts != statement_starts(chunks)).any():
        yield "the places of passages and statements are wrong"
    # Raises if the file has another index type or another number of vectors.
    VectorIndex.load(stored.vectors(), manifest.vector_index.parameters, stored.vector_index())
    keywords = KeywordIndex.load(stored.file(VOCABULARY), stored.file(POSTINGS))
    if keywords.n_rows != manifest.n_chunks:
        yield f"{keywords.n_rows:,} rows of keywords, but {manifest.n_chunks:,} passages"
    Lexicon.load(stored.file(LEXICON))


def _misplaced(chunks: list[Chunk], documents: dict[str, Document]) -> Iterator[str]:
    """Report passages whose text differs from their place in the document."""
    wrong = [
        chunk.id
        for chunk in chunks
        if (document := documents.get(chunk.document)) is None
        or not 0 <= chunk.start <= chunk.end
        or document.text[chunk.start : chunk.end] != chunk.text
        or not all(_is_in_place(each, chunk, document) for each in chunk.statements)
        or document.text[max(0, chunk.start - len(chunk.gap)) : chunk.start] != chunk.gap
    ]
    if wrong:
        yield f"{len(wrong):,} passages do not match their document, such as {wrong[0]}"


def _is_in_place(statement: Statement, chunk: Chunk, document: Document) -> bool:
    """Whether a statement and its lead are within their texts."""
    lead_start, lead_end = statement.lead or (0, 0)
    return 0 <= statement.start <= statement.end <= len(
        chunk.text
    ) and 0 <= lead_start <= lead_end <= len(document.text)
