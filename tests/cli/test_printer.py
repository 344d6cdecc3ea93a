"""What is printed for people on a terminal."""

from pathlib import Path

import pytest

from ragguide.cli.printer import Printer
from ragguide.create.rawmap import RawLine
from ragguide.errors import IndexCorrupt
from ragguide.types import Citation, Found, SourceRecord

CITATION = Citation(
    mark=1,
    quote="AI reads it, line by line.",
    document="guide",
    page_first=2,
    page_last=3,
    page_label="2",
    locator="pp. 2-3",
    section="",
)
LINES = (RawLine(2, 8, "Al reads it,"), RawLine(2, 9, "line"), RawLine(3, 0, "by line, and on."))


def record(path: Path) -> SourceRecord:
    return SourceRecord(
        name="guide",
        path=str(path),
        title="Guide",
        sha256="0" * 64,
        size_bytes=1,
        modified="2026-01-01T00:00:00+00:00",
        n_pages=3,
        unit="page",
        unreadable={},
        ocr_pages=(),
        tags={},
    )


def shown(printer: Printer, capsys: pytest.CaptureFixture[str]) -> str:
    printer.found(
        Found(
            hits=(),
            quotes=(CITATION,),
            refused=False,
            chance=0.9,
            looked_for=("discount",),
            absent=(),
        )
    )
    return capsys.readouterr().out


def test_click_on_a_quote_searches_its_page_for_the_printed_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = shown(Printer([record(tmp_path / "g.pdf")], lambda _: LINES), capsys)
    assert f"{tmp_path.as_uri()}/g.pdf#page=2&search=Al%20reads%20it%2C&phrase=true" in out


def test_click_still_leads_to_the_page_if_the_index_was_pruned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pruned(_: Citation) -> tuple[RawLine, ...]:
        raise IndexCorrupt("gone")

    monkeypatch.setenv("FORCE_COLOR", "1")
    out = shown(Printer([record(tmp_path / "g.pdf")], pruned), capsys)
    assert "#page=2" in out
    assert "search=" not in out


def test_no_links_off_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(Printer([record(tmp_path / "g.pdf")], lambda _: LINES), capsys)
    assert out == '[1] guide, pp. 2-3\n    "AI reads it, line by line."\n\n'
