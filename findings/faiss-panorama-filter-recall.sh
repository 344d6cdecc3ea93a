#!/usr/bin/env bash
# A filtered search in FAISS's HNSW with Panorama finds less, and efSearch doesn't help
#
# Versions: faiss-cpu 1.15.1, numpy 2.4.6
# Date: 2026-11-30
# One would guess: IndexHNSWFlatPanorama computes the same distances as IndexHNSWFlat in fewer steps, so both agree
#   under an IDSelector as they do without one, and a larger efSearch closes the gap.
# What happens: without a filter they agree. With one, Panorama loses hits: where 1 of 10 vectors is allowed, more
#   than half of them, and 3 of 10 places stay empty (-1); where 1 of 100 is allowed, nearly all. efSearch 256, which
#   repairs plain HNSW, hardly changes that.
# Output seen:
#   5000 allowed, efSearch  64, HNSW16               recall@10 0.97, 10.0 hits
#   5000 allowed, efSearch  64, HNSW16_FlatPanorama4 recall@10 0.97, 10.0 hits
#   5000 allowed, efSearch 256, HNSW16               recall@10 1.00, 10.0 hits
#   5000 allowed, efSearch 256, HNSW16_FlatPanorama4 recall@10 1.00, 10.0 hits
#    500 allowed, efSearch  64, HNSW16               recall@10 0.86, 10.0 hits
#    500 allowed, efSearch  64, HNSW16_FlatPanorama4 recall@10 0.37,  7.2 hits
#    500 allowed, efSearch 256, HNSW16               recall@10 0.99, 10.0 hits
#    500 allowed, efSearch 256, HNSW16_FlatPanorama4 recall@10 0.46,  7.2 hits
#     50 allowed, efSearch  64, HNSW16               recall@10 0.53,  8.7 hits
#     50 allowed, efSearch  64, HNSW16_FlatPanorama4 recall@10 0.01,  0.1 hits
#     50 allowed, efSearch 256, HNSW16               recall@10 0.91, 10.0 hits
#     50 allowed, efSearch 256, HNSW16_FlatPanorama4 recall@10 0.01,  0.1 hits
# For a user: filter with IndexHNSWFlat, or search Panorama unfiltered with a larger k and drop hits afterwards.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet faiss-cpu==1.15.1 numpy==2.4.6
"$dir/venv/bin/python" -I - <<'PY'
import sys

import faiss
import numpy as np

faiss.omp_set_num_threads(1)  # the same graph every time
rng = np.random.default_rng(0)
n, dim = 5000, 32
vectors = rng.standard_normal((n, dim)).astype(np.float32)
queries = rng.standard_normal((100, dim)).astype(np.float32)
names = ("Flat", "HNSW16", "HNSW16_FlatPanorama4")
indexes = {name: faiss.index_factory(dim, name) for name in names}
for index in indexes.values():
    index.add(vectors)

recall = {}
for kept in (n, n // 10, n // 100):
    allowed = faiss.IDSelectorBatch(rng.choice(n, kept, replace=False))
    exact = indexes["Flat"].search(queries, 10, params=faiss.SearchParameters(sel=allowed))[1]
    for ef in (64, 256):
        params = faiss.SearchParametersHNSW(sel=allowed, efSearch=ef)
        for name in names[1:]:
            found = indexes[name].search(queries, 10, params=params)[1]
            shared = [len(set(a) & set(b)) for a, b in zip(exact, found, strict=True)]
            recall[kept, ef, name] = sum(shared) / 1000
            filled = (found >= 0).sum(1).mean()
            print(f"{kept:4} allowed, efSearch {ef:3}, {name:20} recall@10 {recall[kept, ef, name]:.2f}, {filled:4.1f} hits")
plain, panorama = names[1:]
if recall[n, 256, panorama] < 0.95 or recall[500, 256, panorama] > recall[500, 256, plain] - 0.2:
    sys.exit("changed")
PY
