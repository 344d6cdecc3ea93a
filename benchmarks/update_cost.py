"""An edited page in; what an update costs beside a full ingest out, by the length of the guide.

    python benchmarks/update_cost.py [--pages 100 1000 5000] [--full 100 1000] [--plot FILE.svg]

First the default guide with one number edited in its sources and printed anew; then generated PDFs
of about 300 words a page, as one file and as files of 100 pages, with a sentence added on a page in
the middle. Vectors of former runs are not used, by the ingest or by the update. Printed are wall
times, and how many chunks and texts were embedded.

To embed thousands of pages takes long, so that is done for the sizes of --full alone, as one
file. Others are indexed with random vectors, which an update does not look at: its own new texts
are embedded as ever. Exits 1 if an update takes more than a fifth of a full ingest of the same
guide, or embeds chunks that do not all touch one page.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
from long_pdf import write_long

from ragguide import Guide, Settings, load_settings
from ragguide.base.clock import Clock
from ragguide.create.cut import cut
from ragguide.create.read import ReadOptions, read_documents, request_of
from ragguide.embed.passages import PRECISION
from ragguide.embed.vector_cache import VectorCache, key_of
from ragguide.embed.weights import weights_of
from ragguide.index.build import sha256_of, texts_of, write_generation
from ragguide.index.stores.files import FileStore
from ragguide.types import Chunk

HERE = Path(__file__).parent
ROOT = HERE.parent
FILE_PAGES = 100  # of a guide in several files
MOST_SHARE = 0.2  # of a full ingest


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one edited page costs."""

    guide: str
    n_pages: int
    ingest_s: float | None  # None: not measured
    update_s: float
    n_texts: int  # of the whole guide
    n_embedded: int  # by the update
    n_chunks_new: int
    is_of_one_page: bool  # there is a page that all new chunks touch
    seconds: dict[str, float]  # stages of the update

    @property
    def is_cheap(self) -> bool:
        cheap = self.ingest_s is None or self.update_s <= MOST_SHARE * self.ingest_s
        return cheap and self.is_of_one_page


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, nargs="*", default=[100, 1000, 5000])
    parser.add_argument("--full", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    costs = [measure("default", 58, write_default, full=True)]
    tell(costs[0])
    for n_pages in args.pages:
        for in_files in (False, True):
            if in_files and n_pages <= FILE_PAGES:
                continue

            def write(folder: Path, *, edited: bool, n: int = n_pages, i: bool = in_files) -> None:
                write_pages(folder, n, args.seed, in_files=i, edited=edited)

            name = f"{n_pages // FILE_PAGES} files" if in_files else "one file"
            costs.append(measure(name, n_pages, write, full=n_pages in args.full and not in_files))
            tell(costs[-1])
    if args.plot:
        plot(costs[1:], args.plot)
    return 0 if all(cost.is_cheap for cost in costs) else 1


def measure(guide: str, n_pages: int, write: Callable[..., None], *, full: bool) -> Cost:
    """Ingest a guide, edit a page, update."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        docs = folder / "docs"
        docs.mkdir()
        write(docs, edited=False)
        settings = load_settings(
            {"indexes_dir": folder / "indexes", "vectors_kept_mb": 0, "parse_timeout_s": 7200}
        )
        began = time.perf_counter()
        if full:
            n_texts = Guide.ingest(docs, settings=settings).n_texts
        else:
            n_texts = ingest_random(docs, settings, folder / "cache")
        ingest_s = time.perf_counter() - began
        shas = {chunk.text_sha for chunk in chunks_of(settings)}
        write(docs, edited=True)
        began = time.perf_counter()
        report = Guide.update(settings=settings)
        update_s = time.perf_counter() - began
        new = [chunk for chunk in chunks_of(settings) if chunk.text_sha not in shas]
        assert len(new) == report.plan.n_chunks_new > 0
        return Cost(
            guide=guide,
            n_pages=n_pages,
            ingest_s=ingest_s if full else None,
            update_s=update_s,
            n_texts=n_texts,
            n_embedded=report.n_embedded,
            n_chunks_new=len(new),
            is_of_one_page=max(c.page_first for c in new) <= min(c.page_last for c in new)
            and len({chunk.document for chunk in new}) == 1,
            seconds=report.seconds,
        )


def chunks_of(settings: Settings) -> list[Chunk]:
    return FileStore(settings.indexes_dir, settings.index).open().chunks()


def ingest_random(docs: Path, settings: Settings, cache_dir: Path) -> int:
    """Index documents by random vectors, put where vectors of former runs are looked for."""
    settings = msgspec.structs.replace(settings, cache_dir=cache_dir, vectors_kept_mb=4000)
    options, clock, weights = ReadOptions(), Clock(None), weights_of(settings)
    read = read_documents([docs], options, settings, clock)
    request = request_of([docs], options, settings)
    contents = cut(request, read.records, read.documents, weights, settings, clock)
    shas = sorted(set(map(sha256_of, texts_of(contents.chunks))))
    vectors = np.random.default_rng(0).standard_normal((len(shas), 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keys = [key_of(weights.sha256, PRECISION, sha) for sha in shas]
    with VectorCache(cache_dir / "vectors.sqlite", max_bytes=4_000_000_000) as cache:
        cache.put(dict(zip(keys, vectors, strict=True)))
    folder = FileStore(settings.indexes_dir, settings.index)
    with folder.writing():
        manifest, n_embedded = write_generation(folder, None, contents, weights, settings, clock)
    assert n_embedded == 0
    return manifest.n_chunks + manifest.n_statements


def write_default(folder: Path, *, edited: bool) -> None:
    """Print the default guide, with a number edited."""
    sys.path.insert(0, str(ROOT / "scripts"))
    from build_guide import build

    sources = shutil.copytree(ROOT / "data" / "guide", folder.parent / f"sources-{edited}")
    if edited:
        path = sorted(sources.glob("04-*.md"))[0]
        text = path.read_text("utf-8")
        number = next(word for word in text.split() if word.isdigit() and len(word) > 1)
        path.write_text(text.replace(f" {number} ", f" {int(number) + 1} ", 1), "utf-8")
    (folder / "guide.pdf").write_bytes(build(sources))


def write_pages(folder: Path, n_pages: int, seed: int, *, in_files: bool, edited: bool) -> None:
    """Print generated pages; the one in the middle may be edited."""
    middle = n_pages // 2 if edited else 0
    if not in_files:
        write_long(folder / "long.pdf", n_pages, random.Random(seed), edited=middle)
        return
    for number in range(n_pages // FILE_PAGES):
        first = number * FILE_PAGES
        here = middle - first if first < middle <= first + FILE_PAGES else 0
        path = folder / f"part-{number:03d}.pdf"
        write_long(path, FILE_PAGES, random.Random(seed + number), edited=here)


def tell(cost: Cost) -> None:
    full = "–" if cost.ingest_s is None else f"{cost.ingest_s:.1f} s"
    share = "" if cost.ingest_s is None else f" ({cost.update_s / cost.ingest_s:.3f})"
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in cost.seconds.items())
    print(
        f"{cost.n_pages:5d} pages, {cost.guide}: ingest {full}, "
        f"update {cost.update_s:.1f} s{share}; "
        f"{cost.n_embedded} of {cost.n_texts:,} texts embedded, {cost.n_chunks_new} new chunks\n"
        f"      {stages}",
        flush=True,
    )


def plot(costs: list[Cost], path: Path) -> None:
    """Draw wall time by pages."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "ragguide"
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
    lines = {
        "full ingest": [(c.n_pages, c.ingest_s) for c in costs if c.ingest_s is not None],
        "update, one file": [(c.n_pages, c.update_s) for c in costs if c.guide == "one file"],
        f"update, files of {FILE_PAGES} pages": [
            (c.n_pages, c.update_s) for c in costs if c.guide != "one file"
        ],
    }
    for label, points in lines.items():
        axis.plot(*zip(*sorted(points), strict=True), marker="o", label=label)
    axis.set(xscale="log", yscale="log", xlabel="pages", ylabel="seconds, one page edited")
    axis.legend()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    raise SystemExit(main())
