"""Section paths of the default guide: by its bookmarks, by type, by what text alone tells."""

from bisect import bisect_right

import msgspec
import pytest

from ragguide.create.blocks import letters_of
from ragguide.create.documents import clean_source
from ragguide.create.pages import read_pdf
from ragguide.types import Source
from tests.conftest import GUIDE_PDF

Paths = dict[tuple[int, str], tuple[str, ...]]  # page and title of a section → its whole path


@pytest.fixture(scope="module")
def source() -> Source:
    return read_pdf(GUIDE_PDF)


@pytest.fixture(scope="module")
def bookmarked(source: Source) -> Paths:
    """What the bookmarks say."""
    paths: Paths = {}
    open_titles: list[str] = []
    for mark in source.bookmarks:
        open_titles[mark.level - 1 :] = [letters_of(mark.title)]
        paths[mark.page, open_titles[-1]] = tuple(open_titles)
    assert len(paths) == 163
    return paths


def paths_of(source: Source) -> Paths:
    document = clean_source(source).document
    return {
        (bisect_right(document.page_starts, section.start), letters_of(section.path[-1])): tuple(
            map(letters_of, section.path)
        )
        for section in document.sections
        if section.path
    }


def test_bookmarks_give_every_path(source: Source, bookmarked: Paths) -> None:
    assert paths_of(source) == bookmarked


def test_type_alone_gives_every_path(source: Source, bookmarked: Paths) -> None:
    paths = paths_of(msgspec.structs.replace(source, bookmarks=()))
    assert {key: path for key, path in paths.items() if key in bookmarked} == bookmarked
    assert len(paths) == len(bookmarked) + 1  # the subtitle


def test_text_alone_gives_the_numbered_paths_and_no_false_one(
    source: Source, bookmarked: Paths
) -> None:
    pages = tuple(msgspec.structs.replace(page, types=()) for page in source.pages)
    paths = paths_of(msgspec.structs.replace(source, bookmarks=(), pages=pages))
    assert paths.items() <= bookmarked.items()
    numbered = {key for key in bookmarked if key[1][0].isdigit()}
    assert len(numbered & paths.keys()) >= 0.98 * len(numbered)
