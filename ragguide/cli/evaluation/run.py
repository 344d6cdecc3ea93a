"""`ragguide eval run`: ask a set of questions and measure what comes of it."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.evaluation.gate import (
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
    EXIT_MALFORMED,
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
from ragguide.cli.options import (
    EXIT_INTERRUPTED,
    ContextTokens,
    Device,
    IndexesDir,
    IndexName,
    Llm,
    TopK,
)
from ragguide.cli.progress import show_stages
from ragguide.config import load_settings
from ragguide.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.evaluate.cases import QuestionSet
    from ragguide.evaluate.records import Case, Mode
    from ragguide.guide import Guide


def run(
    cases: CasesPath,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    answers: WithAnswers = False,
    quotes: WithQuotes = False,
    depth: Depth = 10,
    top_k: TopK = None,
    llm: Llm = None,
    context_tokens: ContextTokens = None,
    threads: Annotated[
        int | None, typer.Option(help="Threads of the generator; 0: one a core.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the generator.")] = None,
    device: Device = None,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only questions of this kind; repeatable.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many questions.")
    ] = None,
    strict: Strict = False,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the run.", show_default=False)
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Run it though the same run is there and finished.")
    ] = False,
    fail_under: FailUnder = None,
    fail_over: FailOver = None,
    by: GateBy = "value",
    baseline: Baseline = None,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Ask a set of questions, and measure what is found and answered.

    Retrieval alone, unless --quotes or --answers. Each outcome is kept as it comes: interrupted,
    the same command goes on. Exit code 2: some questions were malformed, the others were asked;
    6: the run falls short of --fail-under, --fail-over or --baseline.
    """
    from ragguide.cli.evaluation.render import print_run
    from ragguide.guide import Guide

    mode = mode_of(answers=answers, quotes=quotes)
    settings = load_settings(
        {
            "index": index, "indexes_dir": indexes_dir, "runs_dir": runs_dir, "top_k": top_k,
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
        found = check_gates(gates, folder)
        print_gates(found, sys.stderr)
        exit_unless_met(found)
    if questions.faults:
        raise typer.Exit(EXIT_MALFORMED)


def _choose(
    questions: "QuestionSet", kinds: "Sequence[str]", limit: int | None
) -> "Sequence[Case]":
    """The questions of the kinds, at most so many."""
    known = {case.kind for case in questions.cases}
    if unknown := [kind for kind in kinds if kind not in known]:
        raise UsageError(
            f"no question is of the kind {unknown[0]!r}. Kinds: {', '.join(sorted(known - {''}))}."
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
    """Ask what is still to be asked; return the run's folder.

    The same run, if it is there and finished, is told and left as it is.
    """
    from ragguide.evaluate.asking import run_cases
    from ragguide.evaluate.provenance import record_of
    from ragguide.evaluate.runs import RunWriter, find_or_make

    record = record_of(guide, cases, cases_name=cases_name, mode=mode, depth=depth)
    state = find_or_make(guide.settings.runs_dir, record, cases, name=name, again=again)
    if state.is_finished:
        print(
            f"already run, {state.record.created}: {state.folder} (--again runs it anew)",
            file=sys.stderr,
        )
        return state.folder
    if state.n_done:
        print(f"going on with {state.folder}: {state.n_done} of {len(cases)}", file=sys.stderr)
    with RunWriter(state.folder) as writer:
        try:
            with show_stages() as tell:
                run_cases(
                    guide, cases, writer, mode=mode, depth=depth,
                    on_case=partial(tell, "ask"),
                )  # fmt: skip
        except KeyboardInterrupt:
            print(
                f"\nragguide: stopped after {len(writer.done)} of {len(cases)} questions, which "
                f"are kept in {state.folder}. The same command goes on.",
                file=sys.stderr,
            )
            raise typer.Exit(EXIT_INTERRUPTED) from None
    return state.folder
