"""Sources that change, and the index after an update: as a fresh one would be, and no dearer."""

import shutil
from pathlib import Path

import msgspec
import pytest

from benchmarks.update_edits import NOTES, TAGS, ingest, try_edits, write_docs
from ragguide import Guide, Settings, load_settings
from ragguide.embed import weights
from ragguide.errors import IndexMismatch, IndexMissing, InputError
from ragguide.index import build as making
from ragguide.index.store import IndexFolder
from ragguide.update import run
from ragguide.update.changes import Changes

pytestmark = pytest.mark.model


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write_docs(tmp_path.resolve() / "docs")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"indexes_dir": tmp_path / "indexes"})


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("seed", range(2))
def test_after_any_edits_an_update_makes_what_a_fresh_ingest_makes(
    seed: int, tmp_path: Path
) -> None:
    """Two trials of `benchmarks/update_edits.py`; it tries hundreds."""
    try_edits(seed, tmp_path, n_rounds=2)


def test_without_kept_vectors_those_of_the_generation_in_use_are_taken(
    docs: Path, settings: Settings
) -> None:
    settings = msgspec.structs.replace(settings, vectors_kept_mb=0)
    ingest(docs, settings)
    before = IndexFolder(settings.indexes_dir, "default").open()
    edit(docs / "notes.md", "second door", "third door")
    report = Guide.update(settings=settings)
    after = IndexFolder(settings.indexes_dir, "default").open()
    shas = [chunk.text_sha for chunk in before.chunks()]
    rows = [
        (row, shas.index(c.text_sha)) for row, c in enumerate(after.chunks()) if c.text_sha in shas
    ]
    assert len(rows) == report.plan.n_chunks_kept == len(shas) - report.plan.n_chunks_dropped
    for new, old in rows:
        assert after.vectors()[new].tobytes() == before.vectors()[old].tobytes()
    assert report.n_embedded == report.plan.n_texts_new > 0


# ── what is done, and what is not ───────────────────────────────────────────────────────────────


def test_nothing_changed_makes_no_generation(docs: Path, settings: Settings) -> None:
    ingest(docs, settings)
    (docs / "notes.md").write_text(NOTES)  # the same bytes, at another time
    report = Guide.update(settings=settings)
    assert (report.unchanged, report.generation, report.n_embedded) == (True, 1, 0)
    assert report.changes.is_empty
    assert list(report.seconds) == ["compare"]


def test_only_what_changed_is_read_and_only_new_text_embedded(
    docs: Path, settings: Settings
) -> None:
    ingest(docs, settings)
    edit(docs / "notes.md", "12 litres", "15 litres")
    (docs / "anchor.md").write_text("# Anchor\n\nAn anchor holds.\n")
    report = Guide.update(settings=settings)
    assert report.plan.read == {
        str(docs / "anchor.md"): "new", str(docs / "notes.md"): "changed",
    }  # fmt: skip
    assert report.plan.keep == (str(docs / "boats.pdf"), str(docs / "harbour.md"))
    assert (report.plan.n_chunks_new, report.plan.n_chunks_dropped) == (2, 1)
    # Two chunks, the sentence with the number, and the anchor's.
    assert report.plan.n_texts_new == report.n_embedded == 4
    sources = Guide.open(settings=settings).manifest.sources
    assert [source.name for source in sources] == ["anchor", "boats", "harbour", "notes"]
    assert [source.tags for source in sources] == [TAGS] * 4


@pytest.mark.parametrize(("name", "why"), [("notes.md", "moved"), ("rules.md", "renamed")])
def test_a_document_in_another_place_embeds_nothing(
    name: str, why: str, docs: Path, settings: Settings
) -> None:
    ingest(docs, settings)
    (docs / "more").mkdir()
    (docs / "notes.md").rename(docs / "more" / name)
    report = Guide.update(settings=settings)
    moved, gone = str(docs / "more" / name), str(docs / "notes.md")
    assert report.plan.move == ({moved: gone} if why == "moved" else {})
    assert report.plan.read == ({} if why == "moved" else {moved: "renamed"})
    assert (report.generation, report.n_embedded, report.plan.drop) == (2, 0, ())
    assert report.changes.is_empty
    assert {source.path for source in Guide.open(settings=settings).manifest.sources} == {
        str(docs / "boats.pdf"), str(docs / "harbour.md"), moved,
    }  # fmt: skip


def test_a_new_document_of_a_known_name_gets_a_name_of_its_own(
    docs: Path, settings: Settings
) -> None:
    ingest(docs, settings)
    (docs / "more").mkdir()
    (docs / "more" / "notes.md").write_text("# Sails\n\nSails are dried before they are stowed.\n")
    (docs / "zoo").mkdir()
    (docs / "harbour.md").rename(docs / "zoo" / "notes.md")
    report = Guide.update(settings=settings)
    assert report.generation == 2
    guide = Guide.open(settings=settings)
    assert {source.path: source.name for source in guide.manifest.sources} == {
        str(docs / "boats.pdf"): "boats",
        str(docs / "more" / "notes.md"): "more/notes",
        str(docs / "notes.md"): "notes",
        str(docs / "zoo" / "notes.md"): "zoo/notes",
    }
    ids = [chunk.id for chunk in guide.chunks]
    assert len(set(ids)) == len(ids)


