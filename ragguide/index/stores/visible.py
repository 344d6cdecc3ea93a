"""A generation and a reader's groups in, the generation as if it had only what they may read out.

Words, their frequencies, acronyms and vectors are those of the visible passages, computed when it
is opened. So nothing that a reader gets depends on what it may not read.
"""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ragguide.base.groups import Groups
from ragguide.index.notes import CALIBRATION, Notes
from ragguide.index.rights import visible
from ragguide.index.stored_chunks import statement_starts
from ragguide.index.stores.protocols import Generation, OnDevice
from ragguide.types import Chunk, Document, Manifest

if TYPE_CHECKING:
    from ragguide.index.lexicon import Lexicon
    from ragguide.index.stores.file_engine import FileEngine
    from ragguide.types import FloatMatrix


def seen_by(groups: Groups, generation: Generation) -> Generation:
    """Return what these groups may read of a generation; the same one if that is all of it."""
    manifest = visible(generation.manifest, groups)
    if manifest is generation.manifest:
        return generation
    return VisiblePart(generation, manifest)


class VisiblePart:
    """Some documents of a generation, in memory."""

    def __init__(self, whole: Generation, manifest: Manifest) -> None:
        """Take a generation, and the manifest of the part, which lists its documents."""
        self._whole = whole
        self.manifest = manifest
        self._names = frozenset(source.name for source in manifest.sources)

    @property
    def place(self) -> str:
        return self._whole.place

    @property
    def notes(self) -> "PartNotes":
        return PartNotes(self._whole.notes)

    def chunks(self) -> list[Chunk]:
        return self._rows_and_chunks[2]

    def documents(self) -> list[Document]:
        return [each for each in self._whole.documents() if each.name in self._names]

    def vectors(self) -> "FloatMatrix":
        return np.ascontiguousarray(self._whole.vectors()[self._rows_and_chunks[0]])

    def statements(self) -> "FloatMatrix":
        return self._whole.statements()[self._rows_and_chunks[1].tolist()]

    @cached_property
    def _rows_and_chunks(self) -> tuple[NDArray[np.int64], NDArray[np.int64], list[Chunk]]:
        """The rows of the part's chunks and of its statements in the whole, and its chunks."""
        every = self._whole.chunks()
        starts = statement_starts(every)
        rows = [row for row, chunk in enumerate(every) if chunk.document in self._names]
        said = [place for row in rows for place in range(starts[row], starts[row + 1])]
        return np.array(rows, np.int64), np.array(said, np.int64), [every[row] for row in rows]

    def lexicon(self) -> "Lexicon":
        from ragguide.index.lexicon import Lexicon

        return Lexicon.build([chunk.embedded_text for chunk in self.chunks()])

    def engine(self, on_device: OnDevice) -> "FileEngine":
        from ragguide.index.keywords import KeywordIndex
        from ragguide.index.stores.file_engine import FileEngine
        from ragguide.index.vectors import VectorIndex

        chunks = self.chunks()
        return FileEngine(
            chunks,
            self.manifest.sources,
            on_device(VectorIndex.build(self.vectors())),
            self.statements(),
            statement_starts(chunks),
            KeywordIndex.build([chunk.embedded_text for chunk in chunks]),
        )


class PartNotes:
    """The notes of an index, without its calibration, which was fitted on all documents."""

    def __init__(self, whole: Notes) -> None:
        self._whole = whole

    def read(self, name: str) -> bytes | None:
        return None if name == CALIBRATION else self._whole.read(name)

    def write(self, name: str, data: bytes) -> None:
        self._whole.write(name, data)

    def place_of(self, name: str) -> str:
        return self._whole.place_of(name)
