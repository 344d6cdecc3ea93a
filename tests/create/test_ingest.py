"""Documents of many formats in one index: what is stored, and what is reused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pypdf
import pytest

from ragguide import Guide, Settings, load_settings
from ragguide.create.ingest import IngestReport
from ragguide.create.pdf.ocr import ocr_available
from ragguide.create.read import ReadOptions
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.errors import InputError, ModelError, SettingsError, UsageError
from ragguide.index.store import IndexFolder
from ragguide.models.find import find_embedder
from ragguide.types import Filter, Flat, Hnsw, IndexRequest, Ivf, ReadRequest
from tests.pdfs import scan, write_pdf

pytestmark = pytest.mark.model

TAGS = {"team": "harbour", "year": "2024"}
MODIFIED = "2024-02-29T12:00:00+00:00"
NOTES = """\
# House rules

The windows of the attic are closed before a storm.

## Garden

Tomatoes are watered in the early morning.
- The ladder stands behind the greenhouse.
"""
PRICES = """\
Item,Price,Shelf
Rye bread,3.20,A1
Oat milk,1.90,B7
Green olives,4.10,C3
"""
TEXT = "REMARKS\n\nThe lighthouse keeper counts the ships at dawn.\n"


def write_folder(folder: Path) -> Path:
    """Documents of four formats, two unreadable ones, and files that are skipped."""
    folder.mkdir()
    write_pdf(
        folder / "boats.pdf",
        ["The ferry crosses the strait twice a day.", "", "A canoe is carried past the rapids."],
        title="Boats",
        n_roman=1,
    )
    (folder / "notes.md").write_text(NOTES)
    (folder / "prices.csv").write_text(PRICES)
    (folder / "remarks.txt").write_text(TEXT)
    (folder / "broken.pdf").write_bytes(b"")
    (folder / "empty.md").write_text("\n\n")
    (folder / "photo.png").write_bytes(b"\x89PNG")
    (folder / ".draft.md").write_text("Not to be read.")
    for file in folder.iterdir():
        os.utime(file, (1_709_208_000, 1_709_208_000))
    return folder


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("mixed") / "docs")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings({"indexes_dir": tmp_path_factory.mktemp("mixed-indexes")})


@pytest.fixture(scope="module")
def report(mixed: Path, settings: Settings) -> IngestReport:
    return Guide.ingest(mixed, settings=settings, options=ReadOptions(tags=TAGS))


@pytest.fixture
def copied(report: IngestReport, settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a copy of the index that a test may change."""
    assert report.generation == 1
    shutil.copytree(settings.indexes_dir, tmp_path / "indexes")
    return msgspec.structs.replace(settings, indexes_dir=tmp_path / "indexes")


def vectors_of(settings: Settings) -> dict[str, list[float]]:
    """Return text → vector for all chunks and statements of the active generation."""
    stored = IndexFolder(settings.indexes_dir, settings.index).open()
    chunks = stored.chunks()
    texts = [chunk.embedded_text for chunk in chunks]
    texts += [chunk.statement_text(each) for chunk in chunks for each in chunk.statements]
    rows = [*stored.vectors().tolist(), *stored.statements()[:].tolist()]
    return dict(zip(texts, rows, strict=True))


# ── what is stored ──────────────────────────────────────────────────────────────────────────────


def test_a_folder_is_read_in_order_and_unreadable_files_are_reported(
    report: IngestReport, mixed: Path
) -> None:
    assert [source.name for source in report.sources] == ["boats", "notes", "prices", "remarks"]
    assert report.skipped == {
        str(mixed / "broken.pdf"): f"{mixed / 'broken.pdf'} is empty (0 bytes). Download it again.",
        str(mixed / "empty.md"): (
            f"{mixed / 'empty.md'} has no text. If it shows text in pictures, print it to PDF "
            "and read that with `--ocr`."
        ),
    }


def test_records_describe_each_document(
    report: IngestReport, mixed: Path, settings: Settings
) -> None:
    assert [(each.unit, each.n_pages, each.title) for each in report.sources] == [
        ("page", 3, "Boats"),
        ("text", 1, "House rules"),
        ("sheet", 1, "prices"),
        ("text", 1, "REMARKS"),
    ]
    for each in report.sources:
        path = mixed.resolve() / Path(each.path).name
        assert (each.path, each.size_bytes) == (str(path), path.stat().st_size)
        assert each.modified == MODIFIED
        assert each.tags == TAGS
        assert each.ocr_pages == ()
    assert [each.unreadable for each in report.sources] == [
        {2: "has no text layer (a scan?); read it with --ocr"}, {}, {}, {},
    ]  # fmt: skip
    assert report.n_pages == 6
    assert Guide.open(settings=settings).manifest.sources == report.sources


