"""What is asked when: due questions first, then new ones; a wrong answer comes back sooner."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ragguide.errors import InputError, StorageError
from ragguide.evaluate.quiz.deck import Deck
from ragguide.evaluate.records import Case
from ragguide.index.durable import WRITING

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CASES = [Case(id=f"q{n}", question=f"What is {n}?", facts=((str(n),),)) for n in range(4)]


def test_due_questions_come_before_new_ones_and_others_wait(tmp_path: Path) -> None:
    deck = Deck(tmp_path / "quiz" / "deck.json")
    assert deck.choose(CASES, 3, NOW) == CASES[:3]
    assert deck.next_due(CASES) is None
    wrong = deck.record(CASES[1], "wrong", NOW)
    right = deck.record(CASES[0], "right", NOW)
    assert NOW + timedelta(days=1) <= wrong < right
    assert deck.next_due(CASES) == wrong
    assert deck.choose(CASES, 9, NOW) == CASES[2:]
    assert deck.choose(CASES, 9, wrong) == [CASES[1], *CASES[2:]]
    assert deck.choose(CASES, 9, NOW, early=True) == [*CASES[2:], CASES[1], CASES[0]]


def test_each_right_answer_postpones_a_question_further(tmp_path: Path) -> None:
    deck, now, waits = Deck(tmp_path / "deck.json"), NOW, []
    for grade in ("right", "right", "wrong"):
        due = deck.record(CASES[0], grade, now)
        waits.append(due - now)
        now = due
    assert waits[2] < waits[0] * 2 < waits[1]


def test_another_session_and_another_numbering_find_the_answers(tmp_path: Path) -> None:
    first, second = Deck(tmp_path / "deck.json"), Deck(tmp_path / "deck.json")
    first.record(CASES[0], "right", NOW)
    second.record(CASES[1], "right", NOW)
    renumbered = [Case(id="other", question=case.question) for case in CASES]
    assert first.choose(renumbered, 9, NOW) == renumbered[2:]


def test_faults_of_the_file_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "deck.json").write_text('{"cards": 3}')
    with pytest.raises(InputError, match=r"deck\.json cannot be read: .* Delete it to start over"):
        Deck(tmp_path / "deck.json").next_due(CASES)
    (tmp_path / "deck.json").unlink()
    (tmp_path / f"{WRITING}deck.json").mkdir()
    with pytest.raises(StorageError, match="cannot write"):
        Deck(tmp_path / "deck.json").record(CASES[0], "right", NOW)
