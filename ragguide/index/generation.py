"""The folder of a generation in, its verified files out.

    manifest.json   chunks.jsonl   places.npy     documents.jsonl  vectors.npy
    statements.npy  vectors.faiss  keywords.json  keywords.npz     lexicon.json
                    (a flat index has no vectors.faiss)

Every file is memory-mapped; the same mapping is verified and then parsed. So nobody can swap a file
in between, and an open generation stays readable after its folder is deleted. All files are
verified when a generation is opened, but those in `LATER`, which no search reads: on first use.
"""

import hashlib
import io
import mmap
import os
import re
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ragguide.errors import IndexCorrupt, IndexMismatch
from ragguide.index.notes import FolderNotes
from ragguide.types import Chunk, Document, Manifest

if TYPE_CHECKING:  # numpy takes 0.1 s, which completion of index names must not spend
    import numpy as np
    from numpy.typing import NDArray

    from ragguide.index.lexicon import Lexicon
    from ragguide.index.statements import StatementVectors
    from ragguide.index.stored_chunks import StoredChunks
    from ragguide.index.stores.file_engine import FileEngine
    from ragguide.index.stores.protocols import OnDevice
    from ragguide.types import FloatMatrix

    Bytes = NDArray[np.uint8]
else:
    Bytes = object

FORMAT_VERSION = 6  # of these files
MANIFEST = "manifest.json"
CHUNKS = "chunks.jsonl"
DOCUMENTS = "documents.jsonl"
VECTORS = "vectors.npy"
STATEMENTS = "statements.npy"
FAISS = "vectors.faiss"
REBUILD = "Rebuild the index: `ragguide ingest --rebuild FILE`."

_T = TypeVar("_T", bound=msgspec.Struct)

HASHED_AT_ONCE = 4  # files: hashing releases the interpreter's lock
LATER = frozenset({DOCUMENTS})
_HEAD = 4096  # bytes, enough for the header of an array
_FILE_NAME = re.compile(r"\w[\w-]*(?:\.\w+)*")


