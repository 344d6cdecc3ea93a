"""Finding documents by paths, folders and patterns; reading them in a child process."""

import os
import re
import sys
from pathlib import Path
from threading import Timer

import pytest

from ragguide.create.documents import Limits, find_documents, parse
from ragguide.create.formats import read_document
from ragguide.create.formats.process import READER
from ragguide.errors import InputError
from ragguide.types import Document
from tests.pdfs import write_pdf

LIMITS = Limits(timeout_s=60.0, memory_mb=4096)
NOTES = "# Notes\n\nFirst the bread.\n\n## Later\n\n- then milk\n- then tea\n"
ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux enforces the memory limit"
)


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("A word.\n")


def found(*paths: Path | str) -> list[str]:
    return [path.as_posix() for path in find_documents([Path(path) for path in paths])]


def refusal(path: Path, limits: Limits = LIMITS) -> str:
    """Return the error for a path: one line that names it."""
    with pytest.raises(InputError, match=re.escape(str(path))) as caught:
        parse(path, limits)
    message = str(caught.value)
    assert message.splitlines() == [message]
    assert message.endswith(".")
    return message.removeprefix(f"{path} ")


def blocks_of(document: Document) -> list[tuple[str, int | None, str]]:
    return [(b.kind, b.line, document.text[b.start : b.end]) for b in document.blocks]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ── find ────────────────────────────────────────────────────────────────────────────────────────


def test_files_keep_their_order_and_appear_once(folder: Path) -> None:
    touch(folder, "b.md", "a.pdf", "c.txt")
    assert found("b.md", "a.pdf", "b.md", "c.txt", "a.pdf") == ["b.md", "a.pdf", "c.txt"]


def test_a_folder_expands_to_its_documents_at_any_depth_sorted(folder: Path) -> None:
    touch(folder, "docs/z.md", "docs/b/y.PDF", "docs/b/a.csv", "docs/a.html", "docs/c.docx")
    assert found("docs") == [
        "docs/a.html", "docs/b/a.csv", "docs/b/y.PDF", "docs/c.docx", "docs/z.md",
    ]  # fmt: skip


def test_hidden_and_unsupported_files_of_a_folder_are_skipped(folder: Path) -> None:
    touch(folder, "docs/a.md", "docs/.b.md", "docs/.git/c.md", "docs/photo.png", "docs/Makefile")
    (folder / "docs" / "folder.md").mkdir()
    assert found("docs") == ["docs/a.md"]


def test_a_named_hidden_folder_is_read(folder: Path) -> None:
    touch(folder, ".notes/a.md", ".notes/.b.md")
    assert found(".notes") == [".notes/a.md"]


def test_the_working_folder_is_accepted(folder: Path) -> None:
    touch(folder, "a.md", "sub/b.md")
    assert found(".") == ["a.md", "sub/b.md"]


def test_a_named_file_is_kept_with_any_suffix(folder: Path) -> None:
    touch(folder, "photo.png", ".hidden")
    assert found("photo.png", ".hidden", "missing.md") == ["photo.png", ".hidden", "missing.md"]


def test_a_file_and_its_folder_give_the_file_once(folder: Path) -> None:
    touch(folder, "docs/a.md", "docs/b.md")
    assert found("docs/b.md", "docs") == ["docs/b.md", "docs/a.md"]


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("docs/*.md", ["docs/a.md", "docs/b.md"]),
        ("docs/?.md", ["docs/a.md", "docs/b.md"]),
        ("docs/[b-z].*", ["docs/b.md", "docs/c.txt"]),
        ("docs/**/*.md", ["docs/a.md", "docs/b.md", "docs/deep/down/d.md"]),
        ("**/d.md", ["docs/deep/down/d.md"]),
        ("docs/***.txt", ["docs/c.txt"]),  # to a shell, the same as one
        ("docs/de*", ["docs/deep/down/d.md"]),  # a folder
        ("docs/**", ["docs/a.md", "docs/b.md", "docs/c.txt", "docs/deep/down/d.md"]),
    ],
)
def test_a_pattern_expands_to_its_matches(pattern: str, files: list[str], folder: Path) -> None:
    touch(folder, "docs/b.md", "docs/a.md", "docs/c.txt", "docs/deep/down/d.md", "docs/.e.md")
    touch(folder, "docs/.hidden/f.md")
    assert found(pattern) == files
    assert found(folder / pattern) == [(folder / file).as_posix() for file in files]


def test_an_existing_file_named_like_a_pattern_is_a_file(folder: Path) -> None:
    touch(folder, "plan [a].md", "plan a.md")
    assert found("plan [a].md") == ["plan [a].md"]


@pytest.mark.parametrize("path", ["empty", "*.md", "none/*.md", "empty/**"])
def test_error_for_no_documents_lists_the_formats(path: str, folder: Path) -> None:
    touch(folder, "empty/photo.png")
    expected = (
        f"no supported documents found at {path}. Supported formats: .csv .docx .htm .html "
        ".markdown .md .pdf .pptm .pptx .text .tsv .txt .xhtml .xlsm .xlsx."
    )
    with pytest.raises(InputError, match=f"^{re.escape(expected)}$"):
        find_documents([Path(path)])


