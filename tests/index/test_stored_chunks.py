"""Chunks that are decoded on first use, one by one."""

from pathlib import Path

import numpy as np
import pytest

from ragguide.errors import IndexCorrupt
from ragguide.index import generation
from ragguide.index.generation import CHUNKS
from ragguide.index.store import IndexFolder
from ragguide.index.stored_chunks import PLACES, StoredChunks, statement_starts
from ragguide.index.stores.files import FileStore
from ragguide.types import Chunk
from tests.index.drafts import draft_of, texts_of
from tests.index.drafts import write as write_draft
from tests.index.test_store import flip, write
from tests.retrieve.made import a_chunk

TEXTS = ["The ferry leaves at noon.", "日本語 costs “nothing”.", "", "Jobs wait."]


def made() -> list[Chunk]:
    return [
        a_chunk(text, start=100 * at, statements=[(text, ("Costs",))] * at)
        for at, text in enumerate(TEXTS)
    ]


def stored(folder: Path) -> StoredChunks:
    generation.write_chunks(folder, made())
    data = np.frombuffer((folder / CHUNKS).read_bytes(), np.uint8)
    return StoredChunks(data, np.load(folder / PLACES), CHUNKS)


def test_chunks_are_those_that_were_written(tmp_path: Path) -> None:
    chunks = stored(tmp_path)
    assert len(chunks) == len(TEXTS)
    assert chunks[2] == made()[2]
    assert chunks[-1] == made()[3]
    assert chunks[1:3] == made()[1:3]
    assert list(chunks) == made()
    with pytest.raises(IndexError, match="out of range"):
        chunks[len(TEXTS)]


def test_a_chunk_is_decoded_once(tmp_path: Path) -> None:
    chunks = stored(tmp_path)
    assert chunks[1] is chunks[1]
    assert list(chunks)[1] is chunks[1]


def test_first_rows_of_statements_are_stored(tmp_path: Path) -> None:
    starts = stored(tmp_path).statement_starts
    assert starts.tolist() == [0, 0, 1, 3, 6]
    assert statement_starts(made()).tolist() == starts.tolist()


def test_the_chunks_of_a_document_are_found_without_decoding_all(tmp_path: Path) -> None:
    texts: dict[str, list[str]] = {f"d{at:03d}": [f"Note {at}.", "It ends."] for at in range(200)}
    store = FileStore(tmp_path, "default")
    write_draft(store, draft_of(texts | {"d100": []}))
    engine = store.open().engine(lambda vectors: vectors)
    for name in ("d000", "d077", "d199"):
        assert texts_of(engine.chunks_of(name)) == texts[name]
        assert engine.chunks_of(name) is engine.chunks_of(name)
    assert list(engine.chunks_of("d100")) == []
    stored = engine.chunks()
    assert isinstance(stored, StoredChunks)
    assert len(stored._decoded) < 80


def test_a_line_that_is_no_chunk_is_named(tmp_path: Path) -> None:
    stored(tmp_path)
    data = (tmp_path / CHUNKS).read_bytes().replace(b'"document"', b'"documemt"', 1)
    chunks = StoredChunks(np.frombuffer(data, np.uint8), np.load(tmp_path / PLACES), CHUNKS)
    assert chunks[1] == made()[1]
    with pytest.raises(IndexCorrupt, match=r"chunks\.jsonl has no chunk 0: .*--rebuild FILE"):
        chunks[0]


def test_a_search_reads_no_documents_and_their_first_use_verifies_them(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path, "default")
    path = write(folder).folder / "documents.jsonl"
    flip(path, 5)
    opened = folder.open()
    assert opened.stored_chunks()[0].text == "Spot saves 90 percent."
    for _ in range(2):
        with pytest.raises(IndexCorrupt, match=r"documents\.jsonl is damaged"):
            opened.documents()
    with folder.writing(), pytest.raises(IndexCorrupt, match=r"documents\.jsonl is damaged"):
        folder.rollback(1)
    flip(path, 5)
    assert opened.documents()[0].name == "guide"  # the same mapping, whole again
