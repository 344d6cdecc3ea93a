"""Random edits in; whether an update makes what a fresh ingest makes, byte by byte, out.

    python benchmarks/update_edits.py [--n 100] [--seed 0]

Each trial ingests a folder of Markdown, text and a PDF, then three times edits it three times at
random (sentences reworded, sections and documents added, dropped, moved, renamed, the PDF printed
anew), updates, and ingests the folder into another index. All files of both generations, their
manifests and the hits of three questions must be the same, and another update must find nothing to
do. Exits 1 at the first difference, told with its seed.
"""

import argparse
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from reportlab.pdfgen.canvas import Canvas

from ragguide import Guide, Settings, load_settings
from ragguide.create.read import ReadOptions
from ragguide.index.store import IndexFolder
from ragguide.types import Manifest

ROUNDS, EDITS_A_ROUND = 3, 3
TAGS = {"team": "harbour"}
QUESTIONS = ["When are the tomatoes watered?", "Where is the canoe carried?", "What lifts forty?"]
BOATS = ["The ferry crosses the strait twice a day.", "A canoe is carried past the rapids."]
HARBOUR = "# Harbour\n\nThe crane lifts forty tonnes.\n"
NOTES = """\
# House rules

The windows of the attic are closed before a storm.

## Garden

Tomatoes are watered in the early morning, at 6 o'clock, with 12 litres.

## Cellar

The boiler stands behind the second door.
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    for seed in range(args.seed, args.seed + args.n):
        with tempfile.TemporaryDirectory() as scratch:
            try:
                try_edits(seed, Path(scratch))
            except AssertionError as exc:
                print(f"seed {seed}: {exc}")
                return 1
    print(f"{args.n} trials of {ROUNDS} updates: all as a fresh ingest")
    return 0


def try_edits(seed: int, folder: Path, *, n_rounds: int = ROUNDS) -> None:
    """Edit, update and compare. Raises `AssertionError` where an update differs."""
    docs = write_docs(folder.resolve() / "docs")
    settings = load_settings({"indexes_dir": folder / "indexes"})
    rng = random.Random(seed)
    ingest(docs, settings)
    for number in range(n_rounds):
        for make_edit in rng.choices(EDITS, k=EDITS_A_ROUND):
            make_edit(docs, rng)
        Guide.update(settings=settings)
        require_as_fresh(docs, settings, f"fresh-{number}")
        assert Guide.update(settings=settings).unchanged, "an update after an update is idle"


def write_docs(folder: Path) -> Path:
    """Make a folder of three documents."""
    folder.mkdir()
    _print_pages(folder / "boats.pdf", BOATS)
    (folder / "harbour.md").write_text(HARBOUR)
    (folder / "notes.md").write_text(NOTES)
    return folder


def ingest(docs: Path, settings: Settings) -> None:
    Guide.ingest(docs, settings=settings, options=ReadOptions(tags=TAGS))


def require_as_fresh(docs: Path, settings: Settings, index: str) -> None:
    """Make sure that the index in use is what a fresh ingest makes, and answers like it."""
    fresh = msgspec.structs.replace(settings, index=index)
    ingest(docs, fresh)
    names = settings.index, index
    ours, theirs = (IndexFolder(settings.indexes_dir, name).open().manifest for name in names)
    for field in ("files", "request", "sources", "n_chunks", "n_statements", "n_tokens"):
        found, wanted = (getattr(_undated(manifest), field) for manifest in (ours, theirs))
        assert found == wanted, f"{field}: {found} after an update, {wanted} anew"
    opened, anew = Guide.open(settings=settings), Guide.open(settings=fresh)
    assert opened.search_many(QUESTIONS) == anew.search_many(QUESTIONS), "other hits"


def _undated(manifest: Manifest) -> Manifest:
    """A file that was written anew with the same bytes makes no generation, and keeps its date."""
    sources = (msgspec.structs.replace(source, modified="") for source in manifest.sources)
    return msgspec.structs.replace(manifest, sources=tuple(sources))


# ── edits ───────────────────────────────────────────────────────────────────────────────────────


def _print_pages(path: Path, pages: list[str]) -> None:
    canvas = Canvas(str(path), invariant=1)
    canvas.setTitle("Boats")
    for page in pages:
        canvas.drawString(72, 780, page)
        canvas.showPage()
    canvas.save()


def _a_text(docs: Path, rng: random.Random) -> Path:
    return rng.choice(sorted(docs.glob("*.md")))


def _reword(docs: Path, rng: random.Random) -> None:
    path = _a_text(docs, rng)
    lines = path.read_text().splitlines()
    places = [i for i, line in enumerate(lines) if line and line[0] != "#"]
    if places:
        lines[rng.choice(places)] = f"The tide turns after {rng.randint(2, 99)} minutes."
    path.write_text("\n".join(lines) + "\n")


def _add_section(docs: Path, rng: random.Random) -> None:
    path = _a_text(docs, rng)
    sections = path.read_text().split("\n## ")
    number = rng.randint(1, 99)
    new = f"Pier {number}\n\nPier {number} takes boats of {number} metres.\n"
    sections.insert(rng.randint(1, len(sections)), new)
    path.write_text("\n## ".join(sections))


def _drop_section(docs: Path, rng: random.Random) -> None:
    path = _a_text(docs, rng)
    sections = path.read_text().split("\n## ")
    if len(sections) > 1:
        del sections[rng.randrange(1, len(sections))]
        path.write_text("\n## ".join(sections))


def _reprint(docs: Path, rng: random.Random) -> None:
    pages = [*BOATS, f"Rowing takes {rng.randint(2, 99)} minutes."]
    rng.shuffle(pages)
    _print_pages(docs / "boats.pdf", pages[: rng.randint(1, 3)])


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

if __name__ == "__main__":
    raise SystemExit(main())