def test_links_to_folders_are_not_followed(folder: Path) -> None:
    touch(folder, "docs/a.md")
    (folder / "docs" / "again").symlink_to(".")
    assert found("docs") == found("docs/**") == found("docs/**/*.md") == ["docs/a.md"]
    assert found("docs/again") == ["docs/again/a.md"]  # named explicitly


def test_a_dangling_link_is_found_and_reading_it_reports_the_fault(folder: Path) -> None:
    touch(folder, "docs/a.md")
    (folder / "docs" / "b.md").symlink_to("gone.md")
    (folder / "docs" / ".#a.md").symlink_to("an editor's lock")
    assert found("docs") == ["docs/a.md", "docs/b.md"]
    assert refusal(Path("docs/b.md")) == "does not exist. Check the path."


# ── read ────────────────────────────────────────────────────────────────────────────────────────


def test_markdown_is_read_with_its_sections_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(NOTES)
    parsed = parse(path, LIMITS)
    document = parsed.document
    assert blocks_of(document) == [
        ("heading", 1, "Notes"),
        ("paragraph", 3, "First the bread."),
        ("heading", 5, "Later"),
        ("item", 7, "• then milk"),
        ("item", 8, "• then tea"),
    ]
    assert [section.path for section in document.sections] == [("Notes",), ("Notes", "Later")]
    assert (document.name, document.title, document.unit) == ("notes", "Notes", "text")
    assert document.path == str(path.resolve())
    assert (parsed.removed, parsed.rewrites, parsed.ocr_pages) == ((), (), ())


def test_a_csv_file_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text('Item;Price;Note\nBread;3;"from\nRome"\nMilk;1;\n')
    document = parse(path, LIMITS).document
    assert blocks_of(document) == [
        ("row", 2, "Item: Bread; Price: 3; Note: from Rome"),
        ("row", 3, "Item: Milk; Price: 1"),
    ]
    assert (document.unit, document.page_labels) == ("sheet", ("prices.csv",))


def test_html_and_text_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<title>Web</title><h1>Head</h1>\n<p>Some <b>bold</b> text.")
    (tmp_path / "b.TXT").write_text("HEAD\n\nSome bold text.\n")
    web, text = (parse(tmp_path / name, LIMITS).document for name in ("a.html", "b.TXT"))
    assert blocks_of(web) == [("heading", 1, "Head"), ("paragraph", 2, "Some bold text.")]
    assert blocks_of(text) == [("heading", 1, "HEAD"), ("paragraph", 3, "Some bold text.")]
    assert (web.title, text.title) == ("Web", "HEAD")


@pytest.mark.parametrize("name", ["two words.md", "Übersicht für 機械学習.md", "-c.md", "--.md"])
def test_the_child_reads_any_file_name_from_any_folder(name: str, folder: Path) -> None:
    inside = folder / "my döcs"
    inside.mkdir()
    (inside / name).write_text(NOTES, "utf-8")
    os.chdir(inside)  # the fixture `folder` changes back
    document = parse(Path(name), LIMITS).document
    assert document == read_document(inside / name)
    assert document.name == name.removesuffix(".md")


def test_the_child_imports_nothing_from_the_working_folder(folder: Path) -> None:
    for module in ("json", "csv", "glob", "hashlib", "msgspec", "markdown_it", "ragguide"):
        (folder / f"{module}.py").write_text(f"open('{module} ran', 'w')\nraise SystemExit(9)\n")
    (folder / "notes.md").write_text(NOTES)
    assert parse(Path("notes.md"), LIMITS).document.title == "Notes"
    assert list(folder.glob("* ran")) == []


@pytest.mark.parametrize("name", ["guide", "guide.bak", "guide.PDF"])
def test_a_pdf_is_read_with_any_suffix(name: str, tmp_path: Path) -> None:
    path = write_pdf(tmp_path / name, ["Opening words of all."])
    assert parse(path, LIMITS).document.text == "Opening words of all."


# ── reject ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["no.md", "no.pdf", "no.png", "no", "no.md/a.md"])
def test_a_missing_file_is_rejected(name: str, tmp_path: Path) -> None:
    assert refusal(tmp_path / name) == "does not exist. Check the path."


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("old.doc", "(.doc). Save it as .docx first."),
        ("photo.png", "(.png). Supported formats: .pdf .csv .docx .htm .html .markdown .md .pptm "
         ".pptx .text .tsv .txt .xhtml .xlsm .xlsx."),
        ("README", "(no suffix). Supported formats: .pdf .csv .docx .htm .html .markdown .md .pptm "
         ".pptx .text .tsv .txt .xhtml .xlsm .xlsx."),
    ],
)  # fmt: skip
def test_an_unsupported_format_is_rejected(name: str, advice: str, tmp_path: Path) -> None:
    touch(tmp_path, name)
    assert refusal(tmp_path / name) == f"has no supported format {advice}"


