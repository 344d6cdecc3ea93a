#!/usr/bin/env bash
# MXFP4 stores a block of 0.99 as 0.75, and a block of 1.00 as 1.00
#
# Versions: gguf 0.19.0, numpy 2.4.6
# Date: 2026-11-30
# One would guess: a block's scale is chosen so that its largest value fits, as in Q4_0; then the largest value is
#   nearly exact, and rounding costs at most half a step.
# What happens: the scale is the power of two of the largest value, cut down, over 4, while 4-bit floats reach 6. A
#   largest value from 1.5 to 2 times a power of two is clipped to 1.5 times it: it shrinks by up to 25 %, and jumps back
#   at the next power of two. The OCP standard for MX formats describes this conversion.
# Output seen:
#   all values 0.70: MXFP4 0.75, Q4_0 0.70
#   all values 0.76: MXFP4 0.75, Q4_0 0.76
#   all values 0.99: MXFP4 0.75, Q4_0 0.99
#   all values 1.00: MXFP4 1.00, Q4_0 1.00
#   all values 1.99: MXFP4 1.50, Q4_0 1.99
#   20000 blocks of normal weights: 45% of the largest values shrink by over 10 %
# For a user: expect outliers to shrink, not only to round; check norms of rows after converting weights to MXFP4.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet gguf==0.19.0 numpy==2.4.6
"$dir/venv/bin/python" -I - <<'PY'
import sys

import numpy as np
from gguf import GGMLQuantizationType, quants


def there_and_back(values, name):
    kind = GGMLQuantizationType[name]
    return quants.dequantize(quants.quantize(values, kind), kind)


seen = []
for value in (0.70, 0.76, 0.99, 1.00, 1.99):
    block = np.full((1, 32), value, np.float32)
    mxfp4, q4_0 = (float(there_and_back(block, name)[0, 0]) for name in ("MXFP4", "Q4_0"))
    seen.append(round(mxfp4, 2))
    print(f"all values {value:.2f}: MXFP4 {mxfp4:.2f}, Q4_0 {q4_0:.2f}")
blocks = np.random.default_rng(0).standard_normal((20000, 32)).astype(np.float32)
largest = np.abs(blocks).argmax(1)
rows = np.arange(len(blocks))
ratio = there_and_back(blocks, "MXFP4")[rows, largest] / blocks[rows, largest]
print(f"20000 blocks of normal weights: {(ratio < 0.9).mean():.0%} of the largest values shrink by over 10 %")
if seen != [0.75, 0.75, 0.75, 1.0, 1.5]:
    sys.exit("changed")
PY
