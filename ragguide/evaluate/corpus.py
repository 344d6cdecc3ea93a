"""The documents that a question set brings along in, files that `ragguide ingest` reads out."""

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate.cases import QuestionSet, TextDocument
from ragguide.evaluate.formats.source import write_bytes
from ragguide.evaluate.records import Case

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
