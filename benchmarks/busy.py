"""A guide and a question in, how much longer an answer takes beside busy processes out.

    python benchmarks/busy.py data/guide.pdf "What is a confusion matrix?" [--runs 7] [--llm NAME]
        [--other /path/to/another/checkout]

Whole processes of `ragguide query`, by turns: with threads of llama.cpp that sleep while they wait
(the default), with threads that spin (`OMP_WAIT_POLICY=active`), and by another checkout if there
is one. First with the machine to themselves, then beside two and four processes that compute
without a pause. Run it alone on the machine, after `ragguide models optimise`.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

LOADS = (0, 2, 4)  # processes that compute beside it
POLICY = "OMP_WAIT_POLICY"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guide", type=Path)
    parser.add_argument("question")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--llm", help="the generator (default: the one in the settings)")
    parser.add_argument("--other", type=Path, help="another checkout with its own .venv")
    args = parser.parse_args()
    llm = ["--llm", args.llm] if args.llm else []
    with TemporaryDirectory() as folder:
        ways = {
            "asleep": Way(Path.cwd(), Path(sys.executable), {}, Path(folder) / "this"),
            "spinning": Way(
                Path.cwd(), Path(sys.executable), {POLICY: "active"}, Path(folder) / "this"
            ),
        }
        if args.other:
            python = args.other / ".venv/bin/python"
            ways["other"] = Way(args.other, python, {}, Path(folder) / "other")
        for ask in {way.indexes: way for way in ways.values()}.values():
            ask.run(["ingest", str(args.guide.resolve()), *llm])
        idle: dict[str, float] = {}
        for load in LOADS:
            with busy(load):
                seconds = measure(ways, ["query", args.question, *llm], args.runs)
            for name, each in seconds.items():
                middle = median(each)
                idle.setdefault(name, middle)
                print(
                    f"beside {load}  {name:9} median {middle:5.1f} s"
                    f" ({middle / idle[name]:.2f} × idle), worst {max(each):5.1f} s"
                    f" ({max(each) / idle[name]:.2f} ×)",
                    flush=True,
                )
    return 0


class Way:
    """One way to run ragguide."""

    def __init__(
        self, folder: Path, python: Path, environ: Mapping[str, str], indexes: Path
    ) -> None:
        self.indexes = indexes
        self._command = [str(python), "-m", "ragguide"]
        self._folder = folder
        self._environ = {k: v for k, v in os.environ.items() if k != POLICY}
        self._environ |= {
            "PYTHONPATH": str(folder),
            "RAGGUIDE_INDEXES_DIR": str(indexes),
            **environ,
        }

    def run(self, arguments: Sequence[str]) -> float:
        """Run a command; return its seconds. Raises `CalledProcessError` if it fails."""
        start = time.perf_counter()
        subprocess.run(
            [*self._command, *arguments],
            cwd=self._folder,
            env=self._environ,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - start


def measure(ways: Mapping[str, Way], arguments: Sequence[str], runs: int) -> dict[str, list[float]]:
    """Return the seconds of each way's runs; the ways take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            seconds[name].append(way.run(arguments))
    return seconds


@contextmanager
def busy(number: int) -> Iterator[None]:
    """Keep that many processes busy."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


if __name__ == "__main__":
    raise SystemExit(main())
