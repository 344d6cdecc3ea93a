"""A number of pages in, seconds and megabytes out: what reading and cutting a long PDF costs.

    python benchmarks/long_pdf.py [--pages 1000 5000] [--seed 0]

Pages of about 300 words from a seeded generator, in a temporary folder; read, cleaned and cut into
chunks. Memory is the peak of this process, which holds the text and the chunks, and of the child,
which runs pypdf. Exits 1 if both together take 700 MB, or if a page is lost.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

CEILING_MB = 700  # of both processes together
WORDS_A_PAGE, WORDS_A_SENTENCE, CHARACTERS_A_LINE = 300, 15, 80


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("--pages", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        read(args.read)
        return 0
    fits = True
    print("pages    words   chunks     on disk   seconds   ms a page   parent   child")
    for n_pages in args.pages:
        with tempfile.TemporaryDirectory() as folder:
            path = write_long(Path(folder) / "long.pdf", n_pages, random.Random(args.seed))
            # Apart, since writing it takes memory too.
            done = subprocess.run(
                [sys.executable, __file__, "--read", str(path)], stdout=subprocess.PIPE, check=True
            )
            size_mb = path.stat().st_size / 1e6
        n_words, n_read, n_chunks, seconds, parent_mb, child_mb = json.loads(done.stdout)
        print(
            f"{n_read:5d} {n_words:10,d} {n_chunks:8,d} {size_mb:8.1f} MB {seconds:7.1f} "
            f"{1000 * seconds / n_pages:10.1f} {parent_mb:9.0f} MB {child_mb:4.0f} MB"
        )
        fits &= parent_mb + child_mb < CEILING_MB and n_read == n_pages
    return 0 if fits else 1


def read(path: Path) -> None:
    """Read a PDF in this process and its child, cut it, and print what that took, as JSON."""
    from ragguide.config import Settings
    from ragguide.create.cut import split
    from ragguide.create.documents import Limits, parse
    from ragguide.embed.tokens import TokenCounter
    from ragguide.models.find import find_embedder

    settings = Settings()
    started = time.perf_counter()
    document = parse(path, Limits(timeout_s=3600, memory_mb=settings.parse_memory_mb)).document
    chunks = split([document], TokenCounter(find_embedder(settings.embedder).folder), settings)
    seconds = time.perf_counter() - started
    n_words = sum(len(page.split()) for page in document.raw_pages)
    n_read = len(document.raw_pages) - len(document.unreadable)
    peaks_mb = [_peak_mb(resource.RUSAGE_SELF), _peak_mb(resource.RUSAGE_CHILDREN)]
    print(json.dumps([n_words, n_read, len(chunks), seconds, *peaks_mb]))


def write_long(path: Path, n_pages: int, rng: random.Random, *, edited: int = 0) -> Path:
    """Print running prose with a bold heading a page, in two fonts.

    The edited page, from 1, ends with a sentence of its own; all else stays.
    """
    words = ["".join(rng.choices("abcdefghilmnoprstu", k=rng.randint(2, 10))) for _ in range(4000)]
    canvas = Canvas(str(path), invariant=1, pageCompression=1)
    for number in range(1, n_pages + 1):
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(72, 780, f"{number}. {' '.join(rng.choices(words, k=4)).capitalize()}")
        lines = canvas.beginText(72, 750)
        lines.setFont("Helvetica", 10, 14)
        prose = " ".join(_sentence(words, rng) for _ in range(WORDS_A_PAGE // WORDS_A_SENTENCE))
        if number == edited:
            prose += " This sentence was added by an editor on a quiet afternoon."
        for line in textwrap.wrap(prose, CHARACTERS_A_LINE):
            lines.textLine(line)
        canvas.drawText(lines)
        canvas.showPage()
    canvas.save()
    return path


def _sentence(words: list[str], rng: random.Random) -> str:
    return " ".join(rng.choices(words, k=WORDS_A_SENTENCE)).capitalize() + "."


def _peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss * 1024 / 1e6  # Linux counts in KiB


class _Plain(argparse.RawDescriptionHelpFormatter):
    pass


if __name__ == "__main__":
    raise SystemExit(main())
