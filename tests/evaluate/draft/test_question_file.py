"""The file of accepted questions: appended to, never rewritten."""

import json
from itertools import islice
from pathlib import Path

import pytest

from ragguide import Guide
from ragguide.errors import InputError
from ragguide.evaluate.draft.proposal import Proposal
from ragguide.evaluate.draft.propose import propose
from ragguide.evaluate.draft.question_file import QuestionFile
from ragguide.evaluate.formats.jsonl import JsonLines
from ragguide.evaluate.formats.source import open_source

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def proposals(guide: Guide) -> list[Proposal]:
    return list(islice(propose(guide.chunks), 4))


def test_accepted_questions_are_written_and_skipped_ones_remembered(
    proposals: list[Proposal], tmp_path: Path
) -> None:
    path = tmp_path / "q.jsonl"
    first, second, third = proposals[:3]
    drafts = QuestionFile(path)
    drafts.accept(first.case, first, is_draft=False)
    drafts.skip(second)
    drafts.accept(third.case, third, is_draft=True)
    again = QuestionFile(path)
    assert [case.id for case in again.cases] == ["d001", "d002"]
    assert [again.knows(p) for p in proposals[:4]] == [True, True, True, False]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0]["metadata"] == {"by": first.by}
    assert lines[1]["metadata"] == {"by": third.by, "draft": True}
    assert JsonLines().read(open_source(path)).faults == ()


def test_existing_questions_stay_and_ids_continue(
    proposals: list[Proposal], tmp_path: Path
) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": "d002", "question": "mine?"}')  # without an end of line
    drafts = QuestionFile(path)
    drafts.accept(proposals[0].case, proposals[0], is_draft=False)
    assert [case.id for case in QuestionFile(path).cases] == ["d002", "d003"]


def test_a_file_that_is_no_question_set_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text("question;answer\n")
    with pytest.raises(InputError, match=r"q.jsonl: line 1: .* Fix the file"):
        QuestionFile(path)
    assert path.read_text() == "question;answer\n"
