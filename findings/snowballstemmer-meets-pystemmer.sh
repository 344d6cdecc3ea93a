#!/usr/bin/env bash
# An older PyStemmer beside snowballstemmer changes stems and takes languages away
#
# Versions: snowballstemmer 3.1.1 alone, then with PyStemmer 2.2.0.3 and 3.1.0 installed
# Date: 2026-11-30
# One would guess: a pinned snowballstemmer gives the same stems everywhere; with PyStemmer it is faster.
# What happens: it returns PyStemmer's stemmer when that can be imported, whatever its version. PyStemmer 2.2 holds
#   Snowball 2, where "organization" and "organ", "past" and "paste" share a stem; 3.1.1's Polish then doesn't exist.
#   pip sees no conflict. An index built on one machine misses words when it is searched on the other.
# Output seen:
#   alone               organization organiz, paste paste, added add; polish stemmer
#   PyStemmer 2.2.0.3   organization organ, paste past, added ad; polish KeyError
#   PyStemmer 3.1.0     organization organiz, paste paste, added add; polish stemmer
# For a user: pin PyStemmer as well (or its absence), and store both versions with an index.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
cat >"$dir/stems.py" <<'PY'
import snowballstemmer

words = ["organization", "paste", "added"]
stems = snowballstemmer.stemmer("english").stemWords(words)
try:
    snowballstemmer.stemmer("polish")
    polish = "stemmer"
except KeyError:
    polish = "KeyError"
print(", ".join(map(" ".join, zip(words, stems, strict=True))) + f"; polish {polish}")
PY
stems() { "$dir/venv/bin/python" -I "$dir/stems.py"; }
"$dir/venv/bin/pip" install --quiet snowballstemmer==3.1.1
alone=$(stems)
"$dir/venv/bin/pip" install --quiet PyStemmer==2.2.0.3
older=$(stems)
"$dir/venv/bin/pip" install --quiet PyStemmer==3.1.0
newer=$(stems)
printf '%-19s %s\n' alone "$alone" "PyStemmer 2.2.0.3" "$older" "PyStemmer 3.1.0" "$newer"
[[ $alone == "organization organiz, "*"polish stemmer" ]] || exit 1
[[ $older == "organization organ, "*"polish KeyError" ]] || exit 1
