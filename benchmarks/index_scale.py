"""Sizes in; speed, recall, build time, memory and files of every index type out, with a plot.

    pip install 'ragguide[bench]'
    python benchmarks/index_scale.py --sizes 1000,10000,100000,1000000

ragguide's index types through its own classes, beside hnswlib and usearch, one thread each, every
step in a process of its own. The vectors are clustered as those of passages are (`clustered.py`),
the queries held out. Each type is set to the same recall by half of the queries; recall and latency
are told of the other half. Of ragguide's types it is also told what `ragguide ingest` would have
set, which knows no queries.

Each (size, type) is written to --out as soon as it is done, and what stands there is not run again:
an interrupted run goes on where it was. The vectors are kept in a temporary folder (--work) while
their size is run: 1.5 GB a million, and twice as much for the index of them.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
from clustered import clustered
from index_libraries import DIM, INDEXES, Graph, K, Ragguide, library
from index_results import (
    Case,
    Cell,
    Chosen,
    plot,
    print_table,
    read_results,
    write_results,
)

from ragguide.errors import RecallTooLow
from ragguide.index.plan import effort_of
from ragguide.index.tuning import least_effort, tune
from ragguide.index.vectors import VectorIndex

T = TypeVar("T")

HERE = Path(__file__).parent
N_QUERIES = 1000  # half to set the effort by, half to tell of


# ── steps, each in a process of its own ─────────────────────────────────────────────────────────


class Built(msgspec.Struct, frozen=True):
    cpu_s: float
    peak_bytes: int
    chosen: tuple[int, float] | None  # effort, and recall by ragguide's own stand-ins


class Searched(msgspec.Struct, frozen=True):
    effort: int
    recall: float
    p50_ms: float
    p95_ms: float
    memory_bytes: int
    chosen_recall: float | None


def make_vectors(n: int, seed: int, folder: Path) -> None:
    """Write vectors, queries, and the rows of the K exactly nearest."""
    vectors, queries = clustered(n, N_QUERIES, dim=DIM, seed=seed)
    exact = VectorIndex.build(vectors).search_many(queries, K)
    np.save(folder / "queries.npy", queries)
    np.save(folder / "nearest.npy", np.stack([rows for rows, _ in exact]))
    np.save(folder / "vectors.npy", vectors)  # last: it says that all are there


def build(name: str, n: int, case: Case, folder: Path) -> Built:
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    vectors.sum(axis=0)  # read once, so that no disk is measured
    own = library(name, n, case.graph)
    before, started = peak_bytes(), time.process_time()
    own.build(vectors)
    seconds, peak = time.process_time() - started, peak_bytes() - before
    own.save(folder / f"{name}.index")
    chosen = None
    if isinstance(own, Ragguide):
        request = msgspec.structs.replace(own.request, target_recall=case.target)
        try:
            tuned, record = tune(own.index, own.plan, request)
        except RecallTooLow:
            return Built(seconds, peak, None)
        if record.recall is not None:
            chosen = effort_of(tuned.parameters), record.recall.share
    return Built(seconds, peak, chosen)


def search(name: str, n: int, case: Case, folder: Path, chosen: int | None) -> Searched:
    queries, nearest = np.load(folder / "queries.npy"), np.load(folder / "nearest.npy")
    own = library(name, n, case.graph)
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    before = resident_bytes()
    own.load(folder / f"{name}.index", vectors)

    def recall(effort: int, part: slice) -> float:
        found = [
            np.intersect1d(own.search(query[None], effort), rows).size
            for query, rows in zip(queries[part], nearest[part], strict=True)
        ]
        return float(np.mean(found)) / K

    to_set, to_tell = slice(0, N_QUERIES // 2), slice(N_QUERIES // 2, N_QUERIES)
    effort = 0
    if own.first:
        reached = least_effort(lambda at: recall(at, to_set) >= case.target, own.first, own.most)
        effort = reached or own.most
    else:
        recall(0, slice(0, 20))  # to warm up
    times = [fastest(lambda q=query[None]: own.search(q, effort)) for query in queries[to_tell]]
    memory = resident_bytes() - before
    p50, p95 = np.percentile(np.array(times) * 1000, [50, 95])
    return Searched(
        effort=effort,
        recall=recall(effort, to_tell),
        p50_ms=float(p50),
        p95_ms=float(p95),
        memory_bytes=memory,
        chosen_recall=None if chosen is None else recall(chosen, to_tell),
    )


def fastest(call: Callable[[], object]) -> float:
    """Seconds of the fastest of three tries: others may run on this machine."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def resident_bytes() -> int:
    """Memory that this process has resident, mapped files included; its peak where none tells."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return peak_bytes()
    return int(status.read_text().split()[1]) * resource.getpagesize()


def peak_bytes() -> int:
    """Most memory that this process has had resident so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def alone(function: Callable[..., T], *arguments: object) -> T:
    """Call in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


# ── the run ─────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sizes = "1000,3000,10000,30000,100000,300000,1000000"
    parser.add_argument("--sizes", default=sizes, help=f"[default: {sizes}]")
    parser.add_argument("--indexes", default=",".join(INDEXES), help="[default: all]")
    parser.add_argument("--target", type=float, default=0.98, help="recall@10 [default: 0.98]")
    parser.add_argument("--links", type=int, default=32, help="of every graph [default: 32]")
    parser.add_argument(
        "--candidates", type=int, default=200, help="when a graph is built [default: 200]"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "index_scale.json")
    parser.add_argument("--plot", type=Path, default=HERE / "index_scale.svg")
    parser.add_argument("--work", type=Path, help="where vectors are kept [default: temporary]")
    args = parser.parse_args()
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    case = Case(args.seed, args.target, Graph(args.links, args.candidates))
    results = read_results(args.out, case)
    for n in map(int, args.sizes.split(",")):
        done = {cell.index for cell in results.cells if cell.n == n}
        missing = [name for name in args.indexes.split(",") if name not in done]
        if not missing:
            continue
        with tempfile.TemporaryDirectory(dir=args.work) as folder:
            tell(f"{n:,}: making vectors")
            alone(make_vectors, n, args.seed, Path(folder))
            for name in missing:
                results.cells.append(run_cell(name, n, case, Path(folder)))
                write_results(args.out, results)
    results.cells.sort(key=lambda cell: (cell.n, INDEXES.index(cell.index)))
    write_results(args.out, results)
    print_table(results.cells)
    plot(results, args.plot)


def run_cell(name: str, n: int, case: Case, folder: Path) -> Cell:
    tell(f"{n:,} {name}: building")
    built = alone(build, name, n, case, folder)
    tell(f"{n:,} {name}: built in {built.cpu_s:.1f} s; searching")
    found = alone(search, name, n, case, folder, built.chosen and built.chosen[0])
    file = folder / f"{name}.index"
    own = library(name, n, case.graph)
    cell = Cell(
        n=n,
        index=name,
        parameters=own.parameters,
        effort=found.effort,
        recall=found.recall,
        p50_ms=found.p50_ms,
        p95_ms=found.p95_ms,
        build_cpu_s=built.cpu_s,
        build_peak_bytes=built.peak_bytes,
        index_bytes=file.stat().st_size if file.exists() else 0,
        vectors_bytes=(folder / "vectors.npy").stat().st_size if own.reads_vectors else 0,
        memory_bytes=found.memory_bytes,
        chosen=built.chosen and Chosen(*built.chosen, found.chosen_recall or 0.0),
    )
    file.unlink(missing_ok=True)
    tell(f"{n:,} {name}: recall {cell.recall:.3f}, {cell.p50_ms:.3f} ms")
    return cell


def tell(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
