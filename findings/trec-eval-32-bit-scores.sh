#!/usr/bin/env bash
# RR@10 is three times RR of the same run
#
# Versions: ir_measures 0.4.3, pytrec_eval-terrier 0.5.11
# Date: 2026-11-30
# One would guess: a run's scores are Python floats, so a ranking by time (newest first, Unix seconds) stays that
#   ranking; and RR@10 can never exceed RR.
# What happens: trec_eval stores scores in 32 bits, where numbers near 1.8e9 are 128 apart: all documents of one
#   minute tie, and trec_eval orders ties by document id, last first. RR, P@1 and nDCG go through trec_eval;
#   ir_measures computes RR@10 by other code from the full scores, so one call reports on two rankings.
# Output seen:
#   scores from 0: RR 1.000, RR@10 1.000, P@1 1.000, nDCG@3 1.000
#   scores from 2^24: RR 1.000, RR@10 1.000, P@1 1.000, nDCG@3 1.000
#   scores from 1796000000: RR 0.333, RR@10 1.000, P@1 0.000, nDCG@3 0.500
# For a user: hand over ranks (1 / rank) as scores, never timestamps, ids or sums with a large constant.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet ir_measures==0.4.3 pytrec_eval-terrier==0.5.11
"$dir/venv/bin/python" -I - <<'PY'
import sys

import ir_measures
from ir_measures import RR, P, nDCG

seen = {}
for name, base in (("0", 0), ("2^24", 2**24), ("1796000000", 1_796_000_000)):
    run = {"q": {"a": base + 30.0, "b": base + 20.0, "c": base + 10.0}}
    got = ir_measures.calc_aggregate([RR, RR @ 10, P @ 1, nDCG @ 3], {"q": {"a": 1}}, run)
    seen[base] = [round(got[measure], 3) for measure in (RR, RR @ 10, P @ 1, nDCG @ 3)]
    print("scores from {}: RR {:.3f}, RR@10 {:.3f}, P@1 {:.3f}, nDCG@3 {:.3f}".format(name, *seen[base]))
if seen[1_796_000_000] != [0.333, 1.0, 0.0, 0.5] or seen[0] != [1.0] * 4:
    sys.exit("changed")
PY
