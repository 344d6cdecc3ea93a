#!/usr/bin/env bash
# A Git commit hash can never be found with tantivy's English analyzer
#
# Versions: tantivy 0.27.0 (Python)
# Date: 2026-11-30
# One would guess: an indexed word can be searched, and "en_stem" adds stemming and lower case to that. A word that
#   is not in the index is an ordinary query for a term without hits.
# What happens: a filter removes words of 40 bytes and more, and a SHA-1 in hex has exactly 40. The indexed hash
#   vanishes, and parse_query turns the same hash into an empty query, without an error. With 39 letters it works.
#   Umlauts count twice: a German compound of 38 letters is lost as well.
# Output seen:
#   39 letters, 39 bytes: TermQuery, hits 1
#   40 letters, 40 bytes: EmptyQuery, hits 0
#   38 letters, 40 bytes: EmptyQuery, hits 0
# For a user: index hashes, URLs and serial numbers in a field with the "raw" tokenizer as well.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet tantivy==0.27.0
"$dir/venv/bin/python" -I - <<'PY'
import hashlib
import sys

import tantivy

fields = tantivy.SchemaBuilder()
fields.add_text_field("body", tokenizer_name="en_stem")
index = tantivy.Index(fields.build())
sha1 = hashlib.sha1(b"commit").hexdigest()
compound = "überwachungsaufgabenübertragungsgesetz"
words = [sha1[:39], sha1, compound]
writer = index.writer()
for word in words:
    writer.add_document(tantivy.Document(body=f"Fixed in {word} last week"))
writer.commit()
index.reload()

hits = []
for word in words:
    query = index.parse_query(word, ["body"])
    hits.append(index.searcher().search(query).count)
    kind = str(query).removeprefix("Query(").partition("(")[0].rstrip(")")
    print(f"{len(word)} letters, {len(word.encode())} bytes: {kind}, hits {hits[-1]}")
if hits != [1, 0, 0]:
    sys.exit("changed")
PY
