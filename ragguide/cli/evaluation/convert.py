"""`ragguide eval convert`: a question set from one format into another."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ragguide.cli.evaluation.options import EXIT_MALFORMED, CasesPath, Strict, read_cases
from ragguide.cli.options import IndexesDir
from ragguide.config import load_settings
from ragguide.errors import UsageError

DOCUMENTS = "documents"
_SUFFIXES = {"jsonl": ".jsonl", "csv": ".csv", "ragas": ".jsonl", "squad": ".json", "beir": ""}


def convert(
    cases: CasesPath,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A new folder, where the set goes.")
    ],
    to: Annotated[
        Literal["jsonl", "csv", "beir", "squad", "ragas"], typer.Option(help="Format to write.")
    ] = "jsonl",
    index: Annotated[
        str | None,
        typer.Option("--index", "-i", help="Take this index's pages as the set's documents."),
    ] = None,
    indexes_dir: IndexesDir = None,
    strict: Strict = False,
) -> None:
    """Write a question set in another format, and the documents that it brings along.

    These go to FOLDER/documents, ready for `ragguide ingest`, unless the format keeps them itself.
    """
    from ragguide.evaluate.corpus import with_pages, write_documents
    from ragguide.evaluate.formats import find_format
    from ragguide.guide import Guide

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is already there. Name a new folder, or remove that one.")
    questions = read_cases(cases, strict=strict)
    form = find_format(to)
    if index is not None:
        settings = load_settings({"index": index, "indexes_dir": indexes_dir})
        questions = with_pages(questions, Guide.open(settings=settings).documents())
    elif form.keeps_documents and not questions.documents:
        raise UsageError(
            f"{form.name} keeps documents beside the questions, and {cases} brings none. Name the "
            "index whose pages they shall be: --index NAME"
        )
    path = folder if form.name == "beir" else folder / f"questions{_SUFFIXES[form.name]}"
    if questions.documents and not form.keeps_documents:
        written = write_documents(questions, folder / DOCUMENTS)
        form.write(written, path)
        print(f"{len(questions.documents)} documents: {folder / DOCUMENTS}")
    else:
        form.write(questions, path)
    print(f"{len(questions.cases)} questions: {path}")
    if questions.faults:
        raise typer.Exit(EXIT_MALFORMED)
