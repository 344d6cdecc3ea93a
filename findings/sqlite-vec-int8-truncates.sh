#!/usr/bin/env bash
# sqlite-vec's int8 quantization doesn't turn -v into minus the result for v
#
# Versions: sqlite-vec 0.1.9, apsw 3.54.1.0 (loads the extension), numpy 2.4.6
# Date: 2026-11-30
# One would guess: vec_quantize_int8(v, 'unit') rounds coordinates in -1 to 1 to the nearest step, so -v mirrors v and
#   a unit vector of 1024 dimensions keeps a cosine of 0.997 to itself.
# What happens: it subtracts half a step, then cuts off the fraction towards zero. Negative values come out right to
#   half a step, positive ones lose 0.5 to 1.5 steps, and all from -0.0039 to 0.0118 become 0. The error of a cosine
#   is five times that of rounding, for vectors that are already of length 1.
# Output seen:
#   -1.0 -> -128, 1.0 -> 126, -0.02 -> -3, 0.02 -> 2, -0.01 -> -1, 0.01 -> 0
#   200 unit vectors of 1024 dimensions: mean code -0.45, zeros 19.6%, cosine to the float vector 0.9863
#   same with rounding to nearest:      mean code 0.00, zeros 10.1%, cosine to the float vector 0.9974
# For a user: quantize with numpy (round, clip) and store the bytes with vec_int8(); the table is the same size.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet sqlite-vec==0.1.9 apsw==3.54.1.0 numpy==2.4.6
"$dir/venv/bin/python" -I - <<'PY'
import sys

import apsw
import numpy as np
import sqlite_vec

base = apsw.Connection(":memory:")
base.enable_load_extension(True)
base.load_extension(sqlite_vec.loadable_path())


def quantize(vector):
    row = base.execute("select vec_quantize_int8(?, 'unit')", (vector.astype("f4").tobytes(),))
    return np.frombuffer(next(row)[0], np.int8)


def report(name, codes):
    products = (codes * vectors).sum(1) / np.linalg.norm(codes, axis=1)
    zeros = (codes == 0).mean()
    print(f"{name} mean code {codes.mean():.2f}, zeros {zeros:.1%}, cosine to the float vector {products.mean():.4f}")
    return products.mean()


values = np.array([-1, 1, -0.02, 0.02, -0.01, 0.01])
codes = quantize(values)
print(", ".join(f"{value} -> {code}" for value, code in zip(values, codes, strict=True)))
vectors = np.random.default_rng(0).standard_normal((200, 1024))
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
seen = report("200 unit vectors of 1024 dimensions:", np.array([quantize(v) for v in vectors]).astype(float))
best = report("same with rounding to nearest:     ", np.round(vectors * 127))
if codes.tolist() != [-128, 126, -3, 2, -1, 0] or best - seen < 0.005:
    sys.exit("changed")
PY
