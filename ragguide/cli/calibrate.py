"""`ragguide calibrate`: learn from questions when to refuse to answer."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.evaluation.options import AsJson, CasesPath, read_cases
from ragguide.cli.exit_codes import EXIT_MALFORMED
from ragguide.cli.options import IndexesDir, IndexName, StoreUrl
from ragguide.cli.progress import show_stages
from ragguide.cli.render import print_json
from ragguide.config import load_settings
from ragguide.errors import UsageError

if TYPE_CHECKING:
    from ragguide.index.calibration import Calibration

SHARES = (0.02, 0.04, 0.1, 0.2)  # of false refusals, reported besides the configured one


def calibrate(
    cases: CasesPath,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report the result without saving it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Learn from questions with known answers when to refuse to answer.

    Each answerable question is also asked with its evidence hidden. The result, a calibration, is
    saved with the index.

    Exit code 2 means that some questions are malformed and were left out.
    """
    from ragguide.evaluate.calibrate import fit, read_rows
    from ragguide.guide import Guide
    from ragguide.index.calibration import save_calibration
    from ragguide.index.rights import is_part
    from ragguide.index.stores.choose import store_of

    questions = read_cases(cases)
    settings = load_settings({"index": index, "indexes_dir": indexes_dir, "store": store})
    guide = Guide.open(settings=settings)
    if is_part(guide.manifest):
        raise UsageError(
            "your groups may not read all documents of this index, but its calibration is for all "
            "readers. Set RAGGUIDE_GROUPS to groups that may."
        )
    guide.warm_up()
    with show_stages() as report:
        rows = read_rows(guide, questions.cases, on_case=partial(report, "ask"))
    manifest = guide.manifest
    fitted = fit(rows, embedder=manifest.embedder, chunk_tokens=manifest.chunk_tokens)
    place: str | None = None
    if not dry_run:
        place = save_calibration(store_of(settings).notes, fitted)
    shares = sorted({*SHARES, settings.false_refusals})
    if as_json:
        _print_as_json(fitted, guide.index_name, shares, place)
    else:
        _print_lines(fitted, shares)
        if place:
            print(f"saved {place}; in use: false_refusals = {settings.false_refusals:g}")
    if questions.faults:
        raise typer.Exit(EXIT_MALFORMED)


def _print_as_json(
    fitted: "Calibration", index_name: str, shares: Sequence[float], place: str | None
) -> None:
    print_json(
        {
            "index": index_name,
            "n_answerable": len(fitted.answerable_chances),
            "n_unanswerable": len(fitted.unanswerable_chances),
            "n_hidden": fitted.n_hidden,
            "auroc": fitted.auroc,
            "shares": [
                {"false_refusals": share, "refused": round(fitted.refused(share), 4)}
                for share in shares
            ],
            "risk_curve": fitted.risk_curve,
            "path": place,
        }
    )


def _print_lines(fitted: "Calibration", shares: Sequence[float]) -> None:
    print(
        f"{len(fitted.answerable_chances)} answerable questions, "
        f"{len(fitted.unanswerable_chances)} unanswerable ones, {fitted.n_hidden} asked again with "
        "their evidence hidden"
    )
    if fitted.auroc is None:
        print("no unanswerable questions, so the calibration cannot be evaluated")
        return
    print(f"AUROC {fitted.auroc:.3f}, by cross-validation")
    for share in shares:
        print(
            f"  refuses {round(fitted.refused(share), 4):.0%} of unanswerable questions "
            f"if {100 * share:.3g}% of answerable ones may be refused"
        )
