"""A finished run in, tables or JSON out."""

import re
import sys
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.cli.notes import say
from ragguide.cli.render import counted, print_json
from ragguide.cli.wrap import columns, print_wrapped

if TYPE_CHECKING:
    from ragguide.evaluate.records import Measure, Run
    from ragguide.evaluate.runs import LoadedRun
    from ragguide.evaluate.summary import Figure, Group

# The table leaves out measures that add little to the others. JSON has them all.
_LEFT_OUT = re.compile(r"nDCG@[135]\b.*|recall@[13]\b.*|hit@10\b.*|failed")
_TABLE = 68  # columns of a line of figures
_MODES = {"search": "search only", "quotes": "with quotes", "answers": "with answers"}


def print_run(folder: Path, *, as_json: bool) -> None:
    """Print the figures of a finished run, overall and by kind.

    Raises:
        UsageError: the run is not finished, or damaged.
    """
    from ragguide.evaluate.measures import measures_of
    from ragguide.evaluate.runs import load_run

    run = load_run(folder)
    _warn_of_misfits(run)
    measures = measures_of(run.record)
    if as_json:
        _print_as_json(folder, run, measures)
    else:
        _print_tables(folder, run, measures)


def _warn_of_misfits(run: "LoadedRun") -> None:
    from ragguide.evaluate.check import find_misfits

    if misfits := find_misfits(run.record, run.judged):
        say(
            f"{len(misfits)} of {len(run.judged)} questions name documents or evidence "
            f"that this index does not contain ({', '.join(misfits[:3])}). Is it the right index? "
            "For details: `ragguide eval check CASES`"
        )


def _print_as_json(folder: Path, run: "LoadedRun", measures: "Sequence[Measure]") -> None:
    from ragguide.evaluate.summary import document_of, figures_of, groups_of, kind_of, section_of

    print_json(
        {
            "name": folder.name,
            "folder": str(folder),
            "run": run.record,
            "n": len(run.judged),
            "failed": {j.case.id: j.outcome.error for j in run.judged if j.outcome.error},
            "figures": figures_of(run.judged, measures),
            "kinds": groups_of(run.judged, measures, kind_of),
            "documents": groups_of(run.judged, measures, document_of),
            "sections": groups_of(run.judged, measures, section_of(run.judged)),
        }
    )


def _print_tables(folder: Path, run: "LoadedRun", measures: "Sequence[Measure]") -> None:
    from ragguide.evaluate.summary import figures_of, groups_of, headlines, kind_of

    figures = figures_of(run.judged, measures)
    _print_head(folder, run.record)
    _print_in_words(run, figures)
    _print_figures(figures)
    shown = headlines(run.judged, measures)
    _print_groups(groups_of(run.judged, shown, kind_of), [measure.name for measure in shown])
    for each in run.judged:
        if each.outcome.error:
            print_wrapped(f"failed: {each.case.id}: {each.outcome.error}")


def _print_head(folder: Path, record: "Run") -> None:
    parts = [
        counted(record.n_cases, "question"),
        _MODES[record.mode],
        f"index {record.index}/{record.generation:06d}",
    ]
    if record.generator is not None:
        parts.append(record.generator.name)
    print_wrapped(f"{', '.join(parts)}: {folder}")
    print()


def _print_in_words(run: "LoadedRun", figures: "Sequence[Figure]") -> None:
    from ragguide.evaluate.verdicts import gold_ranks, judge
    from ragguide.evaluate.wording import run_in_words

    n_answerable = sum(each.case.is_answerable for each in run.judged)
    ranks = gold_ranks([judge(each, run.record.mode) for each in run.judged])
    n_unanswerable = len(run.judged) - n_answerable
    print_wrapped(run_in_words(n_answerable, n_unanswerable, ranks, figures))
    print()


def _print_figures(figures: "Sequence[Figure]") -> None:
    from ragguide.evaluate import wording

    for figure in figures:
        if not isnan(figure.value) and not _LEFT_OUT.fullmatch(figure.measure):
            value = wording.number(figure.value, figure.unit)
            if _is_narrow():
                print(f"{figure.measure:<26} {value:>8}")
                continue
            print(f"{figure.measure:<28} {value:>8}  {wording.interval(figure):<18} n {figure.n}")


def _print_groups(groups: "Sequence[Group]", names: "Sequence[str]") -> None:
    """Print one line for each group, with the measures of these names as columns."""
    from ragguide.evaluate import wording

    if not groups or not names:
        return
    if (columns() or sys.maxsize) < 20 + 26 * len(names):
        _print_below(groups)
        return
    print("\n" + " " * 20 + "".join(f"{name:<26}" for name in names).rstrip())
    for group in groups:
        cells = []
        for name in names:
            figure = _of(group, name)
            cells.append(
                f"{wording.number(figure.value)}  {wording.interval(figure)}" if figure else "–"
            )
        print(f"{group.name[:14]:<14} {group.n:>4} " + "".join(f"{c:<26}" for c in cells).rstrip())


def _print_below(groups: "Sequence[Group]") -> None:
    """Print each measure of a group on a line of its own, for a narrow terminal."""
    from ragguide.evaluate import wording

    for group in groups:
        print(f"\n{group.name}, n {group.n}")
        for figure in group.figures:
            ends = "" if _is_narrow() else f"  {wording.interval(figure)}"
            print(f"  {figure.measure:<24} {wording.number(figure.value):>8}{ends}")


def _is_narrow() -> bool:
    """Whether the lines of tables don't fit; intervals are left out then."""
    return (columns() or _TABLE) < _TABLE


def _of(group: "Group", name: str) -> "Figure | None":
    return next((figure for figure in group.figures if figure.measure == name), None)
