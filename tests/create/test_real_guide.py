"""A real, scanned guide, if available: checks that generated PDFs cannot cover.

RAGGUIDE_REAL_GUIDE names a folder with `guide.pdf` and `dev.jsonl`, whose `evidence` and
`evidence2` are verbatim quotes from its pages. The folder is not part of the project.
"""

from bisect import bisect_right
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.intake import Quote, letters, read_quotes, torn_quotes, unprinted_quotes
from ragguide.config import Settings
from ragguide.create.cut import split
from ragguide.create.documents import clean_source
from ragguide.create.pdf.furniture import EDGE_LINES
from ragguide.create.pdf.pages import read_pdf
from ragguide.embed.tokens import TokenCounter
from ragguide.models.find import find_embedder
from ragguide.types import Chunk, Document

MIN_PAGES = 8  # pages with the same running line in this guide


@pytest.fixture(scope="module")
def document(real_guide: Path) -> Document:
    source = read_pdf(real_guide / "guide.pdf")
    assert source.unreadable == {}
    return clean_source(source).document


@pytest.fixture(scope="module")
def chunks(document: Document) -> list[Chunk]:
    settings = Settings()
    return split([document], TokenCounter(find_embedder(settings.embedder).folder), settings)


@pytest.fixture(scope="module")
def quotes(real_guide: Path) -> list[Quote]:
    found = read_quotes(real_guide / "dev.jsonl")
    assert len(found) > 70
    return found


def test_no_chunk_contains_a_running_head_or_foot(document: Document, chunks: list[Chunk]) -> None:
    pages = [[line for line in page.split("\n") if line.strip()] for page in document.raw_pages]
    at_edges = Counter(
        text
        for lines in pages
        for text in {
            letters(line).strip("0123456789l")
            for line in lines[:EDGE_LINES] + lines[-EDGE_LINES:]
            if not line.rstrip().endswith(":")  # a label above addresses at the end of a page
        }
    )
    running = {text for text, n in at_edges.items() if n >= MIN_PAGES and text}
    assert running
    whole = [letters(chunk.text) for chunk in chunks]
    assert [(text, chunk) for text in running for chunk in whole if text in chunk] == []


def test_quotes_are_in_one_chunk_or_two_neighbours_that_name_their_page(
    quotes: list[Quote], document: Document, chunks: list[Chunk]
) -> None:
    torn = torn_quotes(quotes, document, chunks)
    assert len(torn) <= 0.02 * len(quotes), torn


def test_quotes_map_back_to_the_raw_text_of_their_pages(
    quotes: list[Quote], document: Document
) -> None:
    unprinted = unprinted_quotes(quotes, document)
    assert len(unprinted) <= 0.02 * len(quotes), unprinted


@pytest.mark.parametrize(
    ("page", "n_headings"),
    [(26, 1), (30, 4), (47, 0), (58, 8), (62, 1), (83, 0)],  # counted by eye
)
def test_cells_and_labels_start_no_sections(document: Document, page: int, n_headings: int) -> None:
    starts = [section.start for section in document.sections if section.path]
    assert sum(bisect_right(document.page_starts, at) == page for at in starts) == n_headings
