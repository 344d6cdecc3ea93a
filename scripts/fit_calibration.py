"""Fit the default calibration of refusals from indexes and questions about them.

    python scripts/fit_calibration.py default=data/eval/guide.jsonl other=other.jsonl

Each argument names an index made with the default embedder, and a file of questions about it. The
file written contains numbers only. For each set and for all sets together, the script prints how
well the fit does on unseen questions; for each set also how well a fit on the other sets does.
"""

import sys
from pathlib import Path

import msgspec
import numpy as np

from ragguide import Guide
from ragguide.evaluate.calibrate import Row, fit, read_rows
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.evaluate.refusals import auroc
from ragguide.index.calibration import SHIPPED

FALSE_REFUSALS = (0.04, 0.05)


def main() -> None:
    sets: dict[str, list[Row]] = {}
    for argument in sys.argv[1:]:
        name, _, questions = argument.partition("=")
        guide = Guide.open(name)
        rows = read_rows(
            guide, read_questions(open_source(Path(questions))).cases, on_case=lambda _n, _of: None
        )
        sets[name] = [msgspec.structs.replace(row, case_id=f"{name} {row.case_id}") for row in rows]
    manifest = guide.manifest
    every = [row for rows in sets.values() for row in rows]
    made = {"embedder": manifest.embedder, "chunk_tokens": manifest.chunk_tokens}
    fitted = fit(every, **made)
    for name, rows in sets.items():
        others = [row for other, some in sets.items() if other != name for row in some]
        alone = fit(rows, **made)
        print(f"{name}: cross-validated AUROC {alone.auroc}", end="")
        if others:
            by_others = fit(others, **made)
            scored = [
                (by_others.chance(row.signs), float(row.is_answered))
                for row in rows
                if not row.is_hidden
            ]
            print(f"; AUROC of the fit on the other sets {auroc(np.array(scored)):.3f}", end="")
        print()
    n = len(fitted.unanswerable_chances)
    print(f"all sets: AUROC {fitted.auroc}")
    for share in FALSE_REFUSALS:
        print(
            f"at {share:.0%} false refusals, {fitted.refused(share):.0%} of {n} unanswerable "
            "questions are refused"
        )
    SHIPPED.write_bytes(msgspec.json.format(msgspec.json.encode(fitted), indent=1) + b"\n")
    print(f"wrote {SHIPPED}")


if __name__ == "__main__":
    main()
