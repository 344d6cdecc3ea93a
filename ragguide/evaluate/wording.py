"""Figures in, short texts out, for the terminal and for pages."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ragguide.evaluate.compare import ALPHA, Comparison, Difference
from ragguide.evaluate.summary import Figure
from ragguide.evaluate.verdicts import NOT_FOUND

if TYPE_CHECKING:
    from ragguide.evaluate.sweep_result import SweepResult

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
        return "unknown"
    if figure.unit:
        return f"{figure.low:.2f} to {number(figure.high, figure.unit)}"
    return f"{number(figure.low)} to {number(figure.high)}"


def difference_interval(difference: Difference) -> str:
    """`−0.222 to −0.067`."""
    if difference.low != difference.low:
        return "unknown"
    return f"{signed(difference.low)} to {signed(difference.high)}"


def p_value(p: float | None) -> str:
    """`0.032`, `< 0.001`; a dash if it was not tested."""
    if p is None or p != p:
        return UNKNOWN
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def result(difference: Difference) -> str:
    """`better`, `worse`, `inconclusive`, `not tested`."""
    if difference.p is None:
        return "not tested"
    return "inconclusive" if difference.call == "no call" else difference.call


def shared(comparison: Comparison) -> str:
    """Return how many questions a comparison covers, and which it leaves out."""
    n = comparison.n_shared
    left_out = [
        (comparison.n_only_first, f"only in {comparison.first}"),
        (comparison.n_only_second, f"only in {comparison.second}"),
        (comparison.n_reworded, "edited in between"),
    ]
    rest = ", ".join(f"{count} {what}" for count, what in left_out if count)
    return f"{n} question{'s' * (n != 1)} in both runs{f'; left out: {rest}' if rest else ''}."


def choice_in_words(result: "SweepResult") -> list[str]:
    """Return sentences: what was chosen, what to expect of it, and whether it is significant."""
    choice = result.choice
    n_folds = len(choice.folds)
    name = "" if result.winner.n_changed else " (the current settings)"
    is_clear = choice.p < ALPHA
    evidence = "statistically significant" if is_clear else "not statistically significant"
    n_agreed = sum(fold == choice.chosen for fold in choice.folds)
    return [
        f"Best of {len(result.results)} by {choice.measure}: {result.winner}{name}.",
        f"{choice.measure} is {number(choice.value)} on the {choice.n} questions that chose it. "
        f"Expect {number(choice.held_out)} ({number(choice.low)} to {number(choice.high)}) on new "
        f"questions, by {n_folds}-fold cross-validation. The current settings have "
        f"{number(choice.present)}.",
        f"The expected change is {signed(choice.gain)} ({signed(choice.gain_low)} to "
        f"{signed(choice.gain_high)}), p {p_value(choice.p)}: {evidence}.",
        f"{n_agreed} of {n_folds} folds chose the same settings.",
    ]


def run_in_words(
    n_answerable: int, n_unanswerable: int, ranks: Mapping[int, int], figures: Sequence[Figure]
) -> str:
    """Return the results of a run in a few sentences; `ranks` as `gold_ranks` counts them."""
    asked = f"The run asked {_questions(n_answerable)} that the guide answers"
    if n_unanswerable:
        asked += f" and {n_unanswerable} that it does not answer"
    sentences = [f"{asked}."]
    if n_ranked := sum(ranks.values()):
        top = sum(n for rank, n in ranks.items() if rank != NOT_FOUND and rank <= 5)
        first = ranks.get(1, 0)
        sentences.append(
            f"Of {_questions(n_ranked)} with a known gold passage, {first} "
            f"{'has' if first == 1 else 'have'} it first and {top} among the first five."
        )
    named = {figure.measure: figure for figure in figures}
    if facts := named.get("facts"):
        sentences.append(f"Answers and quotes contain {facts.value:.0%} of the facts.")
    if verdicts := named.get("verdict"):
        sentences.append(
            f"Answers give {round(verdicts.value * verdicts.n)} of {verdicts.n} right verdicts on "
            "yes/no questions."
        )
    wrongly, rightly = (named.get(name) for name in ("false-refusals", "true-refusals"))
    if wrongly and rightly:
        sentences.append(
            f"It refused {round(wrongly.value * wrongly.n)} of the answerable questions and "
            f"{round(rightly.value * rightly.n)} of the unanswerable ones."
        )
    return " ".join(sentences)


def _questions(n: int) -> str:
    return f"{n} question" if n == 1 else f"{n} questions"
