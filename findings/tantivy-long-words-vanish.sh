#!/usr/bin/env bash
# tantivy's default tokenizer drops words of 40 bytes and more, so a git commit or a sha256 is never found
#
# Versions: tantivy 0.27.0 (the Python package)
# Date: 2026-11-30
# One would guess: each word of a text field can be found, also a commit id of 40 digits.
# What happens: the tokenizer "default" keeps only words of fewer than 40 bytes, in documents and in queries. A query
#   for a commit becomes an empty query, without an error, and finds nothing. Letters outside ASCII have two bytes and
#   more, so the Russian word for "place of interest", 21 letters, is gone as well. "whitespace" keeps all words.
# Output seen:
#   default: 39 digits 1 hit, 40 digits 0 hits, sha256 0 hits, достопримечательность 0 hits
#   whitespace: 39 digits 1 hit, 40 digits 1 hit, sha256 1 hit, достопримечательность 1 hit
#   the query for 40 digits: Query(EmptyQuery)
# For a user: register an analyzer without Filter.remove_long for fields that may hold checksums or long words.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet tantivy==0.27.0
"$dir/venv/bin/python" -I - <<'PY'
import sys
from hashlib import sha1, sha256

from tantivy import Document, Index, SchemaBuilder

words = {
    "39 digits": sha1(b"pump").hexdigest()[:39],
    "40 digits": sha1(b"pump").hexdigest(),
    "sha256": sha256(b"pump").hexdigest(),
    "достопримечательность": "достопримечательность",
}
found = {}
for tokenizer in ("default", "whitespace"):
    schema = SchemaBuilder().add_text_field("body", tokenizer_name=tokenizer).build()
    index = Index(schema)
    writer = index.writer(15_000_000, 1)
    for word in words.values():
        writer.add_document(Document(body=[f"see {word} for more"]))
    writer.commit()
    index.reload()
    queries = {name: index.parse_query(word, ["body"]) for name, word in words.items()}
    found[tokenizer] = [index.searcher().search(query).count for query in queries.values()]
    hits = (f"{name} {n} hit{'s' * (n != 1)}" for name, n in zip(words, found[tokenizer]))
    print(f"{tokenizer}: {', '.join(hits)}")
    if tokenizer == "default":
        empty = queries["40 digits"]
print(f"the query for 40 digits: {empty}")
if found != {"default": [1, 0, 0, 0], "whitespace": [1, 1, 1, 1]}:
    sys.exit("long words are no longer dropped")
PY
