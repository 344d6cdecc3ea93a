"""A guide and questions in, what a search costs from the shell and from a process that is warm.

    python benchmarks/cold_search.py data/guide.pdf data/eval/guide.jsonl [--runs 10]

Whole processes, by turns: `ragguide search` as it is, and with RAGGUIDE_ENCODER set to
sentence-transformers, which imports torch. Then all questions of the set in one process, by both
ways. Exits 1 if a cold search takes over 1.0 s, or over a fifth of the other way; if it takes over
20 ms warm; or if the first ten passages differ for more than 1 % of the questions.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec

from ragguide import Guide, Settings, load_settings
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source

COLD_S, COLD_SHARE, WARM_MS, LEAST_SAME = 1.0, 0.2, 20.0, 0.99
WAYS = ("onnx", "sentence-transformers")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guide", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--runs", type=int, default=10)
    args = parser.parse_args()
    questions = [case.question for case in read_questions(open_source(args.cases)).cases]
    with TemporaryDirectory() as folder:
        settings = load_settings({"indexes_dir": folder, "top_k": 10})
        Guide.ingest(args.guide, settings=settings)
        cold = cold_seconds(settings, list(islice(cycle(questions), args.runs)))
        for way, values in cold.items():
            told = " ".join(f"{value:.2f}" for value in sorted(values))
            print(f"cold, {way}: median {median(values):.2f} s ({told})")
        fast, slow = (median(cold[way]) for way in WAYS)
        print(f"cold: {fast / slow:.3f} of the time")
        found = {way: warm(settings, way, questions) for way in WAYS}
    for way, (_, values_ms) in found.items():
        print(
            f"warm, {way}: median {median(values_ms):.1f} ms a question, most {max(values_ms):.1f}"
        )
    ours, theirs = (found[way][0] for way in WAYS)
    same = sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(questions)
    print(f"{same:.1%} of {len(questions)} questions have the same ten passages in the same order")
    warm_ms = median(found["onnx"][1])
    fits = fast <= COLD_S and fast <= COLD_SHARE * slow and warm_ms <= WARM_MS
    return 0 if fits and same >= LEAST_SAME else 1


def cold_seconds(settings: Settings, questions: Sequence[str]) -> dict[str, list[float]]:
    """Wall time of whole processes, after one of each that does not count."""
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for n, question in enumerate([questions[0], *questions]):
        for way, values in seconds.items():
            environ = os.environ | {
                "RAGGUIDE_ENCODER": way,
                "RAGGUIDE_INDEXES_DIR": str(settings.indexes_dir),
            }
            command = [sys.executable, "-m", "ragguide", "search", "--top-k", "10", question]
            started = time.perf_counter()
            done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True)
            if n:
                values.append(time.perf_counter() - started)
            assert done.stdout.startswith(b"1. "), done.stdout
    return seconds


def warm(
    settings: Settings, way: str, questions: Sequence[str]
) -> tuple[list[list[str]], list[float]]:
    """The ids of the passages found for each question, and the milliseconds that each took."""
    guide = Guide.open(settings=msgspec.structs.replace(settings, encoder=way))
    guide.search(questions[0])  # loads the rest
    found, milliseconds = [], []
    for question in questions:
        started = time.perf_counter()
        hits = guide.search(question)
        milliseconds.append(1000 * (time.perf_counter() - started))
        found.append([hit.chunk.id for hit in hits])
    return found, milliseconds


if __name__ == "__main__":
    raise SystemExit(main())
