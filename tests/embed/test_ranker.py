"""The statement ranker of the package, as it is installed."""

from pathlib import Path

import numpy as np
import pytest

from ragguide.embed import packaged
from ragguide.embed.ranker import LazyRanker, StatementRanker
from ragguide.errors import ModelError
from ragguide.models.catalogue import RANKER

QUESTION = "Who founded the brewery?"
STATEMENTS = [
    "The brewery stands on the east bank of the river and has eleven kettles.",
    "It was founded by Ida Holm, a baker's daughter.",
    "Visitors taste four beers after the tour of the brewery.",
    "Tickets for the brewery cost nine crowns.",
]


@pytest.fixture(scope="module")
def loaded() -> StatementRanker:
    return StatementRanker(threads=2)


def test_what_answers_comes_before_what_shares_words(loaded: StatementRanker) -> None:
    scores = loaded.scores(QUESTION, STATEMENTS)
    assert scores.shape == (4,)
    assert scores.dtype == np.float32
    assert int(scores.argmax()) == 1


def test_scores_do_not_depend_on_other_statements(loaded: StatementRanker) -> None:
    many = [*STATEMENTS, *(f"Kettle {n} was bought in {1900 + n}." for n in range(20))]
    other = StatementRanker(threads=1)  # which has read nothing yet
    alone = [other.scores(QUESTION, [text])[0] for text in STATEMENTS]
    assert np.abs(loaded.scores(QUESTION, many)[:4] - alone).max() < 1e-6


def test_a_question_asked_again_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ranker = StatementRanker(threads=2)
    read: list[object] = []
    run = ranker._run
    monkeypatch.setattr(ranker, "_run", lambda inputs: read.append(inputs) or run(inputs))
    first = ranker.scores(QUESTION, STATEMENTS[:3])
    again = ranker.scores(QUESTION, [*reversed(STATEMENTS), STATEMENTS[0]])
    assert len(read) == 4
    assert again[1:4].tolist() == first[::-1].tolist()
    assert again[4] == first[0]
    other = ranker.scores("Where is the brewery?", STATEMENTS[:1])
    assert len(read) == 5
    assert other[0] != first[0]


def test_a_long_question_is_read_from_its_end(loaded: StatementRanker) -> None:
    story = "We were on holiday with our three children and it rained all week. " * 20
    scores = loaded.scores(story + QUESTION, [*STATEMENTS, "long " * 600])
    assert int(scores[:4].argmax()) == 1


def test_no_statements_have_no_scores(loaded: StatementRanker) -> None:
    assert loaded.scores(QUESTION, []).shape == (0,)


def test_a_damaged_graph_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (packaged.FOLDER / RANKER.file_name).read_bytes()
    (tmp_path / RANKER.file_name).write_bytes(whole[:-1] + b"\0")
    monkeypatch.setattr(packaged, "FOLDER", tmp_path)
    lazy = LazyRanker(threads=1)
    lazy.start()
    with pytest.raises(
        ModelError, match=rf"has sha256 \w+, expected {RANKER.sha256}\. Install ragguide again\.$"
    ):
        lazy.get()
    (tmp_path / RANKER.file_name).unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        StatementRanker(threads=1)
