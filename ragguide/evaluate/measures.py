"""The catalogue of measures. No I/O.

    hit@5  recall@5  MRR  nDCG@10          by page; with `:span` or `:document` by those
    exact-match  F1                        as SQuAD 2.0 defines them
    facts  facts:answer  facts:quotes      share of the facts in answer and quotes, or in one only
    citation-precision  citation-recall  first-citation          with `:quotes` for the quotes
    support                                share of sentences with a mark of evidence
    verdict  wrong  direct  copied  words-p50  refused:answerable  …       see `answer_wording.py`
    AUROC  coverage  risk@0.8  risk@0.8:facts  true-refusals  false-refusals
    failed                                 share of questions that ended in an error
    total-p50  first-word-p95  search-p50  prompt-tokens-p50  answer-tokens-p95

A failed question counts as 0, or as the worst value, in each measure that applies to it. Only times
and tokens leave out failed questions.
"""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import partial
from math import inf

from ragguide.errors import UsageError
from ragguide.evaluate.answer_wording import NAMES as _OF_WORDING
from ragguide.evaluate.answer_wording import stated, wording_measures
from ragguide.evaluate.answers import (
    citation_scores,
    fact_recall,
    first_cited,
    squad_scores,
    support,
    text_of,
)
from ragguide.evaluate.ranking import CUT, CUTOFFS, UNCUT, UNITS, Unit, figures, ranking_of
from ragguide.evaluate.records import Judged, Measure, Quoted, Run
from ragguide.evaluate.refusals import auroc, risk_at
from ragguide.evaluate.shapes import Row, percentiles, share

RISK_CUTOFF = 5  # the answer counts as found if a gold passage is among this many
COVERAGES = (0.8,)

_CUT_NAME = re.compile(r"(?P<stem>hit|recall|nDCG)@(?P<k>[1-9]\d{0,2})(?P<unit>:span|:document)?")
_RISK_NAME = re.compile(r"risk@(?P<coverage>0?\.\d+|1(?:\.0)?)(?P<by>:facts)?")


def all_measures() -> tuple[Measure, ...]:
    """Return the measures that reports list; `find_measure` accepts other cut-offs too."""
    return (
        *_retrieval(),
        *_answers(),
        *_citations(),
        *wording_measures(),
        *_refusals(),
        *_times(),
        *_tokens(),
    )


def measures_of(run: Run) -> tuple[Measure, ...]:
    """Return the measures that a run's mode and depth give."""
    return tuple(measure for measure in all_measures() if _is_measurable(measure.name, run))


def find_measure(name: str) -> Measure:
    """Find a measure by its name, with any cut-off: `hit@7:span`.

    Raises:
        UsageError: there is no such measure.
    """
    known = {measure.name: measure for measure in all_measures()}
    if name in known:
        return known[name]
    if match := _CUT_NAME.fullmatch(name):
        unit: Unit = next((unit for unit in UNITS if match["unit"] == f":{unit}"), "page")
        return _ranked(f"{match['stem']}@{match['k']}", unit, cutoffs=(int(match["k"]),))
    if match := _RISK_NAME.fullmatch(name):
        return _risk(float(match["coverage"]), by_facts=bool(match["by"]))
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(known)}."
    raise UsageError(f"unknown measure {name!r}. {hint}")


def why_none(measure: Measure) -> str:
    """Continue a sentence about a measure that applies to no question: what they lack, or ""."""
    cut = _CUT_NAME.fullmatch(measure.name)
    is_by_page = not cut["unit"] if cut else measure.name == "MRR"
    if not is_by_page:
        return ""
    return f"; it needs questions with `pages`, and {measure.name}:span some with `evidence`"


