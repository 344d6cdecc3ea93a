"""Which vectors stand for questions when an index is built? Recall by each kind, beside real ones.

    python benchmarks/stand_ins.py --passages 8000

An index is measured when it is built, with no question at hand. Here there are some: of every
docstring in the packages beside this Python, the first sentence is the question and the rest its
passage. Printed is the recall@10 of a graph and of lists, by their effort, for the real questions
and for what could stand for them.
"""

import argparse
import ast
import random
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.index.tuning import QUERY_COSINE, TIE, stand_ins
from ragguide.index.vectors import VectorIndex
from ragguide.models.find import find_embedder
from ragguide.types import Hnsw, IndexParameters, Ivf

FloatMatrix = NDArray[np.float32]

K = 10
N_QUERIES = 400
FIRST_SENTENCE = re.compile(r"(.{25,200}?\.)\s(.{80,600})")
GRAPH = Hnsw(hnsw_m=16, ef_construction=40, ef_search=K)
EFFORTS = {"hnsw": (10, 16, 32, 64, 128), "ivf": (1, 2, 4, 8, 16, 32)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=8000)
    args = parser.parse_args()
    pairs = sorted(set(docstrings()))
    random.Random(0).shuffle(pairs)
    pairs = pairs[: args.passages + N_QUERIES]
    files = find_embedder("all-MiniLM-L6-v2")
    embedder = SentenceTransformerEmbedder(files.name, files.folder)
    embedded = embedder.embed([passage for _, passage in pairs])
    questions = embedder.embed([question for question, _ in pairs[:N_QUERIES]])
    passages, held_out = np.split(embedded, [len(embedded) - N_QUERIES])
    of_queries = {
        "real questions": questions,
        "stand-ins": stand_ins(passages, N_QUERIES),
        "moved anywhere": moved_anywhere(passages[:N_QUERIES]),
        "passages held out": held_out,
        "passages themselves": passages[:N_QUERIES],
    }
    for parameters in (GRAPH, Ivf(nlist=int(len(passages) ** 0.5), nprobe=1)):
        print_recalls(passages, parameters, of_queries)


def docstrings() -> Iterator[tuple[str, str]]:
    """Yield (first sentence, the rest) of what is installed."""
    for path in sorted(Path(sysconfig.get_paths()["purelib"]).rglob("*.py")):
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                text = " ".join((ast.get_docstring(node) or "").split())
                if found := FIRST_SENTENCE.match(text):
                    yield found[1], found[2]


def moved_anywhere(rows: FloatMatrix) -> FloatMatrix:
    """As `stand_ins`, but in any of all directions alike."""
    aside = np.random.default_rng(0).standard_normal(rows.shape, np.float32)
    aside -= (aside * rows).sum(axis=1, keepdims=True) * rows
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    return QUERY_COSINE * rows + np.float32((1 - QUERY_COSINE**2) ** 0.5) * aside


def print_recalls(
    passages: FloatMatrix, parameters: IndexParameters, of_queries: dict[str, FloatMatrix]
) -> None:
    kind = "hnsw" if isinstance(parameters, Hnsw) else "ivf"
    exact, index = VectorIndex.build(passages), VectorIndex.build(passages, parameters)
    print(f"\n{len(passages):,} passages, {parameters}, recall@{K} at {EFFORTS[kind]}")
    for name, queries in of_queries.items():
        nearest = exact.search_many(queries, K)
        shares = [
            np.mean(
                [
                    np.count_nonzero(found >= best[-1] - TIE) / K
                    for (_, found), (_, best) in zip(
                        index.search_many(queries, K, effort=effort), nearest, strict=True
                    )
                ]
            )
            for effort in EFFORTS[kind]
        ]
        print(f"{name:<20} " + "  ".join(f"{share:.3f}" for share in shares))


if __name__ == "__main__":
    main()
