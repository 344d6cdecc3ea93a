"""Hits as people see them, on a terminal and off it."""

import pytest

from ragguide.cli.printer import Printer
from ragguide.fields import hit_fields
from ragguide.types import Hit, Why
from tests.retrieve.made import a_chunk, a_source

HIT = Hit(
    rank=1,
    score=0.51234,
    confidence="very high",
    why=Why(
        cosine=0.61234,
        cosine_rank=2,
        statement_cosine=0.71234,
        keyword_score=8.1234,
        keyword_rank=1,
        matched=("Spot", "saves", "C++"),
    ),
    chunk=a_chunk(
        "Spot saves; spotless C++.\nNot [red]C++x[/red].", section=("Costs",), pages=(3,)
    ),
    rows=(7, 8),
    copies=("other, p. 9", "notes, line 4"),
)
PLAIN = """\
1. guide, p. 3 · Costs · very high (0.51)
   same text: other, p. 9
   same text: notes, line 4
   Spot saves; spotless C++.
   Not [red]C++x[/red].

"""


def printed(capsys: pytest.CaptureFixture[str], *, explain: bool = False) -> str:
    Printer([a_source("guide")], lambda _quote: ()).hits([HIT], explain=explain)
    return capsys.readouterr().out


def test_a_passage_is_shown_with_its_place_and_its_copies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed(capsys) == PLAIN


def test_the_words_that_matched_are_highlighted_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = printed(capsys)
    marked = {"Spot": "\x1b[1;33mSpot\x1b[0m", "saves": "\x1b[1;33msaves\x1b[0m"}
    assert f"   {marked['Spot']} {marked['saves']}; spotless \x1b[1;33mC++\x1b[0m.\n" in shown
    assert "   Not [red]C++x[/red].\n" in shown  # part of another word; brackets are not markup
    monkeypatch.setenv("NO_COLOR", "1")
    assert "33m" not in printed(capsys)


def test_a_rank_is_explained_by_meaning_and_by_words(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, explain=True).splitlines()
    assert lines[3] == (
        "   meaning: rank 2, cosine 0.61, best sentence 0.71 · "
        "keywords: rank 1, BM25 8.1 (Spot, saves, C++)"
    )
    assert [*lines[:3], *lines[4:]] == PLAIN.splitlines()


def test_as_json_a_rank_is_explained_if_asked_for() -> None:
    fields = hit_fields(HIT)
    assert fields == {
        "rank": 1,
        "score": 0.5123,
        "confidence": "very high",
        "document": "guide",
        "page_first": 3,
        "page_last": 3,
        "page_label": "3",
        "locator": "p. 3",
        "section": "Costs",
        "text": HIT.chunk.text,
        "copies": ("other, p. 9", "notes, line 4"),
    }
    assert hit_fields(HIT, explain=True) == fields | {
        "why": {
            "cosine": 0.6123,
            "cosine_rank": 2,
            "statement_cosine": 0.7123,
            "keyword_score": 8.1234,
            "keyword_rank": 1,
            "matched": ("Spot", "saves", "C++"),
        }
    }
