"""`ragguide calibrate`: when to say that the guide does not say, learned from questions to it."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ragguide.cli.evaluation.options import EXIT_MALFORMED, AsJson, CasesPath, read_cases
from ragguide.cli.options import IndexesDir, IndexName
from ragguide.cli.progress import show_log, show_stages
from ragguide.cli.render import print_json
from ragguide.config import load_settings

SHARES = (0.02, 0.04, 0.1, 0.2)  # of false refusals that are told, besides the one that is set


def calibrate(
    cases: CasesPath,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell; keep the calibration as it is.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Learn from questions with known answers when to refuse, and keep that with the index.

    Each answerable question is also asked as if its evidence were not in the guide.
    """
    from ragguide.evaluate.calibrate import fit, read_rows
    from ragguide.guide import Guide
    from ragguide.index.calibration import save_calibration

    show_log()
    questions = read_cases(cases)
    settings = load_settings({"index": index, "indexes_dir": indexes_dir})
    guide = Guide.open(settings=settings)
    guide.warm_up()
    with show_stages() as tell:
        rows = read_rows(guide, questions.cases, on_case=partial(tell, "ask"))
    manifest = guide.manifest
    fitted = fit(rows, embedder=manifest.embedder, chunk_tokens=manifest.chunk_tokens)
    path: Path | None = None
    if not dry_run:
        path = save_calibration(settings.indexes_dir / settings.index, fitted)
    told = [
        {"false_refusals": share, "refused": round(fitted.refused(share), 4)}
        for share in sorted({*SHARES, settings.false_refusals})
    ]
    if as_json:
        print_json(
            {
                "index": guide.index_name,
                "n_answerable": len(fitted.answerable_chances),
                "n_unanswerable": len(fitted.unanswerable_chances),
                "n_hidden": fitted.n_hidden,
                "auroc": fitted.auroc,
                "shares": told,
                "risk_curve": fitted.risk_curve,
                "path": str(path) if path else None,
            }
        )
    else:
        print(
            f"{len(fitted.answerable_chances)} questions that the guide answers, "
            f"{len(fitted.unanswerable_chances)} that it does not, {fitted.n_hidden} asked again "
            "with the evidence hidden"
        )
        if fitted.auroc is None:
            print("no unanswerable questions: how well they are told apart is not known")
        else:
            print(f"told apart, on questions not fitted on: AUROC {fitted.auroc:.3f}")
            for row in told:
                print(
                    f"  {row['refused']:>4.0%} of the unanswerable refused with "
                    f"{100 * row['false_refusals']:.3g}% of the answerable"
                )
        if path:
            print(f"kept in {path}; false_refusals = {settings.false_refusals:g} is what is used")
    if questions.faults:
        raise typer.Exit(EXIT_MALFORMED)
