"""Numbers of passages in; how times, memory, disk and recall of the stores grow, out.

    nice python -m benchmarks.store_growth --sizes 10000 30000 100000 --stores lance postgresql

Made-up passages of 60 words and one statement, with vectors that lie as MiniLM's do (clustered.py),
in 100 documents of equal size. One process writes an index with the settings that `ingest` chooses;
another one opens and searches it. Both report the most memory they had. Searches by meaning are
compared with exact search, also within a document, which 1 % of the passages are of.

Each (store, size) is written to --out as soon as it is done, and is not measured again: an
interrupted run goes on where it was.
"""

import argparse
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.stores import N_QUERIES, VOCABULARY, K, made
from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.index.stores.choose import store_of
from ragguide.types import Filter, IndexRequest
from tests.index.drafts import describe_of
from tests.index.test_stores import engine_of
from tests.postgres import postgres

HERE = Path(__file__).parent
TRIES = 3  # of each search, as other programs may use the cores
OUT = HERE / "results" / "store_growth.json"


class Written(msgspec.Struct, frozen=True):
    load_s: float
    cpu_s: float  # of the writer; a server's own is not in it
    peak_bytes: int
    base_bytes: int  # before the writer: passages and vectors of the draft
    index: str


class Read(msgspec.Struct, frozen=True):
    open_s: float
    peak_bytes: int
    meaning_ms: tuple[float, float]  # p50, p95
    filtered_ms: tuple[float, float]
    words_ms: tuple[float, float]
    recall: float
    filtered_recall: float


class Cell(msgspec.Struct, frozen=True):
    store: str
    n: int
    disk_bytes: int
    written: Written
    read: Read


class Truth(msgspec.Struct, frozen=True):
    """What a search should find: the `K` nearest rows of each query."""

    everywhere: list[list[int]]
    within: list[list[int]]
    document: str


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    stores = ["files", "lance", "postgresql"]
    parser.add_argument("--stores", nargs="+", choices=stores, default=["lance", "postgresql"])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--plot", type=Path, help="draw all results to this SVG file")
    args = parser.parse_args()
    cells = read_cells(args.out)
    for n in args.sizes:
        for name in args.stores:
            if (name, n) not in {(cell.store, cell.n) for cell in cells}:
                cells.append(measure(name, n))
                args.out.write_bytes(msgspec.json.format(msgspec.json.encode(cells), indent=1))
                print(msgspec.json.encode(cells[-1]).decode(), flush=True)
    print_table(cells)
    if args.plot:
        plot(cells, args.plot)


def read_cells(path: Path) -> list[Cell]:
    return msgspec.json.decode(path.read_bytes(), type=list[Cell]) if path.exists() else []


def measure(name: str, n: int) -> Cell:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        place = Path(folder, name)
        if name == "postgresql":
            server = servers.enter_context(postgres())
            settings = Settings(store=server.new_database())
            # As docs/stores.md advises: enough for the graph of 600,000 passages.
            server.execute(settings.store, "ALTER SYSTEM SET maintenance_work_mem = '1GB'",
                           "SELECT pg_reload_conf()")  # fmt: skip
            sizes = "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace s "
            sizes += "ON s.oid = relnamespace WHERE nspname LIKE 'ragguide:%' AND relkind = 'r'"
        elif name == "lance":
            settings = Settings(store=f"lance:{place}")
        else:
            settings = Settings(indexes_dir=place)
        truth = Path(folder, "truth.json")
        queries = Path(folder, "queries.npy")
        written = apart(write, settings, n, truth, queries)
        read = apart(search, settings, truth, queries)
        if name == "postgresql":
            import psycopg

            with psycopg.connect(settings.store) as connection:
                ((disk,),) = connection.execute(sizes.encode()).fetchall()
        else:
            disk = sum(each.stat().st_size for each in place.rglob("*") if each.is_file())
        return Cell(name, n, int(disk), written, read)


