"""A SQuAD 2.0 file in, cases and documents out, and back.

Each paragraph becomes a document, the relevant one for its questions. Source: the files of
Rajpurkar, Jia & Liang, ACL 2018; version 1.1 has the same format without unanswerable questions.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count, groupby
from pathlib import Path
from typing import Any

import msgspec

from ragguide.errors import InputError, UsageError
from ragguide.evaluate.cases import CaseCollector, QuestionSet, TextDocument
from ragguide.evaluate.formats.source import OWN, Source, own_of, values_beyond, write_bytes
from ragguide.evaluate.records import UNANSWERABLE, Case

VERSION = "v2.0"
_STARTS = "answer_starts"  # metadata key: offsets of answers that are not at their first occurrence
_RESERVED = frozenset({"id", "question", "answers", "is_impossible", _STARTS, OWN})
_OF_PARAGRAPH = frozenset({"context", "qas", OWN})


class _Answer(msgspec.Struct):
    text: str
    answer_start: int


class _OwnOfParagraph(msgspec.Struct, frozen=True):
    name: str | None = None
    metadata: dict[str, Any] | None = None


class _Paragraph(msgspec.Struct):
    context: str
    qas: list[Any]
    ragguide: _OwnOfParagraph = _OwnOfParagraph()


class Squad:
    """One JSON file."""

    name = "squad"
    keeps_documents = True

    def reads(self, source: Source) -> bool:
        if source.data is None or source.data.lstrip()[:1] != b"{":
            return False
        try:
            return isinstance(msgspec.json.decode(source.data)["data"], list)
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
            return False

    def read(self, source: Source) -> QuestionSet:
        assert source.data is not None
        try:
            articles = msgspec.json.decode(source.data)["data"]
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as exc:
            raise InputError(f"{source.path} is not a SQuAD file: {exc}.") from exc
        collector = CaseCollector()
        documents: dict[str, TextDocument] = {}
        for place, title, paragraph, rest in _paragraphs(articles, collector):
            document = _document(title, paragraph, rest, documents.keys())
            if document.name in documents:
                collector.fault(place, f"repeats the document {document.name!r}")
                continue
            documents[document.name] = document
            for number, qa in enumerate(paragraph.qas, start=1):
                _add(qa, document, f"{place}, question {number}", collector)
        return collector.finish(source.name, tuple(documents.values()))

    def write(self, questions: QuestionSet, path: Path) -> None:
        known = {document.name for document in questions.documents}
        if homeless := [case.id for case in questions.cases if case.document not in known]:
            raise UsageError(
                f"SQuAD stores each question under its paragraph, but {len(homeless)} questions "
                f"have no document of the set: {', '.join(homeless[:3])}. Set their `document`, or "
                "choose another format."
            )
        asked_of: dict[str, list[Case]] = {name: [] for name in known}
        for case in questions.cases:
            asked_of[case.document].append(case)
        articles = [
            {
                "title": title,
                "paragraphs": [_paragraph(each, asked_of[each.name]) for each in documents],
            }
            for title, documents in groupby(questions.documents, key=lambda each: each.title)
        ]
        write_bytes(path, msgspec.json.encode({"version": VERSION, "data": articles}))


# ── read ────────────────────────────────────────────────────────────────────────────────────────


def _paragraphs(
    articles: Sequence[Any], collector: CaseCollector
) -> Iterator[tuple[str, str, _Paragraph, dict[str, Any]]]:
    """Yield (place, title, paragraph, its other keys); malformed paragraphs become faults."""
    for a, article in enumerate(articles, start=1):
        found = article.get("paragraphs") if isinstance(article, Mapping) else None
        if not isinstance(found, list):
            collector.fault(f"article {a}", "has no list of paragraphs")
            continue
        title = str(article.get("title", ""))
        for p, paragraph in enumerate(found, start=1):
            place = f"article {a}, paragraph {p}"
            try:
                checked = msgspec.convert(paragraph, _Paragraph)
            except msgspec.ValidationError as exc:
                collector.fault(place, str(exc))
                continue
            rest = {key: value for key, value in paragraph.items() if key not in _OF_PARAGRAPH}
            yield place, title, checked, rest


def _document(
    title: str, paragraph: _Paragraph, rest: dict[str, Any], taken: Collection[str]
) -> TextDocument:
    own = paragraph.ragguide
    numbered = (f"{title or 'paragraph'}-{number}" for number in count(1))
    return TextDocument(
        name=own.name or next(name for name in numbered if name not in taken),
        title=title,
        text=paragraph.context,
        metadata=rest if own.metadata is None else own.metadata,
    )


def _add(qa: object, document: TextDocument, place: str, collector: CaseCollector) -> None:
    if not isinstance(qa, Mapping):
        collector.add(qa, place)
        return
    try:
        answers = msgspec.convert(qa.get("answers", []), list[_Answer])
    except msgspec.ValidationError as exc:
        collector.fault(place, f"answers: {exc}")
        return
    collector.add(_fields(qa, answers, document) | own_of(qa), place)


def _fields(
    qa: Mapping[str, Any], answers: Sequence[_Answer], document: TextDocument
) -> dict[str, Any]:
    """Return the fields of a case that SQuAD has keys for."""
    fields = {key: qa[key] for key in ("id", "question") if key in qa}
    metadata = {key: value for key, value in qa.items() if key not in _RESERVED}
    texts = [answer.text for answer in answers]
    starts = [answer.answer_start for answer in answers]
    if starts != [document.text.find(text) for text in texts]:
        metadata[_STARTS] = starts
    if texts:
        fields["answer"], *fields["other_answers"] = texts
    if qa.get("is_impossible", False):
        fields["kind"] = UNANSWERABLE
    else:
        fields["relevant"] = {document.name: 1}
    return fields | {"document": document.name, "metadata": metadata}


# ── write ───────────────────────────────────────────────────────────────────────────────────────


def _paragraph(document: TextDocument, cases: Sequence[Case]) -> dict[str, Any]:
    """Return a document as a paragraph with its questions."""
    qas = [_qa(case, document) for case in cases]
    plain = {k: v for k, v in document.metadata.items() if k not in _OF_PARAGRAPH}
    own: dict[str, Any] = {"name": document.name}
    own |= {"metadata": document.metadata} if plain != document.metadata else {}
    return {"context": document.text, "qas": qas} | plain | {OWN: own}


def _qa(case: Case, document: TextDocument) -> dict[str, Any]:
    """Return a question with SQuAD's keys, and our key for everything else."""
    answers = _answers(case, document)
    qa: dict[str, Any] = {
        "id": case.id,
        "question": case.question,
        "answers": [msgspec.to_builtins(answer) for answer in answers],
        "is_impossible": not case.is_answerable,
    }
    qa |= {key: value for key, value in case.metadata.items() if key not in _RESERVED}
    own = values_beyond(case, _fields(qa, answers, document))
    return qa | ({OWN: own} if own else {})


def _answers(case: Case, document: TextDocument) -> list[_Answer]:
    """Return the answers if the paragraph contains them all, as SQuAD requires; else none."""
    if not case.answer or not case.is_answerable:
        return []
    texts = [case.answer, *case.other_answers]
    try:
        starts = msgspec.convert(case.metadata.get(_STARTS), list[int])
    except msgspec.ValidationError:  # the key is missing, or another program's
        starts = [document.text.find(text) for text in texts]
    if len(starts) != len(texts):
        return []
    answers = [_Answer(*pair) for pair in zip(texts, starts, strict=True)]
    are_contained = (
        a.answer_start >= 0 and document.text.startswith(a.text, a.answer_start) for a in answers
    )
    return answers if all(are_contained) else []
