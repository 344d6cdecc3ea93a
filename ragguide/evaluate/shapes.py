"""A function of one case in, a measure out: a mean, a pooled share, percentiles. No I/O."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from ragguide.evaluate.records import Judged, Measure
from ragguide.evaluate.statistics import mean, percentile, pooled_share

Row: TypeAlias = tuple[float, ...] | None  # None: the measure does not apply to the case


def share(
    name: str, row_of: Callable[[Judged], float | None], *, higher_is_better: bool = True
) -> Measure:
    """Return a measure that is a mean of values between 0 and 1."""

    def row(judged: Judged) -> Row:
        value = row_of(judged)
        return None if value is None else (value,)

    return Measure(name=name, higher_is_better=higher_is_better, row_of=row, summarise=mean)


def share_of_bad(
    name: str,
    count: Callable[[Judged], tuple[int, int]],
    *,
    applies_to: Callable[[Judged], bool],
) -> Measure:
    """Return the share of bad things among the things of all cases together.

    Args:
        name: of the measure.
        count: gives the bad things of a case, and all its things; a failed case has a bad one.
        applies_to: whether the measure applies to a case; never to one without things.
    """

    def row(judged: Judged) -> Row:
        if not applies_to(judged):
            return None
        n_bad, n = (1, 1) if judged.outcome.error else count(judged)
        return (float(n_bad), float(n)) if n else None

    return Measure(name=name, higher_is_better=False, row_of=row, summarise=pooled_share)


def percentiles(
    name: str, value_of: Callable[[Judged], float | None], *, unit: str = ""
) -> Iterator[Measure]:
    """Yield the median and the 95th percentile of a cost. Failed cases are left out."""
    for rank in (50, 95):
        yield cost(f"{name}-p{rank}", value_of, partial(percentile, share=rank), unit=unit)


def cost(
    name: str,
    value_of: Callable[[Judged], float | None],
    summarise: Callable[..., float],
    *,
    unit: str = "",
) -> Measure:
    """Return a measure of which lower is better, without the failed cases."""

    def row(judged: Judged) -> Row:
        value = None if judged.outcome.error else value_of(judged)
        return None if value is None else (value,)

    return Measure(name=name, higher_is_better=False, row_of=row, summarise=summarise, unit=unit)
