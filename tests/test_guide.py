"""The Python API, end to end, on the default guide with real models."""

import re
import shutil
from pathlib import Path

import msgspec
import pypdf
import pytest

from ragguide import Answer, Filter, Found, Guide, Piece, Settings, load_settings
from ragguide.create.ingest import IngestReport
from ragguide.errors import IndexMismatch, IndexMissing, InputError, ModelError, UsageError
from ragguide.index.store import IndexFolder
from ragguide.retrieve.fuse import KEYWORD_HALF
from tests.conftest import FAST_GENERATOR, GUIDE_PDF

pytestmark = pytest.mark.model

KENDRA = "How many passages can Amazon Kendra return for one query, and how long may each be?"


def squeeze(text: str) -> str:
    """Drop white space and straighten quotes, to find a quote on a raw page."""
    return re.sub(r"\s+", "", text.translate(str.maketrans("’‘“”", "''\"\"")))


def page_text(number: int) -> str:
    return squeeze(pypdf.PdfReader(GUIDE_PDF).pages[number - 1].extract_text())


def copied(guide: Guide, tmp_path: Path) -> Settings:
    """Return settings for a copy of the guide's index."""
    copy = shutil.copytree(guide.settings.indexes_dir, tmp_path / "indexes")
    return msgspec.structs.replace(guide.settings, indexes_dir=copy)


@pytest.fixture(scope="module")
def answer(guide: Guide) -> Answer:
    return guide.query(KENDRA)


def test_report_counts_what_was_read(guide_report: IngestReport, guide: Guide) -> None:
    assert guide_report.n_pages == len(pypdf.PdfReader(GUIDE_PDF).pages)
    assert guide_report.n_chunks == len(guide.chunks)
    texts = {chunk.embedded_text for chunk in guide.chunks}
    texts |= {chunk.statement_text(each) for chunk in guide.chunks for each in chunk.statements}
    assert guide_report.n_embedded == len(texts)  # each text once
    assert guide_report.skipped == {}
    once = {"load", "export"}  # stages of the embedder that run once for all tests
    stages = [stage for stage in guide_report.seconds if stage not in once]
    assert stages == ["read", "chunk", "embed", "index", "write"]


def test_search_finds_the_passage_with_its_page_and_section(guide: Guide) -> None:
    hits = guide.search(KENDRA, top_k=3)
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].score >= hits[1].score >= hits[2].score
    assert "100 passages" in hits[0].chunk.text
    assert hits[0].chunk.section[-1].endswith("Amazon Kendra")
    first, last = hits[0].chunk.page_first, hits[0].chunk.page_last
    assert any("100passages" in page_text(page) for page in range(first, last + 1))


def test_search_many_finds_the_same_hits_as_single_searches(guide: Guide) -> None:
    questions = [KENDRA, "overfitting", "What does a feature store keep, and for whom?"]
    together = guide.search_many(questions, top_k=4)
    for question, hits in zip(questions, together, strict=True):
        alone = guide.search(question, top_k=4)
        assert [hit.chunk.id for hit in hits] == [hit.chunk.id for hit in alone]
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in alone])
    assert guide.search_many([]) == []


@pytest.mark.parametrize(
    ("typed", "meant", "said"),
    [
        (
            "which databse engins does rds suport besides arora",
            "which database engins does rds support besides Aurora",
            "six engines besides Aurora",
        ),
        (
            "how long is a kuberntes verson suported in EKS",
            "how long is a Kubernetes version supported in EKS",
            "14 months",
        ),
    ],
)
def test_a_mistyped_question_finds_the_intended_passage(
    typed: str, meant: str, said: str, guide: Guide
) -> None:
    reading = guide.read(typed)
    assert reading.text == meant
    assert guide.read(meant).corrected == {}
    hits = guide.search(typed)
    assert hits == guide.search(meant)
    assert said in " ".join(hits[0].chunk.text.split())
    pages = range(hits[0].chunk.page_first, hits[0].chunk.page_last + 1)
    assert any(squeeze(said) in page_text(page) for page in pages)
    answer = guide.query(typed, quotes_only=True)
    assert answer.warnings == reading.notes
    assert answer.question == typed
    assert said in " ".join(quote.quote for quote in answer.quotes)


