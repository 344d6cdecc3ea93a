"""`ragguide eval check`: is a question set right about the guide?"""

from typing import Annotated

import typer

from ragguide.cli.evaluation.options import EXIT_MALFORMED, AsJson, CasesPath, read_cases
from ragguide.cli.options import IndexesDir, IndexName
from ragguide.cli.render import print_json
from ragguide.config import load_settings

EXIT_FAULTS = 6


def check(
    cases: CasesPath,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    hints: Annotated[
        bool, typer.Option("--hints/--no-hints", help="Also tell what is worth a look.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Check a question set against the guide: evidence and facts on the pages that it names.

    Exit code 6: there are faults; 2: some questions are malformed. Hints change no exit code.
    """
    from ragguide.evaluate.check import SetCheck
    from ragguide.guide import Guide

    questions = read_cases(cases)
    guide = Guide.open(settings=load_settings({"index": index, "indexes_dir": indexes_dir}))
    remarks = SetCheck(guide.documents()).check(questions.cases)
    faults = [remark for remark in remarks if remark.is_fault]
    shown = remarks if hints else faults
    if as_json:
        print_json(
            {
                "name": questions.name,
                "index": guide.index_name,
                "n": len(questions.cases),
                "malformed": [str(fault) for fault in questions.faults],
                "faults": [{"id": r.case_id, "text": r.text} for r in shown if r.is_fault],
                "hints": [{"id": r.case_id, "text": r.text} for r in shown if not r.is_fault],
            }
        )
    else:
        for remark in shown:
            print(f"{remark.case_id}: {'' if remark.is_fault else 'hint: '}{remark.text}")
        wrong = len({remark.case_id for remark in faults})
        print(f"{len(questions.cases)} questions, {wrong} with faults")
    if faults:
        raise typer.Exit(EXIT_FAULTS)
    if questions.faults:
        raise typer.Exit(EXIT_MALFORMED)
