"""A comparison in, lines on the terminal out."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.evaluate.compare import Comparison, Difference, Flip, KindDifferences

FLIPS_SHOWN = 10  # worse questions, and as many better ones, without --all
_QUESTION = 72  # characters of a question, without --all


def print_comparison(found: "Comparison", *, every: bool) -> None:
    """Print the differences, overall and by kind, and the questions whose outcome changed."""
    from ragguide.evaluate import wording

    print(f"{found.second} against {found.first}: {wording.shared(found)}")
    for name, (first, second) in found.settings.items():
        print(f"  {name}: {first} → {second}")
    shown = [each for each in found.differences if each.n_changed or every]
    _print_differences(found, shown)
    if n_equal := len(found.differences) - len(shown):
        print(f"Equal in every question: {n_equal} {'other ' if shown else ''}measures.")
    if shown:
        _print_kinds(found.kinds, every=every)
    for is_loss, title in ((True, "worse questions"), (False, "better questions")):
        flips = [flip for flip in found.flips if flip.is_loss is is_loss]
        _print_flips(flips, title, every=every)
    print()


def _print_differences(found: "Comparison", shown: "Sequence[Difference]") -> None:
    from ragguide.evaluate import wording

    if not shown:
        return
    first, second = found.first[-14:], found.second[-14:]
    print(f"\n{'':<28}{first:>14}{second:>16}{'difference':>12}   {'95 % interval':<20}corrected p")
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
    """Print a line for the first measure of each kind that changed; with `every`, for each one."""
    from ragguide.evaluate import wording

    changed = [
        (kind, each)
        for kind in kinds
        for each in [each for each in kind.differences if each.n_changed][: None if every else 1]
    ]
    if not changed:
        return
    print("\nby kind (not tested)")
    for kind, each in changed:
        print(
            f"{kind.kind[:16]:<16} {kind.n:>4}  {each.measure:<16}"
            f"{wording.number(each.first):>8} → {wording.number(each.second):<8}"
            f"{wording.signed(each.difference):>7}   {wording.difference_interval(each)}"
        )


def _print_flips(flips: "Sequence[Flip]", title: str, *, every: bool) -> None:
    if not flips:
        return
    print(f"\n{title}: {len(flips)}")
    for flip in flips if every else flips[:FLIPS_SHOWN]:
        question = " ".join(flip.question.split())
        if len(question) > _QUESTION and not every:
            question = question[: _QUESTION - 1] + "…"
        change = f"{flip.first} → {flip.second}"
        print(f"  {flip.case_id:<8} {flip.kind[:12]:<12} {change:<36} {question}")
    if len(flips) > FLIPS_SHOWN and not every:
        print(f"  … and {len(flips) - FLIPS_SHOWN} more; --all lists them")