@pytest.mark.parametrize(
    ("right", "mistyped"),
    [  # one letter from a word of the guide
        ("which dividend do calories give the freezer", "which dividnd do calores give the freezr"),
        ("is OpenAI a StableLM", "is Openapy a Stabel"),
    ],
)
def test_a_correct_word_that_the_guide_lacks_is_not_corrected(
    right: str, mistyped: str, guide: Guide
) -> None:
    assert guide.read(right).corrected == {}
    assert guide.read(mistyped).corrected != {}


def test_an_answer_respects_its_page_filter(guide: Guide) -> None:
    where = Filter(sections=("databases",))
    answer = guide.query(KENDRA, where=where, quotes_only=True)
    assert answer.hits == tuple(guide.search(KENDRA, where=where))
    assert answer.hits
    for hit in answer.hits:
        titles = [hit.chunk.section, *(each.section for each in hit.chunk.statements)]
        assert any("databases" in title.casefold() for path in titles for title in path)


def test_quotes_are_on_the_pages_and_in_the_sections_of_the_filter(guide: Guide) -> None:
    questions = (KENDRA, "How long is the default timeout?", "Which metrics are there?")
    cases = [(question, page) for question in questions for page in (10, 36, 41)]
    n_quotes = 0
    for question, page in cases:
        where = Filter(page_first=page, page_last=page + 1)
        quotes = guide.under(lenient(guide)).query(question, where=where, quotes_only=True).quotes
        assert all(page <= each.page_first <= each.page_last <= page + 1 for each in quotes)
        n_quotes += len(quotes)
    assert n_quotes > len(cases)
    where = Filter(sections=("Amazon Kendra",))
    (first, *others) = guide.query(KENDRA, where=where, quotes_only=True).quotes
    assert all("Amazon Kendra" in each.section for each in (first, *others))


def test_pages_that_state_nothing_refuse_the_question(guide: Guide) -> None:
    contents = Filter(page_first=3, page_last=4)
    answer = guide.under(lenient(guide)).query(KENDRA, where=contents, quotes_only=True)
    assert (answer.refused, answer.quotes) == (True, ())
    assert answer.hits


def lenient(guide: Guide) -> Settings:
    """Return the guide's settings, but without refusals."""
    return msgspec.structs.replace(guide.settings, false_refusals=0.0)


def test_a_quoted_row_names_its_table(guide: Guide) -> None:
    answer = guide.query("glacier deep archive minimum storage charge", quotes_only=True)
    caption, row = answer.quotes[0].quote.split("\n")
    assert caption == "Table 2.3. S3 storage classes"
    assert row.startswith("Class: Glacier Deep Archive; ")
    assert "180 days" in row
    lines = [line.text for line in guide.raw_lines(answer.quotes[0])]
    assert squeeze(lines[0]) == squeeze(caption)
    assert "180 days" in " ".join(lines)


def test_every_statement_is_on_the_page_that_it_names(guide: Guide) -> None:
    raw = [squeeze(page.extract_text()) for page in pypdf.PdfReader(GUIDE_PDF).pages]
    (document,) = IndexFolder(guide.settings.indexes_dir, "default").open().documents()
    # Rows are reworded with their columns.
    rows = {block.start for block in document.blocks if block.kind == "row"}
    n_checked = 0
    for chunk in guide.chunks:
        for statement in chunk.statements:
            if chunk.start + statement.start in rows:
                continue
            page = chunk.page_at(statement.start)
            words = chunk.text[statement.start : statement.end].split()
            # The first words of a statement are on one page; hyphens may split later ones.
            assert squeeze("".join(words[:3])) in raw[page - 1], (chunk.id, words[:3])
            n_checked += 1
    assert n_checked > 1000


