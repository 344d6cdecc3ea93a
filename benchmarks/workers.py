"""Cost and gain of workers: an ingest of generated pages without and with worker processes.

    python -m benchmarks.workers --pages 2000 --workers 0 1 8

Prints, for each number of workers, the wall time, the processor time of all processes together, and
whether every file of the index has the bytes that one process writes. The processor time hardly
depends on what else the machine does; the wall time does. No vector is cached before a run.
"""

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

PAGES_EACH = 20  # of a document
WORDS = (
    "harbour pilot rope mast anchor lantern ledger crane barrel signal keeper tide pier customs "
    "sail engine boiler gauge valve bolt hull rudder chart compass winch cargo inspection permit "
    "is checked moves opens closes carries holds needs before after during within every"
).split()


def write_documents(folder: Path, n_pages: int) -> None:
    """Write PDFs of 20 pages, each page with a heading and four sentences of its own."""
    words = random.Random(7)
    for number in range(-(-n_pages // PAGES_EACH)):
        canvas = Canvas(str(folder / f"manual-{number:04d}.pdf"), pagesize=A4, invariant=True)
        for page in range(min(PAGES_EACH, n_pages - number * PAGES_EACH)):
            canvas.setFont("Helvetica-Bold", 15)
            canvas.drawString(72, 760, f"{page + 1} Part {number}-{page + 1}")
            canvas.setFont("Helvetica", 11)
            for line in range(4):
                text = " ".join(words.choices(WORDS, k=11))
                value = words.randrange(9999)
                canvas.drawString(72, 730 - 20 * line, f"{text.capitalize()} {value}.")
            canvas.showPage()
        canvas.save()


def ingest(docs: Path, n_workers: int, scratch: Path) -> dict[str, object]:
    """Ingest with a cache that has no vector; return the times and a checksum of the index."""
    environ = {
        "RAGGUIDE_CACHE_DIR": str(scratch / "cache"),
        "RAGGUIDE_DATA_DIR": str(scratch / "data"),
        "RAGGUIDE_INDEXES_DIR": str(scratch / "indexes"),
    }
    command = [sys.executable, "-m", "ragguide", "ingest", str(docs), "--json"]
    cpu, began = _cpu_s(), time.perf_counter()
    done = subprocess.run(
        [*command, "--workers", str(n_workers)],
        env=os.environ | environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    wall_s, cpu_s = time.perf_counter() - began, _cpu_s() - cpu
    report = json.loads(done.stdout)
    return {
        "workers": n_workers,
        "wall_s": round(wall_s, 1),
        "cpu_s": round(cpu_s, 1),
        "stages_s": report["seconds"],
        "pages": report["n_pages"],
        "texts": report["n_texts"],
        "embedded": report["n_embedded"],
        "sha256": _checksum(scratch / "indexes"),
    }


def _cpu_s() -> float:
    """Processor time of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _checksum(indexes: Path) -> str:
    """Return a checksum of all files of the generation but its manifest, which has its time."""
    (manifest,) = indexes.rglob("manifest.json")
    digest = sha256()
    for path in sorted(manifest.parent.iterdir()):
        if path != manifest:
            digest.update(path.name.encode() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 8])
    args = parser.parse_args(arguments)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"{platform.machine()}, {cores} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="workers-") as folder:
        docs = Path(folder, "docs")
        docs.mkdir()
        write_documents(docs, args.pages)
        sums = set()
        for run, n_workers in enumerate(args.workers):
            found = ingest(docs, n_workers, Path(folder, str(run)))
            sums.add(found["sha256"])
            print(json.dumps(found), flush=True)
    print("all runs wrote the same bytes" if len(sums) == 1 else "THE BYTES DIFFER")


if __name__ == "__main__":
    main()
