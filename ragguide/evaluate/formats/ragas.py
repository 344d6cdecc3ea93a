"""Samples of RAGAS, in the JSON lines or the CSV that its datasets write.

    user_input          question         reference           answer
    reference_contexts  evidence         synthesizer_name    kind

`response` and `retrieved_contexts` are what some system said and found: they are carried along.
Source: ragas.dataset_schema.SingleTurnSample, which passes over keys that it does not know.
"""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ragguide.evaluate.cases import CaseCollector, QuestionSet
from ragguide.evaluate.formats.delimited import find_delimiter, read_rows
from ragguide.evaluate.formats.source import (
    OWN,
    Source,
    first_object,
    json_lines,
    own_of,
    untold,
    write_bytes,
)
from ragguide.evaluate.records import Case

QUESTION, ANSWER, QUOTES, KIND = (
    "user_input", "reference", "reference_contexts", "synthesizer_name",
)  # fmt: skip
RESPONSE, CONTEXTS = "response", "retrieved_contexts"  # what some system said and found
_FIELDS = {QUESTION: "question", ANSWER: "answer", KIND: "kind"}
_RESERVED = frozenset({*_FIELDS, QUOTES, OWN})
_IN_PYTHON = frozenset(  # what RAGAS writes into cells as Python shows it
    {CONTEXTS, QUOTES, "multi_responses", "rubric", "rubrics", OWN}
)


class Ragas:
    """Samples of one turn."""

    name = "ragas"
    keeps_documents = False

    def reads(self, source: Source) -> bool:
        if source.data is None:
            return False
        return QUESTION in first_object(source.data) or _delimiter(source.data) is not None

    def read(self, source: Source) -> QuestionSet:
        assert source.data is not None
        collector = CaseCollector()
        delimiter = _delimiter(source.data)
        if delimiter is None:
            for place, sample in json_lines(source.data, collector):
                _add(sample, place, collector)
        else:
            for place, cells in read_rows(source.data, delimiter, collector):
                try:
                    sample = {name: _from_cell(name, cell) for name, cell in cells.items()}
                except ValueError as exc:
                    collector.fault(place, str(exc))
                else:
                    _add(sample, place, collector)
        return collector.finish(source.name)

    def write(self, questions: QuestionSet, path: Path) -> None:
        lines = [msgspec.json.encode(to_sample(case)) + b"\n" for case in questions.cases]
        write_bytes(path, b"".join(lines))


def to_sample(case: Case) -> dict[str, Any]:
    """A case as RAGAS names its fields; what it has no name for stands under our key."""
    sample: dict[str, Any] = {
        theirs: value for theirs, ours in _FIELDS.items() if (value := getattr(case, ours))
    }
    if case.quotes:
        sample[QUOTES] = list(case.quotes)
    sample |= {key: value for key, value in case.metadata.items() if key not in _RESERVED}
    own = untold(case, _fields(sample))
    return sample | ({OWN: own} if own else {})


def _fields(sample: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a case that a sample's own keys tell."""
    fields = {
        ours: sample[theirs] for theirs, ours in _FIELDS.items() if sample.get(theirs) is not None
    }
    if isinstance(quotes := sample.get(QUOTES), list) and quotes:
        fields["evidence"], *more = quotes
        fields["more_evidence"] = more
    elif quotes:
        fields["evidence"] = quotes  # of a wrong type, which is then reported
    rest = {k: v for k, v in sample.items() if k not in _RESERVED and v is not None}
    return fields | {"metadata": rest}


def _add(sample: object, place: str, collector: CaseCollector) -> None:
    if not isinstance(sample, Mapping):
        collector.add(sample, place)
    elif isinstance(sample.get(QUESTION), list):
        collector.fault(place, f"{QUESTION} is a conversation; only single questions can be asked")
    else:
        collector.add(_fields(sample) | own_of(sample), place)


def _delimiter(data: bytes) -> str | None:
    return find_delimiter(data, QUESTION)


def _from_cell(name: str, cell: str) -> object:
    if name not in _IN_PYTHON:
        return cell
    try:
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise ValueError(f"{name}: is no list or object as Python writes it") from None
