"""A guide before and after an update and questions in, the changes of the answers out.

Both guides are asked the same questions, in two ordinary runs. The second run's pages get their
numbers from before the update, so labels that name pages stay valid. A quote that the new guide
lacks counts against it and is reported: either the guide lost it, or the label is out of date.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from ragguide.evaluate.asking import run_cases
from ragguide.evaluate.compare import Comparison, compare
from ragguide.evaluate.gates import Gate, check_baseline, check_evidence
from ragguide.evaluate.page_shift import as_before, map_pages
from ragguide.evaluate.provenance import record_of
from ragguide.evaluate.records import Case, Judged, Mode, Outcome
from ragguide.evaluate.run_folder import find_or_make
from ragguide.evaluate.run_writer import RunWriter
from ragguide.evaluate.runs import LoadedRun, load_run
from ragguide.guide import Guide

What = Literal["first passage", "quotes", "citations", "refusal", "error"]

_WORD = re.compile(r"[^\W\d_]{2,}")
_REWORDED = 0.9  # share of a quote's words that its new wording has; a number may change alone

OnStage = Callable[[str, int, int], None]  # stage, n_done, n_total


class AnswerChange(msgspec.Struct, frozen=True, kw_only=True):
    """A question whose answer changed."""

    case_id: str
    question: str
    what: tuple[What, ...]
    before: str  # place of the first passage: "guide, page 3"; or "refused", or "error"
    after: str


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """How an update changes the answers to a set of questions."""

    is_met: bool  # no measure is significantly worse, and no evidence has vanished
    gates: tuple[Gate, ...]
    changed: tuple[AnswerChange, ...]
    lost: tuple[str, ...]  # ids of questions with a worse answer, the greatest loss first
    evidence_gone: tuple[str, ...]  # ids of questions whose quotes the new guide lacks
    evidence_vanished: tuple[str, ...]  # those of which nothing similar was found either
    comparison: Comparison
    runs: tuple[str, str]  # folders


def replay(
    before: Guide,
    after: Guide,
    cases: Sequence[Case],
    *,
    cases_name: str,
    mode: Mode,
    depth: int,
    on_stage: OnStage,
    allow_undecided: bool = False,
    allow_lost_evidence: bool = False,
) -> Replay:
    """Ask both guides, and compare the two runs. A finished run of the first one is reused.

    Args:
        before: the guide in use.
        after: the new one.
        cases: the questions.
        cases_name: of the set.
        mode: what to measure.
        depth: passages ranked for each question.
        on_stage: called with the progress.
        allow_undecided: whether too few questions meet the gate.
        allow_lost_evidence: whether vanished evidence meets the gate.

    Raises:
        ModelError: a model is not installed or does not load.
        StorageError: an outcome cannot be written.
    """
    first, second = (
        _run(guide, cases, cases_name, mode, depth, partial(on_stage, stage))
        for guide, stage in ((before, "ask old index"), (after, "ask new index"))
    )
    old, new = load_run(first), load_run(second)
    renumbered = _with_former_pages(new, before, after)
    found = compare((before.index_name, old), (after.index_name, renumbered))
    vanished = _vanished(old, new)
    gates = (
        *check_baseline(found, allow_undecided=allow_undecided),
        *check_evidence(vanished, is_allowed=allow_lost_evidence),
    )
    return Replay(
        is_met=all(gate.is_met for gate in gates),
        gates=gates,
        changed=answer_changes(old, new),
        lost=tuple(flip.case_id for flip in found.flips if flip.is_loss),
        evidence_gone=tuple(_evidence_gone(old, new)),
        evidence_vanished=tuple(vanished),
        comparison=found,
        runs=(str(first), str(second)),
    )


def _run(
    guide: Guide,
    cases: Sequence[Case],
    cases_name: str,
    mode: Mode,
    depth: int,
    on_case: Callable[[int, int], None],
) -> Path:
    record = record_of(guide, cases, cases_name=cases_name, mode=mode, depth=depth)
    state = find_or_make(guide.settings.runs_dir, record, cases, name=None, again=False)
    if not state.is_finished:
        with RunWriter(state.folder) as writer:
            run_cases(guide, cases, writer, mode=mode, depth=depth, on_case=on_case)
    return state.folder


def _with_former_pages(run: LoadedRun, before: Guide, after: Guide) -> LoadedRun:
    pages = map_pages(before.documents(), after.documents())
    judged = tuple(
        Judged(case=each.case, outcome=as_before(each.outcome, pages)) for each in run.judged
    )
    return LoadedRun(run.record, judged, run.passages)


def _evidence_gone(old: LoadedRun, new: LoadedRun) -> list[str]:
    """Return the ids of questions with a quote that only the old guide contains."""
    return [
        before.case.id
        for before, after in zip(old.judged, new.judged, strict=True)
        if any(
            had and not has
            for had, has in zip(before.outcome.gold, after.outcome.gold, strict=False)
        )
    ]


def _vanished(old: LoadedRun, new: LoadedRun) -> list[str]:
    """Return the ids of questions whose document is gone, or whose quote is not even reworded."""
    removed = old.record.sources.keys() - new.record.sources.keys()
    return [
        before.case.id
        for before, after in zip(old.judged, new.judged, strict=True)
        if {before.case.document, *before.case.relevant} & removed
        or any(
            had and not has and not _is_reworded(quote, new, after)
            for quote, had, has in zip(
                before.case.quotes, before.outcome.gold, after.outcome.gold, strict=False
            )
        )
    ]


def _is_reworded(quote: str, run: LoadedRun, judged: Judged) -> bool:
    """Whether a passage found for the question has most words of the quote, numbers aside."""
    words = set(_WORD.findall(quote.lower()))
    passages = (run.passages[hit.chunk_id].text.lower() for hit in judged.outcome.hits)
    return any(len(words & set(_WORD.findall(text))) >= _REWORDED * len(words) for text in passages)


def answer_changes(old: LoadedRun, new: LoadedRun) -> tuple[AnswerChange, ...]:
    """Return the answers that changed. Passages and quotes are compared by text, not by page."""
    changes = []
    for before, after in zip(old.judged, new.judged, strict=True):
        what = _differ(before.outcome, after.outcome, _first(old, before), _first(new, after))
        if what:
            changes.append(
                AnswerChange(
                    case_id=before.case.id,
                    question=before.case.question,
                    what=what,
                    before=_place(before.outcome),
                    after=_place(after.outcome),
                )
            )
    return tuple(changes)


def _first(run: LoadedRun, judged: Judged) -> str:
    hits = judged.outcome.hits
    return run.passages[hits[0].chunk_id].text if hits else ""


def _differ(before: Outcome, after: Outcome, first: str, second: str) -> tuple[What, ...]:
    differs: dict[What, bool] = {
        "error": bool(before.error) != bool(after.error),
        "refusal": before.refused != after.refused,
        "first passage": first != second,
        "quotes": [q.text for q in before.quotes] != [q.text for q in after.quotes],
        "citations": [c.text for c in before.citations] != [c.text for c in after.citations],
    }
    return tuple(what for what, is_different in differs.items() if is_different)


def _place(outcome: Outcome) -> str:
    if outcome.error:
        return "error"
    if outcome.refused or not outcome.hits:
        return "refused"
    hit = outcome.hits[0]
    return f"{hit.span.document}, page {hit.page_first}"
