"""`ragguide models optimise`: a generator in; its fastest format and a self-test out."""

import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ragguide.cli.completion import complete_generator
from ragguide.cli.exit_codes import EXIT_INTERRUPTED
from ragguide.cli.models.options import AsJson, ModelsDir, print_row
from ragguide.cli.models.trials import summary_of, trial_line
from ragguide.cli.notes import note, say
from ragguide.cli.progress import show_stages
from ragguide.config import Settings, load_settings
from ragguide.models.find import find_generator

if TYPE_CHECKING:
    from ragguide.generate.speed_record import SpeedRecord


def optimise(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            autocompletion=complete_generator,
            help="Installed generator to measure.  [default: the configured generator]",
            show_default=False,
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Measure again, even if there is a result.")
    ] = False,
    threads: Annotated[
        int | None,
        typer.Option(
            help="Measure with this many threads.  [default: one per core]", show_default=False
        ),
    ] = None,
    models_dir: ModelsDir = None,
    as_json: AsJson = False,
) -> None:
    """Find the fastest format of a generator on this machine, and test its answers.

    Measures the original file and its Q4_0 and Q8_0 versions. From then on, ragguide uses another
    version only if it is clearly faster and answers the eight self-test questions equally well. If
    the generator fails the self-test, ragguide shows only quotes from the guide.
    """
    from ragguide.generate.speed_record import find_speed_record

    settings = load_settings({"models_dir": models_dir, "threads": threads})
    name = name or settings.generator
    file = find_generator(name, models_dir=settings.models_dir)
    found = None if again else find_speed_record(file, models_dir=settings.models_dir)
    if found is None:
        found = _measure(name, settings)
    else:
        note(f"{name} was measured before (--again measures it again)")
    _show(name, found, as_json=as_json)


def _measure(name: str, settings: Settings) -> "SpeedRecord":
    """Measure a generator; on Ctrl-C exit with code 130."""
    from ragguide.generate.optimise import optimise as measure

    try:
        with show_stages() as on_stage:
            return measure(
                name,
                models_dir=settings.models_dir,
                threads=settings.n_threads,
                on_stage=on_stage,
            )
    except KeyboardInterrupt:
        print(file=sys.stderr)
        say(f"stopped; nothing has changed for {name}.")
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _show(name: str, found: "SpeedRecord", *, as_json: bool) -> None:
    if as_json:
        print_row({"name": name, **msgspec.structs.asdict(found)})
        return
    for trial in found.trials:
        print(trial_line(trial))
    print(f"{name}: {summary_of(found)}")
    if not found.passes:
        say(
            f"{name} failed the self-test, so ragguide shows only quotes. Choose another "
            "generator, or set allow_failed_generator = true."
        )
