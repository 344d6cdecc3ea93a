"""`ragguide inspect`: for people, and as JSON."""

import json
from pathlib import Path

import pytest

from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line
from tests.cli.test_commands import ragguide as ragguide_process
from tests.pdfs import encrypt, write_pdf

PAGES = [
    f"The Handbook\n{name} chapter\nWhat {name} says is told on this very page, in full.\n{n}"
    for n, name in enumerate(("Alpha", "Bravo", "Gamma", "Delta"), start=1)
]
MARKS = [("Alpha chapter", 1, 1), ("Bravo chapter", 2, 2), ("Delta chapter", 1, 4)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pages, the third a scan; the first is labelled i."""
    return write_pdf(
        tmp_path_factory.mktemp("inspect") / "handbook.pdf",
        [*PAGES[:2], "", PAGES[3]],
        title="Handbook",
        bookmarks=MARKS,
        n_roman=1,
    )


def rule(title: str) -> str:
    return f"\n── {title} ".ljust(80, "─")


def test_text_shows_pages_with_removed_lines_sections_and_chunks(path: Path) -> None:
    shown = ragguide_process("inspect", path)
    assert shown.returncode == 0
    assert shown.stderr == ""
    assert shown.stdout.splitlines() == "\n".join(
        [
            f"{path.resolve()}: Handbook",
            "4 pages, 3 sections, 2 chunks",
            "warning: page 3 has no text layer (a scan?); read it with --ocr",
            rule("page 1 (printed i)"),
            "Alpha chapter",
            "What Alpha says is told on this very page, in full.",
            "   removed (running head or foot): The Handbook",
            "   removed (page number): 1",
            "   section: Alpha chapter",
            "   chunk handbook/p0001-01: 26 words, pp. 1-2 (printed i)",
            rule("page 2 (printed 1)"),
            "Bravo chapter",
            "What Bravo says is told on this very page, in full.",
            "   removed (running head or foot): The Handbook",
            "   removed (page number): 2",
            "   section: Alpha chapter > Bravo chapter",
            rule("page 3 (printed 2)"),
            "has no text layer (a scan?); read it with --ocr",
            rule("page 4 (printed 3)"),
            "Delta chapter",
            "What Delta says is told on this very page, in full.",
            "   removed (running head or foot): The Handbook",
            "   removed (page number): 4",
            "   section: Delta chapter",
            "   chunk handbook/p0004-01: 13 words, p. 4 (printed 3)",
        ]
    ).split("\n")


def test_raw_shows_the_text_layer_above_the_cleaned_text(path: Path) -> None:
    shown = ragguide("inspect", "--raw", "--pages", "2", path)
    _, _, printed = shown.stdout.partition(rule("page 2 (printed 1)") + "\n")
    assert printed.splitlines()[:6] == [
        "   raw: The Handbook",
        "   raw: Bravo chapter",
        "   raw: What Bravo says is told on this very page, in full.",
        "   raw: 2",
        "Bravo chapter",
        "What Bravo says is told on this very page, in full.",
    ]


def test_json_starts_with_the_schema_version(path: Path) -> None:
    shown = ragguide("inspect", "--json", path)
    assert shown.returncode == 0
    assert shown.stdout.count("\n") == 1
    seen = json.loads(shown.stdout)
    assert list(seen) == [
        "schema_version", "document", "path", "title", "unit", "pages", "sections", "chunks",
        "rewrites", "warnings",
    ]  # fmt: skip
    assert seen["schema_version"] == 1
    assert (seen["document"], seen["title"], seen["unit"]) == ("handbook", "Handbook", "page")
    assert list(seen["pages"][0]) == [
        "number", "label", "raw", "cleaned", "removed", "unreadable", "by_ocr",
    ]  # fmt: skip
    assert seen["pages"][1]["raw"].strip() == PAGES[1]
    assert seen["pages"][1]["removed"] == [
        {"text": "The Handbook", "reason": "running head or foot"},
        {"text": "2", "reason": "page number"},
    ]
    assert [(each["path"][-1], each["page"]) for each in seen["sections"]] == [
        ("Alpha chapter", 1), ("Bravo chapter", 2), ("Delta chapter", 4),
    ]  # fmt: skip
    assert [chunk["id"] for chunk in seen["chunks"]] == ["handbook/p0001-01", "handbook/p0004-01"]
    assert seen["warnings"] == ["page 3 has no text layer (a scan?); read it with --ocr"]


@pytest.mark.parametrize(
    ("pages", "numbers", "sections", "chunks"),
    [
        ("2", [2], ["Bravo chapter"], ["handbook/p0001-01"]),  # which begins before
        ("2-3", [2, 3], ["Bravo chapter"], ["handbook/p0001-01"]),
        ("3-3", [3], [], []),
        ("4-99", [4], ["Delta chapter"], ["handbook/p0004-01"]),
    ],
)
def test_only_the_pages_asked_for_are_shown(
    pages: str, numbers: list[int], sections: list[str], chunks: list[str], path: Path
) -> None:
    text = ragguide("inspect", path, "--pages", pages)
    assert (text.returncode, text.stderr) == (0, "")
    assert text.stdout.splitlines()[1] == "4 pages, 3 sections, 2 chunks"
    headed = [line for line in text.stdout.splitlines() if line.startswith("── ")]
    assert [int(line.split()[2]) for line in headed] == numbers
    seen = json.loads(ragguide("inspect", path, "--pages", pages, "--json").stdout)
    assert [page["number"] for page in seen["pages"]] == numbers
    assert [each["path"][-1] for each in seen["sections"]] == sections
    assert [chunk["id"] for chunk in seen["chunks"]] == chunks


@pytest.mark.parametrize("pages", ["x", "", "0", "0-2", "3-2", "3-", "-3", "1-2-3", "1,2", "1.5"])
def test_a_malformed_range_is_usage(pages: str, path: Path) -> None:
    shown = ragguide("inspect", path, f"--pages={pages}")
    assert (shown.returncode, shown.stdout) == (2, "")
    expected = f"ragguide: --pages {pages!r} is not a page or a range of pages, e.g. 3 or 20-40.\n"
    assert one_line(shown.stderr) == expected


def test_pages_past_the_end_are_usage(path: Path) -> None:
    shown = ragguide("inspect", path, "--pages", "5-6")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert one_line(shown.stderr) == (
        f"ragguide: --pages 5-6 is past the end: {path} has 4 pages.\n"
    )


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    shown = ragguide("inspect", tmp_path / "none.pdf")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert one_line(shown.stderr) == (
        f"ragguide: {tmp_path / 'none.pdf'} does not exist. Check the path.\n"
    )


def test_a_folder_is_one_line(tmp_path: Path) -> None:
    shown = ragguide("inspect", tmp_path)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert f"{tmp_path} is a folder" in one_line(shown.stderr)


def test_a_password_opens_it_from_the_environment(tmp_path: Path) -> None:
    locked = encrypt(
        write_pdf(tmp_path / "a.pdf", ["Opening words."]), password="swan", algorithm="AES-256"
    )
    assert "needs a password" in one_line(ragguide("inspect", locked).stderr)
    shown = ragguide("inspect", locked, RAGGUIDE_PASSWORD="swan")
    assert shown.returncode == 0
    assert "\nOpening words.\n" in shown.stdout


def test_sheets_and_texts_are_counted_in_their_own_units(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("Item,Price,Shelf\nRye,3.20,A1\nOats,1.90,B7\n")
    (tmp_path / "rules.md").write_text("# Rules\n\nThe attic is closed.\n")
    sheet = ragguide("inspect", tmp_path / "prices.csv").stdout.splitlines()
    assert sheet[1:] == "\n".join(
        [
            "1 sheet, 1 section, 1 chunk",
            "warning: no headings found: passages will have no section",
            rule("sheet 1 (prices.csv)"),
            "Item: Rye; Price: 3.20; Shelf: A1",
            "Item: Oats; Price: 1.90; Shelf: B7",
            "   chunk prices/p0001-01: 12 words, sheet prices.csv, rows 2-3",
        ]
    ).split("\n")
    text = ragguide("inspect", tmp_path / "rules.md").stdout.splitlines()
    assert text[0].endswith("rules.md: Rules")
    assert text[1:] == "\n".join(
        [
            "text, 1 section, 1 chunk",
            rule("text 1"),
            "Rules",
            "The attic is closed.",
            "   section: Rules",
            "   chunk rules/p0001-01: 5 words, line 3",
        ]
    ).split("\n")
