"""A folder of runs in, runs and their progress out. `run_files.py` describes the files."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate.records import Case, Judged, Outcome, Passage, Run
from ragguide.evaluate.run_files import CASES, PASSAGES, RESULTS, RUN, by_case, complete_lines


class LoadedRun(msgspec.Struct, frozen=True):
    """A finished run."""

    record: Run
    judged: tuple[Judged, ...]  # in the order of its cases
    passages: dict[str, Passage]  # by chunk id


class RunState(msgspec.Struct, frozen=True):
    """A run's folder, and its progress."""

    folder: Path
    record: Run
    n_done: int
    aside: Path | None = None  # where the earlier run of the same name is now

    @property
    def is_finished(self) -> bool:
        return self.n_done == self.record.n_cases


def load_run(folder: Path) -> LoadedRun:
    """Read a finished run.

    Raises:
        UsageError: the folder has no run, the run is not finished, or one of its files is damaged.
    """
    record = read_record(folder)
    cases, _ = complete_lines(folder / CASES, Case)
    outcomes = by_case(folder, complete_lines(folder / RESULTS, Outcome)[0])
    passages, _ = complete_lines(folder / PASSAGES, Passage)
    n_missing = sum(case.id not in outcomes for case in cases)
    if n_missing:
        raise UsageError(
            f"the run {folder} is not finished: {n_missing} of {len(cases)} questions are left. "
            "Run the same command again to resume it."
        )
    return LoadedRun(
        record,
        tuple(Judged(case=case, outcome=outcomes[case.id]) for case in cases),
        {passage.chunk_id: passage for passage in passages},
    )


def find_run(text: str, runs_dir: Path) -> Path:
    """Return the folder of a run, given as a folder or a name.

    Raises:
        UsageError: there is no such run.
    """
    for folder in (Path(text), runs_dir / text):
        if (folder / RUN).is_file():
            return folder
    near = get_close_matches(
        Path(text).name, [path.parent.name for path in runs_dir.glob(f"*/{RUN}")], n=1
    )
    hint = f"Did you mean {near[0]}?" if near else "List all runs: ragguide eval list"
    raise UsageError(f"no run {text!r}, neither as a folder nor in {runs_dir}. {hint}")


def read_record(folder: Path) -> Run:
    """Read the record of a run.

    Raises:
        UsageError: the folder has no run, or its record is damaged.
    """
    path = folder / RUN
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"no run in {folder}. List all runs: ragguide eval list") from None
    except OSError as exc:
        raise UsageError(f"cannot read {path}: {exc.strerror}.") from exc
    except msgspec.DecodeError as exc:
        raise UsageError(
            f"{path} is damaged, or from another version of ragguide: {exc}. Delete the run's "
            "folder, and run it again."
        ) from exc


def list_runs(runs_dir: Path) -> Iterator[RunState]:
    """Yield all runs in a folder, in the order in which they were started.

    Raises:
        UsageError: one is damaged.
    """
    folders = sorted(
        path.parent for path in runs_dir.glob(f"*/{RUN}") if path.parent.name[0] != "."
    )
    yield from sorted(map(state_of, folders), key=lambda state: state.record.created)


def state_of(folder: Path) -> RunState:
    """Return the progress of a run.

    Raises:
        UsageError: the folder has no run, or the run is damaged.
    """
    outcomes, _ = complete_lines(folder / RESULTS, Outcome)
    return RunState(folder, read_record(folder), len({outcome.case_id for outcome in outcomes}))
