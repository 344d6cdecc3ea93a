"""`ragguide search` and `query`: filters, and corrections of a question."""

import json

import pytest

from ragguide import Guide
from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line

TYPO = "which databse engins does rds suport besides arora"
READ_AS = [
    '"databse" was read as "database".',
    '"suport" was read as "support".',
    '"arora" was read as "Aurora".',
]
WHY = ["cosine", "cosine_rank", "statement_cosine", "keyword_score", "keyword_rank", "matched"]


@pytest.fixture(scope="module")
def environ(guide: Guide) -> dict[str, str]:
    """Of a process that uses the session's index."""
    return {"RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir)}


@pytest.mark.model
def test_a_mistyped_question_finds_its_page_and_shows_the_corrections(
    environ: dict[str, str],
) -> None:
    shown = ragguide("search", "-k", "1", "--explain", TYPO, **environ)
    assert shown.returncode == 0
    assert shown.stderr.splitlines() == [f"ragguide: {line}" for line in READ_AS]
    place, why, *text = shown.stdout.splitlines()
    assert place.startswith("1. guide, p. 11 ")
    assert "RDS and Aurora · very high (0." in place
    assert why.startswith("   meaning: rank 1, cosine 0.")
    assert ", best sentence 0." in why
    assert " · keywords: rank 1, BM25 " in why
    assert "Aurora" in why
    assert "Amazon RDS runs six engines besides Aurora" in " ".join(text)


@pytest.mark.model
def test_only_the_pages_and_sections_asked_for_are_searched(environ: dict[str, str]) -> None:
    shown = ragguide(
        "search", "--json", "--explain", "-k", "9", "--pages", "20-22", "-f", "section=instances",
        "-f", "document=GUI*", "-", stdin=f"gpu memory\n{TYPO}\n", **environ,
    )  # fmt: skip
    assert (shown.returncode, shown.stderr) == (0, "")  # with --json the warnings are in the JSON
    first, second = map(json.loads, shown.stdout.splitlines())
    for found in (first, second):
        assert list(found) == ["schema_version", "question", "hits", "index", "warnings"]
        assert found["hits"]
        for hit in found["hits"]:
            assert hit["page_first"] <= 22
            assert hit["page_last"] >= 20
            titles = f"{hit['section']} {hit['text']}"  # it may begin in the section before
            assert "instances" in titles.casefold()
            assert hit["copies"] == []
            assert list(hit["why"]) == WHY
    assert (first["warnings"], second["warnings"]) == ([], READ_AS)
    best = first["hits"][0]["why"]
    assert best["keyword_rank"] >= 1
    assert {word.casefold() for word in best["matched"]} & {"gpu", "gpus", "memory"}


@pytest.mark.model
def test_an_answer_comes_from_the_pages_asked_for(environ: dict[str, str]) -> None:
    shown = ragguide("query", "-j", "--quotes", "--pages", "11", TYPO, **environ)
    assert shown.returncode == 0
    answer = json.loads(shown.stdout)
    assert answer["warnings"] == READ_AS
    assert {hit["page_first"] for hit in answer["hits"]} <= {10, 11}
    assert "Aurora" in answer["quotes"][0]["quote"]
    assert all("why" not in hit for hit in answer["hits"])
    elsewhere = ragguide("query", "-j", "--quotes", "--pages", "55-58", TYPO, **environ)
    pages = [quote["page_first"] for quote in json.loads(elsewhere.stdout)["quotes"]]
    assert all(page >= 55 for page in pages)


@pytest.mark.model
@pytest.mark.parametrize("command", ["search", "query"])
def test_a_filter_that_lets_nothing_through_is_usage(command: str, environ: dict[str, str]) -> None:
    shown = ragguide(command, "--filter", "document=manual", TYPO, **environ)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert one_line(shown.stderr) == (
        "ragguide: no document matches the filter: none is named 'manual'. "
        "Documents in the index: guide.\n"
    )


@pytest.mark.parametrize("command", ["search", "query"])
def test_malformed_filters_are_usage(command: str, environ: dict[str, str]) -> None:
    shown = ragguide(command, "-f", "guide", TYPO, **environ)
    assert shown.returncode == 2
    assert "--filter 'guide' is not in the form NAME=VALUE" in one_line(shown.stderr)
    shown = ragguide(command, "--pages", "7-3", TYPO, **environ)
    assert shown.returncode == 2
    assert "--pages '7-3' is not a page or a range of pages" in one_line(shown.stderr)
