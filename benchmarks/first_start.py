"""A guide in, how long the first `ingest` after an installation takes, beside another checkout's.

    python benchmarks/first_start.py data/guide.pdf --against ../before [--runs 5]

Whole processes, by turns, each with an empty cache and an empty folder for its index. `--against`
names a folder with another version's sources, such as a git worktree of an earlier commit.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Seconds(NamedTuple):
    whole: float
    processor: float  # of all cores


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guide", type=Path)
    parser.add_argument("--against", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    took: dict[str, list[Seconds]] = {"this": [], "other": []}
    sources = {"this": ROOT, "other": args.against.resolve()}
    for run in range(args.runs + 1):
        for name, source in sources.items():
            seconds = first_ingest(source, args.guide.resolve())
            if run:  # the first round reads the files from disk
                took[name].append(seconds)
    for of, kind in enumerate(Seconds._fields):
        for name, rounds in took.items():
            shown = sorted(seconds[of] for seconds in rounds)
            values = " ".join(f"{value:.2f}" for value in shown)
            print(f"{kind}, {name}: median {median(shown):.2f} s ({values})")
        pairs = zip(took["this"], took["other"], strict=True)
        ratios = sorted(this[of] / other[of] for this, other in pairs)
        print(f"{kind}: {median(ratios):.3f} of the time ({ratios[0]:.3f} to {ratios[-1]:.3f})")
    print(f"load at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def first_ingest(source: Path, guide: Path) -> Seconds:
    """Return what one `ingest` by the sources in a folder takes."""
    with TemporaryDirectory() as folder:
        changes = {
            "PYTHONPATH": str(source),
            "RAGGUIDE_CACHE_DIR": f"{folder}/cache",
            "RAGGUIDE_INDEXES_DIR": f"{folder}/indexes",
        }
        command = [sys.executable, "-m", "ragguide", "ingest", str(guide)]
        start, start_cpu = time.perf_counter(), children_cpu()
        subprocess.run(
            command, env={**os.environ, **changes}, capture_output=True, check=True, cwd=folder
        )
        return Seconds(time.perf_counter() - start, children_cpu() - start_cpu)


def children_cpu() -> float:
    used = os.times()
    return used.children_user + used.children_system


if __name__ == "__main__":
    main()
