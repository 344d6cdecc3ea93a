#!/usr/bin/env bash
# USearch in int8 finds the nearest direction where the nearest vector is asked for
#
# Versions: usearch 2.26.6, numpy 2.4.6
# Date: 2026-11-30
# One would guess: dtype="i8" rounds coordinates, so the squared Euclidean distance loses some precision; values out
#   of range are scaled or refused.
# What happens: each float vector is divided by its length before it is rounded, whatever the metric. With "l2sq",
#   (1, 0) and (10, 0) become the same entry; with "ip", long vectors lose their weight. Exact search can't help.
# Output seen:
#   f16: (1, 0) stored as [1.0, 0.0], (10, 0) as [10.0, 0.0]; nearest to (9, 1) first: [1, 3, 0, 2]
#   i8: (1, 0) stored as [127, 0], (10, 0) as [127, 0]; nearest to (9, 1) first: [1, 0, 3, 2]
#   recall@10, exact search, 2000 vectors of 64 dimensions and of lengths 4 to 24:
#   l2sq: f16 1.00, i8 0.14
#   ip: f16 1.00, i8 0.35
# For a user: use "i8" with cosine only, or scale the vectors to int8 yourself: integer input is stored unchanged.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet usearch==2.26.6 numpy==2.4.6
"$dir/venv/bin/python" -I - <<'PY'
import sys

import numpy as np
from usearch.index import Index


def build(vectors, metric, dtype):
    index = Index(ndim=vectors.shape[1], metric=metric, dtype=dtype)
    index.add(np.arange(len(vectors)), vectors)
    return index


small = np.array([[1, 0], [10, 0], [0, 2], [3, 3]], np.float32)
orders = {}
for dtype in ("f16", "i8"):
    index = build(small, "l2sq", dtype)
    orders[dtype] = index.search(np.array([9, 1], np.float32), 4, exact=True).keys.tolist()
    one, ten = (np.asarray(index.get(key)).ravel().tolist() for key in (0, 1))
    print(f"{dtype}: (1, 0) stored as {one}, (10, 0) as {ten}; nearest to (9, 1) first: {orders[dtype]}")

rng = np.random.default_rng(0)
vectors = rng.standard_normal((2000, 64)) * rng.uniform(0.5, 3, (2000, 1))
queries = rng.standard_normal((100, 64)).astype(np.float32)
vectors = vectors.astype(np.float32)
print("recall@10, exact search, 2000 vectors of 64 dimensions and of lengths 4 to 24:")
recall = {}
for metric in ("l2sq", "ip"):
    found = {
        dtype: build(vectors, metric, dtype).search(queries, 10, exact=True).keys
        for dtype in ("f32", "f16", "i8")
    }
    for dtype in ("f16", "i8"):
        shared = [len(set(a) & set(b)) for a, b in zip(found["f32"], found[dtype], strict=True)]
        recall[metric, dtype] = sum(shared) / 1000
    print(f"{metric}: f16 {recall[metric, 'f16']:.2f}, i8 {recall[metric, 'i8']:.2f}")
if orders != {"f16": [1, 3, 0, 2], "i8": [1, 0, 3, 2]} or recall["l2sq", "i8"] > 0.5:
    sys.exit("changed")
PY
