"""Inspecting a document: raw and cleaned pages, sections, chunks, warnings."""

from pathlib import Path

import msgspec
import pytest

from ragguide import Guide, Settings
from ragguide.create.inspect import (
    InspectedSection,
    Inspection,
    RemovedLine,
    RewrittenWord,
    inspect_document,
)
from ragguide.embed.tokens import TokenCounter
from ragguide.errors import InputError, ModelError
from ragguide.models.find import find_embedder
from tests.conftest import GUIDE_PDF
from tests.pdfs import write_pdf

TEXTS = {  # chapter → the sentences of its page
    "Alpha": ("The Traininglob of alpha starts first.", "Each training job reads its own files."),
    "Bravo": ("A TrainingJob of bravo starts later.", "It stops when the TrainingJob is told to."),
    "Delta": ("One TrainingJob of delta ends it all.", "Then a TrainingJob is deleted at last."),
}


def page(chapter: str, number: int) -> str:
    first, second = TEXTS[chapter]
    return (
        f"The Handbook of Jobs\n{chapter} chapter\n{first} What {chapter} says\n"
        f"is told here in full. {second}\nThis is how {chapter} ends.\n{number}"
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pages; the third is a scan. Running heads, page numbers, one misread word."""
    return write_pdf(
        tmp_path_factory.mktemp("inspect") / "handbook.pdf",
        [page("Alpha", 1), page("Bravo", 2), "", page("Delta", 4)],
        title="Handbook",
        bookmarks=[("Alpha chapter", 1, 1), ("Bravo chapter", 2, 2), ("Delta chapter", 1, 4)],
        n_roman=1,
    )


@pytest.fixture(scope="module")
def seen(path: Path) -> Inspection:
    return inspect_document(path, Settings())


def test_the_inspection_names_the_document(seen: Inspection, path: Path) -> None:
    assert (seen.document, seen.title, seen.unit) == ("handbook", "Handbook", "page")
    assert seen.path == str(path.resolve())


def test_pages_are_shown_as_read_and_as_cleaned(seen: Inspection) -> None:
    assert [(each.number, each.label) for each in seen.pages] == [
        (1, "i"), (2, "1"), (3, "2"), (4, "3"),
    ]  # fmt: skip
    alpha, _, scan, _ = seen.pages
    assert alpha.raw.rstrip("\n") == page("Alpha", 1)
    assert alpha.cleaned == (
        "Alpha chapter\n"
        "The TrainingJob of alpha starts first. What Alpha says is told here in full. "
        "Each training job reads its own files. This is how Alpha ends."
    )
    assert (alpha.unreadable, alpha.by_ocr) == (None, False)
    assert (scan.raw, scan.cleaned, scan.removed, scan.by_ocr) == ("", "", (), False)
    assert scan.unreadable == "has no text layer (a scan?); read it with --ocr"


def test_removed_lines_are_shown_with_the_reason(seen: Inspection) -> None:
    head = RemovedLine("The Handbook of Jobs", "running head or foot")
    assert [each.removed for each in seen.pages] == [
        (head, RemovedLine("1", "page number")),
        (head, RemovedLine("2", "page number")),
        (),
        (head, RemovedLine("4", "page number")),
    ]


def test_corrected_words_are_shown_with_their_count(seen: Inspection) -> None:
    assert seen.rewrites == (RewrittenWord("Traininglob", "TrainingJob", 1),)


def test_sections_have_the_page_of_their_heading(seen: Inspection) -> None:
    assert seen.sections == (
        InspectedSection(("Alpha chapter",), 1),
        InspectedSection(("Alpha chapter", "Bravo chapter"), 2),
        InspectedSection(("Delta chapter",), 4),
    )


def test_unreadable_pages_give_a_warning(seen: Inspection) -> None:
    assert seen.warnings == ("page 3 has no text layer (a scan?); read it with --ocr",)


def test_parts_that_were_not_read_give_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<h1>Kiln</h1><p>It burns.</p><object data=parts.pdf></object>")
    assert inspect_document(path, Settings()).warnings == (
        "not read: embedded content (parts.pdf). Save it as a file of its own to include it.",
    )


def test_a_document_without_headings_gives_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Item,Price,Note\nBread,3,fresh\n")
    shown = inspect_document(path, Settings())
    assert shown.warnings == ("no headings found: passages will have no section",)
    assert shown.sections == (InspectedSection((), 1),)
    only = shown.pages[0]
    assert (only.label, only.raw) == ("a.csv", "")
    assert only.cleaned == "Item: Bread; Price: 3; Note: fresh"
    assert [(chunk.text, chunk.locator) for chunk in shown.chunks] == [
        ("Item: Bread; Price: 3; Note: fresh", "sheet a.csv, row 2")
    ]


def test_chunks_follow_the_settings(path: Path, seen: Inspection) -> None:
    smaller = inspect_document(path, Settings(chunk_tokens=16, chunk_overlap=0))
    assert [chunk.page_first for chunk in seen.chunks] == [1, 4]
    assert [chunk.section for chunk in seen.chunks] == [("Alpha chapter",), ("Delta chapter",)]
    count = TokenCounter(find_embedder("all-MiniLM-L6-v2").folder)
    assert max(count([chunk.text for chunk in smaller.chunks])) <= 16
    assert max(count([chunk.text for chunk in seen.chunks])) > 32
    assert smaller.pages == seen.pages


def test_nothing_is_stored(path: Path, tmp_path: Path) -> None:
    inspect_document(path, Settings(indexes_dir=tmp_path / "indexes"))
    assert list(tmp_path.iterdir()) == []


def test_an_unreadable_document_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        inspect_document(tmp_path / "none.pdf", Settings())


def test_a_missing_embedder_is_rejected(path: Path) -> None:
    with pytest.raises(ModelError, match="there is no embedder 'none'"):
        inspect_document(path, Settings(embedder="none"))


def test_an_inspection_round_trips_through_json(seen: Inspection) -> None:
    assert msgspec.json.decode(msgspec.json.encode(seen), type=Inspection) == seen


@pytest.mark.model
def test_an_inspection_shows_what_ingest_stores(guide: Guide) -> None:
    shown = inspect_document(GUIDE_PDF, guide.settings)
    assert list(shown.chunks) == list(guide.chunks)
    assert len(shown.pages) == guide.manifest.sources[0].n_pages
    assert shown.warnings == ()
    assert {chunk.section for chunk in shown.chunks} <= {each.path for each in shown.sections}
    for each in shown.sections:  # a heading may take two lines there
        assert "".join(each.path[-1].split()) in "".join(shown.pages[each.page - 1].raw.split())
