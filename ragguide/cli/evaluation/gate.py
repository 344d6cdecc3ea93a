"""`ragguide eval gate`: exit with code 6 if a run is not good enough."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, cast, get_args

import msgspec
import typer

from ragguide.cli.evaluation.options import AsJson, RunsDir, load_runs
from ragguide.cli.exit_codes import EXIT_NOT_MET
from ragguide.cli.render import print_json
from ragguide.cli.wrap import print_wrapped
from ragguide.config import Settings, load_settings
from ragguide.errors import UsageError

if TYPE_CHECKING:
    from ragguide.evaluate.gates import By, Gate, Threshold
    from ragguide.evaluate.runs import LoadedRun


FailUnder = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-under",
        metavar="MEASURE=MIN",
        help="Exit with code 6 if a measure is below this, e.g. hit@5=.95; repeatable.",
    ),
]
FailOver = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-over",
        metavar="MEASURE=MAX",
        help="Exit with code 6 if a measure is above this, e.g. false-refusals=.05; repeatable.",
    ),
]
GateBy = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="value|lower-bound",
        help="Compare thresholds with the measure, or with the worse end of its 95 % interval.",
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="RUN",
        help="Exit with code 6 if a measure is significantly worse than in this run.",
    ),
]


AllowUndecided = Annotated[
    bool,
    typer.Option(
        "--allow-undecided", help="Accept a comparison that has too few questions to decide."
    ),
]


class Gates(msgspec.Struct, frozen=True):
    """The requirements on a run."""

    thresholds: "tuple[Threshold, ...]"
    by: "By"
    baseline: "tuple[str, LoadedRun] | None"


def gate(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name or folder of a finished run.")],
    fail_under: FailUnder = None,
    fail_over: FailOver = None,
    by: GateBy = "value",
    baseline: Baseline = None,
    allow_undecided: AllowUndecided = False,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Check a finished run against thresholds or a baseline run.

    Exit code 6 means that the run does not pass.
    """
    from ragguide.evaluate.runs import find_run

    settings = load_settings({"runs_dir": runs_dir})
    gates = read_gates(fail_under or [], fail_over or [], by, baseline, settings)
    if gates is None:
        raise UsageError(
            "nothing to check the run against. Add --fail-under hit@5=.95 or --baseline RUN."
        )
    folder = find_run(run, settings.runs_dir)
    found = check_gates(gates, folder, allow_undecided=allow_undecided)
    if as_json:
        print_json(
            {"run": folder.name, "is_met": all(each.is_met for each in found), "gates": found}
        )
    else:
        print_gates(found, sys.stdout)
    exit_unless_met(found)


def read_gates(
    under: Sequence[str], over: Sequence[str], by: str, baseline: str | None, settings: Settings
) -> Gates | None:
    """Read the flags before a run starts; None if there are no requirements.

    Raises:
        UsageError: a measure or run is unknown, or a flag is malformed.
    """
    from ragguide.evaluate.gates import By, read_thresholds

    if not (under or over or baseline):
        return None
    if by not in get_args(By):
        raise UsageError(f"--by {by!r}: choose {' or '.join(get_args(By))}.")
    found = load_runs([baseline], settings)[0] if baseline else None
    return Gates(read_thresholds(under, over), cast("By", by), found)


def check_gates(gates: Gates, folder: Path, *, allow_undecided: bool = False) -> "tuple[Gate, ...]":
    """Check the run in a folder.

    Raises:
        UsageError: the run does not give a measure, or shares no question with the baseline.
    """
    from ragguide.evaluate.compare import compare
    from ragguide.evaluate.gates import check_baseline, check_thresholds
    from ragguide.evaluate.runs import load_run

    run = load_run(folder)
    found = check_thresholds(run, gates.thresholds, by=gates.by)
    if gates.baseline is not None:
        found += check_baseline(
            compare(gates.baseline, (folder.name, run)), allow_undecided=allow_undecided
        )
    return found


def print_gates(gates: "Sequence[Gate]", file: TextIO) -> None:
    for each in gates:
        state = "undecided" if each.is_undecided else "met" if each.is_met else "not met"
        word = state if each.is_met else state.upper()
        print_wrapped(f"{word:<8} {each.name}: {each.reason}", hang=" " * 9, file=file)


def exit_unless_met(gates: "Sequence[Gate]") -> None:
    if not all(each.is_met for each in gates):
        raise typer.Exit(EXIT_NOT_MET)
