"""A set's documents in, files to ingest out; an index's pages in, a set's documents out."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate.cases import QuestionSet, TextDocument
from ragguide.evaluate.formats.source import write_bytes
from ragguide.evaluate.records import Case
from ragguide.types import Document

MAX_NAME_BYTES = 200  # file systems take 255

_NOT_IN_FILE_NAMES = re.compile(r"[^\w .,+=()-]|\A[ .]|[ .]\Z")


def file_name(document: str) -> str:
    """The name without suffix that a document's file gets, and so the document in an index.

    Signs that some file system refuses are written as a percent sign and their code.
    """
    return _NOT_IN_FILE_NAMES.sub(
        lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode()), document
    )


def write_documents(questions: QuestionSet, folder: Path) -> QuestionSet:
    """Write each document as a text file; return the set with documents named as an index will.

    Raises:
        UsageError: two names would be one file, or one is too long for a file.
        StorageError: the folder cannot be written.
    """
    _check_names(questions.documents)
    for document in questions.documents:
        parts = (document.title, document.text)
        text = "\n\n".join(part for part in parts if part.strip())
        write_bytes(folder / f"{file_name(document.name)}.txt", text.encode("utf-8", "replace"))
    return msgspec.structs.replace(questions, cases=tuple(map(_renamed, questions.cases)))


def with_pages(questions: QuestionSet, documents: Sequence[Document]) -> QuestionSet:
    """Give a set the pages of an index as its documents, and its gold pages as judgements.

    Judgements that a case has already are kept, and whole documents with them.
    """
    of_pages = [
        TextDocument(name=_page_name(document.name, number), title=document.title, text=text)
        for document in documents
        for number, text in enumerate(_page_texts(document), start=1)
    ]
    judged = {name for case in questions.cases for name in case.relevant}
    whole = [
        TextDocument(name=document.name, title=document.title, text=document.text)
        for document in documents
        if document.name in judged
    ]
    only = documents[0].name if len(documents) == 1 else ""
    cases = tuple(_judged_by_page(case, case.document or only) for case in questions.cases)
    return msgspec.structs.replace(questions, cases=cases, documents=(*of_pages, *whole))


def _judged_by_page(case: Case, document: str) -> Case:
    if not (case.pages and document):
        return case
    pages = {_page_name(document, page): 1 for page in case.pages}
    return msgspec.structs.replace(case, relevant=pages | case.relevant)


def _page_name(document: str, page: int) -> str:
    return f"{document}/p{page:04d}"  # as chunks are named


def _page_texts(document: Document) -> Iterator[str]:
    for start, end in pairwise((*document.page_starts, len(document.text))):
        yield document.text[start:end].strip()


def _check_names(documents: Sequence[TextDocument]) -> None:
    taken: dict[str, str] = {}
    for document in documents:
        name = file_name(document.name)
        if len(name.encode()) > MAX_NAME_BYTES:
            raise UsageError(
                f"the document {document.name[:60]!r}… has a name of {len(name.encode())} bytes, "
                f"too long for a file. Shorten it to {MAX_NAME_BYTES}."
            )
        other = taken.setdefault(name.casefold(), document.name)
        if other != document.name:
            raise UsageError(
                f"the documents {other!r} and {document.name!r} would be one file where letter "
                "case is not told apart. Rename one."
            )


def _renamed(case: Case) -> Case:
    return msgspec.structs.replace(
        case,
        document=file_name(case.document),
        relevant={file_name(name): grade for name, grade in case.relevant.items()},
    )
