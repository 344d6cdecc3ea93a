"""`ragguide ingest`, run as a user runs it: what it prints, and what it refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest

from tests.cli.inside import ragguide as inside
from tests.cli.test_commands import one_line, ragguide
from tests.conftest import GUIDE_PDF
from tests.pdfs import write_pdf


def _damage(kind: str, path: Path) -> None:
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "no PDF":
        path.write_bytes(b"once upon a time")
    elif kind == "damaged":
        path.write_bytes(b"%PDF-1.7\n" + b"\x00garbage" * 50)
    elif kind == "encrypted":
        writer = pypdf.PdfWriter()
        writer.append(GUIDE_PDF, pages=(4, 5))
        writer.encrypt("secret", algorithm="AES-256")
        writer.write(path)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", "does not exist"),
        ("empty", "is empty (0 bytes)"),
        ("no PDF", "is not a PDF"),
        ("damaged", "damaged"),
        ("encrypted", "needs a password"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(kind: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "my guide.pdf"
    _damage(kind, path)
    indexes = tmp_path / "indexes"
    shown = ragguide("ingest", path, RAGGUIDE_INDEXES_DIR=str(indexes))
    assert shown.returncode == 2
    last = shown.stderr.splitlines()[-1]
    assert last.startswith(f"ragguide: {path}")
    assert said in last
    assert "Traceback" not in shown.stderr
    assert not indexes.exists()


@pytest.mark.model
def test_ingest_says_what_it_made_and_skips_what_it_cannot_read(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    writer = pypdf.PdfWriter()
    writer.append(GUIDE_PDF, pages=(24, 26))
    writer.write(good)
    bad.write_bytes(b"")
    environ = {"RAGGUIDE_INDEXES_DIR": str(tmp_path / "indexes")}
    shown = ragguide("ingest", "-i", "two", good, bad, **environ)
    assert shown.returncode == 2  # something was left out
    assert shown.stdout.startswith("two/000001: good (2 pages)\n")
    assert f"skipped: {bad} is empty (0 bytes). Download it again." in shown.stderr
    again = ragguide("ingest", "-i", "two", "--json", good, bad, **environ)
    report = json.loads(again.stdout)
    assert again.returncode == 2
    assert report["unchanged"] is True
    assert report["generation"] == 1


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder of several formats, and the environment of an index for it."""
    folder = tmp_path_factory.mktemp("mixed")
    docs = folder / "my döcs"
    docs.mkdir()
    write_pdf(docs / "boats.pdf", ["The ferry crosses twice a day.", ""], title="Boats")
    (docs / "prices.csv").write_text("Item,Price,Shelf\nRye bread,3.20,A1\nOat milk,1.90,B7\n")
    (docs / "rules.md").write_text("# Rules\n\nThe attic is closed before a storm.\n")
    (docs / "void.txt").touch()
    return docs, {"RAGGUIDE_INDEXES_DIR": str(folder / "indexes")}


@pytest.mark.model
def test_a_folder_of_several_formats_is_read_and_searched(
    mixed: tuple[Path, dict[str, str]],
) -> None:
    docs, environ = mixed
    shown = ragguide("ingest", docs, "--tag", "team=harbour", "--tag", " year = 2024", **environ)
    assert shown.returncode == 2  # something was left out
    assert shown.stdout.startswith(
        "default/000001: boats (2 pages), prices (1 sheet), rules (text)\n"
        "not read in full: 1 document, 1 page\n3 chunks, "
    )
    skipped = [line for line in shown.stderr.splitlines() if line.startswith("skipped: ")]
    boats = docs / "boats.pdf"
    assert skipped == [
        f"skipped: {docs / 'void.txt'} is empty (0 bytes). Download it again.",
        f"skipped: page 2 of {boats} has no text layer (a scan?); read it with --ocr",
    ]
    again = ragguide("ingest", "-j", docs, "--tag=team=harbour", "--tag=year=2024", **environ)
    report = json.loads(again.stdout)
    assert again.returncode == 2
    assert list(report) == [
        "schema_version", "index", "generation", "unchanged", "sources", "skipped", "n_pages",
        "n_chunks", "n_tokens", "n_texts", "n_embedded", "vector_index", "seconds",
    ]  # fmt: skip
    assert (report["unchanged"], report["generation"], report["n_pages"]) == (True, 1, 4)
    assert list(report["skipped"]) == [str(docs / "void.txt")]
    assert report["sources"][1]["tags"] == {"team": "harbour", "year": "2024"}
    assert [source["unit"] for source in report["sources"]] == ["page", "sheet", "text"]
    questions = "price of oat milk\nattic in a storm\n"
    found = ragguide("search", "-j", "-k1", "-", stdin=questions, **environ).stdout.splitlines()
    places = [json.loads(line)["hits"][0] for line in found]
    assert [(place["document"], place["locator"]) for place in places] == [
        ("prices", "sheet prices.csv, rows 2-3"),
        ("rules", "line 3"),
    ]
    told = ragguide("query", "--quotes", "price of oat milk", **environ)
    assert told.stdout.startswith("[1] prices, sheet prices.csv, row 3\n")
    assert '"Item: Oat milk; Price: 1.90; Shelf: B7"' in told.stdout


