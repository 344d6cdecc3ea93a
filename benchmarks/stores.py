"""A number of passages in; times and recall of each store, and what killed writers left, out.

    python -m benchmarks.stores [--passages 20000] [--kills 50] [--stores files s3]

Made-up passages of 60 words, with vectors that lie as MiniLM's do (clustered.py), are written to
files, to Lance tables in a folder, and to servers of PostgreSQL and S3 that this script starts. If
`--index-type` is hnsw, Lance tables have ivf, since they have no graph. Searches by meaning are
compared with exact search, also within a filter that 1 % of the passages match. Then writers of a
small index are killed at random moments. Exits 1 if a kill leaves anything but the old or the new
generation, or if recall falls below .97, or .95 with the filter.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.clustered import clustered
from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.index.stores.choose import store_of
from ragguide.index.stores.protocols import Draft, Store
from ragguide.index.verify import verify
from ragguide.types import Filter, IndexRequest
from tests.index.drafts import describe_of, draft_of, edition, write
from tests.index.killed_writer import kill_writer
from tests.index.test_stores import engine_of, last_text
from tests.postgres import postgres
from tests.s3 import s3

K = 10
N_QUERIES = 200
N_DOCUMENTS = 100  # a filter for one of them leaves 1 %
N_WORDS, VOCABULARY = 60, 20_000
LEAST_RECALL, LEAST_FILTERED = 0.97, 0.95


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--index-type", default="auto")
    names = ["files", "postgresql", "lance", "s3"]
    parser.add_argument("--stores", nargs="+", choices=names, default=names)
    args = parser.parse_args()
    fits = True
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        places = {name: place_of(name, Path(folder), servers) for name in args.stores}
        if args.passages:
            draft, queries = made(args.passages, IndexRequest(index_type=args.index_type))
            for name, settings in places.items():
                is_lists = name in {"lance", "s3"} and args.index_type == "hnsw"
                request = IndexRequest(index_type="ivf") if is_lists else draft.request
                asked = msgspec.structs.replace(draft, request=request)
                fits &= search(name, store_of(settings, "library"), asked, queries)
        for name, settings in places.items():
            if args.kills:
                fits &= kills(name, msgspec.structs.replace(settings, index="small"), args.kills)
    return 0 if fits else 1


def place_of(name: str, folder: Path, servers: ExitStack) -> Settings:
    """Return where a store is, after starting its server."""
    if name == "files":
        return Settings(indexes_dir=folder / "files")
    if name == "postgresql":
        return Settings(store=servers.enter_context(postgres()).new_database())
    if name == "s3":
        return Settings(store=servers.enter_context(s3()).new_prefix())
    return Settings(store=f"lance:{folder / 'lance'}")


def made(n: int, request: IndexRequest) -> tuple[Draft, np.ndarray]:
    """Return a draft of `n` passages in documents of equal size, and queries."""
    rng = np.random.default_rng(0)
    vectors, queries = clustered(n, N_QUERIES)
    share = np.arange(1, VOCABULARY + 1) ** -1.0  # words are as frequent as in a language
    words = rng.choice(VOCABULARY, (n, N_WORDS), p=share / share.sum())
    per_document = -(-n // N_DOCUMENTS)
    texts = {
        f"d{at:03d}": [
            " ".join(f"w{word}" for word in row) + "."
            for row in words[first : first + per_document]
        ]
        for at, first in enumerate(range(0, n, per_document))
    }
    small = draft_of(texts, request, embed=False)
    return msgspec.structs.replace(small, vectors=vectors, statements=vectors), queries


def search(name: str, store: Store, draft: Draft, queries: np.ndarray) -> bool:
    """Print one row of the table; return whether the recall is met."""
    started = time.perf_counter()
    with store.writing():
        describe = describe_of(draft, dim=draft.vectors.shape[1])
        manifest = store.add(draft, describe, keep=1, clock=Clock(None))
    load_s = time.perf_counter() - started
    started = time.perf_counter()
    engine = engine_of(store.open())
    open_s = time.perf_counter() - started
    everywhere = engine.within(None)
    document = draft.documents[len(draft.documents) // 2].name
    inside = engine.within(Filter(documents=(document,)))
    rows = np.array([i for i, each in enumerate(draft.chunks) if each.document == document])
    by_meaning_ms, found = timed(lambda query: everywhere.nearest(query[None], 100), queries)
    filtered_ms, within = timed(lambda query: inside.nearest(query[None], 100), queries)
    rng = random.Random(0)
    asked = [dict.fromkeys((f"w{int(VOCABULARY ** rng.random())}" for _ in range(5)), 1.0)
             for _ in queries]  # fmt: skip
    by_words_ms, proposed = timed(lambda weights: everywhere.holding(weights, 100), asked)
    score_ms, _ = timed(lambda at: engine.passages(at.tolist()), proposed)
    exact = draft.vectors @ queries.T  # (n, q)
    recall = share_found(found, exact, np.arange(len(exact)))
    filtered = share_found(within, exact, rows)
    print(
        f"{name}: {len(exact):,} passages, {manifest.vector_index.parameters}: written in "
        f"{load_s:.1f} s, opened in {open_s:.2f} s; ms p50/p95: by meaning {by_meaning_ms}, within "
        f"1 % {filtered_ms}, by words {by_words_ms}, passages {score_ms}; recall@{K} {recall:.3f}, "
        f"within 1 % {filtered:.3f}",
        flush=True,
    )
    return recall >= LEAST_RECALL and filtered >= LEAST_FILTERED


def timed(run: Callable, arguments: Sequence) -> tuple[str, list[np.ndarray]]:
    """Run once for each argument; return p50 and p95 in milliseconds, and the results."""
    found, taken_ms = [], []
    for argument in arguments:
        started = time.perf_counter()
        found.append(run(argument))
        taken_ms.append(1000 * (time.perf_counter() - started))
    return f"{np.quantile(taken_ms, 0.5):.1f}/{np.quantile(taken_ms, 0.95):.1f}", found


def share_found(found: Sequence[np.ndarray], exact: np.ndarray, rows: np.ndarray) -> float:
    """Return the share of the `K` nearest of `rows` that were found, mean over the queries."""
    shares = []
    for at, proposed in enumerate(found):
        best = rows[np.argsort(-exact[rows, at])[:K]]
        shares.append(len({*best.tolist()} & {*proposed.tolist()}) / K)
    return float(np.mean(shares))


def kills(name: str, settings: Settings, n: int) -> bool:
    """Kill `n` writers at random moments; return whether each left the old or the new one."""
    rng = random.Random(0)
    store = store_of(settings)
    write(store, draft_of(edition(1)))
    started = time.perf_counter()
    write(store, draft_of(edition(2)))
    usual_s = time.perf_counter() - started
    n_new = n_wrong = 0
    for i in range(n):
        before, text = store.manifest().generation, last_text(store.open())
        kill_writer(settings, 100 + i, after_s=rng.uniform(0, 1.5 * usual_s))
        opened = store.open()
        is_new = opened.manifest.generation > before
        expected = f"Edition {100 + i} of the cook adds salt." if is_new else text
        n_new += is_new
        n_wrong += last_text(opened) != expected or verify(store).n_faults > 0
    print(f"{name}: {n} writers killed, {n_new} after the switch, {n_wrong} left anything else")
    return n_wrong == 0


if __name__ == "__main__":
    raise SystemExit(main())
