#!/usr/bin/env bash
# chonkie's TokenChunker("word") gives exact offsets with overlap; without, each chunk adds an error of one character
#
# Versions: chonkie 1.7.0
# Date: 2026-11-30
# One would guess: text[chunk.start_index:chunk.end_index] == chunk.text, and the chunks joined give the text again.
# What happens: the word tokenizer splits at blanks and puts them back between the words of a chunk, but the blank
#   between two chunks is in neither. The next start_index is the last end_index less the overlap, so it is right if
#   there is an overlap, and one too small for each earlier chunk if not. The default tokenizer, "character", is exact.
# Output seen:
#   overlap 5: 53 chunks, the last is 0 characters off: 'Room 195 stores lamp'
#   overlap 0: 40 chunks, the last is 39 characters off: '3 stores lamps. Room' for 'Room 195 stores lamp'
#   joined: 'Room 4 stores lamps.Room 5'
# For a user: find each chunk's text from the last one's end on, or use SentenceChunker("word"), which is exact here.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet chonkie==1.7.0
"$dir/venv/bin/python" -I - <<'PY'
import sys

from chonkie import SentenceChunker, TokenChunker

text = " ".join(f"Room {n} stores lamps." for n in range(200))
errors = {}
for overlap in (5, 0):
    chunks = TokenChunker("word", chunk_size=20, chunk_overlap=overlap).chunk(text)
    last = chunks[-1]
    errors[overlap] = text.index(last.text) - last.start_index
    at = text[last.start_index : last.end_index]
    wrong = "" if at == last.text else f" for {last.text[:20]!r}"
    print(
        f"overlap {overlap}: {len(chunks)} chunks, the last is {errors[overlap]} characters off: "
        f"{at[:20]!r}{wrong}"
    )
joined = "".join(chunk.text for chunk in chunks)
at = joined.index("Room 4 ")
print(f"joined: {joined[at : at + 26]!r}")
by_sentence = SentenceChunker("word", chunk_size=20, chunk_overlap=0).chunk(text)
if any(text[each.start_index : each.end_index] != each.text for each in by_sentence):
    sys.exit("SentenceChunker is not exact either")
if errors != {5: 0, 0: len(chunks) - 1} or joined == text:
    sys.exit("offsets without overlap have changed")
PY
