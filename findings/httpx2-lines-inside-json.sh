#!/usr/bin/env bash
# httpx2's iter_lines cuts a streamed JSON line where its text has a line separator
#
# Versions: httpx2 2.16.2
# Date: 2026-11-30
# One would guess: in a stream of JSON lines, as local model servers send it, a line ends at "\n": JSON escapes line
#   breaks in strings, so the bytes hold no other.
# What happens: JSON must escape only control characters below U+0020. U+2028, a line break inside a paragraph in text
#   from layout programs, may go through as it is, and iter_lines ends a line there as str.splitlines does. The pieces
#   are no JSON. The same bytes split at b"\n" parse.
# Output seen:
#   iter_lines '{"text": "Open the lid.' Unterminated string starting at
#   iter_lines 'Wait."}' Expecting value
#   iter_lines {'done': True}
#   bytes      [{'text': 'Open the lid.\u2028Wait.'}, {'done': True}]
# For a user: split response.iter_bytes() at b"\n" yourself when you read JSON lines or server-sent events.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet httpx2==2.16.2
"$dir/venv/bin/python" -I - <<'PY'
import json
import sys

import httpx2

messages = [{"text": "Open the lid.\u2028Wait."}, {"done": True}]
body = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in messages).encode()
transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=body))
with httpx2.Client(transport=transport) as client, client.stream("GET", "http://local/") as response:
    lines = list(response.iter_lines())
for line in lines:
    try:
        print("iter_lines", json.loads(line))
    except json.JSONDecodeError as error:
        print("iter_lines", repr(line), error.msg)
parsed = [json.loads(line) for line in body.splitlines()]
print("bytes     ", parsed)
if parsed != messages or len(lines) != 3:
    sys.exit("changed")
PY
