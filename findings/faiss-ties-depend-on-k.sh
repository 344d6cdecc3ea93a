#!/usr/bin/env bash
# FAISS's best hit by inner product changes with k where passages repeat
#
# Versions: faiss-cpu 1.15.1, numpy 2.4.6
# Date: 2026-11-30
# One would guess: an exact index returns equal scores in the order of their ids, or at least the first hit of k = 1
#   is also the first of k = 5.
# What happens: of equal inner products, the k lowest ids are returned, the highest of them first. Each k names another
#   winner, for instance among headers that repeat on all pages. By L2 distance the same vectors come lowest id first.
# Output seen:
#   inner product  k=1 [0]  k=2 [1, 0]  k=3 [2, 1, 0]  k=6 [5, 4, 3, 2, 1, 0]
#   L2 distance    k=1 [0]  k=2 [0, 1]  k=3 [0, 1, 2]  k=6 [0, 1, 2, 3, 4, 5]
# For a user: sort hits by (-score, id) after the search; don't compare the first hits of runs with different k.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet faiss-cpu==1.15.1 numpy==2.4.6
"$dir/venv/bin/python" -I - <<'PY'
import sys

import faiss
import numpy as np

rng = np.random.default_rng(0)
others = rng.standard_normal((1000, 16))
repeated = np.repeat(rng.standard_normal((1, 16)), 6, axis=0)
vectors = np.concatenate([repeated, others]).astype(np.float32)
faiss.normalize_L2(vectors)
seen = {}
for metric, name in ((faiss.METRIC_INNER_PRODUCT, "inner product"), (faiss.METRIC_L2, "L2 distance")):
    index = faiss.IndexFlat(16, metric)
    index.add(vectors)
    seen[name] = [index.search(vectors[:1], k)[1][0].tolist() for k in (1, 2, 3, 6)]
    print(f"{name:13}  " + "  ".join(f"k={len(ids)} {ids}" for ids in seen[name]))
if [ids[0] for ids in seen["inner product"]] != [0, 1, 2, 5] or seen["L2 distance"][3] != [0, 1, 2, 3, 4, 5]:
    sys.exit("changed")
PY