def test_answer_names_the_figures_and_cites_their_page(answer: Answer) -> None:
    assert "100" in answer.answer
    assert "200" in answer.answer
    assert not answer.refused
    assert answer.model == FAST_GENERATOR
    assert answer.degraded == ()
    cited = answer.citations[0]
    assert f"[{cited.mark}]" in answer.answer
    assert "100passages" in page_text(cited.page_first)


def test_quotes_and_citations_are_word_for_word_on_their_page(answer: Answer) -> None:
    assert answer.quotes
    for citation in (*answer.quotes, *answer.citations):
        assert squeeze(citation.quote) in page_text(citation.page_first)
        labels = pypdf.PdfReader(GUIDE_PDF).page_labels
        assert citation.page_label == labels[citation.page_first - 1]


def test_raw_lines_of_a_citation_are_on_its_page(guide: Guide, answer: Answer) -> None:
    pages = pypdf.PdfReader(GUIDE_PDF).pages
    for citation in (*answer.quotes, *answer.citations):
        lines = guide.raw_lines(citation)
        assert squeeze("".join(line.text for line in lines)) == squeeze(citation.quote)
        for line in lines:
            assert line.text in pages[line.page - 1].extract_text()


def test_a_quote_of_another_index_has_no_raw_lines(guide: Guide, answer: Answer) -> None:
    alien = msgspec.structs.replace(answer.quotes[0], quote="It says no such thing.")
    with pytest.raises(UsageError, match="default/000001 has no such quote on page"):
        guide.raw_lines(alien)


def test_stream_shows_what_was_found_before_the_first_word(guide: Guide) -> None:
    events = list(guide.stream(KENDRA))
    assert isinstance(events[0], Found)
    assert isinstance(events[-1], Answer)
    pieces = events[1:-1]
    assert all(isinstance(event, Piece) for event in pieces)
    assert "".join(p.text for p in pieces if isinstance(p, Piece)) == events[-1].answer


def test_same_question_gets_the_same_answer(guide: Guide, answer: Answer) -> None:
    assert guide.query(KENDRA).answer == answer.answer


def test_question_that_the_guide_does_not_answer_is_refused(guide: Guide) -> None:
    answer = guide.query("Who won the football world cup in 2022?")
    assert answer.refused
    assert (answer.answer, answer.quotes, answer.citations, answer.model) == ("", (), (), None)
    assert answer.looked_for == ("won", "football", "world", "cup", "2022")
    assert answer.absent == ("won", "football", "cup", "2022")
    assert answer.refusal.startswith("The guide does not say: it does not contain “won”, ")


def test_quotes_only_asks_no_model(guide: Guide) -> None:
    answer = guide.query(KENDRA, quotes_only=True)
    assert answer.model is None
    assert answer.answer == ""
    assert "100 passages" in answer.quotes[0].quote


def test_without_the_generator_the_quotes_are_the_answer(
    guide_settings: Settings, guide: Guide, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(guide_settings, models_dir=tmp_path)
    answer = Guide.open(settings=settings).query(KENDRA)
    assert answer.quotes == guide.query(KENDRA, quotes_only=True).quotes
    assert answer.degraded == (
        f"quotes only: the generator {FAST_GENERATOR} is not on this machine. "
        f"Run `ragguide models pull {FAST_GENERATOR}`.",
    )


def test_a_bare_address_is_quoted_only_for_a_question_about_one(
    guide_settings: Settings, tmp_path: Path
) -> None:
    address = "https://example.org/docs/spot-instances/what-spot-instances-cost"
    notes = tmp_path / "notes.md"
    notes.write_text(
        f"# Spot Instances\n\n- Spot Instances cost up to 90 % less.\n- {address}\n"
        "- Spot Instances may be interrupted.\n"
    )
    settings = msgspec.structs.replace(
        guide_settings, indexes_dir=tmp_path / "indexes", false_refusals=0.0
    )
    Guide.ingest(notes, settings=settings)
    guide = Guide.open(settings=settings)

    def quotes(question: str) -> str:
        answer = guide.query(question, quotes_only=True)
        return " ".join(quote.quote for quote in answer.quotes)

    assert address not in quotes("What do Spot Instances cost?")
    assert "90 % less" in quotes("What do Spot Instances cost?")
    assert address in quotes("Which website tells what Spot Instances cost?")


@pytest.mark.parametrize("question", ["", "  \n "])
def test_empty_question_is_refused_as_usage(guide: Guide, question: str) -> None:
    with pytest.raises(UsageError, match="the question is empty"):
        guide.search(question)


def test_document_for_a_question_is_refused_as_usage(guide: Guide) -> None:
    with pytest.raises(UsageError, match="2,001 characters; the limit is 2,000"):
        guide.search("x" * 2001)


def test_opening_a_missing_index_names_the_command_that_creates_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match=r"no index 'default' in .*ragguide ingest FILE"):
        Guide.open(settings=Settings(indexes_dir=tmp_path))


