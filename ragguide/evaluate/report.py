"""Runs in, the contents of a report out. No I/O.

    RunReport     one run: figures, groups, data of the plots, failures
    Report        several runs, each compared with the first

`pages.py` turns a report into HTML or Markdown, `plots.py` draws its plots. The JSON report is the
`Report` itself.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from ragguide import __version__
from ragguide.evaluate.compare import Comparison, compare
from ragguide.evaluate.measures import find_measure, measures_of
from ragguide.evaluate.ranking import pages_met
from ragguide.evaluate.records import FoundPassage, Judged, Measure, Quoted, Run
from ragguide.evaluate.refusals import risk_curve
from ragguide.evaluate.runs import LoadedRun
from ragguide.evaluate.statistics import count_of, rows_of
from ragguide.evaluate.summary import (
    SEED,
    Figure,
    Group,
    document_of,
    figures_of,
    groups_of,
    headlines,
    kind_of,
    section_of,
)
from ragguide.evaluate.verdicts import FAULTS, Fault, Verdict, gold_ranks, judge


class FoundText(msgspec.Struct, frozen=True, kw_only=True):
    """A passage found for a question."""

    rank: int
    document: str
    place: str  # "p. 12", "pp. 12-13"
    section: str
    score: float
    is_gold: bool  # it overlaps a gold page
    text: str


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A question that went wrong, with the expected and the actual result."""

    case_id: str
    kind: str
    question: str
    fault: Fault
    verdict: Verdict
    wanted_pages: tuple[int, ...]
    wanted_answer: str
    wanted_verdict: str  # "yes", "no", or "" if the question asks for none
    evidence: tuple[str, ...]  # gold quotes
    facts: tuple[tuple[str, ...], ...]
    found: tuple[FoundText, ...]
    answer: str  # with its citation marks
    quotes: tuple[Quoted, ...]


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    name: str
    record: Run
    n_answerable: int
    n_unanswerable: int
    figures: tuple[Figure, ...]
    headlines: tuple[Figure, ...]
    kinds: tuple[Group, ...]  # with the headline measures only
    documents: tuple[Group, ...]  # likewise; empty if there is one document
    sections: tuple[Group, ...]  # likewise; empty if all answers are in one section
    ranks: dict[int, int]  # rank of the first gold passage, or `NOT_FOUND` → number of questions
    risk_by: str  # the measure whose loss the curve shows; empty: no curve
    risk_curve: tuple[tuple[float, float], ...]  # (coverage, risk), coverage rising
    scores: tuple[tuple[float, ...], tuple[float, ...]]  # of answerable and unanswerable questions
    first_word_s: tuple[float, ...]
    total_s: tuple[float, ...]
    failures: tuple[Failure, ...]  # most severe first


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Runs, and the differences of each from the first."""

    created: str  # ISO 8601, UTC
    ragguide_version: str
    runs: tuple[RunReport, ...]
    comparisons: tuple[Comparison, ...]


def report_of(runs: Sequence[tuple[str, LoadedRun]], *, seed: int = SEED) -> Report:
    """Build the report of named runs.

    Raises:
        UsageError: a run shares no question with the first.
    """
    first, *others = runs
    return Report(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        ragguide_version=__version__,
        runs=tuple(_run_report(name, run, seed) for name, run in runs),
        comparisons=tuple(
            compare(first, other, n_comparisons=len(others), seed=seed) for other in others
        ),
    )


def _run_report(name: str, run: LoadedRun, seed: int) -> RunReport:
    judged, measures = run.judged, measures_of(run.record)
    figures = figures_of(judged, measures, seed=seed)
    heads = headlines(judged, measures)
    named = {figure.measure: figure for figure in figures}
    documents = groups_of(judged, heads, document_of, seed=seed)
    sections = groups_of(judged, heads, section_of(judged), seed=seed)
    verdicts = [judge(each, run.record.mode) for each in judged]
    n_answerable = sum(each.case.is_answerable for each in judged)
    risk_by, curve = _risk_curve(judged, measures)
    return RunReport(
        name=name,
        record=run.record,
        n_answerable=n_answerable,
        n_unanswerable=len(judged) - n_answerable,
        figures=figures,
        headlines=tuple(named[measure.name] for measure in heads),
        kinds=groups_of(judged, heads, kind_of, seed=seed),
        documents=documents if len(documents) > 1 else (),
        sections=sections if len(sections) > 1 else (),
        ranks=gold_ranks(verdicts),
        risk_by=risk_by,
        risk_curve=curve,
        scores=(_scores(judged, answerable=True), _scores(judged, answerable=False)),
        first_word_s=_seconds(judged, "first-word-p50"),
        total_s=_seconds(judged, "total-p50"),
        failures=_failures(run, verdicts),
    )


def _risk_curve(
    judged: Sequence[Judged], measures: Sequence[Measure]
) -> tuple[str, tuple[tuple[float, float], ...]]:
    """Return the risk curve and its measure: by facts if they are known, else by passages."""
    known = {measure.name for measure in measures}
    for name in ("risk@0.8:facts", "risk@0.8"):
        if name in known:
            rows = rows_of(find_measure(name), judged)
            if count_of(rows):
                return name, risk_curve(rows[rows[:, 0] == rows[:, 0]])
    return "", ()


def _scores(judged: Sequence[Judged], *, answerable: bool) -> tuple[float, ...]:
    return tuple(
        each.outcome.answerability
        for each in judged
        if each.case.is_answerable is answerable and not each.outcome.error
    )


def _seconds(judged: Sequence[Judged], measure: str) -> tuple[float, ...]:
    found = map(find_measure(measure).row_of, judged)
    return tuple(sorted(row[0] for row in found if row is not None))


# ── failures ────────────────────────────────────────────────────────────────────────────────────


def _failures(run: LoadedRun, verdicts: Sequence[Verdict]) -> tuple[Failure, ...]:
    failures = [
        _failure(run, each, verdict, verdict.fault)
        for each, verdict in zip(run.judged, verdicts, strict=True)
        if verdict.fault
    ]
    order = list(FAULTS)
    return tuple(sorted(failures, key=lambda failure: order.index(failure.fault)))


def _failure(run: LoadedRun, judged: Judged, verdict: Verdict, fault: Fault) -> Failure:
    case, outcome = judged.case, judged.outcome
    return Failure(
        case_id=case.id,
        kind=case.kind,
        question=case.question,
        fault=fault,
        verdict=verdict,
        wanted_pages=case.pages,
        wanted_answer=case.answer,
        wanted_verdict=case.verdict or "",
        evidence=case.quotes,
        facts=case.facts,
        found=tuple(
            _found(run, judged, hit, rank) for rank, hit in enumerate(outcome.hits, start=1)
        ),
        answer=outcome.answer,
        quotes=outcome.quotes,
    )


def _found(run: LoadedRun, judged: Judged, hit: FoundPassage, rank: int) -> FoundText:
    passage = run.passages[hit.chunk_id]
    place = (hit.span.document, hit.page_first, hit.page_last)
    is_gold = bool(judged.case.pages) and pages_met(judged.case, [place])[0][0]
    one_page = hit.page_first == hit.page_last
    return FoundText(
        rank=rank,
        document=hit.span.document,
        place=f"p. {hit.page_first}" if one_page else f"pp. {hit.page_first}-{hit.page_last}",
        section=" > ".join(passage.section),
        score=hit.score,
        is_gold=is_gold,
        text=passage.text,
    )
