"""A real, scanned guide, where there is one: what no made-up PDF can show.

RAGGUIDE_REAL_GUIDE names a folder with `guide.pdf` and `dev.jsonl`, whose `evidence` and
`evidence2` are verbatim quotes from its pages. The folder is no part of the project.
"""

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from ragguide.config import Settings
from ragguide.create.blocks import join_lines
from ragguide.create.chunks import split_document
from ragguide.create.clean import clean_pages, fold_characters
from ragguide.create.outline import find_sections
from ragguide.create.pages import read_pdf
from ragguide.models import find_embedder
from ragguide.types import Chunk, Document

RUNNING_LINES = ("Back to Index", "WHIZLABS")
MISREAD = str.maketrans("ij1q", "lllg")  # OCR takes them for each other; cleaning may mend it


@pytest.fixture(scope="module")
def document(real_guide: Path) -> Document:
    source = read_pdf(real_guide / "guide.pdf")
    assert source.unreadable == {}
    body = join_lines(
        clean_pages(source.pages, source.bookmarks).lines,
        n_pages=len(source.pages),
        bookmarks=source.bookmarks,
    )
    return Document(
        name=source.name,
        path=source.path,
        title=source.title,
        sha256=source.sha256,
        text=body.text,
        page_starts=body.page_starts,
        page_labels=tuple(page.label for page in source.pages),
        blocks=body.blocks,
        sections=find_sections(body, source.bookmarks),
        unreadable=source.unreadable,
    )


@pytest.fixture(scope="module")
def chunks(document: Document) -> list[Chunk]:
    settings = Settings()
    tokenizer = Tokenizer.from_file(str(find_embedder(settings.embedder).folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(texts: Sequence[str]) -> list[int]:
        encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [len(one.ids) for one in encoded]

    return split_document(
        document,
        count_tokens=count,
        chunk_tokens=settings.chunk_tokens,
        chunk_overlap=settings.chunk_overlap,
        max_tokens=256,
    )


def letters(text: str) -> str:
    """What cleaning keeps of a quote: no bullets, hyphens at line ends, spaces, letters misread."""
    return re.sub(r"[\W_]+", "", fold_characters(text)).casefold().translate(MISREAD)


def test_no_chunk_holds_a_running_head_or_foot(chunks: list[Chunk]) -> None:
    for line in RUNNING_LINES:
        assert [chunk.id for chunk in chunks if line.casefold() in chunk.text.casefold()] == []


def test_quotes_lie_in_one_chunk_or_two_neighbours_on_a_page_that_is_named(
    real_guide: Path, document: Document, chunks: list[Chunk]
) -> None:
    spans = [letters(chunk.text) for chunk in chunks]
    spans += [letters(document.text[a.start : b.end]) for a, b in pairwise(chunks)]
    pages = [range(chunk.page_first, chunk.page_last + 1) for chunk in chunks]
    pages += [range(a.page_first, b.page_last + 1) for a, b in pairwise(chunks)]
    lines = (real_guide / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    quotes = [
        (letters(case[key]), set(case["pages"]))
        for case in map(json.loads, lines)
        for key in ("evidence", "evidence2")
        if case.get(key)
    ]
    lost = [
        quote
        for quote, on in quotes
        if not any(
            quote in span and on & set(shown) for span, shown in zip(spans, pages, strict=True)
        )
    ]
    assert 1 - len(lost) / len(quotes) >= 0.95, lost
