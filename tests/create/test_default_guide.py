"""The default guide: section paths by bookmarks, type and text; quotes in chunks."""

import pytest

from benchmarks.intake import (
    Paths,
    bookmarked_paths,
    read_quotes,
    section_paths,
    torn_quotes,
    unprinted_quotes,
    variants,
)
from ragguide.config import Settings
from ragguide.create.cut import split
from ragguide.create.documents import clean_source
from ragguide.create.pdf.pages import read_pdf
from ragguide.embed.tokens import TokenCounter
from ragguide.models.find import find_embedder
from ragguide.types import Source
from tests.conftest import GUIDE_PDF, ROOT


@pytest.fixture(scope="module")
def source() -> Source:
    return read_pdf(GUIDE_PDF)


@pytest.fixture(scope="module")
def bookmarked(source: Source) -> Paths:
    paths = bookmarked_paths(source)
    assert len(paths) == 163
    return paths


def test_bookmarks_give_all_paths(source: Source, bookmarked: Paths) -> None:
    assert section_paths(source) == bookmarked


def test_type_alone_gives_all_paths(source: Source, bookmarked: Paths) -> None:
    paths = section_paths(variants(source)["type alone"])
    assert {key: path for key, path in paths.items() if key in bookmarked} == bookmarked
    assert len(paths) == len(bookmarked) + 1  # the subtitle


def test_text_alone_gives_the_numbered_paths_and_no_wrong_ones(
    source: Source, bookmarked: Paths
) -> None:
    paths = section_paths(variants(source)["text alone"])
    assert paths.items() <= bookmarked.items()
    numbered = {key for key in bookmarked if key[1][0].isdigit()}
    assert len(numbered & paths.keys()) >= 0.98 * len(numbered)


def test_quotes_are_in_one_chunk_or_two_neighbours_and_map_back_to_their_page(
    source: Source,
) -> None:
    document = clean_source(source).document
    settings = Settings()
    counter = TokenCounter(find_embedder(settings.embedder).folder)
    quotes = read_quotes(ROOT / "data" / "eval" / "guide.jsonl")
    assert len(quotes) > 100
    torn = torn_quotes(quotes, document, split([document], counter, settings))
    assert len(torn) <= 0.02 * len(quotes), torn
    unprinted = unprinted_quotes(quotes, document)
    assert len(unprinted) <= 0.02 * len(quotes), unprinted
