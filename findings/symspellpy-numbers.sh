#!/usr/bin/env bash
# symspellpy keeps 3.5 only if three options are set; two of them make it "a of"
#
# Versions: symspellpy 6.10.1 with the English dictionary inside the package
# Date: 2026-11-30
# One would guess: lookup_compound(..., ignore_non_words=True) leaves numbers alone, and split_by_space=True on top
#   keeps their punctuation.
# What happens: ignore_non_words first splits at punctuation, so 3.5 becomes "3 5" and -40 loses its sign. With
#   split_by_space, 1,250 survives, but 3.5 is no longer all digits, counts as a word, and is corrected to "a of". Only
#   ignore_term_with_digits=True besides keeps it.
# Output seen:
#   1 option: 'set pressure to 3 5 bar', '1 250 newtons at 40 degrees'
#   2 options: 'set pressure to a of bar', '1,250 newtons at -40 degrees'
#   3 options: 'set pressure to 3.5 bar', '1,250 newtons at -40 degrees'
# For a user: set all three before you correct questions that may hold values, or correct word by word with lookup().
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet symspellpy==6.10.1
"$dir/venv/bin/python" -I - <<'PY'
import sys
from importlib.resources import files

from symspellpy import SymSpell

speller = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
speller.load_dictionary(files("symspellpy") / "frequency_dictionary_en_82_765.txt", 0, 1)
options = {}
seen = []
for option in ("ignore_non_words", "split_by_space", "ignore_term_with_digits"):
    options[option] = True
    seen.append(
        [
            speller.lookup_compound(text, max_edit_distance=2, **options)[0].term
            for text in ("set presure to 3.5 bar", "1,250 newtons at -40 degrees")
        ]
    )
    print(f"{len(options)} option{'s' * (len(options) > 1)}: {', '.join(map(repr, seen[-1]))}")
if [pressure for pressure, _ in seen] != [
    "set pressure to 3 5 bar",
    "set pressure to a of bar",
    "set pressure to 3.5 bar",
]:
    sys.exit("changed")
PY