def test_index_of_another_embedder_is_refused(guide: Guide, tmp_path: Path) -> None:
    other = tmp_path / "other-model"
    other.mkdir()
    (other / "modules.json").write_text("[]")
    settings = msgspec.structs.replace(guide.settings, embedder=str(other))
    with pytest.raises(IndexMismatch, match=r"has vectors of all-MiniLM-L6-v2 \(384 dims\)"):
        Guide.open(settings=settings)


def test_broken_embedder_gives_a_one_line_error(guide_settings: Settings, tmp_path: Path) -> None:
    other = tmp_path / "broken"
    other.mkdir()
    (other / "modules.json").write_text("{")
    settings = msgspec.structs.replace(
        guide_settings, indexes_dir=tmp_path / "indexes", embedder=str(other)
    )
    with pytest.raises(ModelError, match=r"modules.json is damaged"):
        Guide.ingest(GUIDE_PDF, settings=settings)


# ── ingest ──────────────────────────────────────────────────────────────────────────────────────


def test_ingest_of_the_same_guide_changes_nothing(tmp_path: Path, guide: Guide) -> None:
    settings = copied(guide, tmp_path)
    report = Guide.ingest(GUIDE_PDF, settings=settings)
    assert report.unchanged
    assert report.generation == 1
    assert list(report.seconds) == ["read"]


def test_known_texts_are_not_embedded_again(tmp_path: Path, guide: Guide) -> None:
    settings = copied(guide, tmp_path)
    shorter = tmp_path / "guide.pdf"
    writer = pypdf.PdfWriter()
    writer.append(GUIDE_PDF, pages=(4, 9))  # five pages; only chunks at the cut are new
    writer.write(shorter)
    report = Guide.ingest(shorter, settings=settings)
    assert report.generation == 2
    assert report.n_pages == 5
    assert 0 < report.n_embedded < report.n_chunks / 2


def test_unreadable_documents_are_skipped_and_named(
    tmp_path: Path, guide_settings: Settings
) -> None:
    settings = msgspec.structs.replace(guide_settings, indexes_dir=tmp_path / "indexes")
    short, broken = tmp_path / "short.pdf", tmp_path / "broken.pdf"
    writer = pypdf.PdfWriter()
    writer.append(GUIDE_PDF, pages=(24, 25))
    writer.write(short)
    broken.write_bytes(b"")
    report = Guide.ingest(broken, short, settings=settings)
    assert report.skipped == {str(broken): f"{broken} is empty (0 bytes). Download it again."}
    assert [source.name for source in report.sources] == ["short"]


def test_failed_ingest_leaves_the_index_unchanged(tmp_path: Path, guide: Guide) -> None:
    settings = copied(guide, tmp_path)
    before = {p: p.stat().st_mtime_ns for p in settings.indexes_dir.rglob("*") if p.is_file()}
    with pytest.raises(InputError, match="does not exist"):
        Guide.ingest(tmp_path / "none.pdf", settings=settings)
    after = {p: p.stat().st_mtime_ns for p in settings.indexes_dir.rglob("*") if p.is_file()}
    assert after == before