class StoredGeneration(msgspec.Struct, frozen=True):
    """A generation whose files are verified."""

    folder: Path
    manifest: Manifest
    files: dict[str, Bytes]  # name → bytes; verified, but those in `later`
    later: frozenset[str] = frozenset()  # files that are verified on each use

    @property
    def place(self) -> str:
        return str(self.folder)

    @property
    def notes(self) -> FolderNotes:
        return FolderNotes(self.folder.parent)

    def chunks(self) -> list[Chunk]:
        """Decode all chunks. Raises `IndexCorrupt` if the file has other contents."""
        return self._lines(CHUNKS, Chunk)

    def stored_chunks(self) -> "StoredChunks":
        """Return the chunks, each decoded on first use.

        Raises:
            IndexCorrupt: the files do not match.
        """
        import numpy as np

        from ragguide.index.stored_chunks import PLACES, StoredChunks

        places = self._array(PLACES, (self.manifest.n_chunks, 2), np.dtype(np.int64))
        lines = self.file(CHUNKS)
        if len(places) and places[-1, 0] != lines.nbytes:
            raise IndexCorrupt(f"{self.folder}: {PLACES} and {CHUNKS} do not match. {REBUILD}")
        return StoredChunks(lines, places, str(self.folder / CHUNKS))

    def documents(self) -> list[Document]:
        """Raises `IndexCorrupt` if the file is damaged or has other contents."""
        return self._lines(DOCUMENTS, Document)

    def vectors(self) -> "FloatMatrix":
        """Return `(n_chunks, dim)` float32, memory-mapped.

        Raises:
            IndexCorrupt: the file is not such a matrix.
        """
        import numpy as np

        shape = (self.manifest.n_chunks, self.manifest.dim)
        return self._array(VECTORS, shape, np.dtype(np.float32))

    def statements(self) -> "StatementVectors":
        """Return the vectors of all statements, memory-mapped, in the order of the chunks.

        Raises:
            IndexCorrupt: the file has other contents.
        """
        from ragguide.index.statements import StatementVectors, row_type

        manifest = self.manifest
        rows = self._array(STATEMENTS, (manifest.n_statements,), row_type(manifest.dim))
        return StatementVectors(rows)

    def lexicon(self) -> "Lexicon":
        """Raises `IndexCorrupt` if the file has other contents."""
        from ragguide.index.lexicon import LEXICON, Lexicon

        return Lexicon.load(self.file(LEXICON))

    def engine(self, on_device: "OnDevice") -> "FileEngine":
        """Raises `IndexCorrupt` if the files do not belong together."""
        from ragguide.index.stores.file_engine import FileEngine

        return FileEngine.load(self, on_device)

    def vector_index(self) -> Bytes | None:
        """Return the FAISS index, memory-mapped; None for a flat index."""
        return self.files.get(FAISS)

    def file(self, name: str) -> Bytes:
        """Return a file's bytes, memory-mapped.

        Raises:
            IndexCorrupt: the manifest lists no such file, or it is damaged.
        """
        if name not in self.files:
            raise IndexCorrupt(f"{self.folder / MANIFEST} lists no {name}. {REBUILD}")
        if name in self.later:
            _check(self.files[name], self.folder / name, self.manifest.files[name])
        return self.files[name]

    def _lines(self, name: str, kind: type[_T]) -> list[_T]:
        try:
            return msgspec.json.Decoder(kind).decode_lines(self.file(name).data)
        except msgspec.DecodeError as exc:
            raise IndexCorrupt(
                f"{self.folder / name} has no valid {kind.__name__.lower()}s: {exc}. {REBUILD}"
            ) from exc

    def _array(self, name: str, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> "NDArray[Any]":
        data = self.file(name)
        try:
            return as_array(data, shape, dtype)
        except ValueError as exc:
            raise IndexCorrupt(
                f"{self.folder / name} is not a matrix of vectors: {exc}. {REBUILD}"
            ) from exc


def write_lines(path: Path, values: Iterable[msgspec.Struct]) -> list[int]:
    """Write one JSON object per line; return the sizes of the lines in bytes."""
    with path.open("wb") as file:
        return [file.write(msgspec.json.encode(value) + b"\n") for value in values]


def write_chunks(folder: Path, chunks: Sequence[Chunk]) -> None:
    """Write the chunks, and the places of their lines."""
    import numpy as np

    from ragguide.index.stored_chunks import PLACES, places_of

    np.save(folder / PLACES, places_of(chunks, write_lines(folder / CHUNKS, chunks)))


def check_generation(
    folder: Path, manifest_sha256: str, *, later: Collection[str] = ()
) -> StoredGeneration:
    """Verify all files of a generation, but those named in `later`, which are only mapped.

    Raises:
        IndexCorrupt: a file is missing or damaged.
        IndexMismatch: another version of ragguide wrote it.
    """
    manifest = check_manifest(folder, manifest_sha256)

    def read(name: str) -> Bytes:
        if name in later:
            return _mapped(folder / name)
        return map_checked(folder / name, manifest.files[name])

    with ThreadPoolExecutor(HASHED_AT_ONCE) as cores:
        files = dict(zip(manifest.files, cores.map(read, manifest.files), strict=True))
    return StoredGeneration(folder, manifest, files, frozenset(later) & files.keys())


def check_to_search(folder: Path, manifest_sha256: str) -> StoredGeneration:
    """Verify the files that a search reads. Raises as `check_generation`."""
    return check_generation(folder, manifest_sha256, later=LATER)


def check_manifest(folder: Path, sha256: str) -> Manifest:
    """Verify a manifest, and no other file. Raises as `check_generation`."""
    map_checked(folder / MANIFEST, sha256)
    manifest = read_manifest(folder)
    for name in manifest.files:
        if not _FILE_NAME.fullmatch(name):
            raise IndexCorrupt(
                f"{folder / MANIFEST} lists a file outside its folder: {name!r}. {REBUILD}"
            )
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest without a sha256 to verify it.

    Raises:
        IndexCorrupt, IndexMismatch: as `check_generation`.
    """
    path = folder / MANIFEST

    class FormatOnly(msgspec.Struct):
        format_version: int

    try:
        data = path.read_bytes()
        version = msgspec.json.decode(data, type=FormatOnly).format_version
        if version != FORMAT_VERSION:
            raise IndexMismatch(
                f"{path.parent} has format {version}, this ragguide reads {FORMAT_VERSION}. "
                f"{REBUILD}"
            )
        return msgspec.json.decode(data, type=Manifest)
    except OSError as exc:
        raise IndexCorrupt(f"{path} cannot be read: {exc.strerror}. {REBUILD}") from exc
    except msgspec.DecodeError as exc:
        raise IndexCorrupt(f"{path} is damaged: {exc}. {REBUILD}") from exc


def map_file(path: Path) -> "bytes | mmap.mmap":
    """Memory-map a file; an empty file cannot be mapped. Raises `OSError`."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def map_checked(path: Path, sha256: str) -> Bytes:
    """Memory-map a file, and verify the mapping.

    Raises:
        IndexCorrupt: it cannot be read, or has another sha256.
    """
    data = _mapped(path)
    _check(data, path, sha256)
    return data


def _mapped(path: Path) -> Bytes:
    import numpy as np

    try:
        return np.frombuffer(map_file(path), np.uint8)
    except OSError as exc:
        raise IndexCorrupt(f"{path} cannot be read: {exc.strerror}. {REBUILD}") from exc


def _check(data: Bytes, path: Path, sha256: str) -> None:
    found = hashlib.sha256(data.data).hexdigest()
    if found != sha256:
        raise IndexCorrupt(
            f"{path} is damaged: sha256 {found[:12]}…, recorded {sha256[:12]}…. {REBUILD}"
        )


def as_array(data: Bytes, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> "NDArray[Any]":
    """Return the array that `np.save` wrote, without a copy. Raises `ValueError`."""
    import numpy as np

    head = io.BytesIO(data[:_HEAD].tobytes())
    np.lib.format.read_magic(head)
    found = np.lib.format.read_array_header_1_0(head)
    if found != (shape, False, dtype):
        raise ValueError(f"it has {found}, but the manifest says {shape}")
    return data[head.tell() :].view(dtype).reshape(shape)