def test_a_file_that_is_not_a_pdf_despite_its_suffix_is_rejected(tmp_path: Path) -> None:
    touch(tmp_path, "a.pdf")
    assert refusal(tmp_path / "a.pdf").startswith("is not a PDF: it does not begin with %PDF-.")


def test_an_empty_file_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.md").touch()
    assert refusal(tmp_path / "a.md") == "is empty (0 bytes). Download it again."


@pytest.mark.parametrize("suffix", ["md", "pdf", "csv", "png"])
def test_circular_links_are_rejected(suffix: str, tmp_path: Path) -> None:
    one, two = tmp_path / f"one.{suffix}", tmp_path / f"two.{suffix}"
    one.symlink_to(two)
    two.symlink_to(one)
    assert find_documents([one]) == [one]
    assert "symbolic links" in refusal(one)


def test_a_null_byte_in_a_path_is_rejected() -> None:
    with pytest.raises(
        InputError, match=r"^'a\\x00\.md' cannot be opened: it contains a null byte"
    ):
        parse(Path("a\0.md"), LIMITS)


@ON_LINUX
def test_a_name_that_is_not_utf8_is_rejected(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md"))
    path.write_text(NOTES)
    with pytest.raises(InputError, match=r"caf\ufffd\.md has a name that is not UTF-8\. Rename"):
        parse(path, LIMITS)


def test_a_pdf_of_only_running_heads_is_rejected(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [f"The Handbook\n{n}" for n in range(1, 5)])
    assert refusal(path) == (
        "has no content: its 4 pages have only running heads and page numbers. Check the file."
    )


def test_a_slow_child_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("A line of notes that says little.\n\n" * 300_000)
    assert refusal(path, Limits(timeout_s=0.05, memory_mb=4096)) == (
        "took longer than 0.05 s to read. Split it into smaller files, or raise parse_timeout_s."
    )
    path.write_text(NOTES)
    assert parse(path, LIMITS).document.text == parse(path, LIMITS).document.text


def test_ctrl_c_while_the_timer_starts_leaves_no_timer_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python waits for its threads before it exits: ten minutes for this one, by default."""
    path = tmp_path / "a.md"
    path.write_text(NOTES)
    started: list[Timer] = []

    class Interrupted(Timer):
        def start(self) -> None:
            super().start()
            started.append(self)
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("threading.Timer", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            parse(path, LIMITS)
    (timer,) = started
    timer.join(timeout=20)
    assert not timer.is_alive()
    assert parse(path, LIMITS).document.text == parse(path, LIMITS).document.text


def test_a_child_answers_many_documents_in_order(tmp_path: Path) -> None:
    for n in range(30):
        (tmp_path / f"{n}.md").write_text(f"# Notes {n}\n\nThe number of this file is {n}.\n")
    for n in range(30):
        assert f"this file is {n}." in parse(tmp_path / f"{n}.md", LIMITS).document.text
        if n % 7 == 0:
            refusal(tmp_path / f"no {n}.md")


def test_a_new_child_replaces_a_crashed_one(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(NOTES)
    first = parse(path, LIMITS).document
    assert READER._child is not None
    READER._child._process.kill()
    READER._child._process.wait()
    assert parse(path, LIMITS).document == first


@ON_LINUX
def test_a_document_over_the_memory_limit_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("So many words are said here.\n" * 1_000_000)  # 29 MB
    message = refusal(path, Limits(timeout_s=60.0, memory_mb=120))
    assert message == (
        "exceeds the memory limit. Split it into smaller files, or raise parse_memory_mb."
    )


@ON_LINUX
def test_error_for_a_crashed_child_names_its_status(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(NOTES)
    message = refusal(path, Limits(timeout_s=60.0, memory_mb=20))  # less than Python itself
    assert message == (
        "cannot be read: the reader process stopped (status 1). "
        "Open it in its own program and save it again."
    )


def test_printed_numbers_are_labels_if_the_file_has_none(tmp_path: Path) -> None:
    pages = [
        f"The {name} is kept in the loft.\n{label}"
        for name, label in zip(
            ("scythe", "rake", "sieve", "flail", "yoke"),
            ("ii", "iii", "41", "42", "43"),
            strict=True,
        )
    ]
    document = parse(write_pdf(tmp_path / "loft.pdf", pages), LIMITS).document
    assert document.page_labels == ("ii", "iii", "41", "42", "43")
    own = parse(write_pdf(tmp_path / "own.pdf", pages, n_roman=5), LIMITS).document
    assert own.page_labels == ("i", "ii", "iii", "iv", "v")


def test_a_single_number_at_the_foot_is_no_label(tmp_path: Path) -> None:
    pages = ["The scythe is kept in the loft.\n1874", "The rake is kept in the barn."]
    document = parse(write_pdf(tmp_path / "loft.pdf", pages), LIMITS).document
    assert document.page_labels == ("1", "2")
