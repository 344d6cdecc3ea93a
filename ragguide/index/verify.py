"""An index in, every fault of every generation that is kept out.

All bytes are hashed. What passes is read as well, so that vectors, postings, statements, passages
and words are seen to be of the same texts. FAISS is given nothing that has not passed.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from ragguide.errors import IndexFault
from ragguide.index.generation import (
    StoredGeneration,
    check_manifest,
    map_checked,
)
from ragguide.index.keywords import POSTINGS, VOCABULARY, KeywordIndex
from ragguide.index.lexicon import LEXICON, Lexicon
from ragguide.index.store import IndexFolder
from ragguide.index.vectors import VectorIndex
from ragguide.types import Chunk, Document

NoteCheck = Callable[[Path], None]  # of one note in an index's folder; raises `IndexFault`

_LENGTH_ERROR = 1e-3  # of a unit vector in float32, many times over
_ROWS_AT_ONCE = 65_536


class CheckedGeneration(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one generation."""

    generation: int
    is_in_use: bool
    n_files: int  # that were read whole and are as recorded
    size_bytes: int  # of these
    faults: tuple[str, ...]  # none: it is whole


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of an index."""

    name: str
    path: str  # absolute
    generations: tuple[CheckedGeneration, ...]  # that in use first, then those to go back to
    faults: tuple[str, ...]  # of what holds for all of them

    @property
    def n_faults(self) -> int:
        return len(self.faults) + sum(len(each.faults) for each in self.generations)


def verify(folder: IndexFolder, notes: Sequence[NoteCheck] = ()) -> Verification:
    """Check all that is kept of an index, and its notes by the checks that are given.

    Raises:
        IndexMissing, IndexCorrupt: there is none, or its pointer is damaged.
    """
    pointer = folder.pointer()
    return Verification(
        name=folder.name,
        path=str(folder.path.absolute()),
        generations=tuple(
            _checked(folder, number, sha256, is_in_use=number == pointer.in_use)
            for number, sha256 in pointer.manifests.items()
        ),
        faults=tuple(_faults_of_notes(folder.path, notes)),
    )


def _faults_of_notes(index: Path, notes: Sequence[NoteCheck]) -> Iterator[str]:
    for check in notes:
        try:
            check(index)
        except IndexFault as exc:
            yield str(exc)


def _checked(
    folder: IndexFolder, number: int, sha256: str, *, is_in_use: bool
) -> CheckedGeneration:
    faults, files = [], {}
    path = folder.folder_of(number)
    try:
        manifest = check_manifest(path, sha256)
    except IndexFault as exc:
        faults.append(str(exc))
    else:
        for name, recorded in manifest.files.items():
            try:
                files[name] = map_checked(path / name, recorded)
            except IndexFault as exc:
                faults.append(str(exc))
        if not faults:
            faults += contradictions(StoredGeneration(path, manifest, files))
    return CheckedGeneration(
        generation=number,
        is_in_use=is_in_use,
        n_files=len(files),
        size_bytes=sum(data.nbytes for data in files.values()),
        faults=tuple(faults),
    )


def contradictions(stored: StoredGeneration) -> list[str]:
    """How the files of a generation, each as recorded, do not fit one another."""
    return content_faults(stored) or _told(stored, _of_indexes)


def content_faults(stored: StoredGeneration) -> list[str]:
    """The same of passages, documents and vectors alone: what the other files are made of."""
    return _told(stored, _of_contents)


def _told(stored: StoredGeneration, find: Callable[[StoredGeneration], Iterator[str]]) -> list[str]:
    try:
        return [f"{stored.folder}: {told}" for told in find(stored)]
    except IndexFault as exc:
        return [str(exc)]


def _of_contents(stored: StoredGeneration) -> Iterator[str]:
    manifest = stored.manifest
    chunks, documents = stored.chunks(), stored.documents()
    n_statements = sum(len(chunk.statements) for chunk in chunks)
    if len(chunks) != manifest.n_chunks:
        yield f"{len(chunks):,} passages, and the manifest says {manifest.n_chunks:,}"
    if n_statements != manifest.n_statements:
        yield f"{n_statements:,} statements, and the manifest says {manifest.n_statements:,}"
    sources = [source.name for source in manifest.sources]
    if [document.name for document in documents] != sources:
        yield f"{len(documents):,} documents that are not the manifest's {len(sources):,} sources"
    yield from _misplaced(chunks, {document.name: document for document in documents})
    for name, vectors in (("vectors", stored.vectors()), ("statements", stored.statements())):
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            lengths = np.linalg.norm(vectors[start : start + _ROWS_AT_ONCE], axis=1)
            if not (np.abs(lengths - 1) <= _LENGTH_ERROR).all():  # NaN is not near either
                yield f"{name} that are not of length 1"
                break


def _of_indexes(stored: StoredGeneration) -> Iterator[str]:
    manifest = stored.manifest
    # Raises if FAISS holds another kind of index, or another number of vectors.
    VectorIndex.load(stored.vectors(), manifest.vector_index.parameters, stored.vector_index())
    keywords = KeywordIndex.load(stored.file(VOCABULARY), stored.file(POSTINGS))
    if keywords.n_rows != manifest.n_chunks:
        yield f"{keywords.n_rows:,} rows of keywords, and {manifest.n_chunks:,} passages"
    Lexicon.load(stored.file(LEXICON))


def _misplaced(chunks: list[Chunk], documents: dict[str, Document]) -> Iterator[str]:
    """Passages that are not what stands in their document at their place."""
    wrong = [
        chunk.id
        for chunk in chunks
        if (document := documents.get(chunk.document)) is None
        or not 0 <= chunk.start <= chunk.end
        or document.text[chunk.start : chunk.end] != chunk.text
        or not all(0 <= each.start <= each.end <= len(chunk.text) for each in chunk.statements)
    ]
    if wrong:
        yield f"{len(wrong):,} passages that do not stand in their document, such as {wrong[0]}"
