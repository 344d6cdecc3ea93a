"""Runs in, their answers in a blind order out; people's grades in, means and differences out.

    runs/<name>/grades.jsonl    Grade    one a line; the last grade of a question counts

A person who knows which run an answer comes from grades what they expect of it. So answers of all
runs are mixed, and an answer that several runs give alike is graded once.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from ragguide.errors import UsageError
from ragguide.evaluate.answers import text_of
from ragguide.evaluate.intervals import Interval, difference_interval, interval
from ragguide.evaluate.paired_test import paired_test
from ragguide.evaluate.records import Case, Outcome, Quoted
from ragguide.evaluate.run_files import complete_lines, storage_errors
from ragguide.evaluate.runs import LoadedRun
from ragguide.evaluate.statistics import Rows, figure_of, mean
from ragguide.evaluate.summary import SEED

GRADES = "grades.jsonl"
SCALE = range(1, 6)  # from useless to perfect


class Grade(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person thinks of a run's answer to a case."""

    case_id: str
    grade: int
    created: str  # ISO 8601, UTC


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to grade, without the names of the runs that gave it."""

    case: Case
    answer: str  # with its citation marks; empty if the run has quotes only, or refused
    refused: bool
    quotes: tuple[Quoted, ...]  # what the answer cites; without an answer, all quotes
    runs: tuple[str, ...]  # names of the runs that gave it


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """The mean grade of a run, and its difference from the first; NaN where it is unknown."""

    run: str
    n: int
    mean: float
    low: float  # of the 95 % interval
    high: float
    n_shared: int = 0  # questions graded in both runs
    difference: float = float("nan")
    difference_low: float = float("nan")
    difference_high: float = float("nan")
    p: float = float("nan")


def read_grades(folder: Path) -> dict[str, int]:
    """Return the grades of a run, by case.

    Raises:
        UsageError: the file cannot be read.
    """
    grades, _ = complete_lines(folder / GRADES, Grade)
    return {grade.case_id: grade.grade for grade in grades}


def add_grade(folder: Path, case_id: str, grade: int) -> None:
    """Append a grade to those of a run.

    Raises:
        StorageError: it cannot be written.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = msgspec.json.encode(Grade(case_id=case_id, grade=grade, created=now)) + b"\n"
    with storage_errors(folder):
        _, n_complete = complete_lines(folder / GRADES, Grade)
        with (folder / GRADES).open("ab") as file:
            file.truncate(n_complete)  # a kill may have cut off the last line
            file.write(line)


def to_rate(
    runs: Mapping[str, LoadedRun], grades: Mapping[str, Mapping[str, int]], *, seed: int = SEED
) -> list[Shown]:
    """Return the answers without a grade, in an order that the seed decides.

    The answers to one question follow one another, so that a person reads the question once; which
    run comes first is random.

    Raises:
        UsageError: a run measured the search only.
    """
    found: dict[str, dict[tuple[str, bool, tuple[Quoted, ...]], tuple[Case, list[str]]]] = {}
    for name, run in runs.items():
        if run.record.mode == "search":
            raise UsageError(
                f"the run {name} has no answers to rate. Run it again with --answers or --quotes."
            )
        for judged in run.judged:
            if not judged.outcome.error and judged.case.id not in grades[name]:
                answers = found.setdefault(judged.case.id, {})
                answers.setdefault(_seen(judged.outcome), (judged.case, []))[1].append(name)
    shown = [
        Shown(case=case, answer=answer, refused=refused, quotes=quotes, runs=tuple(names))
        for answers in found.values()
        for (answer, refused, quotes), (case, names) in answers.items()
    ]
    return sorted(shown, key=lambda each: _place(each, seed))


def _seen(outcome: Outcome) -> tuple[str, bool, tuple[Quoted, ...]]:
    """What a person sees of an outcome."""
    return outcome.answer, outcome.refused, outcome.citations if outcome.answer else outcome.quotes


def _place(shown: Shown, seed: int) -> tuple[str, str]:
    """Where an answer stands in the order: the same in each session, and no hint at its run."""
    by_case, by_answer = (
        hashlib.sha256(f"{seed}\n{text}".encode()).hexdigest()
        for text in (shown.case.id, f"{shown.case.id}\n{text_of(shown.answer)}\n{shown.quotes}")
    )
    return by_case, by_answer


def rated(grades: Mapping[str, Mapping[str, int]], *, seed: int = SEED) -> list[Rated]:
    """Return the means of runs that have grades, each compared with the first of them."""
    graded = {name: of_run for name, of_run in grades.items() if of_run}
    return [
        _rated(name, of_run, next(iter(graded.values())) if at else None, seed)
        for at, (name, of_run) in enumerate(graded.items())
    ]


def _rated(name: str, own: Mapping[str, int], first: Mapping[str, int] | None, seed: int) -> Rated:
    rows = _rows(list(own.values()))
    ends = interval(mean, rows, seed=seed)
    alone = Rated(run=name, n=len(own), mean=figure_of(mean, rows), low=ends.low, high=ends.high)
    shared = [case_id for case_id in own if case_id in first] if first else []
    if not first or not shared:
        return alone
    before, after = _rows([first[id_] for id_ in shared]), _rows([own[id_] for id_ in shared])
    span: Interval = difference_interval(mean, before, after, seed=seed)
    return msgspec.structs.replace(
        alone,
        n_shared=len(shared),
        difference=figure_of(mean, after) - figure_of(mean, before),
        difference_low=span.low,
        difference_high=span.high,
        p=paired_test([(mean, before, after)], seed=seed).p[0],
    )


def _rows(values: Sequence[int]) -> Rows:
    return np.array(values, np.float64)[:, None]
