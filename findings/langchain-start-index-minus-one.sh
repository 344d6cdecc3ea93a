#!/usr/bin/env bash
# LangChain gives start_index -1 to chunks that are in the text
#
# Versions: langchain-text-splitters 1.1.3, langchain-core 1.8.3
# Date: 2026-11-30
# One would guess: add_start_index=True records where each chunk starts, whatever unit chunk_size is in. Lengths in
#   words or tokens are what length_function is for.
# What happens: the splitter looks for a chunk from "last start + its characters - chunk_overlap" on. The overlap
#   counts in length_function's unit, a few characters each, so the search starts behind the chunk: it finds none
#   (-1), or a later place with the same words.
# Output seen:
#   numbered text, overlap in characters: 20 chunks, 0 with start_index -1, 0 at a wrong place
#   numbered text, overlap in words: 30 chunks, 15 with start_index -1, 0 at a wrong place
#   repeated text, overlap in words: 15 chunks, 1 with start_index -1, 13 at a wrong place
# For a user: with a length in words or tokens, find the offsets yourself; text[-1:] of a -1 is the last character.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet langchain-text-splitters==1.1.3 langchain-core==1.8.3
"$dir/venv/bin/python" -I - <<'PY'
import sys

from langchain_text_splitters import RecursiveCharacterTextSplitter


def words(text):
    return len(text.split())


def count(name, text, length, size, overlap, separators, starts=None):
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=size,
        chunk_overlap=overlap,
        length_function=length,
        separators=separators,
        add_start_index=True,
    )
    missing = wrong = 0
    chunks = splitter.create_documents([text])
    for number, chunk in enumerate(chunks):
        start = chunk.metadata["start_index"]
        assert chunk.page_content in text
        missing += start == -1
        wrong += starts is not None and start not in (-1, starts[number])
    print(
        f"{name}: {len(chunks)} chunks, {missing} with start_index -1, {wrong} at a wrong place"
    )
    return missing, wrong


numbered = " ".join(f"Step {i}: turn the valve by {i % 7} marks and wait." for i in range(60))
repeated = " ".join(["Check oil level."] * 40)
# Chunks of 12 words that share 4 start at every 8th word.
starts = [len(" ".join(repeated.split()[:i])) + (i > 0) for i in range(0, 120, 8)]
seen = [
    count("numbered text, overlap in characters", numbered, len, 200, 60, [". ", " "]),
    count("numbered text, overlap in words", numbered, words, 40, 12, [". ", " "]),
    count("repeated text, overlap in words", repeated, words, 12, 4, [" "], starts),
]
if seen[0] != (0, 0) or not seen[1][0] or not seen[2][1]:
    sys.exit("changed")
PY
