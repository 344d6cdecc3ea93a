"""RAGAS samples in, cases out, and back: the JSON lines or CSV that RAGAS datasets write.

    user_input          question         reference           answer
    reference_contexts  evidence         synthesizer_name    kind

`response` and `retrieved_contexts` are the results of some system; they are kept, never used.
Source: ragas.dataset_schema.SingleTurnSample, which ignores unknown keys.
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
    values_beyond,
    write_bytes,
)
from ragguide.evaluate.records import Case

QUESTION, ANSWER, QUOTES, KIND = (
    "user_input", "reference", "reference_contexts", "synthesizer_name",
)  # fmt: skip
RESPONSE, CONTEXTS = "response", "retrieved_contexts"  # results of some system
_FIELDS = {QUESTION: "question", ANSWER: "answer", KIND: "kind"}
_RESERVED = frozenset({*_FIELDS, QUOTES, OWN})
_IN_PYTHON = frozenset(  # columns that RAGAS writes as Python literals
    {CONTEXTS, QUOTES, "multi_responses", "rubric", "rubrics", OWN}
)


class Ragas:
    """Single-turn samples."""

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
    """Return a case with RAGAS's keys, and our key for everything else."""
    sample: dict[str, Any] = {
        theirs: value for theirs, ours in _FIELDS.items() if (value := getattr(case, ours))
    }
    if case.quotes:
        sample[QUOTES] = list(case.quotes)
    sample |= {key: value for key, value in case.metadata.items() if key not in _RESERVED}
    own = values_beyond(case, _fields(sample))
    return sample | ({OWN: own} if own else {})


def _fields(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a case that RAGAS has keys for."""
    fields = {
        ours: sample[theirs] for theirs, ours in _FIELDS.items() if sample.get(theirs) is not None
    }
    if isinstance(quotes := sample.get(QUOTES), list) and quotes:
        fields["evidence"], *more = quotes
        fields["more_evidence"] = more
    elif quotes:
        fields["evidence"] = quotes  # has the wrong type, which becomes a fault
    rest = {k: v for k, v in sample.items() if k not in _RESERVED and v is not None}
    return fields | {"metadata": rest}


def _add(sample: object, place: str, collector: CaseCollector) -> None:
    if not isinstance(sample, Mapping):
        collector.add(sample, place)
    elif isinstance(sample.get(QUESTION), list):
        collector.fault(place, f"{QUESTION} is a conversation; only single questions are supported")
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
        raise ValueError(f"{name}: is not a Python list or dict") from None
