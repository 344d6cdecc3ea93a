"""Options and exit codes that several commands share."""

import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Annotated, Literal

import typer

from ragguide.cli.completion import complete_filter, complete_generator, complete_index
from ragguide.cli.general import quotes_wanted
from ragguide.config import Settings
from ragguide.errors import StorageError

DEFAULTS = Settings()

# ── which index ─────────────────────────────────────────────────────────────────────────────────

IndexName = Annotated[
    str | None,
    typer.Option(
        "--index",
        "-i",
        help=f"Use this index.  [default: {DEFAULTS.index}]",
        autocompletion=complete_index,
        show_default=False,
    ),
]
IndexesDir = Annotated[
    Path | None,
    typer.Option(
        "--indexes-dir",
        help=f"Use the indexes in this folder.  [default: {DEFAULTS.indexes_dir}]",
        show_default=False,
    ),
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Use the indexes in this store: postgresql://…, s3://bucket/prefix or lance:folder.",
        show_default=False,
    ),
]
NoWait = Annotated[
    bool,
    typer.Option(
        "--no-wait", help="Fail instead of waiting if another process is writing the index."
    ),
]

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        help="Read and embed with this many processes.  [default: 0, this process]",
        show_default=False,
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="URL",
        help="Read and embed with the workers of this Dask scheduler, e.g. tcp://10.0.0.5:8786.",
        show_default=False,
    ),
]

AllowPrivate = Annotated[
    bool | None,
    typer.Option(
        "--allow-private",
        help="Let URLs lead to addresses of this machine and of private networks.",
        show_default=False,
    ),
]

# ── which documents, and how they are read ──────────────────────────────────────────────────────

Ocr = Annotated[
    bool, typer.Option("--ocr", help="Read scanned pages with Tesseract, if it is installed.")
]
Password = Annotated[
    str | None,
    typer.Option(
        envvar="RAGGUIDE_PASSWORD",
        help="Open encrypted PDFs with this password.",
        show_default=False,
    ),
]

# ── the question, and where to search ───────────────────────────────────────────────────────────

QuestionWords = Annotated[
    list[str],
    typer.Argument(
        metavar="QUESTION",
        help="Question to ask; - reads one question per line from stdin.",
        show_default=False,
    ),
]
Via = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Let the `ragguide serve` at this address answer, e.g. http://127.0.0.1:8765; its "
        "models are loaded.",
        show_default=False,
    ),
]
TopK = Annotated[
    int | None,
    typer.Option(
        "--top-k",
        "-k",
        min=1,
        max=100,
        help=f"Retrieve this many passages.  [default: {DEFAULTS.top_k}]",
        show_default=False,
    ),
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        "-f",
        metavar="NAME=VALUE",
        help="Restrict the search to document=NAME, section=WORDS or a tag, e.g. team=ml; "
        "repeatable.",
        show_default=False,
        autocompletion=complete_filter,
    ),
]
Pages = Annotated[
    str | None,
    typer.Option(
        "--pages",
        help="Restrict the search to these pages, e.g. 3 or 20-40.",
        show_default=False,
    ),
]
Rerank = Annotated[
    str | None,
    typer.Option(
        metavar="FOLDER",
        help="Rerank the top 30 passages with the cross-encoder in this folder.",
        show_default=False,
    ),
]

# ── the answer ──────────────────────────────────────────────────────────────────────────────────

Llm = Annotated[
    str | None,
    typer.Option(
        "--llm",
        "-m",
        metavar="NAME|FILE|hf:…|URL",
        autocompletion=complete_generator,
        help="Use this generator: a catalogue name, a .gguf file, hf:owner/repo/file, or the "
        "address of a server (http://…/v1).",
        show_default=False,
    ),
]
Quotes = Annotated[
    bool,
    typer.Option(
        "--quotes",
        help="Show quotes from the guide only; run no generator.",
        callback=quotes_wanted,
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Drop sentences that the guide does not support.")
]
ContextTokens = Annotated[
    int | None,
    typer.Option(
        "--context-tokens",
        min=0,
        help="Give the generator at most this many tokens of evidence.  "
        "[default: as many as it reads in 3.4 s]",
        show_default=False,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        help="Run the generator on this many threads.  [default: one per core]", show_default=False
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        metavar="DEVICE",
        help="Run the models on this device: auto, cpu, cuda or cuda:N.  "
        f"[default: {DEFAULTS.device}]",
        show_default=False,
    ),
]


def seconds_of(text: str) -> float:
    """Read "5s", "800ms", "2m", or seconds without a unit."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min)?", text.strip())
    if match is None or not float(match[1]):
        raise typer.BadParameter(f"{text!r} is not a duration; use e.g. 5s, 800ms or 2m.")
    return float(match[1]) * {"ms": 0.001, "m": 60.0, "min": 60.0}.get(match[2], 1.0)


DeadlineOption = Annotated[
    float | None,
    typer.Option(
        "--deadline",
        metavar="TIME",
        parser=seconds_of,
        help="Finish within this time, e.g. 5s; if needed, shorten the answer or show only quotes.",
        show_default=False,
    ),
]

# ── output and confirmation ─────────────────────────────────────────────────────────────────────

Format = Annotated[
    Literal["text", "markdown", "json"],
    typer.Option("--format", help="Print answers in this format."),
]
OutputFile = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to this file instead of stdout, once everything is done.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", "-j", help="Print JSON, one object per line.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking for confirmation.")]


def write_text(path: Path, text: str) -> None:
    """Write a file that the user named with an option, completely or not at all.

    A link is followed; a device or a pipe is written to.

    Raises:
        StorageError: the file cannot be written.
    """
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")
            return
        draft.write_text(text, encoding="utf-8")
        if target.exists():
            shutil.copymode(target, draft)
        draft.replace(target)
    except OSError as exc:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise StorageError(f"cannot write {path}: {exc.strerror or exc}.") from exc


@contextmanager
def stdout_to(path: Path | None) -> Iterator[None]:
    """Write what the block prints to a file, once it is complete; None: print it.

    Raises:
        StorageError: the file cannot be written, or its folder does not exist.
    """
    if path is None:
        yield
        return
    if not path.parent.is_dir():
        raise StorageError(f"cannot write {path}: the folder {path.parent} does not exist.")
    text = io.StringIO()
    with redirect_stdout(text):
        yield
    write_text(path, text.getvalue())
