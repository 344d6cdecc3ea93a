"""Measure refusals on guides that the fit has not seen, and fit the shipped calibration.

    python benchmarks/refusals.py default=data/eval/guide.jsonl other=one.jsonl+two.jsonl …

Each argument names an index made with the default embedder, and files of questions about it. A
question with the kind "unanswerable", or `"answerable": false`, has no answer in the guide; all
others have one. For each guide the table has the figures of a fit on all other guides. `--before`
also measures the calibration in use. `--write` writes the fit on all guides, numbers only, to
`ragguide/index/calibration.json`.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide import Guide
from ragguide.evaluate.calibrate import Row, fit_guides
from ragguide.evaluate.records import UNANSWERABLE
from ragguide.evaluate.refusals import auroc
from ragguide.index.calibration import SHIPPED

Numbers = NDArray[np.float64]
SHARES = (0.025, 0.04)  # of false refusals


class Question(msgspec.Struct, frozen=True):
    text: str
    is_answerable: bool


class Asked(msgspec.Struct, frozen=True):
    """The rows of one guide, and what its questions got before."""

    rows: list[Row]
    questions: list[Question]
    refused: list[bool]  # by quotes only, with the calibration in use
    chances: list[float]  # likewise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", metavar="GUIDE=QUESTIONS")
    parser.add_argument("--before", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--errors", action="store_true", help="print wrong refusals and answers")
    args = parser.parse_args()
    asked = {}
    for each in args.sets:
        name, _, files = each.partition("=")
        guide = Guide.open(name)
        asked[name] = ask(guide, [Path(file) for file in files.split("+")])
    if args.before:
        print("calibration in use:")
        for name, found in asked.items():
            _print_row(name, found, found.chances, found.refused)
    manifest = guide.manifest
    fitted, chances = fit_guides(
        {name: found.rows for name, found in asked.items()},
        embedder=manifest.embedder,
        chunk_tokens=manifest.chunk_tokens,
    )
    for share in SHARES:
        print(f"fitted on all other guides, at {share:.1%} false refusals of theirs:")
        for name, found in asked.items():
            least = _threshold(asked, chances, without=name, share=share)
            refused = (chances[name] < least).tolist()
            _print_row(name, found, chances[name], refused)
            if args.errors:
                _print_errors(found, refused)
    print(f"all together: AUROC {fitted.auroc}")
    if args.write:
        SHIPPED.write_bytes(msgspec.json.format(msgspec.json.encode(fitted), indent=1) + b"\n")
        print(f"wrote {SHIPPED}")


def ask(guide: Guide, files: Sequence[Path]) -> Asked:
    """Ask all questions of some files. Those that a list of the guide answers are left out."""
    found = Asked([], [], [], [])
    for question in [each for file in files for each in read_questions(file)]:
        signs = guide.signs(question.text)
        if signs is None:
            continue
        answer = guide.query(question.text, quotes_only=True)
        found.rows.append(Row(question.text, signs, question.is_answerable, is_hidden=False))
        found.questions.append(question)
        found.refused.append(answer.refused)
        found.chances.append(answer.chance or 0.0)
    return found


def read_questions(path: Path) -> list[Question]:
    """Read questions; keys that evaluations do not know are ignored."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [
        Question(
            line["question"], line.get("answerable", True) and line.get("kind") != UNANSWERABLE
        )
        for line in lines
    ]


def _threshold(
    asked: Mapping[str, Asked], chances: Mapping[str, Numbers], *, without: str, share: float
) -> float:
    """Return the chance below which this share of the other guides' questions is refused."""
    answerable = [
        chance
        for name, found in asked.items()
        if name != without
        for chance, row in zip(chances[name], found.rows, strict=True)
        if row.is_answered
    ]
    return float(sorted(answerable)[int(share * len(answerable))])


def _print_row(
    name: str, found: Asked, chances: Sequence[float] | Numbers, refused: Sequence[bool]
) -> None:
    answerable = [each.is_answerable for each in found.questions]
    area = auroc(np.column_stack([chances, answerable]).astype(float))
    wrong = [was for was, has in zip(refused, answerable, strict=True) if has]
    right = [was for was, has in zip(refused, answerable, strict=True) if not has]
    print(
        f"  {name:12} AUROC {area:.3f}  refused: {sum(wrong):3} of {len(wrong):3} answerable"
        f" ({np.mean(wrong):.3f}), {sum(right):3} of {len(right):3} unanswerable"
        f" ({np.mean(right):.3f})"
    )


def _print_errors(found: Asked, refused: Sequence[bool]) -> None:
    for question, was in zip(found.questions, refused, strict=True):
        if was == question.is_answerable:
            print(f"    {'refused' if was else 'not refused'}: {question.text}")


if __name__ == "__main__":
    main()
