"""`ragguide eval convert`: write a question set in another format."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ragguide.cli.evaluation.options import CasesPath, Strict, read_cases
from ragguide.cli.exit_codes import EXIT_MALFORMED
from ragguide.cli.options import IndexesDir, StoreUrl
from ragguide.cli.render import counted
from ragguide.config import load_settings
from ragguide.errors import UsageError

if TYPE_CHECKING:
    from ragguide.evaluate.cases import QuestionSet
    from ragguide.evaluate.formats import Format

DOCUMENTS = "documents"
_SUFFIXES = {"jsonl": ".jsonl", "csv": ".csv", "ragas": ".jsonl", "squad": ".json", "beir": ""}


def convert(
    cases: CasesPath,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder for the files.")],
    to: Annotated[
        Literal["jsonl", "csv", "beir", "squad", "ragas"], typer.Option(help="Format to write.")
    ] = "jsonl",
    index: Annotated[
        str | None,
        typer.Option("--index", "-i", help="Include the pages of this index as documents."),
    ] = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    strict: Strict = False,
) -> None:
    """Convert a question set, with its documents, to another format.

    If the format cannot store documents, they become text files in FOLDER/documents, ready for
    `ragguide ingest`.

    Exit code 2 means that some questions are malformed and were left out.
    """
    from ragguide.evaluate.corpus import with_pages
    from ragguide.evaluate.formats import find_format
    from ragguide.guide import Guide

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} already exists. Choose a new folder, or delete this one.")
    questions = read_cases(cases, strict=strict)
    form = find_format(to)
    if index is not None:
        settings = load_settings({"index": index, "indexes_dir": indexes_dir, "store": store})
        questions = with_pages(questions, Guide.open(settings=settings).documents())
    elif form.keeps_documents and not questions.documents:
        raise UsageError(
            f"the format {form.name} needs documents, and {cases} has none. Use the pages of an "
            "index as documents: --index NAME"
        )
    _write(questions, form, folder)
    if questions.faults:
        raise typer.Exit(EXIT_MALFORMED)


def _write(questions: "QuestionSet", form: "Format", folder: Path) -> None:
    from ragguide.evaluate.corpus import write_documents

    path = folder if form.name == "beir" else folder / f"questions{_SUFFIXES[form.name]}"
    if questions.documents and not form.keeps_documents:
        questions = write_documents(questions, folder / DOCUMENTS)
        print(f"{counted(len(questions.documents), 'document')}: {folder / DOCUMENTS}")
    form.write(questions, path)
    print(f"{counted(len(questions.cases), 'question')}: {path}")