def require_measurable(measure: Measure, run: Run) -> None:
    """Make sure that a run's mode and depth give a measure.

    Raises:
        UsageError: they do not.
    """
    name = measure.name
    if _is_measurable(name, run):
        return
    if _CUT_NAME.fullmatch(name) or (name.startswith("risk@") and not name.endswith(":facts")):
        reason = f"it ranked only {run.depth} passages. Run it again with a larger --depth."
    else:
        flags = "--answers" if name in _OF_ANSWERS else "--quotes or --answers"
        reason = f"its mode is {run.mode}. Run it again with {flags}."
    raise UsageError(f"this run has no {name}: {reason}")


def _is_measurable(name: str, run: Run) -> bool:
    cut = _CUT_NAME.fullmatch(name)
    if cut is not None:
        return int(cut["k"]) <= run.depth
    if name.startswith("risk@"):
        return run.mode != "search" if name.endswith(":facts") else run.depth >= RISK_CUTOFF
    if run.mode == "search":
        return name not in _OF_QUOTES | _OF_ANSWERS
    return run.mode == "answers" or name not in _OF_ANSWERS


_OF_QUOTES = frozenset(
    "facts facts:quotes citation-precision:quotes citation-recall:quotes "
    "first-citation:quotes".split()
)
_OF_ANSWERS = frozenset(
    "exact-match F1 facts:answer citation-precision citation-recall first-citation support "
    "first-word-p50 first-word-p95 prompt-tokens-p50 prompt-tokens-p95 answer-tokens-p50 "
    "answer-tokens-p95".split()
) | frozenset(_OF_WORDING)


# ── retrieval ───────────────────────────────────────────────────────────────────────────────────


def _retrieval() -> Iterator[Measure]:
    names = [*(f"{stem}@{k}" for stem in CUT for k in CUTOFFS), *UNCUT]
    for unit in UNITS:
        for name in names:
            yield _ranked(name, unit)


def _ranked(name: str, unit: Unit, *, cutoffs: tuple[int, ...] = CUTOFFS) -> Measure:
    def row(judged: Judged) -> float | None:
        ranking = ranking_of(judged, unit)
        return None if ranking is None else figures(ranking, cutoffs)[name]

    return share(name if unit == "page" else f"{name}:{unit}", row)


# ── answers and quotes ──────────────────────────────────────────────────────────────────────────


def _said(judged: Judged) -> str:
    return text_of(judged.outcome.answer)


def _quoted(judged: Judged) -> str:
    return "\n".join(quote.text for quote in judged.outcome.quotes)


def _answers() -> Iterator[Measure]:
    def squad(judged: Judged, place: int) -> float | None:
        if judged.case.is_answerable and not judged.case.answer:
            return None
        return 0.0 if judged.outcome.error else squad_scores(judged.case, _said(judged))[place]

    def facts(judged: Judged, texts: Callable[[Judged], str]) -> float | None:
        return fact_recall(judged.case, texts(judged)) if judged.case.facts else None

    def supported(judged: Judged) -> float | None:
        return 0.0 if judged.outcome.error else support(judged.outcome.answer)

    yield share("exact-match", partial(squad, place=0))
    yield share("F1", partial(squad, place=1))
    yield share("facts", partial(facts, texts=_shown))
    yield share("facts:answer", partial(facts, texts=stated))
    yield share("facts:quotes", partial(facts, texts=_quoted))
    yield share("support", supported)


def _shown(judged: Judged) -> str:
    return f"{stated(judged)}\n{_quoted(judged)}"


def _citations() -> Iterator[Measure]:
    def score(
        judged: Judged, cited: Callable[[Judged], tuple[Quoted, ...]], place: int
    ) -> float | None:
        return citation_scores(judged.case, cited(judged))[place] if judged.case.pages else None

    def citations(judged: Judged) -> tuple[Quoted, ...]:
        return judged.outcome.citations

    def quotes(judged: Judged) -> tuple[Quoted, ...]:
        return judged.outcome.quotes

    firsts: tuple[Callable[[Judged], tuple[Quoted, ...]], ...] = (
        lambda judged: first_cited(judged.outcome),
        lambda judged: judged.outcome.quotes[:1],
    )
    for suffix, cited, first in zip(("", ":quotes"), (citations, quotes), firsts, strict=True):
        yield share(f"citation-precision{suffix}", partial(score, cited=cited, place=0))
        yield share(f"citation-recall{suffix}", partial(score, cited=cited, place=1))
        yield share(f"first-citation{suffix}", partial(score, cited=first, place=0))


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


