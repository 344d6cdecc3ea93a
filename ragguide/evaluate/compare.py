"""Two runs over the same cases in, their differences out. No I/O.

Each difference has a 95 % interval and a p-value, corrected for the number of measures and runs. A
corrected p-value below `ALPHA` makes the difference "better" or "worse". Times are not tested: all
cases of a run share the machine's load of that hour, so they predict little about the next run.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate.intervals import difference_interval
from ragguide.evaluate.measures import measures_of
from ragguide.evaluate.paired_test import paired_test
from ragguide.evaluate.records import Judged, Measure
from ragguide.evaluate.runs import LoadedRun
from ragguide.evaluate.statistics import Rows, count_of, figure_of, rows_of
from ragguide.evaluate.summary import SEED, headlines, kind_of
from ragguide.evaluate.verdicts import Verdict, judge

ALPHA = 0.05

Call = Literal["better", "worse", "no call"]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of both runs, over their shared cases. NaN: undefined."""

    measure: str
    unit: str
    higher_is_better: bool
    n: int  # cases that the measure applies to, in either run
    n_changed: int  # of these, how many differ between the runs
    first: float
    second: float
    difference: float  # second minus first
    low: float  # of the difference's 95 % interval
    high: float
    p: float | None  # None: not tested
    p_corrected: float | None
    call: Call


