"""A real, scanned guide, where there is one: what no made-up PDF can show.

RAGGUIDE_REAL_GUIDE names a folder with `guide.pdf` and `dev.jsonl`, whose `evidence` and
`evidence2` are verbatim quotes from its pages. The folder is no part of the project.
"""

import json
import re
from bisect import bisect_right
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from ragguide.config import Settings
from ragguide.create.clean import fold_characters
from ragguide.create.documents import clean_source
from ragguide.create.furniture import EDGE_LINES
from ragguide.create.pages import read_pdf
from ragguide.create.rawmap import RawMap
from ragguide.create.tokens import TokenCounter
from ragguide.ingest import split
from ragguide.models import find_embedder
from ragguide.types import Chunk, Document

MIN_PAGES = 8  # that a running line stands on here
MISREAD = str.maketrans("ij1q", "lllg")  # OCR takes them for each other; cleaning may mend it


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
def quotes(real_guide: Path) -> list[tuple[str, set[int]]]:
    """Letters of each piece of evidence, and the pages that it stands on."""
    lines = (real_guide / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    found = [
        (letters(case[key]), set(case["pages"]))
        for case in map(json.loads, lines)
        for key in ("evidence", "evidence2")
        if case.get(key)
    ]
    assert len(found) > 70
    return found


def letters(text: str) -> str:
    """What cleaning keeps of a quote: no bullets, hyphens at line ends, spaces, letters misread."""
    text = re.sub(r"[\W_]+", "", fold_characters(text).replace("|", "l"))
    return text.casefold().translate(MISREAD)


def test_no_chunk_holds_a_running_head_or_foot(document: Document, chunks: list[Chunk]) -> None:
    pages = [[line for line in page.split("\n") if line.strip()] for page in document.raw_pages]
    at_edges = Counter(
        text
        for lines in pages
        for text in {
            letters(line).strip("0123456789l")
            for line in lines[:EDGE_LINES] + lines[-EDGE_LINES:]
            if not line.rstrip().endswith(":")  # a label over addresses, which end many pages
        }
    )
    running = {text for text, n in at_edges.items() if n >= MIN_PAGES and text}
    assert running
    whole = [letters(chunk.text) for chunk in chunks]
    assert [(text, chunk) for text in running for chunk in whole if text in chunk] == []


def test_quotes_lie_in_one_chunk_or_two_neighbours_on_a_page_that_is_named(
    quotes: list[tuple[str, set[int]]], document: Document, chunks: list[Chunk]
) -> None:
    spans = [letters(chunk.text) for chunk in chunks]
    spans += [letters(document.text[a.start : b.end]) for a, b in pairwise(chunks)]
    pages = [range(chunk.page_first, chunk.page_last + 1) for chunk in chunks]
    pages += [range(a.page_first, b.page_last + 1) for a, b in pairwise(chunks)]
    lost = [
        quote
        for quote, on in quotes
        if not any(
            quote in span and on & set(shown) for span, shown in zip(spans, pages, strict=True)
        )
    ]
    assert 1 - len(lost) / len(quotes) >= 0.98, lost


def test_quotes_lead_back_to_what_their_pages_read(
    quotes: list[tuple[str, set[int]]], document: Document
) -> None:
    """The raw lines of a quote stand on the page as they are, and hold all its letters."""
    raw_map = RawMap(document)
    places = [i for i, char in enumerate(document.text) if letters(char)]
    text = "".join(letters(document.text[i]) for i in places)
    lost = []
    for quote, on in quotes:
        at = text.find(quote)
        while at >= 0:  # each place that it stands on, until one is on its page
            lines = list(raw_map.lines(places[at], places[at + len(quote) - 1] + 1))
            if {line.page for line in lines} & on:
                break
            at = text.find(quote, at + 1)
        if (
            at < 0
            or letters("".join(line.text for line in lines)) != quote
            or not all(line.text in document.raw_pages[line.page - 1] for line in lines)
        ):
            lost.append(quote)
    assert 1 - len(lost) / len(quotes) >= 0.98, lost


@pytest.mark.parametrize(
    ("page", "n_headings"),
    [(26, 1), (30, 4), (47, 0), (58, 8), (62, 1), (83, 0)],  # counted by eye
)
def test_cells_and_labels_open_no_sections(document: Document, page: int, n_headings: int) -> None:
    starts = [section.start for section in document.sections if section.path]
    assert sum(bisect_right(document.page_starts, at) == page for at in starts) == n_headings