def _refusals() -> Iterator[Measure]:
    def scored(judged: Judged) -> Row:
        score = judged.outcome.answerability
        if judged.outcome.error:
            score = -inf if judged.case.is_answerable else inf
        return score, float(judged.case.is_answerable)

    def refused(judged: Judged, answerable: bool) -> float | None:
        if judged.case.is_answerable is not answerable:
            return None
        if judged.outcome.error:
            return float(answerable)  # the worst: refused if answerable, answered if not
        return float(judged.outcome.refused)

    yield Measure(name="AUROC", higher_is_better=True, row_of=scored, summarise=auroc)
    yield share("coverage", lambda j: float(not (j.outcome.refused or j.outcome.error)))
    yield from (_risk(share, by_facts=facts) for share in COVERAGES for facts in (False, True))
    yield share("true-refusals", partial(refused, answerable=False))
    yield share("false-refusals", partial(refused, answerable=True), higher_is_better=False)
    yield share("failed", lambda j: float(bool(j.outcome.error)), higher_is_better=False)


def _risk(coverage: float, *, by_facts: bool) -> Measure:
    """Return the mean loss at a coverage.

    The loss of an answerable question is 0 if a gold passage is among the first five, else 1; by
    facts it is the share of facts that is missing. An unanswerable question always has loss 1.
    """

    def row(judged: Judged) -> Row:
        worth = _worth(judged, by_facts=by_facts)
        if worth is None:
            return None
        # A failed question is never refused, so any coverage includes it.
        return inf if judged.outcome.error else judged.outcome.answerability, 1.0 - worth

    return Measure(
        name=f"risk@{coverage:g}" + (":facts" if by_facts else ""),
        higher_is_better=False,
        row_of=row,
        summarise=partial(risk_at, coverage=coverage),
    )


def _worth(judged: Judged, *, by_facts: bool) -> float | None:
    """Return 1 minus the loss of a case; None if the case has no gold."""
    if not judged.case.is_answerable or judged.outcome.error:
        return 0.0
    if by_facts:
        return fact_recall(judged.case, _shown(judged)) if judged.case.facts else None
    for unit in UNITS:
        ranking = ranking_of(judged, unit)
        if ranking is not None:
            return figures(ranking)[f"hit@{RISK_CUTOFF}"]
    return None


# ── time and tokens ─────────────────────────────────────────────────────────────────────────────

# Steps in `Answer.timings_s`. A model is loaded once, for all questions.
_LOAD, _FIRST_WORD, _REST = "load", "first word", "rest of the answer"


def _times() -> Iterator[Measure]:
    def total(judged: Judged) -> float | None:
        laps = judged.outcome.timings_s
        return sum(v for k, v in laps.items() if k != _LOAD) if laps else None

    def first_word(judged: Judged) -> float | None:
        laps = judged.outcome.timings_s
        if _FIRST_WORD not in laps:
            return None
        return sum(seconds for lap, seconds in laps.items() if lap not in (_LOAD, _REST))

    def search(judged: Judged) -> float | None:
        return judged.outcome.timings_s.get("search")

    for name, seconds in (("total", total), ("first-word", first_word), ("search", search)):
        yield from percentiles(name, seconds, unit="s")


def _tokens() -> Iterator[Measure]:
    for name in ("prompt", "answer"):

        def count(judged: Judged, name: str = name) -> float | None:
            return judged.outcome.tokens.get(name)

        yield from percentiles(f"{name}-tokens", count)
