"""Runs in, tables and JSON out."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.cli.render import print_json

if TYPE_CHECKING:
    from ragguide.evaluate.records import Run
    from ragguide.evaluate.summary import Figure, Group

# A table shows the measures that say something by themselves; JSON has them all.
_LEFT_OUT = re.compile(r"nDCG@[135]\b.*|recall@[13]\b.*|hit@10\b.*|failed")
_MODES = {"search": "retrieval alone", "quotes": "with quotes", "answers": "with answers"}


def print_run(folder: Path, *, as_json: bool) -> None:
    """Print the figures of a finished run: of all, and of each kind.

    Raises:
        UsageError: it is not finished, or damaged.
    """
    from ragguide.evaluate.check import find_misfits
    from ragguide.evaluate.measures import measures_of
    from ragguide.evaluate.runs import load_run
    from ragguide.evaluate.summary import (
        document_of,
        figures_of,
        groups_of,
        headlines,
        kind_of,
        section_of,
    )

    run = load_run(folder)
    if misfits := find_misfits(run.record, run.judged):
        print(
            f"ragguide: {len(misfits)} of {len(run.judged)} questions name documents or evidence "
            f"that this index does not hold ({', '.join(misfits[:3])}), and so find nothing. Is it "
            "the right one? `ragguide eval check` tells more.",
            file=sys.stderr,
        )
    measures = measures_of(run.record)
    figures = figures_of(run.judged, measures)
    failed = [each for each in run.judged if each.outcome.error]
    if as_json:
        print_json(
            {
                "name": folder.name,
                "folder": str(folder),
                "run": run.record,
                "n": len(run.judged),
                "failed": {each.case.id: each.outcome.error for each in failed},
                "figures": figures,
                "kinds": groups_of(run.judged, measures, kind_of),
                "documents": groups_of(run.judged, measures, document_of),
                "sections": groups_of(run.judged, measures, section_of(run.judged)),
            }
        )
        return
    _print_head(folder, run.record)
    _print_figures(figures)
    shown = headlines(run.judged, measures)
    _print_groups(groups_of(run.judged, shown, kind_of), [measure.name for measure in shown])
    for each in failed:
        print(f"failed: {each.case.id}: {each.outcome.error}")


def _print_head(folder: Path, record: "Run") -> None:
    parts = [
        f"{record.n_cases} questions",
        _MODES[record.mode],
        f"index {record.index}/{record.generation:06d}",
    ]
    if record.generator is not None:
        parts.append(record.generator.name)
    print(f"{', '.join(parts)}: {folder}\n")


def _print_figures(figures: "Sequence[Figure]") -> None:
    from ragguide.evaluate import wording

    for figure in figures:
        if not _LEFT_OUT.fullmatch(figure.measure):
            value = wording.number(figure.value, figure.unit)
            print(f"{figure.measure:<28} {value:>8}  {wording.interval(figure):<18} n {figure.n}")


def _print_groups(groups: "Sequence[Group]", names: "Sequence[str]") -> None:
    """One line a group; the columns are the measures of these names."""
    from ragguide.evaluate import wording

    if not groups or not names:
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


def _of(group: "Group", name: str) -> "Figure | None":
    return next((figure for figure in group.figures if figure.measure == name), None)
