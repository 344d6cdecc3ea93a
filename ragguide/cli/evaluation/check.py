"""`ragguide eval check`: find errors in a question set."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.evaluation.options import AsJson, CasesPath, read_cases
from ragguide.cli.exit_codes import EXIT_MALFORMED, EXIT_NOT_MET
from ragguide.cli.options import IndexesDir, IndexName, StoreUrl
from ragguide.cli.render import counted, print_json
from ragguide.config import load_settings

if TYPE_CHECKING:
    from ragguide.evaluate.cases import QuestionSet
    from ragguide.evaluate.check import Remark


def check(
    cases: CasesPath,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    hints: Annotated[
        bool,
        typer.Option(
            "--hints/--no-hints", help="Also list hints: questions that may need a review."
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Check a question set against the guide.

    The check reports evidence that is not on its page, and facts that the page does not state.

    Exit code 6 means that questions have faults, 2 that questions are malformed. Hints do not
    change the exit code.
    """
    from ragguide.evaluate.check import SetCheck
    from ragguide.guide import Guide

    questions = read_cases(cases)
    guide = Guide.open(
        settings=load_settings({"index": index, "indexes_dir": indexes_dir, "store": store})
    )
    remarks = SetCheck(guide.documents()).check(questions.cases)
    faults = [remark for remark in remarks if remark.is_fault]
    shown = remarks if hints else faults
    if as_json:
        _print_as_json(questions, guide.index_name, shown)
    else:
        _print_lines(questions, shown)
    if faults:
        raise typer.Exit(EXIT_NOT_MET)
    if questions.faults:
        raise typer.Exit(EXIT_MALFORMED)


def _print_as_json(questions: "QuestionSet", index_name: str, shown: "Sequence[Remark]") -> None:
    print_json(
        {
            "name": questions.name,
            "index": index_name,
            "n": len(questions.cases),
            "malformed": [str(fault) for fault in questions.faults],
            "faults": [{"id": r.case_id, "text": r.text} for r in shown if r.is_fault],
            "hints": [{"id": r.case_id, "text": r.text} for r in shown if not r.is_fault],
        }
    )


def _print_lines(questions: "QuestionSet", shown: "Sequence[Remark]") -> None:
    for remark in shown:
        print(f"{remark.case_id}: {'' if remark.is_fault else 'hint: '}{remark.text}")
    n_wrong = len({remark.case_id for remark in shown if remark.is_fault})
    print(f"{counted(len(questions.cases), 'question')}, {n_wrong} with faults")
