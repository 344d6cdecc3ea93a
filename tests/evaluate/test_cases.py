"""Every malformed line is reported, with everything that is wrong with it."""

import json
from pathlib import Path

import pytest

from ragguide.evaluate.cases import CaseCollector, QuestionSet, derive_id
from ragguide.evaluate.formats.jsonl import JsonLines
from ragguide.evaluate.formats.source import Source, plain_bytes


def read(*lines: object) -> QuestionSet:
    texts = (line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return JsonLines().read(Source("set", Path("set.jsonl"), plain_bytes(b"\n".join(texts))))


def test_all_faults_are_reported_and_good_lines_kept() -> None:
    found = read(
        b"\xef\xbb\xbf" + json.dumps({"id": "a", "question": "Why?", "pages": [3]}).encode(),
        b"",
        {"id": "b", "question": " ", "pagse": [1], "pages": ["x"]},
        {"id": "a", "question": "Again?"},
        b'{"question": "not whole',
        b'{"question": "hei\xdf"}',
        ["no", "object"],
        {"id": "c"},
        {"question": "Where?", "pages": [0], "facts": [[]], "relevant": {"d": -1}},
        {"question": "How?", "other_answers": [""], "kind": 3},
        {"question": "Is it?", "verdict": "maybe", "wrong": [" "]},
    )
    assert [case.id for case in found.cases] == ["a"]
    reported = [str(fault) for fault in found.faults]
    assert reported == [
        "line 3: pages[0]: expected `int`, got `str`",
        "line 3: question: is empty",
        "line 3: unknown key 'pagse'; did you mean 'pages'?",
        "line 4: the id 'a' is already used by line 1",
        "line 5: is not JSON: Input data was truncated",
        "line 6: is not UTF-8 (byte 18: invalid continuation byte)",
        "line 7: is a list, not an object with a question",
        "line 8: has no question",
        "line 9: facts: one is empty, so any text would state it",
        "line 9: pages: count from 1",
        "line 9: relevant: a grade is below 0",
        "line 10: kind: expected `str`, got `int`",
        "line 10: other_answers: one is empty",
        "line 11: verdict: invalid enum value 'maybe'",
        "line 11: wrong: one is empty",
    ]


def test_a_derived_id_depends_on_question_and_document_only() -> None:
    first = read({"question": "Why?"}, {"question": "How?"}).cases
    moved = read({"question": "How?", "kind": "howto"}, {"question": "Why?"}).cases
    assert {case.id for case in first} == {case.id for case in moved}
    assert first[0].id == derive_id("Why?", "")
    assert derive_id("Why?", "a") != derive_id("Why?", "b")


def test_the_same_question_twice_without_ids_is_a_fault() -> None:
    found = read({"question": "Why?"}, {"question": "Why?"})
    assert len(found.cases) == 1
    assert "is already used by line 1" in str(found.faults[0])


def test_a_given_id_is_kept() -> None:
    assert read({"id": "x 1", "question": "Why?"}).cases[0].id == "x 1"


@pytest.mark.parametrize("value", [None, 3, True, "x"])
def test_a_line_that_is_no_object_is_a_fault(value: object) -> None:
    collector = CaseCollector()
    collector.add(value, "line 1")
    assert "not an object with a question" in str(collector.faults[0])
