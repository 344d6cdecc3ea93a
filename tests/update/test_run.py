"""Sources that change, and the index after an update: as a fresh one would be, and no dearer."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ragguide import Guide, Settings, load_settings, making
from ragguide.errors import IndexMismatch, IndexMissing, InputError
from ragguide.index.store import IndexFolder
from ragguide.reading import ReadOptions
from ragguide.update import run
from ragguide.update.changes import Changes
from tests.pdfs import write_pdf

pytestmark = pytest.mark.model

NOTES = """\
# House rules

The windows of the attic are closed before a storm.

## Garden

Tomatoes are watered in the early morning, at 6 o'clock, with 12 litres.

## Cellar

The boiler stands behind the second door.
"""
HARBOUR = "# Harbour\n\nThe crane lifts forty tonnes.\n"
BOATS = ["The ferry crosses the strait twice a day.", "A canoe is carried past the rapids."]
TAGS = {"team": "harbour"}
QUESTIONS = ["When are the tomatoes watered?", "Where is the canoe carried?", "What lifts forty?"]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    write_pdf(folder / "boats.pdf", BOATS, title="Boats")
    (folder / "harbour.md").write_text(HARBOUR)
    (folder / "notes.md").write_text(NOTES)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"indexes_dir": tmp_path / "indexes"})


def ingest(docs: Path, settings: Settings) -> None:
    Guide.ingest(docs, settings=settings, options=ReadOptions(tags=TAGS))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def require_as_fresh(docs: Path, settings: Settings, index: str) -> None:
    """The index in use is what a fresh ingest makes, byte by byte, and answers like it."""
    fresh = msgspec.structs.replace(settings, index=index)
    ingest(docs, fresh)
    ours, theirs = (
        IndexFolder(settings.indexes_dir, each).open() for each in (settings.index, index)
    )
    assert ours.manifest.files == theirs.manifest.files
    for name in ("request", "sources", "n_chunks", "n_statements", "n_tokens", "vector_index"):
        assert getattr(ours.manifest, name) == getattr(theirs.manifest, name)
    opened = Guide.open(settings=settings), Guide.open(settings=fresh)
    assert opened[0].search_many(QUESTIONS) == opened[1].search_many(QUESTIONS)


# ── as a fresh ingest ───────────────────────────────────────────────────────────────────────────


def _reword(docs: Path, rng: random.Random) -> None:
    path = rng.choice(sorted(docs.glob("*.md")))
    lines = path.read_text().splitlines()
    places = [i for i, line in enumerate(lines) if line and line[0] != "#"]
    if places:
        lines[rng.choice(places)] = f"The tide turns after {rng.randint(2, 99)} minutes."
    path.write_text("\n".join(lines) + "\n")


def _add_section(docs: Path, rng: random.Random) -> None:
    path = rng.choice(sorted(docs.glob("*.md")))
    sections = path.read_text().split("\n## ")
    number = rng.randint(1, 99)
    new = f"Pier {number}\n\nPier {number} takes boats of {number} metres.\n"
    sections.insert(rng.randint(1, len(sections)), new)
    path.write_text("\n## ".join(sections))


def _drop_section(docs: Path, rng: random.Random) -> None:
    path = rng.choice(sorted(docs.glob("*.md")))
    sections = path.read_text().split("\n## ")
    if len(sections) > 1:
        del sections[rng.randrange(1, len(sections))]
        path.write_text("\n## ".join(sections))


def _reprint(docs: Path, rng: random.Random) -> None:
    pages = [*BOATS, f"Rowing takes {rng.randint(2, 99)} minutes."]
    rng.shuffle(pages)
    write_pdf(docs / "boats.pdf", pages[: rng.randint(1, 3)], title="Boats")


def _add_document(docs: Path, rng: random.Random) -> None:
    name = rng.choice(["anchor.md", "notes.txt", "zinc.txt", "notes.markdown"])
    (docs / name).write_text(f"# Anchor\n\nAn anchor of {rng.randint(2, 99)} kilograms holds.\n")


def _drop_document(docs: Path, rng: random.Random) -> None:
    paths = sorted(path for path in docs.rglob("*.*") if path.name != "boats.pdf")
    if len(list(docs.glob("*.md"))) > 1:
        rng.choice(paths).unlink()


def _move_document(docs: Path, rng: random.Random) -> None:
    (docs / "more").mkdir(exist_ok=True)
    path = rng.choice(sorted(docs.glob("*.*")))
    name = rng.choice([path.name, f"old-{path.name}"])
    if len(list(docs.glob("*.md"))) > 1 and path.name != "boats.pdf":
        path.rename(docs / "more" / name)


EDITS: tuple[Callable[[Path, random.Random], None], ...] = (
    _reword, _add_section, _drop_section, _reprint, _add_document, _drop_document, _move_document,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_after_any_edits_an_update_makes_what_a_fresh_ingest_makes(
    seed: int, docs: Path, settings: Settings
) -> None:
    rng = random.Random(seed)
    ingest(docs, settings)
    for round_ in range(2):
        for make_edit in rng.choices(EDITS, k=3):
            make_edit(docs, rng)
        Guide.update(settings=settings)
        require_as_fresh(docs, settings, f"fresh-{round_}")
        assert Guide.update(settings=settings).unchanged


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
        InputError, match=r"^none of the 3 sources is there any more, such as .*boats\.pdf; the ind"
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
    said = f"{docs / 'boats.pdf'} is empty (0 bytes). Fetch it again."
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
    assert set(report.plan.read.values()) == {"read otherwise"}
    assert (report.generation, report.n_embedded, report.changes.is_empty) == (2, 0, True)
    assert Guide.update(settings=settings).unchanged


def test_other_weights_embed_all_anew(
    docs: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(docs, settings)
    n_texts = len(IndexFolder(settings.indexes_dir, "default").open().statements())
    monkeypatch.setattr(making, "embedder_sha256", lambda _files: "0" * 64)
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
    with pytest.raises(IndexMismatch, match=r"holds all-MiniLM-L6-v2 vectors .* settings ask for"):
        Guide.update(settings=other)
