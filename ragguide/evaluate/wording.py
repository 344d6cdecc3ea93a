"""Figures in, short words out: the same on the terminal and on the page."""

from typing import TYPE_CHECKING

from ragguide.evaluate.compare import ALPHA, Comparison, Difference
from ragguide.evaluate.summary import Figure

if TYPE_CHECKING:
    from ragguide.evaluate.sweep import SweepResult

UNKNOWN = "–"


def number(value: float, unit: str = "") -> str:
    """`0.902`, `1.30 s`, `312`; a dash for NaN."""
    if value != value:
        return UNKNOWN
    if unit:
        return f"{value:.2f} {unit}"
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.3f}"


def signed(value: float) -> str:
    """`+0.031`, `−0.147`, `0.000`."""
    if value != value:
        return UNKNOWN
    text = f"{abs(value):.0f}" if abs(value) >= 10 else f"{abs(value):.3f}"
    if float(text) == 0:
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def interval(figure: Figure) -> str:
    """`0.829 to 0.946`."""
    if figure.low != figure.low:
        return "not known"
    if figure.unit:
        return f"{figure.low:.2f} to {number(figure.high, figure.unit)}"
    return f"{number(figure.low)} to {number(figure.high)}"


def difference_interval(difference: Difference) -> str:
    """`−0.222 to −0.067`."""
    if difference.low != difference.low:
        return "not known"
    return f"{signed(difference.low)} to {signed(difference.high)}"


def p_value(p: float | None) -> str:
    """`0.032`, `< 0.001`; a dash where nothing was tested."""
    if p is None or p != p:
        return UNKNOWN
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def shared(comparison: Comparison) -> str:
    """How many questions a comparison rests on, and what was left out."""
    n = comparison.n_shared
    left_out = [
        (comparison.n_only_first, f"only {comparison.first} has"),
        (comparison.n_only_second, f"only {comparison.second} has"),
        (comparison.n_reworded, "that were changed in between"),
    ]
    rest = ", ".join(f"{count} {what}" for count, what in left_out if count)
    return f"{n} question{'s' * (n != 1)} in both{f'; left out: {rest}' if rest else ''}."


def choice_in_words(result: "SweepResult") -> list[str]:
    """What was chosen, what it is worth, and whether that is more than chance."""
    choice = result.choice
    sentences = [
        f"Chosen among {len(result.results)} by {choice.measure}: {result.winner}"
        + (", the settings as they are." if not result.winner.n_changed else "."),
        f"Over the {choice.n} questions that it was chosen by it has {number(choice.value)}. "
        f"Choosing on part of the questions and measuring on the rest, {len(choice.folds)} times, "
        f"gives {number(choice.held_out)} ({number(choice.low)} to {number(choice.high)}): expect "
        f"that. The settings as they are have {number(choice.present)}.",
    ]
    gain = f"{signed(choice.gain)} ({signed(choice.gain_low)} to {signed(choice.gain_high)})"
    if choice.p < ALPHA:
        sentences.append(f"The change is {gain}, p {p_value(choice.p)}: more than chance.")
    else:
        sentences.append(
            f"The change is {gain}, p {p_value(choice.p)}: these questions cannot tell it from "
            "chance."
        )
    n_agreed = sum(fold == choice.chosen for fold in choice.folds)
    sentences.append(f"{n_agreed} of {len(choice.folds)} parts of the questions chose the same.")
    return sentences
