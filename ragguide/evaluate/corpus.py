"""A question set's documents in, files to ingest out; an index's pages in, documents out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate.cases import QuestionSet, TextDocument
from ragguide.evaluate.formats.source import write_bytes
from ragguide.evaluate.records import Case
from ragguide.types import Document

MAX_NAME_BYTES = 200  # file systems allow 255

_NOT_IN_FILE_NAMES = re.compile(r"[^\w .,+=()-]|\A[ .]|[ .]\Z")


def file_names(documents: Sequence[str]) -> dict[str, str]:
    """Return the file name of each document, without suffix; an index names the document by it.

    Characters that some file system forbids are percent-encoded. So are capitals, in names that
    differ only in capitals.

    Raises:
        UsageError: a name is too long for a file.
    """
    names = {document: _NOT_IN_FILE_NAMES.sub(_code, document) for document in documents}
    n_alike = Counter(name.lower() for name in names.values())
    for document, name in names.items():
        if n_alike[name.lower()] > 1:
            name = "".join(char if char == char.lower() else _code(char) for char in name)
        if len(name.encode()) > MAX_NAME_BYTES:
            raise UsageError(
                f"the name of document {document[:60]!r}… has {len(name.encode())} bytes, too many "
                f"for a file name. Shorten it to {MAX_NAME_BYTES}."
            )
        names[document] = name
    return names


def write_documents(questions: QuestionSet, folder: Path) -> QuestionSet:
    """Write each document as a text file; return the set with the names that an index will use.

    Raises:
        UsageError: a name is too long for a file.
        StorageError: the folder cannot be written.
    """
    names = file_names([document.name for document in questions.documents])
    for document in questions.documents:
        parts = (document.title, document.text)
        text = "\n\n".join(part for part in parts if part.strip())
        write_bytes(folder / f"{names[document.name]}.txt", text.encode("utf-8", "replace"))
    cases = (
        msgspec.structs.replace(
            case,
            document=names.get(case.document, case.document),
            relevant={names.get(name, name): grade for name, grade in case.relevant.items()},
        )
        for case in questions.cases
    )
    return msgspec.structs.replace(questions, cases=tuple(cases))


def _code(char: str | re.Match[str]) -> str:
    text = char if isinstance(char, str) else char[0]
    return "".join(f"%{byte:02X}" for byte in text.encode())


def with_pages(questions: QuestionSet, documents: Sequence[Document]) -> QuestionSet:
    """Return the set with an index's pages as documents, and with gold pages as judgements.

    Existing judgements of whole documents stay, and these documents are added too.
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
