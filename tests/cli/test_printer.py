"""What is printed for people on a terminal."""

import re
from pathlib import Path

import msgspec
import pytest

from ragguide.cli.printer import Printer
from ragguide.create.rawmap import RawLine
from ragguide.errors import IndexCorrupt
from ragguide.types import Answer, Citation, Found, SourceRecord
from tests.augment.test_evidence import hit

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


def answer(text: str = "AI reads it. [1]", **fields: object) -> Answer:
    given: dict[str, object] = {
        "question": "Who reads it?", "answer": text, "refused": False, "refusal": "",
        "chance": 0.9, "looked_for": ("reads",), "absent": (), "quotes": (CITATION,),
        "citations": (CITATION,), "hits": (), "model": "m", "index": "default/000001",
        "timings_s": {}, "tokens": {}, "degraded": (), "warnings": (),
    }  # fmt: skip
    return Answer(**given | fields)  # type: ignore[arg-type]


def shown(printer: Printer, capsys: pytest.CaptureFixture[str], said: Answer | None = None) -> str:
    printer.answer(said or answer())
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
    assert out == 'AI reads it. [1]\n\n[1] guide, pp. 2-3\n    "AI reads it, line by line."\n\n'


def test_without_an_answer_the_quotes_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printer = Printer([record(tmp_path / "g.pdf")], lambda _: LINES)
    out = shown(printer, capsys, answer("", citations=()))
    assert out == '[1] guide, pp. 2-3\n    "AI reads it, line by line."\n\n'


def test_quotes_that_no_mark_leads_to_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printer = Printer([record(tmp_path / "g.pdf")], lambda _: LINES)
    other = msgspec.structs.replace(CITATION, mark=2)
    out = shown(printer, capsys, answer(quotes=(CITATION, other)))
    assert out.endswith('"\n\n1 more quote: ragguide query --quotes …\n\n')


def test_a_refusal_offers_each_of_the_nearest_sections_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printer = Printer([record(tmp_path / "g.pdf")], lambda _: LINES)
    found = hit(0, 0)
    chunks = [
        msgspec.structs.replace(found.chunk, document="guide", section=(title,))
        for title in ("Tides", "Tides", "Permits", "Fees", "Piers")
    ]
    hits = tuple(msgspec.structs.replace(found, chunk=chunk) for chunk in chunks)
    refusal = answer(
        "", refused=True, refusal="The guide does not say.", quotes=(), citations=(), hits=hits
    )
    place = f"guide, {found.chunk.locator}"
    assert shown(printer, capsys, refusal) == (
        "The guide does not say.\nNearest sections:\n"
        f"- {place} · Tides\n- {place} · Permits\n- {place} · Fees\n\n"
    )


def test_a_refusal_of_the_model_shows_the_nearest_statements(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printer = Printer([record(tmp_path / "g.pdf")], lambda _: LINES)
    quotes = tuple(msgspec.structs.replace(CITATION, mark=mark) for mark in (1, 2, 3))
    refusal = answer(
        "", refused=True, refusal="The guide does not say.", quotes=quotes, citations=()
    )
    out = shown(printer, capsys, refusal)
    assert out.startswith("The guide does not say.\nNearest statements:\n[1] guide, pp. 2-3\n")
    assert "[2]" in out
    assert "[3]" not in out
    assert "sections" not in out


@pytest.mark.parametrize("width", [40, 80, 120])
def test_words_wrap_on_a_terminal_and_hang_below_their_text(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    width: int,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    long = "The northern harbour office renews seasonal fishing permits in spring. " * 3
    quote = msgspec.structs.replace(CITATION, quote=long.strip(), section="Harbour > Permits")
    said = answer(f"- {long}[1]", quotes=(quote,), citations=(quote,))
    out = shown(Printer([record(tmp_path / "g.pdf")], lambda _: LINES), capsys, said)
    lines = re.sub(r"\x1b(?:\[[\d;]*m|\][^\x1b]*\x1b\\)", "", out).splitlines()
    assert max(map(len, lines)) <= width
    words = set(long.split()) | {"-", "[1]", "guide,", "pp.", "2-3", "·", "Harbour", ">", "Permits"}
    assert {word.strip('"') for line in lines for word in line.split()} <= words
    item = lines[: lines.index("")] if "" in lines else lines
    assert all(line.startswith("  ") for line in item[1:])


def test_the_preview_is_replaced_by_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    printer = Printer([record(tmp_path / "g.pdf")], lambda _: LINES)
    printer.preview(
        Found(
            hits=(),
            quotes=(CITATION,),
            refused=False,
            chance=0.9,
            looked_for=("reads",),
            absent=(),
        )
    )
    assert "AI reads it, line by line." in capsys.readouterr().out
    assert "\x1b[2K" in shown(printer, capsys)  # erases the lines of the preview
    printer.stop()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("n_lines", "n_shown"), [(2, 0), (3, 1), (4, 1), (5, 2), (40, 3)])
def test_the_preview_never_scrolls_since_it_could_not_be_removed(
    n_lines: int,
    n_shown: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", str(n_lines))
    printer = Printer([record(tmp_path / "g.pdf")], lambda _: LINES)
    quotes = tuple(msgspec.structs.replace(CITATION, mark=mark) for mark in (1, 2, 3))
    printer.preview(
        Found(
            hits=(),
            quotes=quotes,
            refused=False,
            chance=0.9,
            looked_for=("reads",),
            absent=(),
        )
    )
    printer.stop()
    out = capsys.readouterr().out
    assert [mark for mark in (1, 2, 3) if f"[{mark}]" in out] == [1, 2, 3][:n_shown]


def test_brackets_of_the_guide_are_printed_as_they_are_and_link_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    said = answer("AI reads a[0], see [12] and [bold]. [1]")
    out = shown(Printer([record(tmp_path / "g.pdf")]), capsys, said)
    assert "AI reads a[0], see [12] and [bold]. [1]" in out
    assert re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b", out) == [
        f"{tmp_path.as_uri()}/g.pdf#page=2"  # of the quote
    ]
