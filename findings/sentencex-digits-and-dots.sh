#!/usr/bin/env bash
# sentencex ends a sentence at "Eq. 5" but not at "Fig. 5"
#
# Versions: sentencex 1.0.32, language "en"
# Date: 2026-11-30
# One would guess: a full stop before a digit or a lower-case letter, or one that starts a word, ends no sentence;
#   abbreviations matter only where a capital letter follows.
# What happens: after words that aren't in the list of abbreviations, a digit starts a sentence too: "approx.", "max.",
#   "Eq." and "resp." lose their numbers, "Fig.", "Sec." and "No." don't. The dot of ".NET" becomes a sentence's end.
# Output seen:
#   whole  See Fig. 5 below.
#   split  See Eq. | 5 below.
#   whole  Read Sec. 5 first.
#   split  Read Vol. | 5 first.
#   split  Wait approx. | 5 minutes.
#   split  Use max. | 5 bar.
#   split  We moved to . | NET 8 last year.
#   split  Table 3. | Prices per metre
# For a user: join a piece that starts with a digit to an abbreviation before it, and guard names such as .NET.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet sentencex==1.0.32
"$dir/venv/bin/python" -I - <<'PY'
import sys

import sentencex

seen = {}
for text in (
    "See Fig. 5 below.",
    "See Eq. 5 below.",
    "Read Sec. 5 first.",
    "Read Vol. 5 first.",
    "Wait approx. 5 minutes.",
    "Use max. 5 bar.",
    "We moved to .NET 8 last year.",
    "Table 3. Prices per metre",
):
    parts = list(sentencex.segment("en", text))
    seen[text] = len(parts)
    print("split " if len(parts) > 1 else "whole ", " | ".join(part.strip() for part in parts))
if list(seen.values()) != [1, 2, 1, 2, 2, 2, 2, 2]:
    sys.exit("changed")
PY
