"""A BEIR folder through the documented commands, with the time and the memory that each one takes.

    python benchmarks/beir_set.py beir-set
    python benchmarks/beir.py beir-set

Runs `eval convert`, `ingest`, `eval run` and `eval export` as processes of their own, in a folder
that is then removed. The peak is that of the largest process of a command.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_MB = 2048


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("beir", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        environ = {
            "RAGGUIDE_INDEXES_DIR": str(where / "indexes"),
            "RAGGUIDE_RUNS_DIR": str(where / "runs"),
        }
        peaks = [
            _run("eval", "convert", args.beir, where / "set", environ=environ),
            _run("ingest", where / "set" / "documents", environ=environ),
            _run(
                "eval", "run", where / "set" / "questions.jsonl", "--depth", 100, "--name", "beir",
                environ=environ, show=True,
            ),
            _run("eval", "export", "beir", where / "trec", environ=environ),
        ]  # fmt: skip
    print(f"peak {max(peaks):.0f} MB, of at most {LIMIT_MB}")
    sys.exit(max(peaks) > LIMIT_MB)


class _Plain(argparse.RawDescriptionHelpFormatter):
    pass


def _run(*arguments: object, environ: dict[str, str], show: bool = False) -> float:
    """Run a command; return its peak in megabytes."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "ragguide", *map(str, arguments)],
        env=os.environ | environ,
        stdout=None if show else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)  # its own children, the readers, are counted in
    seconds = time.perf_counter() - began
    peak_mb = usage.ru_maxrss / 1024
    command = " ".join(map(str, arguments[:2] if arguments[0] == "eval" else arguments[:1]))
    print(f"{command:<14} {seconds:7.1f} s  {peak_mb:6.0f} MB")
    if status:
        sys.exit(f"{command} failed with status {os.waitstatus_to_exitcode(status)}")
    return peak_mb


if __name__ == "__main__":
    main()