@pytest.mark.parametrize("tag", ["team", "=harbour", " = harbour", "", "team=\x1b[31m"])
def test_malformed_tag_is_usage(tag: str, tmp_path: Path) -> None:
    shown = ragguide("ingest", GUIDE_PDF, "--tag", tag, cwd=tmp_path)
    assert shown.returncode == 2
    assert f"--tag {tag!r} " in one_line(shown.stderr)
    assert list(tmp_path.iterdir()) == []


def test_links_in_a_circle_are_one_line(tmp_path: Path) -> None:
    for suffix in ("pdf", "md"):
        one, two = tmp_path / f"one.{suffix}", tmp_path / f"two.{suffix}"
        one.symlink_to(two)
        two.symlink_to(one)
        shown = ragguide("ingest", one, cwd=tmp_path)
        assert shown.returncode == 2
        last = shown.stderr.splitlines()[-1]
        assert last.startswith(f"ragguide: {one} cannot be read: Too many levels of symbolic links")
        assert "Traceback" not in shown.stderr


def test_folder_without_documents_is_one_line(tmp_path: Path) -> None:
    shown = ragguide("ingest", tmp_path, cwd=tmp_path)
    assert shown.returncode == 2
    assert f"no supported documents found at {tmp_path}. Supported formats: " in one_line(
        shown.stderr
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.model
def test_parts_that_are_not_read_are_named(tmp_path: Path) -> None:
    page = tmp_path / "kiln.html"
    page.write_text("<h1>Kiln</h1><p>It burns.</p><object data=parts.pdf></object>")
    shown = ragguide("ingest", page, RAGGUIDE_INDEXES_DIR=str(tmp_path / "indexes"))
    assert shown.returncode == 0
    assert (
        f"not read: {page}: embedded content (parts.pdf). "
        "Save it as a file of its own to include it."
    ) in shown.stderr
    assert "could not be read" not in shown.stdout


@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_person_is_told_what_to_type_next_and_a_script_is_not(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n\nThe gate opens at nine.\n")
    command = ("ingest", "notes.md", "-i", "art", "--indexes-dir", "my indexes")
    assert "next:" not in inside(*command, cwd=tmp_path).stdout
    theirs, ours = os.openpty()
    with os.fdopen(theirs, "rb", buffering=0) as screen:
        subprocess.run(
            [sys.executable, "-m", "ragguide", *command], stdout=ours, cwd=tmp_path, check=True
        )
        os.close(ours)
        shown = screen.read(4096).decode().splitlines()
    there = "-i art --indexes-dir 'my indexes'"
    assert shown[-2:] == [
        f'next: ragguide query {there} "QUESTION"', f"  or: ragguide chat {there}",
    ]  # fmt: skip


@pytest.mark.model
def test_an_index_made_in_one_folder_is_listed_in_another(tmp_path: Path) -> None:
    (tmp_path / "pumps").mkdir()
    (tmp_path / "pumps" / "notes.md").write_text("# Notes\n\nThe gate opens at nine.\n")
    env = {"RAGGUIDE_DATA_DIR": str(tmp_path / "data")}
    assert inside("ingest", "notes.md", cwd=tmp_path / "pumps", **env).returncode == 0
    listed = inside("index", "list", cwd=tmp_path, **env).stdout.splitlines()
    assert listed[0].startswith(f"No indexes in {tmp_path / 'indexes'}.")
    assert listed[2] == f"in {tmp_path / 'pumps' / 'indexes'} (--indexes-dir):"