def test_documents_with_the_same_name_get_different_names(
    tmp_path: Path, guide_settings: Settings
) -> None:
    settings = msgspec.structs.replace(guide_settings, indexes_dir=tmp_path / "indexes")
    paths = [tmp_path / folder / "guide.pdf" for folder in ("a", "b")]
    for n, path in enumerate(paths):
        path.parent.mkdir()
        writer = pypdf.PdfWriter()
        writer.append(GUIDE_PDF, pages=(24 + n, 25 + n))
        writer.write(path)
    report = Guide.ingest(*paths, settings=settings)
    assert [source.name for source in report.sources] == ["a/guide", "b/guide"]
    ids = [chunk.id for chunk in Guide.open(settings=settings).chunks]
    assert len(set(ids)) == len(ids)
    assert {id_.rpartition("/")[0] for id_ in ids} == {"a/guide", "b/guide"}


# ── other settings ──────────────────────────────────────────────────────────────────────────────


def test_recut_builds_an_index_from_the_stored_documents(guide: Guide, tmp_path: Path) -> None:
    """The chunks are the same as after an ingest with those settings."""
    chapter = tmp_path / "chapter.pdf"
    writer = pypdf.PdfWriter()
    writer.append(GUIDE_PDF, pages=(4, 12))
    writer.write(chapter)
    settings = msgspec.structs.replace(guide.settings, indexes_dir=tmp_path / "indexes")
    Guide.ingest(chapter, settings=settings)
    whole = Guide.open(settings=settings, embedder=guide.embedder)
    settings = msgspec.structs.replace(settings, indexes_dir=tmp_path / "other", chunk_tokens=240)
    report = whole.recut(settings)
    assert "read" not in report.seconds
    recut = Guide.open(settings=settings, embedder=guide.embedder)
    again = Guide.ingest(chapter, settings=settings)
    assert again.unchanged
    assert 0 < len(recut.chunks) < len(whole.chunks)
    assert recut.documents() == whole.documents()
    assert recut.embedder is guide.embedder


def test_guide_under_other_settings_shares_index_and_models(guide: Guide) -> None:
    question = "What is Amazon Kendra?"
    by_words = guide.under(msgspec.structs.replace(guide.settings, dense_weight=0.0))
    assert by_words.embedder is guide.embedder
    best = by_words.search(question)[0]
    words = best.why.keyword_score
    assert best.score == pytest.approx(words / (words + KEYWORD_HALF), abs=1e-6)
    assert guide.settings.dense_weight == 0.5
    assert guide.search(question)[0].score != best.score


def test_missing_generator_is_an_error_if_required(guide: Guide, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(
        guide.settings, models_dir=tmp_path, generator="smollm2-135m-instruct"
    )
    bare = Guide.open(settings=settings, embedder=guide.embedder)
    with pytest.raises(ModelError, match="smollm2-135m-instruct"):
        bare.generator()


def test_a_guide_beside_has_the_newest_generation_and_the_same_models(tmp_path: Path) -> None:
    source = tmp_path / "guide.md"
    source.write_text("# Kiln\n\nThe kiln holds 12 trays.\n", "utf-8")
    settings = load_settings({"indexes_dir": tmp_path / "indexes"})
    Guide.ingest(source, settings=settings)
    guide = Guide.open(settings=settings)
    guide.warm_up()
    assert guide.is_current()
    source.write_text("# Kiln\n\nThe kiln holds 15 trays.\n", "utf-8")
    Guide.update(settings=settings)
    assert not guide.is_current()
    newer = guide.beside()
    assert (guide.index_name, newer.index_name) == ("default/000001", "default/000002")
    assert newer.embedder is guide.embedder
    assert newer._generator is guide._generator
    for each, said in ((guide, "12 trays"), (newer, "15 trays")):
        assert said in each.search("how many trays does the kiln hold")[0].chunk.text
    with pytest.raises(IndexMissing, match="no index 'other'"):
        guide.beside("other")
