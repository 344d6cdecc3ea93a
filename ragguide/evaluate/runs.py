"""A run's folder in, its values out.

runs/<name>/
    run.json        what was asked, and all that the results hang on
    cases.jsonl     the questions, as they were read
    results.jsonl   one outcome a line, each written as its case finished
"""

from pathlib import Path
from typing import TypeVar

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate.records import Case, Judged, Outcome, Run

RUN = "run.json"
CASES = "cases.jsonl"
RESULTS = "results.jsonl"
SCHEMA_VERSION = 1

_T = TypeVar("_T", bound=msgspec.Struct)


class LoadedRun(msgspec.Struct, frozen=True):
    """A finished run."""

    record: Run
    judged: tuple[Judged, ...]  # in the order of its cases


def load_run(folder: Path) -> LoadedRun:
    """Read a run that is finished.

    Raises:
        UsageError: there is none in the folder, it is not finished, or a file of it is damaged.
    """
    record = read_record(folder)
    cases = _read_lines(folder / CASES, Case)
    outcomes = {outcome.case_id: outcome for outcome in _read_lines(folder / RESULTS, Outcome)}
    missing = [case.id for case in cases if case.id not in outcomes]
    if missing:
        raise UsageError(
            f"the run {folder} is not finished: {len(missing)} of {len(cases)} questions are "
            "still to be asked. Give the same command again, and it goes on."
        )
    return LoadedRun(record, tuple(Judged(case=case, outcome=outcomes[case.id]) for case in cases))


def read_record(folder: Path) -> Run:
    """Read what a run was asked.

    Raises:
        UsageError: there is no run in the folder, or its record is damaged.
    """
    path = folder / RUN
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"there is no run in {folder}. List them: ragguide eval list") from None
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror}.") from exc
    except msgspec.DecodeError as exc:
        raise UsageError(f"{path} is no record of a run: {exc}.") from exc


def _read_lines(path: Path, kind: type[_T]) -> list[_T]:
    decoder = msgspec.json.Decoder(kind)
    values = []
    try:
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            try:
                values.append(decoder.decode(line))
            except msgspec.DecodeError as exc:
                raise UsageError(f"{path}, line {number}: {exc}. Run it again.") from exc
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror}.") from exc
    return values