class KindDifferences(msgspec.Struct, frozen=True, kw_only=True):
    """The differences over the cases of one kind. They are not tested."""

    kind: str
    n: int
    differences: tuple[Difference, ...]


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """A case whose outcome is better or worse in the second run."""

    case_id: str
    kind: str
    question: str
    is_loss: bool
    first: Verdict
    second: Verdict


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How a run differs from the first."""

    first: str
    second: str
    n_shared: int
    n_only_first: int
    n_only_second: int
    n_reworded: int  # with an id in both runs, but another question or another gold answer
    settings: dict[str, tuple[object, object]]  # settings that differ → value in each run
    differences: tuple[Difference, ...]
    kinds: tuple[KindDifferences, ...]
    flips: tuple[Flip, ...]  # losses first, the largest change first

    @property
    def regressions(self) -> tuple[Difference, ...]:
        return tuple(each for each in self.differences if each.call == "worse")


def compare(
    first: tuple[str, LoadedRun],
    second: tuple[str, LoadedRun],
    *,
    measures: Sequence[Measure] = (),
    n_comparisons: int = 1,
    seed: int = SEED,
) -> Comparison:
    """Compare a run with the first.

    Args:
        first: name and run.
        second: name and run.
        measures: to compare by; by default all measures of both runs.
        n_comparisons: how many runs are compared with the first; corrects the p-values.
        seed: of the resampling.

    Raises:
        UsageError: the runs share no case.
    """
    (name_a, run_a), (name_b, run_b) = first, second
    theirs = {each.case.id: each for each in run_b.judged}
    common = [(a, theirs[a.case.id]) for a in run_a.judged if a.case.id in theirs]
    pairs = [(a, b) for a, b in common if a.case == b.case]
    if not pairs:
        raise UsageError(
            f"the runs {name_a} (questions: {run_a.record.cases_name}) and {name_b} (questions: "
            f"{run_b.record.cases_name}) share no question. Compare runs of the same question set."
        )
    if not measures:
        of_second = {measure.name for measure in measures_of(run_b.record)}
        measures = [m for m in measures_of(run_a.record) if m.name in of_second]
    return Comparison(
        first=name_a,
        second=name_b,
        n_shared=len(pairs),
        n_only_first=len(run_a.judged) - len(common),
        n_only_second=len(run_b.judged) - len(common),
        n_reworded=len(common) - len(pairs),
        settings=_changed_settings(run_a, run_b),
        differences=_tested(_differences(pairs, measures, seed), n_comparisons, seed),
        kinds=_by_kind(pairs, headlines([a for a, _ in pairs], measures), seed),
        flips=_flips(pairs, run_a, run_b),
    )


_Pairs = Sequence[tuple[Judged, Judged]]


class _Rows(msgspec.Struct, frozen=True):
    """A difference, and the rows it was computed from."""

    measure: Measure
    first: Rows
    second: Rows
    difference: Difference


def _differences(pairs: _Pairs, measures: Sequence[Measure], seed: int) -> list[_Rows]:
    found = []
    for measure in measures:
        first = rows_of(measure, [a for a, _ in pairs])
        second = rows_of(measure, [b for _, b in pairs])
        n = max(count_of(first), count_of(second)) if pairs else 0
        if n:
            found.append(
                _Rows(measure, first, second, _difference(measure, first, second, n, seed))
            )
    return found


def _difference(measure: Measure, first: Rows, second: Rows, n: int, seed: int) -> Difference:
    a, b = (figure_of(measure.summarise, rows) for rows in (first, second))
    ends = difference_interval(measure.summarise, first, second, seed=seed)
    return Difference(
        measure=measure.name,
        unit=measure.unit,
        higher_is_better=measure.higher_is_better,
        n=n,
        n_changed=sum(x != y for x, y in zip(_plain(first), _plain(second), strict=True)),
        first=a,
        second=b,
        difference=b - a,
        low=ends.low,
        high=ends.high,
        p=None,
        p_corrected=None,
        call="no call",
    )


def _plain(rows: Rows) -> list[tuple[float, ...] | None]:
    """Return the rows as tuples, None instead of NaN, which does not equal itself."""
    return [None if row[0] != row[0] else tuple(row) for row in rows.tolist()]


def _tested(found: Sequence[_Rows], n_comparisons: int, seed: int) -> tuple[Difference, ...]:
    tested = [each for each in found if each.measure.unit != "s"]
    if not tested:
        return tuple(each.difference for each in found)
    test = paired_test([(t.measure.summarise, t.first, t.second) for t in tested], seed=seed)
    p_values = {
        each.measure.name: (p, min(1.0, corrected * n_comparisons))
        for each, p, corrected in zip(tested, test.p, test.p_corrected, strict=True)
    }
    return tuple(
        _called(each.difference, *p_values.get(each.measure.name, (None, None))) for each in found
    )


def _called(difference: Difference, p: float | None, p_corrected: float | None) -> Difference:
    call: Call = "no call"
    if p_corrected is not None and p_corrected < ALPHA:  # false for NaN
        is_better = (difference.difference > 0) == difference.higher_is_better
        call = "better" if is_better else "worse"
    return msgspec.structs.replace(difference, p=p, p_corrected=p_corrected, call=call)


def _by_kind(pairs: _Pairs, measures: Sequence[Measure], seed: int) -> tuple[KindDifferences, ...]:
    kinds = sorted({kind_of(a) for a, _ in pairs} - {""})
    members = {kind: [pair for pair in pairs if kind_of(pair[0]) == kind] for kind in kinds}
    return tuple(
        KindDifferences(
            kind=kind,
            n=len(some),
            differences=tuple(each.difference for each in _differences(some, measures, seed)),
        )
        for kind, some in members.items()
    )


def _flips(pairs: _Pairs, run_a: LoadedRun, run_b: LoadedRun) -> tuple[Flip, ...]:
    flips = []
    for a, b in pairs:
        first, second = judge(a, run_a.record.mode), judge(b, run_b.record.mode)
        if first.worth != second.worth:
            flips.append(
                Flip(
                    case_id=a.case.id,
                    kind=a.case.kind,
                    question=a.case.question,
                    is_loss=second.worth < first.worth,
                    first=first,
                    second=second,
                )
            )
    return tuple(sorted(flips, key=_size, reverse=True))


def _size(flip: Flip) -> tuple[object, ...]:
    steps = zip(flip.first.worth, flip.second.worth, strict=True)
    return flip.is_loss, [abs(a - b) for a, b in steps]


def _changed_settings(run_a: LoadedRun, run_b: LoadedRun) -> dict[str, tuple[object, object]]:
    a, b = run_a.record, run_b.record
    both: dict[str, tuple[object, object]] = {
        "ragguide": (a.ragguide_version, b.ragguide_version),
        "mode": (a.mode, b.mode),
        "index": (f"{a.index}/{a.generation:06d}", f"{b.index}/{b.generation:06d}"),
        "embedder": (a.embedder.name, b.embedder.name),
        "generator": (a.generator and a.generator.name, b.generator and b.generator.name),
        "prompt": (a.prompt_version, b.prompt_version),
        "calibration": (_short(a.calibration_sha256), _short(b.calibration_sha256)),
        "reranker weights": (
            _short(a.reranker.sha256 if a.reranker else None),
            _short(b.reranker.sha256 if b.reranker else None),
        ),
    }
    names = sorted(a.settings.keys() | b.settings.keys())
    both |= {name: (a.settings.get(name), b.settings.get(name)) for name in names}
    return {name: values for name, values in both.items() if values[0] != values[1]}


def _short(sha256: str | None) -> str | None:
    return sha256 and f"{sha256[:16]}…"
