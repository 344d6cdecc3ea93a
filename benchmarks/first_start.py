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

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guide", type=Path)
    parser.add_argument("--against", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    seconds: dict[str, list[float]] = {"this": [], "other": []}
    sources = {"this": ROOT, "other": args.against.resolve()}
    for run in range(args.runs + 1):
        for name, source in sources.items():
            took = first_ingest(source, args.guide.resolve())
            if run:  # the first round reads the files from disk
                seconds[name].append(took)
    for name, values in seconds.items():
        shown = " ".join(f"{value:.2f}" for value in sorted(values))
        print(f"{name}: median {median(values):.2f} s ({shown})")
    ratios = sorted(a / b for a, b in zip(seconds["this"], seconds["other"], strict=True))
    print(f"ratio: median {median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})")
    print(f"load at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def first_ingest(source: Path, guide: Path) -> float:
    """Return the seconds of one `ingest` by the sources in a folder."""
    with TemporaryDirectory() as folder:
        changes = {
            "PYTHONPATH": str(source),
            "RAGGUIDE_CACHE_DIR": f"{folder}/cache",
            "RAGGUIDE_INDEXES_DIR": f"{folder}/indexes",
        }
        command = [sys.executable, "-m", "ragguide", "ingest", str(guide)]
        start = time.perf_counter()
        subprocess.run(
            command, env={**os.environ, **changes}, capture_output=True, check=True, cwd=folder
        )
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
