"""A BEIR folder: documents, questions, and which document is relevant to which question.

    corpus.jsonl    {"_id": …, "title": …, "text": …, "metadata": {…}}
    queries.jsonl   {"_id": …, "text": …, "metadata": {…}}
    qrels/test.tsv  query-id, corpus-id, score under a header

If there are several splits, `test` is read; to read another, name its file, e.g.
`scifact/qrels/train.tsv`. Source: Thakur et al., NeurIPS 2021, and their `GenericDataLoader`.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ragguide.errors import InputError, UsageError
from ragguide.evaluate.cases import CaseCollector, QuestionSet, TextDocument
from ragguide.evaluate.formats.source import (
    OWN,
    Source,
    json_lines,
    own_of,
    read_bytes,
    values_beyond,
    write_bytes,
)
from ragguide.evaluate.records import Case

CORPUS, QUERIES, QRELS = "corpus.jsonl", "queries.jsonl", "qrels"
DEFAULT_SPLIT = "test"
_HEADER = ("query-id", "corpus-id", "score")


class _Document(msgspec.Struct):
    _id: str
    text: str
    title: str = ""
    metadata: dict[str, Any] = {}


class _Query(msgspec.Struct):
    _id: str
    text: str
    metadata: dict[str, Any] = {}


class Beir:
    """A BEIR folder, or one of its judgement files."""

    name = "beir"
    keeps_documents = True

    def reads(self, source: Source) -> bool:
        return (_root(source.path) / QUERIES).is_file() and (
            source.path.is_dir() or source.path.parent.name == QRELS
        )

    def read(self, source: Source) -> QuestionSet:
        root = _root(source.path)
        judgements = _split(root) if source.path.is_dir() else source.path
        collector = CaseCollector()
        documents = tuple(_documents(root / CORPUS, collector))
        queries = {
            query._id: (place, query) for place, query in _queries(root / QUERIES, collector)
        }
        relevant = _relevant(judgements, collector, queries, {each.name for each in documents})
        for id_, (place, query) in queries.items():
            if id_ in relevant or OWN in query.metadata:
                fields = _fields(query, relevant.get(id_, {}))
                collector.add(fields | own_of(query.metadata), place)
        return collector.finish(root.resolve().name, documents)

    def write(self, questions: QuestionSet, path: Path) -> None:
        corpus = [
            {"_id": each.name, "title": each.title, "text": each.text, "metadata": each.metadata}
            for each in questions.documents
        ]
        write_bytes(path / CORPUS, _lines(corpus))
        write_bytes(path / QUERIES, _lines([_query(case) for case in questions.cases]))
        table = io.StringIO(newline="")
        rows = csv.writer(table, delimiter="\t", lineterminator="\n")
        rows.writerow(_HEADER)
        for case in questions.cases:
            for name, grade in case.relevant.items():
                if not (case.id + name).isprintable():
                    raise UsageError(
                        f"the name {(case.id if name.isprintable() else name)!r} has an "
                        "unprintable character, which BEIR's judgement files cannot store. "
                        "Rename it."
                    )
                rows.writerow((case.id, name, grade))
        write_bytes(path / QRELS / f"{DEFAULT_SPLIT}.tsv", table.getvalue().encode())


def _root(path: Path) -> Path:
    return path if path.is_dir() else path.parent.parent


def _split(root: Path) -> Path:
    splits = sorted((root / QRELS).glob("*.tsv"))
    chosen = [path for path in splits if path.stem == DEFAULT_SPLIT] or splits
    if len(chosen) != 1:
        names = ", ".join(str(path) for path in splits)
        raise InputError(
            f"{root / QRELS} has {len(splits)} judgement files, but no {DEFAULT_SPLIT}.tsv."
            + (f" Name one of them: {names}" if names else " Add one.")
        )
    return chosen[0]


# ── read ────────────────────────────────────────────────────────────────────────────────────────


def _documents(path: Path, collector: CaseCollector) -> Iterator[TextDocument]:
    seen: set[str] = set()
    for place, fields in json_lines(read_bytes(path), collector, place=f"{CORPUS} line"):
        try:
            found = msgspec.convert(fields, _Document)
        except msgspec.ValidationError as exc:
            collector.fault(place, str(exc))
            continue
        if found._id in seen:
            collector.fault(place, f"repeats the document {found._id!r}")
            continue
        seen.add(found._id)
        yield TextDocument(
            name=found._id, title=found.title, text=found.text, metadata=found.metadata
        )


def _queries(path: Path, collector: CaseCollector) -> Iterator[tuple[str, _Query]]:
    seen: set[str] = set()
    for place, fields in json_lines(read_bytes(path), collector, place=f"{QUERIES} line"):
        try:
            query = msgspec.convert(fields, _Query)
        except msgspec.ValidationError as exc:
            collector.fault(place, str(exc))
            continue
        if query._id in seen:
            collector.fault(place, f"repeats the question {query._id!r}")
            continue
        seen.add(query._id)
        yield place, query


def _relevant(
    path: Path, collector: CaseCollector, queries: Mapping[str, object], documents: set[str]
) -> dict[str, dict[str, int]]:
    """Return question → document → grade."""
    text = io.StringIO(read_bytes(path).decode("utf-8", "replace"), newline="")
    rows = csv.reader(text, delimiter="\t")
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        place = f"{path.name} line {rows.line_num}"
        if not row or (rows.line_num == 1 and row[-1:] == [_HEADER[-1]]):
            continue
        if len(row) != len(_HEADER) or not row[2].strip().lstrip("-").isdecimal():
            collector.fault(place, f"is not of the form {' '.join(_HEADER)}: {row}")
        elif row[0] not in queries:
            collector.fault(place, f"judges the question {row[0]!r}, which is not in {QUERIES}")
        elif row[1] not in documents:
            collector.fault(place, f"judges the document {row[1]!r}, which is not in {CORPUS}")
        else:
            found.setdefault(row[0], {})[row[1]] = max(0, int(row[2]))
    return found


def _fields(query: _Query, relevant: Mapping[str, int]) -> dict[str, Any]:
    """Return the fields of a case that BEIR has keys for."""
    metadata = {key: value for key, value in query.metadata.items() if key != OWN}
    return {
        "id": query._id, "question": query.text, "relevant": dict(relevant), "metadata": metadata
    }  # fmt: skip


# ── write ───────────────────────────────────────────────────────────────────────────────────────


def _query(case: Case) -> dict[str, Any]:
    """Return a question with BEIR's keys, and our key for everything else."""
    plain = {key: value for key, value in case.metadata.items() if key != OWN}
    own = values_beyond(case, _fields(_Query(case.id, case.question, plain), case.relevant))
    # Our key also marks a question without judgements as part of the set.
    marked = plain | ({OWN: own} if own or not case.relevant else {})
    return {"_id": case.id, "text": case.question, "metadata": marked}


def _lines(values: list[dict[str, Any]]) -> bytes:
    return b"".join(msgspec.json.encode(value) + b"\n" for value in values)
