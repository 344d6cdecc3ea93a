"""Which guides the statement ranker reads, and what it changes in their quotes."""

from pathlib import Path

import pytest

from ragguide import Guide
from ragguide.config import load_settings
from ragguide.embed.ranker import StatementRanker

pytestmark = pytest.mark.model

ENGLISH = """# The brewery

The brewery of the town stands on the east bank of the river. The founder of the brewery has a
street in the town. It was founded in 1911 by Ida Holm, who was the daughter of a baker. Visitors
of the brewery taste four beers after the tour.
"""
GERMAN = """# Die Brauerei

Die Brauerei der Stadt steht am Ostufer des Flusses. Nach dem Gründer der Brauerei ist in der Stadt
eine Straße benannt. Sie wurde 1911 von Ida Holm gegründet, der Tochter eines Bäckers. Gäste der
Brauerei trinken nach der Führung vier Biere.
"""


def guide_of(folder: Path, text: str, **more: object) -> Guide:
    (folder / "guide.md").write_text(text)
    settings = load_settings({"index": "it", "indexes_dir": folder / "indexes", **more})
    Guide.ingest(folder / "guide.md", settings=settings)
    return Guide.open(settings=settings)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that the ranker reads."""
    found: list[str] = []
    score = StatementRanker.scores

    def record(ranker: StatementRanker, question: str, statements: list[str]) -> object:
        found.extend(statements)
        return score(ranker, question, statements)

    monkeypatch.setattr(StatementRanker, "scores", record)
    return found


def test_an_english_guide_is_quoted_by_what_answers(tmp_path: Path, read: list[str]) -> None:
    answer = guide_of(tmp_path, ENGLISH).query("Who founded the brewery?", quotes_only=True)
    assert "Ida Holm" in answer.quotes[0].quote
    assert len(read) == 4


def test_a_guide_in_another_language_is_not_read(tmp_path: Path, read: list[str]) -> None:
    answer = guide_of(tmp_path, GERMAN).query("Wer gründete die Brauerei?", quotes_only=True)
    assert answer.quotes
    assert read == []


def test_the_setting_turns_it_off(tmp_path: Path, read: list[str]) -> None:
    guide = guide_of(tmp_path, ENGLISH, rank_statements=False)
    assert guide.query("Who founded the brewery?", quotes_only=True).quotes
    assert read == []
