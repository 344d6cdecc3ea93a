"""`ragguide eval run`: ask a set of questions and measure the results."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.evaluation.gate import (
    AllowUndecided,
    Baseline,
    FailOver,
    FailUnder,
    GateBy,
    check_gates,
    exit_unless_met,
    print_gates,
    read_gates,
)
from ragguide.cli.evaluation.options import (
    AsJson,
    CasesPath,
    Depth,
    RunsDir,
    Strict,
    WithAnswers,
    WithQuotes,
    mode_of,
    read_cases,
)
from ragguide.cli.exit_codes import EXIT_INTERRUPTED, EXIT_MALFORMED
from ragguide.cli.notes import note, say
from ragguide.cli.options import (
    ContextTokens,
    Device,
    IndexesDir,
    IndexName,
    Llm,
    StoreUrl,
    TopK,
)
from ragguide.cli.progress import show_stages
from ragguide.cli.render import time_of
from ragguide.config import load_settings
from ragguide.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.evaluate.cases import QuestionSet
    from ragguide.evaluate.records import Case, Mode
    from ragguide.guide import Guide

Threads = Annotated[
    int | None, typer.Option(help="Threads of the generator; 0 means one for each core.")
]
Seed = Annotated[int | None, typer.Option(help="Random seed of the generator.")]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="Ask only questions of this kind; repeatable.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Ask only the first N questions.")]
Name = Annotated[str | None, typer.Option("--name", help="Name the run.", show_default=False)]
Again = Annotated[
    bool,
    typer.Option(
        "--again",
        help="Repeat a run that is finished. If a run has the --name already, rename that run.",
    ),
]


def run(
    cases: CasesPath,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    answers: WithAnswers = False,
    quotes: WithQuotes = False,
    depth: Depth = 10,
    top_k: TopK = None,
    llm: Llm = None,
    context_tokens: ContextTokens = None,
    threads: Threads = None,
    seed: Seed = None,
    device: Device = None,
    kind: Kinds = None,
    limit: Limit = None,
    strict: Strict = False,
    name: Name = None,
    again: Again = False,
    fail_under: FailUnder = None,
    fail_over: FailOver = None,
    by: GateBy = "value",
    baseline: Baseline = None,
    allow_undecided: AllowUndecided = False,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Ask a set of questions and measure the results.

    By default, it measures the search only. Add --quotes or --answers to measure more.

    Each outcome is saved at once. To resume an interrupted run, run the same command again.

    Exit code 2 means that some questions are malformed and were left out, 6 that the run does not
    meet --fail-under, --fail-over or --baseline.
    """
    from ragguide.cli.evaluation.render import print_run
    from ragguide.guide import Guide

    mode = mode_of(answers=answers, quotes=quotes)
    settings = load_settings(
        {
            "index": index, "indexes_dir": indexes_dir, "store": store, "runs_dir": runs_dir,
            "top_k": top_k,
            "generator": llm, "context_tokens": context_tokens, "threads": threads, "seed": seed,
            "device": device,
        }
    )  # fmt: skip
    gates = read_gates(fail_under or [], fail_over or [], by, baseline, settings)
    questions = read_cases(cases, strict=strict)
    chosen = _choose(questions, kind or [], limit)
    guide = Guide.open(settings=settings)
    folder = _run(guide, questions.name, chosen, mode, depth, name=name, again=again)
    print_run(folder, as_json=as_json)
    if gates is not None:
        found = check_gates(gates, folder, allow_undecided=allow_undecided)
        print_gates(found, sys.stderr)
        exit_unless_met(found)
    if questions.faults:
        raise typer.Exit(EXIT_MALFORMED)


def _choose(
    questions: "QuestionSet", kinds: "Sequence[str]", limit: int | None
) -> "Sequence[Case]":
    """Return the questions of these kinds, at most `limit`.

    Raises:
        UsageError: no question has one of the kinds.
    """
    known = {case.kind for case in questions.cases}
    if unknown := [kind for kind in kinds if kind not in known]:
        raise UsageError(
            f"no question has the kind {unknown[0]!r}. Choose one of "
            f"{', '.join(sorted(known - {''}))}."
        )
    return [case for case in questions.cases if not kinds or case.kind in kinds][:limit]


def _run(
    guide: "Guide",
    cases_name: str,
    cases: "Sequence[Case]",
    mode: "Mode",
    depth: int,
    *,
    name: str | None,
    again: bool,
) -> Path:
    """Ask the questions without an outcome; return the run's folder.

    If the same run is finished, it is reused.
    """
    from ragguide.evaluate.provenance import record_of
    from ragguide.evaluate.run_folder import find_or_make

    record = record_of(guide, cases, cases_name=cases_name, mode=mode, depth=depth)
    state = find_or_make(guide.settings.runs_dir, record, cases, name=name, again=again)
    if state.is_finished:
        note(f"already run on {time_of(state.record.created)}: {state.folder}; --again repeats it")
        return state.folder
    if state.aside is not None:
        note(f"the earlier run {state.folder} is now {state.aside}")
    if state.n_done:
        note(f"resuming {state.folder}: {state.n_done} of {len(cases)} questions are done")
    _ask(guide, cases, state.folder, mode, depth)
    return state.folder


def _ask(guide: "Guide", cases: "Sequence[Case]", folder: Path, mode: "Mode", depth: int) -> None:
    from ragguide.evaluate.asking import run_cases
    from ragguide.evaluate.run_writer import RunWriter

    with RunWriter(folder) as writer:
        try:
            with show_stages() as report:
                on_case = partial(report, "ask")
                run_cases(guide, cases, writer, mode=mode, depth=depth, on_case=on_case)
        except KeyboardInterrupt:
            print(file=sys.stderr)
            say(
                f"stopped after {len(writer.done)} of {len(cases)} questions. They are "
                f"saved in {folder}; run the same command again to resume."
            )
            raise typer.Exit(EXIT_INTERRUPTED) from None
