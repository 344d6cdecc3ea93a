#!/usr/bin/env bash
# Lance's IVF index of the same vectors finds other neighbours after each build; no parameter fixes a seed
#
# Versions: pylance 14.0.2, faiss-cpu 1.15.1
# Date: 2026-12-01
# One would guess: two IVF indexes of the same rows, built with the same parameters in the same version of the library, put
#   each vector into the same list, as FAISS does, whose k-means has a fixed seed. So a search is repeatable, and a test
#   with one query has the same recall each time.
# What happens: the lists are trained from random vectors. When few lists are searched, all queries get other hits after
#   the next build, while their mean recall stays about the same. FAISS finds the same hits in the same order.
# Output seen:
#   Lance: 50 of 50 queries have other hits after the second build, recall@10 0.39 and 0.39
#   FAISS: 0 of 50
# For a user: measure recall over many queries, not one, and compare a rebuilt index by its recall, not by its hits. Copy the
#   index instead of building it again where replicas must agree.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet pylance==14.0.2 faiss-cpu==1.15.1
"$dir/venv/bin/python" -I - "$dir" <<'PY'
import sys

import faiss
import lance
import numpy as np
import pyarrow as pa

N_LISTS, N_SEARCHED, DIM = 16, 2, 32
chance = np.random.default_rng(1)
vectors = chance.standard_normal((2000, DIM), dtype=np.float32)
queries = chance.standard_normal((50, DIM), dtype=np.float32)
distances = ((queries[:, None] - vectors[None]) ** 2).sum(2)
exact = [set(row) for row in np.argsort(distances)[:, :10].tolist()]


def by_lance(folder):
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), DIM)
    table = pa.table({"id": pa.array(range(len(vectors))), "vector": column})
    data = lance.write_dataset(table, folder)
    data.create_index("vector", "IVF_FLAT", num_partitions=N_LISTS, metric="l2")
    near = {"column": "vector", "k": 10, "nprobes": N_SEARCHED}
    columns = {"columns": ["id"], "disable_scoring_autoprojection": True}
    return [
        set(data.to_table(nearest={**near, "q": query}, **columns)["id"].to_pylist())
        for query in queries
    ]


def by_faiss():
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(DIM), DIM, N_LISTS)
    index.train(vectors)
    index.add(vectors)
    index.nprobe = N_SEARCHED
    return [set(row) for row in index.search(queries, 10)[1].tolist()]


def n_other(one, other):
    return sum(a != b for a, b in zip(one, other, strict=True))


def recall(found):
    return sum(len(a & b) for a, b in zip(found, exact, strict=True)) / (10 * len(exact))


first, second = by_lance(f"{sys.argv[1]}/a"), by_lance(f"{sys.argv[1]}/b")
n_lance, n_faiss = n_other(first, second), n_other(by_faiss(), by_faiss())
print(
    f"Lance: {n_lance} of {len(queries)} queries have other hits after the second build, "
    f"recall@10 {recall(first):.2f} and {recall(second):.2f}"
)
print(f"FAISS: {n_faiss} of {len(queries)}")
if n_lance < len(queries) // 2 or n_faiss:
    sys.exit("changed")
PY
