"""A guide before and after an update and questions in, what changes for them out.

Both are asked the same questions, as runs like any other. The pages of the second are counted as
they were before it, so that labels which name pages hold; a quote that the new guide does not hold
any more counts against it, and is named: either the guide lost it, or the label is out of date.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from ragguide.evaluate.asking import run_cases
from ragguide.evaluate.compare import Comparison, compare
from ragguide.evaluate.gates import Gate, check_baseline
from ragguide.evaluate.page_shift import as_before, map_pages
from ragguide.evaluate.provenance import record_of
from ragguide.evaluate.records import Case, Judged, Mode, Outcome
from ragguide.evaluate.runs import LoadedRun, RunWriter, find_or_make, load_run
from ragguide.guide import Guide

What = Literal["first passage", "quotes", "citations", "refusal", "error"]

OnStage = Callable[[str, int, int], None]  # stage, done, in all


class AnswerChange(msgspec.Struct, frozen=True, kw_only=True):
    """A question that is not answered as before."""

    case_id: str
    question: str
    what: tuple[What, ...]
    before: str  # where the first passage stood: "guide, page 3"; or that it was refused
    after: str


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What an update changes for a set of questions."""

    is_met: bool  # nothing is worse beyond chance
    gates: tuple[Gate, ...]
    changed: tuple[AnswerChange, ...]
    lost: tuple[str, ...]  # ids of questions that are answered worse, the greatest loss first
    evidence_gone: tuple[str, ...]  # ids whose quotes the new guide does not hold
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
) -> Replay:
    """Ask both guides, and compare what comes of it.

    What was asked of the first one before is not asked again.

    Raises:
        ModelError: a model is not on this machine, or does not load.
        StorageError: an outcome cannot be written.
    """
    first, second = (
        _run(guide, cases, cases_name, mode, depth, partial(on_stage, stage))
        for guide, stage in ((before, "ask before"), (after, "ask after"))
    )
    old, new = load_run(first), load_run(second)
    pages = map_pages(before.documents(), after.documents())
    moved = LoadedRun(
        new.record,
        tuple(
            Judged(case=each.case, outcome=as_before(each.outcome, pages)) for each in new.judged
        ),
        new.passages,
    )
    found = compare((before.index_name, old), (after.index_name, moved))
    gates = check_baseline(found)
    return Replay(
        is_met=all(gate.is_met for gate in gates),
        gates=gates,
        changed=answer_changes(old, new),
        lost=tuple(flip.case_id for flip in found.flips if flip.is_loss),
        evidence_gone=tuple(_evidence_gone(old, new)),
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


def _evidence_gone(old: LoadedRun, new: LoadedRun) -> list[str]:
    """Questions with a quote that was found in the guide before, and is not now."""
    return [
        before.case.id
        for before, after in zip(old.judged, new.judged, strict=True)
        if any(
            had and not has
            for had, has in zip(before.outcome.gold, after.outcome.gold, strict=False)
        )
    ]


def answer_changes(old: LoadedRun, new: LoadedRun) -> tuple[AnswerChange, ...]:
    """What is answered otherwise: passages and quotes are compared by their text, not by page."""
    changes = []
    for before, after in zip(old.judged, new.judged, strict=True):
        told = _differ(before.outcome, after.outcome, _first(old, before), _first(new, after))
        if told:
            changes.append(
                AnswerChange(
                    case_id=before.case.id,
                    question=before.case.question,
                    what=told,
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
    return tuple(what for what, is_so in differs.items() if is_so)


def _place(outcome: Outcome) -> str:
    if outcome.error:
        return "error"
    if outcome.refused or not outcome.hits:
        return "refused"
    hit = outcome.hits[0]
    return f"{hit.span.document}, page {hit.page_first}"