@pytest.mark.parametrize(
    ("question", "document", "locator", "page_last", "labels"),
    [
        ("Where is the canoe carried?", "boats", "pp. 1-3 (printed i)", 3, ("i", "1", "2")),
        ("When are the tomatoes watered?", "notes", "lines 3-8", 1, ("1",)),
        ("Price of oat milk?", "prices", "sheet prices.csv, rows 2-4", 1, ("prices.csv",)),
        ("Who counts the ships?", "remarks", "line 3", 1, ("1",)),
    ],
)
def test_hits_give_their_place_in_the_unit_of_their_document(
    question: str,
    document: str,
    locator: str,
    page_last: int,
    labels: tuple[str, ...],
    searched: Guide,
) -> None:
    best = searched.search(question)[0].chunk
    assert (best.document, best.locator) == (document, locator)
    assert (best.page_first, best.page_last, best.page_labels) == (1, page_last, labels)


@pytest.fixture(scope="module")
def searched(report: IngestReport, settings: Settings) -> Guide:
    assert report.index == settings.index
    return Guide.open(settings=settings)


@pytest.mark.parametrize(
    ("question", "quote", "locator"),
    [
        ("What is the price of oat milk?", "Item: Oat milk; Price: 1.90; Shelf: B7",
         "sheet prices.csv, row 3"),
        ("When are the tomatoes watered?", "Tomatoes are watered in the early morning.", "line 7"),
        ("Where is the ladder?", "The ladder stands behind the greenhouse.", "line 8"),
        ("Where is the canoe carried?", "A canoe is carried past the rapids.", "p. 3 (printed 2)"),
    ],
)  # fmt: skip
def test_quotes_give_their_own_row_or_line(
    question: str, quote: str, locator: str, searched: Guide
) -> None:
    best = searched.query(question, quotes_only=True).quotes[0]
    assert (best.quote, best.locator) == (quote, locator)


