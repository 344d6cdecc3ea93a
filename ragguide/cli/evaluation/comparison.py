"""A comparison in, lines for people out."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.evaluate.compare import Comparison, Difference, Flip, KindDifferences

FLIPS_SHOWN = 10  # of either sort, unless all are asked for
_QUESTION = 72  # characters of a question


def print_comparison(found: "Comparison", *, every: bool) -> None:
    """Print the differences, by kind too, and the questions that flipped."""
    from ragguide.evaluate import wording

    print(f"{found.second} against {found.first}: {wording.shared(found)}")
    for name, (first, second) in found.settings.items():
        print(f"  {name}: {first} → {second}")
    shown = [each for each in found.differences if each.n_changed or every]
    _print_differences(found, shown)
    if n_alike := len(found.differences) - len(shown):
        print(f"Alike in every question: {n_alike} {'further ' if shown else ''}measures.")
    if shown:
        _print_kinds(found.kinds, every=every)
    for flips, what in ((_of(found.flips, True), "lost"), (_of(found.flips, False), "won")):
        _print_flips(flips, what, every=every)
    print()


def _print_differences(found: "Comparison", shown: "Sequence[Difference]") -> None:
    from ragguide.evaluate import wording

    if not shown:
        return
    first, second = found.first[-14:], found.second[-14:]
    print(
        f"\n{'':<28}{first:>14}{second:>16}{'difference':>12}   {'95 % interval':<20}p, corrected"
    )
    for each in shown:
        tested = f"{wording.p_value(each.p_corrected):<9}" if each.p is not None else "not tested"
        call = each.call if each.call != "no call" else ""
        line = (
            f"{each.measure:<28}{wording.number(each.first, each.unit):>14}"
            f"{wording.number(each.second, each.unit):>16}{wording.signed(each.difference):>12}   "
            f"{wording.difference_interval(each):<20}{tested}{call}"
        )
        print(line.rstrip())


def _print_kinds(kinds: "Sequence[KindDifferences]", *, every: bool) -> None:
    """One line for each measure of a kind that has changed: the first of a kind, or all."""
    from ragguide.evaluate import wording

    changed = [
        (kind, each)
        for kind in kinds
        for each in [each for each in kind.differences if each.n_changed][: None if every else 1]
    ]
    if not changed:
        return
    print("\nby kind, not tested one by one")
    for kind, each in changed:
        print(
            f"{kind.kind[:16]:<16} {kind.n:>4}  {each.measure:<16}"
            f"{wording.number(each.first):>8} → {wording.number(each.second):<8}"
            f"{wording.signed(each.difference):>7}   {wording.difference_interval(each)}"
        )


def _of(flips: "Sequence[Flip]", is_loss: bool) -> "list[Flip]":
    return [flip for flip in flips if flip.is_loss is is_loss]


def _print_flips(flips: "Sequence[Flip]", what: str, *, every: bool) -> None:
    if not flips:
        return
    print(f"\n{what}: {len(flips)}")
    for flip in flips if every else flips[:FLIPS_SHOWN]:
        question = " ".join(flip.question.split())
        if len(question) > _QUESTION and not every:
            question = question[: _QUESTION - 1] + "…"
        change = f"{flip.first} → {flip.second}"
        print(f"  {flip.case_id:<8} {flip.kind[:12]:<12} {change:<28} {question}")
    if len(flips) > FLIPS_SHOWN and not every:
        print(f"  … and {len(flips) - FLIPS_SHOWN} more (--all)")
