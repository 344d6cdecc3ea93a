"""`ragguide eval rate`: answers of runs out, blind and one at a time; a person's grades in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.asker import Asker
from ragguide.cli.evaluation.options import AsJson, RunsDir
from ragguide.cli.exit_codes import EXIT_INTERRUPTED
from ragguide.cli.render import print_json
from ragguide.cli.wrap import print_wrapped
from ragguide.config import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.evaluate.ratings import Rated, Shown


def rate(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...", help="Names or folders of runs. The first is the baseline."
        ),
    ],
    number: Annotated[
        int | None,
        typer.Option("--number", "-n", min=1, help="Stop after N answers.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Random seed for the order of the answers.")] = 0,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Grade answers from 1 to 5, one at a time, without seeing which run each is from.

    1 is useless, 5 is perfect. The answers of all runs are mixed. If several runs give the same
    answer, you grade it once. Each grade is saved at once, with its run; to continue later, run the
    same command again.

    The command ends with the mean of each run and its difference from the first. With --json it
    prints these figures only, and asks nothing.
    """
    from ragguide.evaluate.ratings import rated, read_grades, to_rate
    from ragguide.evaluate.runs import find_run, load_run

    settings = load_settings({"runs_dir": runs_dir})
    folders = {path.resolve().name: path for path in (find_run(r, settings.runs_dir) for r in runs)}
    grades = {name: read_grades(folder) for name, folder in folders.items()}
    loaded = {name: load_run(folder) for name, folder in folders.items()}
    left = to_rate(loaded, grades, seed=seed)
    if as_json:
        for figures in rated(grades):
            print_json(figures)
        return
    try:
        _grade_all(left[:number], folders)
    except KeyboardInterrupt:
        print()
        raise typer.Exit(EXIT_INTERRUPTED) from None
    _print_rated(rated({name: read_grades(folder) for name, folder in folders.items()}))


def _grade_all(left: "Sequence[Shown]", folders: dict[str, Path]) -> None:
    """Ask for grades until the end of the input, or "q"."""
    from ragguide.evaluate.ratings import add_grade

    asker = Asker()
    for place, shown in enumerate(left, start=1):
        _show(shown, f"[{place} of {len(left)}] ")
        grade = _ask(asker)
        if grade is None:
            return
        for name in shown.runs if grade else ():
            add_grade(folders[name], shown.case.id, grade)


def _ask(asker: Asker) -> int | None:
    """Return a grade; 0 to skip the answer, None to stop."""
    from ragguide.evaluate.ratings import SCALE

    while (said := asker.ask("grade 1 to 5, s skips, q quits > ")) is not None:
        if said.lower() in ("q", "quit"):
            return None
        if said.lower() in ("s", "skip"):
            return 0
        if said.isdecimal() and int(said) in SCALE:
            return int(said)
        print_wrapped(
            f"{said!r} is not a grade from {SCALE[0]} to {SCALE[-1]}, s or q.", indent="  "
        )
    return None


def _show(shown: "Shown", place: str) -> None:
    print()
    print_wrapped(f"{place}{shown.case.question}")
    if shown.case.answer:
        print_wrapped(f"reference: {shown.case.answer}", indent="  ")
    print()
    if shown.refused:
        print_wrapped("(refused: the guide does not answer)", indent="  ")
    for line in shown.answer.splitlines():
        print_wrapped(line, indent="  ")
    for quote in shown.quotes:
        where = f"[{quote.mark}] {quote.document}, p. {quote.page_first}"
        print_wrapped(f'{where}: "{" ".join(quote.text.split())}"', indent="    ")
    print()


def _print_rated(found: "Sequence[Rated]") -> None:
    from ragguide.evaluate.wording import p_value, signed

    if not found:
        print("No answer has a grade yet.")
        return
    width = max(len(each.run) for each in found)
    for each in found:
        line = f"{each.run:<{width}}  mean {each.mean:.2f}{_span(each.low, each.high)}, n {each.n}"
        if each.n_shared:
            line += (
                f"; difference {signed(each.difference)}"
                f"{_span(each.difference_low, each.difference_high)}, p {p_value(each.p)}, "
                f"n {each.n_shared}"
            )
        print_wrapped(line)


def _span(low: float, high: float) -> str:
    """An interval in parentheses; nothing if it is unknown."""
    return f" ({low:.2f} to {high:.2f})" if low == low else ""