def apart(function, *arguments):  # type: ignore[no-untyped-def]
    """Call a function in a process of its own, whose peak memory is its own, too."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def write(settings: Settings, n: int, truth: Path, queries_file: Path) -> Written:
    draft, queries = made(n, IndexRequest())
    document = draft.documents[len(draft.documents) // 2].name
    rows = np.array([i for i, each in enumerate(draft.chunks) if each.document == document])
    everywhere, within = [], []
    for query in queries:
        scores = draft.vectors @ query  # (n,)
        best = np.argpartition(-scores, K)[:K]
        everywhere.append(best.tolist())
        within.append(rows[np.argsort(-scores[rows])[:K]].tolist())
    truth.write_bytes(msgspec.json.encode(Truth(everywhere, within, document)))
    np.save(queries_file, queries)
    base = peak_bytes()
    store = store_of(settings, "library")
    started, cpu = time.perf_counter(), time.process_time()
    with store.writing():
        describe = describe_of(draft, dim=draft.vectors.shape[1])
        manifest = store.add(draft, describe, keep=1, clock=Clock(None))
    taken = time.perf_counter() - started
    parameters = msgspec.json.encode(manifest.vector_index.parameters).decode()
    return Written(taken, time.process_time() - cpu, peak_bytes(), base, parameters)


def search(settings: Settings, truth_file: Path, queries_file: Path) -> Read:
    truth = msgspec.json.decode(truth_file.read_bytes(), type=Truth)
    queries = np.load(queries_file)
    started = time.perf_counter()
    engine = engine_of(store_of(settings, "library").open())
    open_s = time.perf_counter() - started
    everywhere = engine.within(None)
    inside = engine.within(Filter(documents=(truth.document,)))
    rng = np.random.default_rng(0)
    asked = [
        dict.fromkeys((f"w{int(VOCABULARY ** rng.random())}" for _ in range(5)), 1.0)
        for _ in range(N_QUERIES)
    ]
    meaning, found = timed(lambda query: everywhere.nearest(query[None], 100), queries)
    filtered, within = timed(lambda query: inside.nearest(query[None], 100), queries)
    words, _ = timed(lambda weights: everywhere.holding(weights, 100), asked)
    return Read(
        open_s=open_s,
        peak_bytes=peak_bytes(),
        meaning_ms=meaning,
        filtered_ms=filtered,
        words_ms=words,
        recall=share(found, truth.everywhere),
        filtered_recall=share(within, truth.within),
    )


def timed(run, arguments):  # type: ignore[no-untyped-def]
    """Run three times for each argument.

    Returns:
        p50 and p95, in milliseconds, of the fastest times; and the results.
    """
    run(arguments[0])  # reads what every later search has in memory
    found, taken_ms = [], []
    for argument in arguments:
        tries = []
        for _ in range(TRIES):
            started = time.perf_counter()
            result = run(argument)
            tries.append(1000 * (time.perf_counter() - started))
        found.append(result)
        taken_ms.append(min(tries))
    p50, p95 = np.quantile(taken_ms, [0.5, 0.95])
    return (round(float(p50), 2), round(float(p95), 2)), found


def share(found: list[np.ndarray], best: list[list[int]]) -> float:
    """Return the share of the best rows that were found, mean over the queries."""
    shares = [
        len({*rows} & {*at.tolist()}) / len(rows) for at, rows in zip(found, best, strict=True)
    ]
    return round(float(np.mean(shares)), 4)


def print_table(cells: list[Cell]) -> None:
    for cell in sorted(cells, key=lambda each: (each.store, each.n)):
        read, written = cell.read, cell.written
        print(
            f"{cell.store} {cell.n:,}: {written.index}; load {written.load_s:.0f} s "
            f"(cpu {written.cpu_s:.0f}), peak {written.peak_bytes / 1e9:.2f} GB (draft "
            f"{written.base_bytes / 1e9:.2f}); disk {cell.disk_bytes / 1e6:.0f} MB, "
            f"{cell.disk_bytes / cell.n:.0f} B a passage; open {read.open_s:.2f} s, reader "
            f"{read.peak_bytes / 1e6:.0f} MB; ms meaning {read.meaning_ms}, 1 % "
            f"{read.filtered_ms}, words {read.words_ms}; "
            f"recall@{K} {read.recall}, 1 % {read.filtered_recall}"
        )


def plot(cells: list[Cell], path: Path) -> None:
    """Draw what grows over the number of passages."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "store_growth"  # the same figures give the same file
    from matplotlib import pyplot as plt

    panels = (
        ("a search by meaning, median, ms", lambda c: c.read.meaning_ms[0]),
        ("a search by words, median, ms", lambda c: c.read.words_ms[0]),
        ("write, s of CPU time", lambda c: c.written.cpu_s),
        ("disk, MB", lambda c: c.disk_bytes / 1e6),
        ("memory while writing, MB", lambda c: c.written.peak_bytes / 1e6),
        ("memory while searching, MB", lambda c: c.read.peak_bytes / 1e6),
    )
    figure, axes = plt.subplots(2, 3, figsize=(13, 7), layout="constrained")
    for axis, (title, value) in zip(axes.flat, panels, strict=True):
        for name in sorted({cell.store for cell in cells}):
            own = sorted((cell for cell in cells if cell.store == name), key=lambda cell: cell.n)
            axis.plot([c.n for c in own], [value(c) for c in own], marker="o", ms=3, label=name)
        axis.set(title=title, xscale="log", yscale="log", xlabel="passages")
        axis.grid(alpha=0.3)
    axes.flat[0].legend()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
