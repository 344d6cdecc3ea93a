"""A run's cases in, figures with intervals out: overall, and by kind, document or section."""

from collections.abc import Callable, Sequence

import msgspec

from ragguide.evaluate.intervals import interval
from ragguide.evaluate.ranking import UNITS
from ragguide.evaluate.records import Judged, Measure
from ragguide.evaluate.statistics import count_of, figure_of, rows_of

SEED = 0  # of the resampling; another seed changes the third digit of an interval's ends
# The headline measures; those of retrieval are by the first unit that the cases have gold in.
_RETRIEVAL = ("hit@1", "hit@5", "MRR")
_ANSWERS = ("facts", "facts:answer", "verdict", "F1", "false-refusals", "true-refusals")


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A measure over some cases. NaN, which is null in JSON, means undefined."""

    measure: str
    unit: str
    higher_is_better: bool
    n: int  # cases that the measure applies to
    value: float
    low: float  # of the 95 % confidence interval
    high: float


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of cases with a common property."""

    name: str
    n: int
    figures: tuple[Figure, ...]


def figures_of(
    judged: Sequence[Judged], measures: Sequence[Measure], *, seed: int = SEED
) -> tuple[Figure, ...]:
    """Return a figure for each measure that applies to at least one case."""
    figures = []
    for measure in measures:
        rows = rows_of(measure, judged)
        if not (n := count_of(rows)):
            continue
        ends = interval(measure.summarise, rows, seed=seed)
        figures.append(
            Figure(
                measure=measure.name,
                unit=measure.unit,
                higher_is_better=measure.higher_is_better,
                n=n,
                value=figure_of(measure.summarise, rows),
                low=ends.low,
                high=ends.high,
            )
        )
    return tuple(figures)


def groups_of(
    judged: Sequence[Judged],
    measures: Sequence[Measure],
    key: Callable[[Judged], str],
    *,
    seed: int = SEED,
) -> tuple[Group, ...]:
    """Return the figures of the cases with each key, sorted by key; cases with "" are left out."""
    names = sorted({key(each) for each in judged} - {""})
    members = {name: [each for each in judged if key(each) == name] for name in names}
    return tuple(
        Group(name=name, n=len(cases), figures=figures_of(cases, measures, seed=seed))
        for name, cases in members.items()
    )


def headlines(judged: Sequence[Judged], measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Return the few most important of these measures."""
    named = {m.name: m for m in measures if count_of(rows_of(m, judged))}
    for unit in ("", *(f":{unit}" for unit in UNITS)):
        ranked = [named[f"{stem}{unit}"] for stem in _RETRIEVAL if f"{stem}{unit}" in named]
        if ranked:
            break
    return (*ranked, *(named[name] for name in _ANSWERS if name in named))


def kind_of(judged: Judged) -> str:
    return judged.case.kind


def document_of(judged: Judged) -> str:
    """Return the document with the answer, if the case or its quotes name one."""
    if judged.case.document:
        return judged.case.document
    return next((span.document for spans in judged.outcome.gold for span in spans), "")


def section_of(judged: Sequence[Judged]) -> Callable[[Judged], str]:
    """Return a function that gives the section of a case's answer, usually its chapter.

    It uses the first level of titles that separates the cases; a book's own title does not.
    """
    paths = {each.outcome.section for each in judged if each.outcome.section}
    deepest = max(map(len, paths), default=0)
    level = next((n for n in range(1, deepest) if len({path[:n] for path in paths}) > 1), deepest)

    def section(each: Judged) -> str:
        path = each.outcome.section
        return path[min(level, len(path)) - 1] if path else ""

    return section