def test_slides_are_cited_by_number(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx")
    deck = pptx.Presentation()
    for title, text in (("Tea", "Green tea steeps at 80 degrees."), ("Bread", "Rye rises slowly.")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, text
    deck.save(tmp_path / "kitchen.pptx")
    settings = load_settings({"indexes_dir": tmp_path / "indexes"})
    report = Guide.ingest(tmp_path / "kitchen.pptx", settings=settings)
    assert [(each.unit, each.n_pages) for each in report.sources] == [("slide", 2)]
    best = Guide.open(settings=settings).search("How does rye rise?")[0].chunk
    assert (best.locator, best.section, best.page_first) == ("slide 2", ("Bread",), 2)


@pytest.mark.skipif(ocr_available("eng") is not None, reason=str(ocr_available("eng")))
def test_recognised_pages_are_recorded(tmp_path: Path) -> None:
    pages = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    write_pdf(pages[0], ["Opening words of the printed page."])
    scan(write_pdf(pages[1], ["Closing words of the scanned page."]))
    writer = pypdf.PdfWriter()
    for each in pages:
        writer.append(each)
    writer.write(tmp_path / "both.pdf")
    settings = load_settings({"indexes_dir": tmp_path / "indexes"})
    without = Guide.ingest(tmp_path / "both.pdf", settings=settings)
    assert without.sources[0].ocr_pages == ()
    assert list(without.sources[0].unreadable) == [2]
    report = Guide.ingest(tmp_path / "both.pdf", settings=settings, options=ReadOptions(ocr=True))
    assert (report.generation, report.unchanged) == (2, False)
    assert (report.sources[0].ocr_pages, report.sources[0].unreadable) == ((2,), {})
    texts = [chunk.text for chunk in Guide.open(settings=settings).chunks]
    assert "Closing words of the scanned page." in "\n".join(texts)


def test_an_index_stores_its_read_request(mixed: Path, copied: Settings) -> None:
    manifest = Guide.open(settings=copied).manifest
    assert manifest.request == ReadRequest(paths=(str(mixed),), tags=TAGS, ocr_languages=None)


def test_a_folder_instead_of_its_documents_is_another_request(
    copied: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "notes.md").write_text(NOTES)
    monkeypatch.chdir(tmp_path)
    Guide.ingest("docs/notes.md", settings=copied)
    report = Guide.ingest("docs", "docs/n*.md", "docs/notes.md", settings=copied)
    assert (report.unchanged, report.n_embedded) == (False, 0)
    request = Guide.open(settings=copied).manifest.request
    assert request.paths == tuple(
        str(tmp_path / name) for name in ("docs", "docs/n*.md", "docs/notes.md")
    )


# ── what is reused ──────────────────────────────────────────────────────────────────────────────


def test_new_tags_make_a_generation_without_embedding_or_torch(
    mixed: Path, copied: Settings
) -> None:
    before = vectors_of(copied)
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from pathlib import Path\n"
            "from ragguide import Guide, Settings\n"
            "from ragguide.create.read import ReadOptions\n"
            "made = Guide.ingest(\n"
            "    sys.argv[1], settings=Settings(indexes_dir=Path(sys.argv[2])),\n"
            "    options=ReadOptions(tags={'team': 'lighthouse'}),\n"
            ")\n"
            "print(made.generation, made.unchanged, made.n_embedded, *made.seconds)\n"
            "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))",
            str(mixed),
            str(copied.indexes_dir),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout == "2 False 0 read chunk index write\n[]\n"
    assert [each.tags for each in Guide.open(settings=copied).manifest.sources] == [
        {"team": "lighthouse"}
    ] * 4
    assert vectors_of(copied) == before


def test_same_documents_and_tags_change_nothing(
    mixed: Path, copied: Settings, report: IngestReport
) -> None:
    again = Guide.ingest(mixed, settings=copied, options=ReadOptions(tags=report.sources[0].tags))
    assert (again.unchanged, again.generation, again.n_embedded) == (True, 1, 0)
    assert again.sources == report.sources
    assert again.skipped == report.skipped


def test_only_the_texts_of_a_new_document_are_embedded(
    mixed: Path, copied: Settings, tmp_path: Path
) -> None:
    before = vectors_of(copied)
    more = tmp_path / "more.md"
    more.write_text("# Harbour\n\nThe old crane lifts fifty tonnes.\n")
    grown = Guide.ingest(mixed, more, settings=copied)
    assert (grown.generation, grown.n_embedded) == (2, 2)
    after = vectors_of(copied)
    assert {text: after[text] for text in before} == before
    assert after.keys() - before.keys() == {
        "Harbour\nHarbour\nThe old crane lifts fifty tonnes.",  # the chunk
        "Harbour\nThe old crane lifts fifty tonnes.",  # its statement
    }
    shrunk = Guide.ingest(mixed / "notes.md", more, settings=copied)
    assert (shrunk.generation, shrunk.n_embedded, "load" in shrunk.seconds) == (3, 0, False)
    assert [each.name for each in shrunk.sources] == ["notes", "more"]


def test_a_moved_document_is_not_embedded_again(
    mixed: Path, copied: Settings, tmp_path: Path
) -> None:
    moved = shutil.copytree(mixed, tmp_path / "moved")
    report = Guide.ingest(moved, settings=copied)
    assert (report.generation, report.n_embedded) == (2, 0)
    assert {Path(each.path).parent for each in report.sources} == {moved.resolve()}


def test_rebuild_reuses_cached_vectors_of_any_index(mixed: Path, copied: Settings) -> None:
    before = vectors_of(copied)
    report = Guide.ingest(mixed, settings=copied, rebuild=True)
    assert (report.generation, report.n_embedded) == (2, 0)
    assert vectors_of(copied) == before


def test_rebuild_without_cached_vectors_gives_the_same_vectors(
    mixed: Path, copied: Settings
) -> None:
    before = vectors_of(copied)
    copied = msgspec.structs.replace(copied, vectors_kept_mb=0)
    report = Guide.ingest(mixed, settings=copied, rebuild=True)
    assert report.n_embedded == len(before)
    after = vectors_of(copied)
    assert before.keys() == after.keys()
    for text, vector in before.items():
        np.testing.assert_allclose(after[text], vector, atol=1e-6)


def test_each_statement_has_the_vector_of_its_text_with_its_title(
    report: IngestReport, settings: Settings
) -> None:
    stored = IndexFolder(settings.indexes_dir, report.index).open()
    files = find_embedder(settings.embedder)
    embedder = SentenceTransformerEmbedder(files.name, files.folder)
    texts = [
        "House rules\nThe windows of the attic are closed before a storm.",
        "Garden\nTomatoes are watered in the early morning.",
        "Garden\nThe ladder stands behind the greenhouse.",
    ]
    chunks = stored.chunks()
    (at,) = [row for row, chunk in enumerate(chunks) if chunk.document == "notes"]
    n_before = sum(len(chunk.statements) for chunk in chunks[:at])
    found = stored.statements()[n_before : n_before + len(texts)]
    expected = embedder.embed(texts)
    np.testing.assert_allclose(found, expected, atol=1e-3)  # stored with one byte per number
    np.testing.assert_allclose((found * expected).sum(axis=1), 1.0, atol=5e-4)  # cosines


@pytest.mark.parametrize(
    ("changes", "parameters"),
    [
        ({"index_type": "hnsw"}, Hnsw(hnsw_m=32, ef_construction=200, ef_search=10)),
        ({"index_type": "ivf", "nprobe": 1}, Ivf(nlist=1, nprobe=1)),
    ],
)
def test_another_index_type_is_built_from_existing_vectors(
    changes: dict[str, str | int], parameters: Hnsw | Ivf, mixed: Path, copied: Settings
) -> None:
    before, flat = vectors_of(copied), Guide.open(settings=copied)
    assert flat.manifest.vector_index.parameters == Flat()
    other = msgspec.structs.replace(copied, **changes)
    report = Guide.ingest(mixed, settings=other, options=ReadOptions(tags=TAGS))
    assert (report.generation, report.unchanged, report.n_embedded) == (2, False, 0)
    assert "load" not in report.seconds
    assert vectors_of(other) == before
    record = Guide.open(settings=other).manifest.vector_index
    assert record == report.vector_index
    assert (record.parameters, record.why) == (parameters, "as requested")
    assert record.asked == msgspec.structs.replace(IndexRequest(), **changes)
    question = "When are the tomatoes watered?"
    assert [
        (hit.chunk.id, hit.why.cosine) for hit in Guide.open(settings=other).search(question)
    ] == [(hit.chunk.id, pytest.approx(hit.why.cosine, abs=1e-6)) for hit in flat.search(question)]
    again = Guide.ingest(mixed, settings=other, options=ReadOptions(tags=TAGS))
    assert (again.unchanged, again.generation) == (True, 2)


def test_a_failed_build_keeps_the_old_index(mixed: Path, copied: Settings) -> None:
    for changes, match in (
        ({"index_type": "ivf", "nlist": 5000}, r"^nlist = 5,000 is more than the 4 vectors"),
        (
            {"index_type": "ivfpq"},
            r"^ivfpq trains 16 codes .* only 4 vectors\. Set index_type = 'flat'",
        ),
        ({"nprobe": 2, "index_type": "hnsw"}, r"^nprobe = 2 does not apply to index_type = 'hnsw'"),
    ):
        with pytest.raises(SettingsError, match=match):
            Guide.ingest(mixed, settings=msgspec.structs.replace(copied, **changes))
    assert Guide.open(settings=copied).manifest.generation == 1


def test_another_order_makes_another_generation(mixed: Path, copied: Settings) -> None:
    names = ["remarks.txt", "notes.md", "prices.csv", "boats.pdf"]
    report = Guide.ingest(*(mixed / name for name in names), settings=copied)
    assert (report.unchanged, report.generation, report.n_embedded) == (False, 2, 0)
    assert [Path(each.path).name for each in report.sources] == names


def test_a_document_given_twice_is_read_once(
    mixed: Path, copied: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(mixed)
    (mixed.parent / "link.md").unlink(missing_ok=True)
    (mixed.parent / "link.md").symlink_to(mixed / "notes.md")
    report = Guide.ingest("notes.md", mixed / "notes.md", "../link.md", settings=copied)
    assert [each.name for each in report.sources] == ["notes"]


def test_documents_of_the_same_name_get_different_names(copied: Settings, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(NOTES)
    (tmp_path / "notes.txt").write_text(TEXT)
    report = Guide.ingest(tmp_path / "notes.*", settings=copied)
    assert [each.name for each in report.sources] == ["notes.md", "notes.txt"]


def test_a_document_keeps_its_name_if_another_of_its_name_is_added(
    copied: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ragguide")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "notes.md").write_text(NOTES)
    first = Guide.ingest(tmp_path, settings=copied)
    assert [each.name for each in first.sources] == ["notes"]
    assert caplog.messages == []
    (tmp_path / "a" / "notes.md").write_text(TEXT)
    again = Guide.ingest(tmp_path, settings=copied)
    assert [each.name for each in again.sources] == ["a/notes", "notes"]
    assert caplog.messages == [
        f"{(tmp_path / 'a' / 'notes.md').resolve()} is named 'a/notes': another file has its name."
    ]
    guide = Guide.open(settings=copied)
    hits = guide.search("notes", where=Filter(documents=("notes",)))
    assert {hit.chunk.document for hit in hits} == {"notes"}
    rebuilt = Guide.ingest(tmp_path, settings=copied, rebuild=True)
    assert [each.name for each in rebuilt.sources] == ["a/notes", "b/notes"]


# ── a custom embedder ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of links to the default embedder's files."""
    folder = tmp_path / "own"
    folder.mkdir()
    for file in find_embedder("all-MiniLM-L6-v2").folder.iterdir():
        (folder / file.name).symlink_to(file)
    return folder


def test_a_custom_embedder_is_identified_by_its_weights(
    own: Path, mixed: Path, tmp_path: Path
) -> None:
    settings = load_settings({"indexes_dir": tmp_path / "indexes", "embedder": str(own)})
    first = Guide.ingest(mixed / "notes.md", settings=settings)
    assert (first.generation, first.n_embedded) == (1, len(vectors_of(settings)))
    assert Guide.open(settings=settings).manifest.embedder == str(own.resolve())
    assert Guide.ingest(mixed / "notes.md", settings=settings).unchanged
    weights = own / "model.safetensors"
    shutil.copy(weights.resolve(), tmp_path / "weights")
    weights.unlink()
    with (tmp_path / "weights").open("r+b") as opened:  # one bit of one weight
        opened.seek(-2, os.SEEK_END)
        byte = opened.read(1)
        opened.seek(-2, os.SEEK_END)
        opened.write(bytes([byte[0] ^ 1]))
    (tmp_path / "weights").rename(weights)
    other = Guide.ingest(mixed / "notes.md", settings=settings)
    assert (other.unchanged, other.generation, other.n_embedded) == (False, 2, first.n_embedded)


def test_a_custom_embedder_with_broken_weights_gives_a_one_line_error(
    own: Path, mixed: Path, tmp_path: Path
) -> None:
    (own / "model.safetensors").unlink()
    (own / "model.safetensors").write_bytes(b"\x10")
    settings = load_settings({"indexes_dir": tmp_path / "indexes", "embedder": str(own)})
    with pytest.raises(
        ModelError, match=r"sentence-transformers cannot load a model from .*own \(.+\)\. Set"
    ) as caught:
        Guide.ingest(mixed / "notes.md", settings=settings)
    assert "\n" not in str(caught.value)


# ── rejected ────────────────────────────────────────────────────────────────────────────────────


def test_no_paths_are_rejected(settings: Settings) -> None:
    with pytest.raises(UsageError, match=r"^no document given\. Name the files or folders"):
        Guide.ingest(settings=settings)


def test_a_folder_without_documents_is_rejected_before_an_index_is_created(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    settings = load_settings({"indexes_dir": tmp_path / "indexes"})
    with pytest.raises(
        InputError, match=r"^no supported documents found at .*docs\. Supported formats: "
    ):
        Guide.ingest(tmp_path / "docs", settings=settings)
    assert not settings.indexes_dir.exists()


def test_if_no_document_can_be_read_the_first_fault_is_reported(
    mixed: Path, copied: Settings
) -> None:
    before = vectors_of(copied)
    with pytest.raises(InputError, match=r"empty\.md has no text"):
        Guide.ingest(mixed / "empty.md", mixed / "broken.pdf", settings=copied)
    assert vectors_of(copied) == before


@pytest.mark.skipif(sys.platform != "linux", reason="file names are UTF-8 elsewhere")
def test_a_skipped_name_that_is_not_utf8_is_stored_with_replacements(
    mixed: Path, copied: Settings, tmp_path: Path
) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md"))
    odd.write_text(NOTES)
    report = Guide.ingest(odd, mixed / "notes.md", settings=copied)
    shown = f"{tmp_path}/caf\ufffd.md"
    assert report.skipped == {shown: f"{shown} has a name that is not UTF-8. Rename the file."}
    assert msgspec.json.decode(msgspec.json.encode(report), type=IngestReport) == report
