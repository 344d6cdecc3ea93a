"""Seconds that `--help`, completion and others take, beside what Python itself takes.

    python benchmarks/start_up.py [--runs 15] [--source FOLDER]

Prints medians of processor time and of wall time, which a busy machine lengthens. The processes
take turns. `import typer` is the least that a command line with typer can take.
`--source` names a folder with another version's sources.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Seconds(NamedTuple):
    processor: float
    wall: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--source", type=Path, default=ROOT)
    args = parser.parse_args()
    python, ragguide = [sys.executable, "-c"], [sys.executable, "-m", "ragguide"]
    processes = {
        "python -c pass": ([*python, "pass"], {}),
        "import typer": ([*python, "import typer"], {}),
        "ragguide --version": ([*ragguide, "--version"], {}),
        "ragguide --help": ([*ragguide, "--help"], {}),
        "ragguide query --help": ([*ragguide, "query", "--help"], {}),
        "complete: ragguide se": (ragguide, completion("ragguide se")),
        "complete: ragguide query -i x": (ragguide, completion("ragguide query -i x")),
    }
    took: dict[str, list[Seconds]] = {name: [] for name in processes}
    for _ in range(args.runs):
        for name, (command, environ) in processes.items():
            took[name].append(seconds_of(command, environ, args.source))
    least = median(each.processor for each in took["import typer"])
    print(f"{'':30} processor  wall")
    for name, seconds in took.items():
        middle = median(each.processor for each in seconds)
        wall = median(each.wall for each in seconds)
        print(f"{name:30} {middle:.3f} s    {wall:.3f} s  {middle / least:.2f} × import typer")


def completion(words: str) -> dict[str, str]:
    """What bash tells a program after these words and Tab."""
    return {
        "_RAGGUIDE_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }


def seconds_of(command: list[str], environ: dict[str, str], source: Path) -> Seconds:
    began = perf_counter()
    process = subprocess.Popen(
        command,
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source), **environ},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return Seconds(used.ru_utime + used.ru_stime, wall)


if __name__ == "__main__":
    main()
