"""The result of a sweep in, a table of its trials on the terminal out."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.cli.wrap import print_wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.evaluate.sweep_result import SweepResult, TrialResult

TRIALS_SHOWN = 15  # without --all


def print_sweep(result: "SweepResult", winner: Path, *, every: bool) -> None:
    """Print the trials, best first, and how good the chosen settings are."""
    from ragguide.evaluate import wording
    from ragguide.evaluate.sweep_result import best_first

    others = [figure.measure for figure in result.results[0].others]
    widths = [max(10, len(name) + 2) for name in result.winner.values]
    print(_head(result, others, widths))
    ranked = best_first(result)
    for each in ranked if every else ranked[:TRIALS_SHOWN]:
        note = _note(each, is_chosen=each.trial == result.winner)
        print(f"{_row(each, others, widths)}{note}".rstrip())
    if not every and len(ranked) > TRIALS_SHOWN:
        print(f"… and {len(ranked) - TRIALS_SHOWN} more; --all lists them")
    for combination, reason in result.left_out.items():
        print_wrapped(f"not tried: {combination}: {reason}", file=sys.stderr)
    print()
    for sentence in wording.choice_in_words(result):
        print_wrapped(sentence)
    print(f"\n{winner}")


def _head(result: "SweepResult", others: "Sequence[str]", widths: "Sequence[int]") -> str:
    values = _cells(list(result.winner.values), widths)
    return f"{'':<6}{values}{result.measure:<27}{_cells(others, [16] * len(others))}".rstrip()


def _row(each: "TrialResult", others: "Sequence[str]", widths: "Sequence[int]") -> str:
    from ragguide.evaluate import wording

    values = _cells([str(value) for value in each.trial.values.values()], widths)
    figure = f"{wording.number(each.figure.value)}  {wording.interval(each.figure)}"
    found = {other.measure: wording.number(other.value) for other in each.others}
    more = [found.get(name, wording.UNKNOWN) for name in others]
    return f"{each.trial.name:<6}{values}{figure:<27}{_cells(more, [16] * len(more))}"


def _cells(texts: "Sequence[str]", widths: "Sequence[int]") -> str:
    return "".join(f"{text:<{width}}" for text, width in zip(texts, widths, strict=True))


def _note(each: "TrialResult", *, is_chosen: bool) -> str:
    if each.trial.n_changed:
        return "chosen" if is_chosen else ""
    return "chosen (current)" if is_chosen else "current"