def test_a_vanished_document_is_dropped_and_told(docs: Path, settings: Settings) -> None:
    ingest(docs, settings)
    (docs / "harbour.md").unlink()
    report = Guide.update(settings=settings)
    assert report.plan.drop == (str(docs / "harbour.md"),)
    assert report.changes.documents_removed == ("harbour",)
    hits = Guide.open(settings=settings).search("What lifts forty tonnes?", top_k=20)
    assert "harbour" not in {hit.chunk.document for hit in hits}


def test_if_all_have_vanished_the_index_stays(docs: Path, settings: Settings) -> None:
    ingest(docs, settings)
    shutil.rmtree(docs)
    with pytest.raises(
        InputError,
        match=r"^none of the 3 sources exists any more, for example .*boats\.pdf; the ind",
    ):
        Guide.update(settings=settings)
    assert Guide.open(settings=settings).manifest.generation == 1


def test_a_changed_document_that_cannot_be_read_stays_as_it_was(
    docs: Path, settings: Settings
) -> None:
    ingest(docs, settings)
    whole = (docs / "boats.pdf").read_bytes()
    (docs / "boats.pdf").write_bytes(b"")
    report = Guide.update(settings=settings)
    said = f"{docs / 'boats.pdf'} is empty (0 bytes). Download it again."
    assert (report.unchanged, report.skipped) == (True, {str(docs / "boats.pdf"): said})
    edit(docs / "notes.md", "12 litres", "15 litres")
    report = Guide.update(settings=settings)
    assert (report.generation, list(report.skipped)) == (2, [str(docs / "boats.pdf")])
    best = Guide.open(settings=settings).search("Where is the canoe carried?")[0].chunk
    assert (best.document, best.page_first) == ("boats", 1)
    (docs / "boats.pdf").write_bytes(whole)
    assert Guide.update(settings=settings).unchanged


def test_a_dry_run_tells_the_plan_and_writes_nothing(docs: Path, settings: Settings) -> None:
    ingest(docs, settings)
    edit(docs / "notes.md", "12 litres", "15 litres")
    before = {path: path.stat().st_mtime_ns for path in settings.indexes_dir.rglob("*")}
    planned = Guide.update(settings=settings, dry_run=True)
    assert {path: path.stat().st_mtime_ns for path in settings.indexes_dir.rglob("*")} == before
    assert (planned.generation, planned.unchanged, planned.n_embedded) == (1, False, 0)
    done = Guide.update(settings=settings)
    assert (done.plan, done.changes) == (planned.plan, planned.changes)
    assert [(n.before, n.after) for n in done.changes.rewritten[0].numbers] == [("12", "15")]


def test_another_version_of_the_text_reads_all_again_but_embeds_only_what_is_new(
    docs: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(docs, settings)
    later = making.TEXT_VERSION + 1
    for module in (run, making):
        monkeypatch.setattr(module, "TEXT_VERSION", later)
    report = Guide.update(settings=settings)
    assert set(report.plan.read.values()) == {"new text version"}
    assert (report.generation, report.n_embedded, report.changes.is_empty) == (2, 0, True)
    assert Guide.update(settings=settings).unchanged


def test_other_weights_embed_all_anew(
    docs: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(docs, settings)
    n_texts = len(IndexFolder(settings.indexes_dir, "default").open().statements())
    monkeypatch.setattr(weights, "embedder_sha256", lambda _files: "0" * 64)
    plan = Guide.update(settings=settings, dry_run=True).plan
    assert (plan.n_chunks_kept, plan.n_chunks_new) == (0, plan.n_chunks_dropped)
    assert plan.n_texts_new > n_texts


def test_an_index_is_cut_as_it_was_whatever_is_set_now(docs: Path, settings: Settings) -> None:
    fine = msgspec.structs.replace(settings, chunk_tokens=32, chunk_overlap=0, index_type="hnsw")
    ingest(docs, fine)
    edit(docs / "notes.md", "12 litres", "15 litres")
    Guide.update(settings=settings)
    manifest = Guide.open(settings=settings).manifest
    assert (manifest.chunk_tokens, manifest.chunk_overlap) == (32, 0)
    assert manifest.vector_index.asked.index_type == "hnsw"


def test_a_judge_is_given_the_new_generation_and_may_refuse_it(
    docs: Path, settings: Settings
) -> None:
    ingest(docs, settings)
    edit(docs / "notes.md", "at 6 o'clock", "at 7 o'clock")
    seen = []

    def refuse(draft: Guide, changes: Changes) -> None:
        seen.append(draft.search("When are the tomatoes watered?")[0].chunk.text)
        assert [each.titles[-1] for each in changes.rewritten] == ["Garden"]
        raise InputError("worse")

    with pytest.raises(InputError, match=r"^worse$"):
        Guide.update(settings=settings, judge=refuse)
    assert "at 7 o'clock" in seen[0]
    assert Guide.open(settings=settings).manifest.generation == 1


def test_no_index_and_another_embedder_are_refused(docs: Path, settings: Settings) -> None:
    with pytest.raises(IndexMissing, match=r"there is no index 'default'"):
        Guide.update(settings=settings)
    assert not settings.indexes_dir.exists()
    ingest(docs, settings)
    for name in ("config.json", "tokenizer.json"):
        (docs / name).write_text("{}")
    other = msgspec.structs.replace(settings, embedder=str(docs))
    with pytest.raises(
        IndexMismatch, match=r"has vectors of all-MiniLM-L6-v2 .* the settings name"
    ):
        Guide.update(settings=other)
