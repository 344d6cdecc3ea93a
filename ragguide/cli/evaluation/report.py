"""`ragguide eval report`: write a report of runs as one page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.evaluation.options import RunsDir, load_runs
from ragguide.cli.options import write_text
from ragguide.cli.progress import show_waiting
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.fields import json_line

if TYPE_CHECKING:
    from ragguide.evaluate.report import Report

FORMATS = ("html", "markdown", "json")
_SUFFIXES = {".html": "html", ".htm": "html", ".md": "markdown", ".json": "json"}


def report(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...", help="Names or folders of runs. The first is the baseline."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write to this file instead of stdout."),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            help="Write this format.  [default: by the file's suffix, else html]",
            show_default=False,
        ),
    ] = None,
    runs_dir: RunsDir = None,
) -> None:
    """Write a report of finished runs: figures, plots, differences and failures.

    The HTML page is self-contained and has no scripts. If you name several runs, the report
    compares each with the first.
    """
    from ragguide.evaluate.drawing import require_matplotlib
    from ragguide.evaluate.report import report_of

    suffix = output.suffix.lower() if output else ""
    form = format_ or _SUFFIXES.get(suffix, "html")
    if form not in FORMATS:
        raise UsageError(f"--format {form!r}: choose {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
    if form == "html":
        require_matplotlib("use --format markdown")
    loaded = load_runs(runs, load_settings({"runs_dir": runs_dir}))
    with show_waiting("computing and drawing …"):
        text = _render(report_of(loaded), form)
    if output is None or str(output) == "-":
        print(text)
        return
    write_text(output, text + "\n")
    print(output)


def _render(found: "Report", form: str) -> str:
    from ragguide.evaluate import pages

    if form == "json":
        return json_line(found)
    return pages.to_html(found) if form == "html" else pages.to_markdown(found)
