"""The files of a run: their names, their lines, and errors of writing them.

runs/<name>/
run.json        the run's record: everything its results depend on
cases.jsonl     the questions, as they were read
results.jsonl   one outcome a line, written as soon as its case finishes
passages.jsonl  the text of each passage found, written before the first outcome with it
write.lock      locked by the one process that appends to the run
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from ragguide.errors import StorageError, UsageError
from ragguide.evaluate.records import Outcome

RUN = "run.json"
CASES = "cases.jsonl"
RESULTS = "results.jsonl"
PASSAGES = "passages.jsonl"
LOCK = "write.lock"

_T = TypeVar("_T", bound=msgspec.Struct)


def complete_lines(path: Path, kind: type[_T]) -> tuple[list[_T], int]:
    """Decode the complete lines of a file, and count their bytes.

    A kill or a full disk may cut off the last line, which is then left out. A missing file has no
    lines.

    Raises:
        UsageError: the file cannot be read, or a line before its last is damaged.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return [], 0
    except OSError as exc:
        raise UsageError(f"cannot read {path}: {exc.strerror}.") from exc
    decoder = msgspec.json.Decoder(kind)
    values: list[_T] = []
    n_bytes = 0
    for number, line in enumerate(lines[:-1], start=1):  # the last part is cut off, or empty
        try:
            values.append(decoder.decode(line))
        except msgspec.DecodeError as exc:
            if number == len(lines) - 1:  # a power cut may leave the length without the bytes
                break
            raise UsageError(
                f"{path}, line {number}: {exc}. Delete the run's folder, and run it again."
            ) from exc
        n_bytes += len(line) + 1
    return values, n_bytes


def by_case(folder: Path, outcomes: Iterable[Outcome]) -> dict[str, Outcome]:
    """Return outcomes by the id of their case.

    Raises:
        UsageError: two of them belong to one case.
    """
    found: dict[str, Outcome] = {}
    for outcome in outcomes:
        if outcome.case_id in found:
            raise UsageError(
                f"{folder / RESULTS} has two outcomes of case {outcome.case_id!r}. Delete the "
                "run's folder, and run it again."
            )
        found[outcome.case_id] = outcome
    return found


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StorageError(
            f"cannot write {folder}: {exc.strerror or exc}. The finished questions are saved. Fix "
            "the cause, then run the same command again to resume."
        ) from exc
