"""Cells measured in; a file that a run goes on from, a table and a plot out."""

import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
from index_libraries import INDEXES, Graph


class Case(msgspec.Struct, frozen=True):
    """Everything that a cell's figures depend on, but the machine."""

    seed: int
    target: float  # recall@10
    graph: Graph


class Chosen(msgspec.Struct, frozen=True):
    """What `ragguide ingest` would have set, without knowing a query."""

    effort: int
    measured: float  # recall by its own stand-ins for questions
    recall: float  # by the queries


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One index type at one size, on one thread."""

    n: int
    index: str
    parameters: str
    effort: int  # ef_search, nprobe, or expansion_search; 0: exact
    recall: float
    p50_ms: float  # of the searches, each the fastest of three tries
    p95_ms: float
    build_cpu_s: float
    build_peak_bytes: int  # of resident memory, beyond the vectors' and the libraries' own
    index_bytes: int  # on disk
    vectors_bytes: int  # on disk beside it, where a search reads them
    memory_bytes: int  # resident after it was loaded and searched
    chosen: Chosen | None = None  # None: exact, another library's, or it misses the target


class Results(msgspec.Struct, frozen=True):
    """What stands in --out."""

    case: Case
    machine: dict[str, str]
    cells: list[Cell]


def read_results(path: Path, case: Case) -> Results:
    """What is done already.

    Raises:
        SystemExit: it was done for another case.
    """
    if not path.exists():
        packages = ("faiss-cpu", "hnswlib", "usearch", "numpy")
        machine = {
            "cpu": cpu_name(),
            "python": platform.python_version(),
        }
        return Results(case, machine | {name: version(name) for name in packages}, [])
    results = msgspec.json.decode(path.read_bytes(), type=Results)
    if results.case != case:
        sys.exit(f"{path} holds {results.case}, asked for is {case}: name another --out")
    return results


def write_results(path: Path, results: Results) -> None:
    """Replace the file at once, so that it is never half a one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    draft.replace(path)


def cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


def print_table(cells: Sequence[Cell]) -> None:
    """Print all cells as a table of Markdown."""
    columns = ("vectors", "index", "effort", "recall@10", "p50 / p95, ms", "build, CPU s")
    columns = (*columns, "files, MB", "memory, MB")
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for cell in cells:
        files = (cell.index_bytes + cell.vectors_bytes) / 1e6
        print(
            f"| {cell.n:,} | {cell.index} | {cell.effort or 'all'} | {cell.recall:.3f} "
            f"| {cell.p50_ms:.2f} / {cell.p95_ms:.2f} | {cell.build_cpu_s:,.1f} | {files:,.0f} "
            f"| {cell.memory_bytes / 1e6:,.0f} |"
        )


def plot(results: Results, path: Path) -> None:
    """Draw latency, build time, files and memory over the number of vectors."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "index_scale"  # the same figures give the same file
    from matplotlib import pyplot as plt

    panels: tuple[tuple[str, Callable[[Cell], float]], ...] = (
        (f"a search, median, ms (recall@10 {results.case.target:g})", lambda c: c.p50_ms),
        ("a search, 95th percentile, ms", lambda c: c.p95_ms),
        ("build, s of CPU time", lambda c: c.build_cpu_s),
        ("files, MB", lambda c: (c.index_bytes + c.vectors_bytes) / 1e6),
        ("memory while searching, MB", lambda c: c.memory_bytes / 1e6),
        ("recall@10", lambda c: c.recall),
    )
    figure, axes = plt.subplots(2, 3, figsize=(13, 7), layout="constrained")
    for axis, (title, value) in zip(axes.flat, panels, strict=True):
        for name in INDEXES:
            cells = [cell for cell in results.cells if cell.index == name]
            style = "--" if name in {"hnswlib", "usearch"} else "-"
            axis.plot(
                [c.n for c in cells], [value(c) for c in cells], style, marker="o", ms=3, label=name
            )
        axis.set(title=title, xscale="log", xlabel="vectors of 384 dimensions")
        if title != "recall@10":
            axis.set_yscale("log")
        axis.grid(alpha=0.3)
    axes.flat[0].legend()
    figure.savefig(path, metadata={"Date": None})
