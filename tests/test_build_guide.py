"""The default guide's PDF: the same bytes each time, and what a reader and `ragguide` rely on."""

import importlib
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import Destination

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "data" / "guide"


def flat(text: str) -> str:
    """Return `text` with single spaces, plain apostrophes and no line breaks."""
    return " ".join(text.replace("\u2019", "'").split())


def outline_entries(
    reader: PdfReader, nodes: Any, depth: int = 0
) -> Iterator[tuple[int, str, int]]:
    """Yield (depth, title, page index) of every outline entry, in order."""
    for node in nodes:
        if isinstance(node, Destination):
            page = reader.get_destination_page_number(node)
            assert page is not None
            yield depth, flat(str(node.title)), page
        else:
            yield from outline_entries(reader, node, depth + 1)


def source_headings() -> list[tuple[str, str]]:
    """Return (file, title) of every heading in the Markdown sources, read without the builder."""
    found = []
    for path in sorted(GUIDE.glob("[0-9]*.md")):
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
        found += [(path.name, match[1]) for match in re.finditer(r"^#+ (.+)$", text, flags=re.M)]
    return found


@pytest.fixture(scope="module")
def builder() -> Iterator[Any]:
    """The module scripts/build_guide.py."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        yield importlib.import_module("build_guide")
    finally:
        sys.path.remove(str(ROOT / "scripts"))


@pytest.fixture(scope="module")
def pdf(builder: Any) -> bytes:
    """A fresh build of the guide."""
    built = builder.build()
    assert isinstance(built, bytes)
    return built


@pytest.fixture(scope="module")
def reader(pdf: bytes) -> PdfReader:
    """The fresh build, opened."""
    return PdfReader(BytesIO(pdf))


@pytest.fixture(scope="module")
def pages(reader: PdfReader) -> list[str]:
    """The text of every page."""
    return [page.extract_text() for page in reader.pages]


def test_two_builds_and_the_committed_pdf_are_the_same_bytes(builder: Any, pdf: bytes) -> None:
    """Neither time nor order of building shows in the PDF, and the committed one is fresh."""
    assert builder.build() == pdf
    assert (ROOT / "data" / "guide.pdf").read_bytes() == pdf


def test_metadata_and_length(reader: PdfReader, pages: list[str]) -> None:
    """Title and author are set, and the guide has the length of a short book."""
    metadata = reader.metadata
    assert metadata is not None
    assert metadata.title == "Machine Learning on AWS: A Working Guide"
    assert metadata.author == "The ragguide contributors"
    assert 50 <= len(pages) <= 60
    assert "First edition, 2026" in flat(pages[0])


def test_outline_holds_every_heading_on_its_page(reader: PdfReader, pages: list[str]) -> None:
    """Entries follow the sources, are nested three deep, and point to the heading's page."""
    entries = list(outline_entries(reader, reader.outline))
    for _, title, page in entries:
        assert title in flat(pages[page]), (title, page)
    unnumbered = [re.sub(r"^\d+(\.\d+)* ", "", title) for _, title, _ in entries]
    unnumbered.remove("Contents")  # made by the builder
    assert unnumbered == [title for _, title in source_headings()]
    assert {depth for depth, _, _ in entries} == {0, 1, 2}
    pages_in_order = [page for _, _, page in entries]
    assert pages_in_order == sorted(pages_in_order)


def test_page_labels_are_roman_and_then_start_again_at_1(
    reader: PdfReader, pages: list[str]
) -> None:
    """Labels run i, ii, ... in the front matter and 1, 2, ... after it, as printed on the pages."""
    labels = reader.page_labels
    first = labels.index("1")
    assert labels[:first] == ["i", "ii", "iii", "iv"][:first]
    assert first >= 3
    assert labels[first:] == [str(number + 1) for number in range(len(pages) - first)]
    for label, text in list(zip(labels, pages, strict=True))[1:]:
        assert text.split()[-1] == label


def test_contents_lead_to_the_printed_pages(reader: PdfReader, pages: list[str]) -> None:
    """Each chapter and section stands in the contents with its label and one link."""
    entries = list(outline_entries(reader, reader.outline))
    first = reader.page_labels.index("1")
    body = [(title, page) for depth, title, page in entries if depth < 2 and page >= first]
    contents = flat(" ".join(pages[2:first]))
    links = sum(len(page.get("/Annots") or []) for page in reader.pages[2:first])
    assert links == len(body)
    for title, index in body:
        assert f" {title} {reader.page_labels[index]} " in contents


def test_a_long_table_repeats_its_header(pages: list[str]) -> None:
    """The glossary's header row is on two pages in a row, and only the first has the caption."""
    at = [index for index, text in enumerate(pages) if "Term Meaning" in flat(text)]
    assert len(at) >= 2
    assert at == list(range(at[0], at[0] + len(at)))
    assert "Terms used in this guide" in pages[at[0]]
    assert "Terms used in this guide" not in pages[at[1]]


def test_text_is_extracted_as_words_rows_and_bullets(pages: list[str]) -> None:
    """Sentences keep their spaces, a table row is one line, and bullets are bullets."""
    everything = "\n".join(pages)
    assert "up to 100 passages for a query, each of up to 200 token words" in flat(everything)
    assert "p5.48xlarge 8 NVIDIA H100 80 GB Training large models" in everything.splitlines()
    assert everything.count("\u2022 ") >= 60
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f\ufffd]", everything) is None


def test_cross_references_name_a_section_that_exists(pages: list[str], reader: PdfReader) -> None:
    """Every "(section 4.3)" in the text is the number of a heading."""
    numbers = {title.split()[0] for _, title, _ in outline_entries(reader, reader.outline)}
    cited = re.findall(r"\(section (\d+(?:\.\d+)*)\)", flat(" ".join(pages)))
    assert len(cited) >= 10
    assert set(cited) <= numbers


def test_check_tells_a_stale_pdf_from_a_fresh_one(
    builder: Any,
    pdf: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`--check` is silent and 0 for a fresh PDF, one line and 1 for any other or none."""
    out = tmp_path / "guide.pdf"
    assert builder.main(["--check", "--out", str(out)]) == 1
    assert not out.exists()
    out.write_bytes(pdf)
    capsys.readouterr()
    monkeypatch.setattr(builder, "build", lambda *_: pdf)  # as it did above, for two seconds
    assert builder.main(["--check", "--out", str(out)]) == 0
    assert capsys.readouterr().out == ""
    out.write_bytes(pdf + b"\n")
    assert builder.main(["--check", "--out", str(out)]) == 1
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# One\n\n### Three\n", "out of place"),
        ("# One\n\n## Two\n\n## Two\n", "repeated"),
        ("# One\n\nSee [there](01-one.md#nowhere).\n", "leads to no heading"),
        ("# One\n\nTable: no table\n\nText.\n", "no table follows"),
        ("# One\n\n![x](figure:none)\n", "no figure is named"),
        ("# One\n\n\u2264\n", "fonts"),
    ],
)
def test_a_bad_source_is_named(builder: Any, tmp_path: Path, text: str, complaint: str) -> None:
    """A slip in a chapter stops the build with the file's name and what is wrong."""
    front = "# Title\n\nSubtitle\n\nEdition\n\n## About\n\nText.\n"
    (tmp_path / "00-front.md").write_text(front, encoding="utf-8")
    (tmp_path / "01-one.md").write_text(text, encoding="utf-8")
    with pytest.raises(builder.GuideError, match=f"01-one.md: .*{complaint}"):
        builder.build(tmp_path)
