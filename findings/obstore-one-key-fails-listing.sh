#!/usr/bin/env bash
# obstore lists none of a bucket's objects if the key of a single one contains an empty folder name
#
# Versions: obstore 0.12.1 (Rust object_store)
# Date: 2026-11-30
# One would guess: a key such as `d/a//b.md`, which S3 allows, is listed, or left out, or an error of its own.
# What happens: the whole page of the listing fails with InvalidPathError, so the objects before and after it are lost, too.
#   The error names the key, but no option skips it, and the streamed form returns nothing either.
# Output seen:
#   listed with ordinary keys: ['d/first.md', 'd/last.md']
#   listed with d/a//b.md between them: InvalidPathError
#   passed on before the error: []
# For a user: list such a bucket with another client, or copy the object to another key first.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet obstore==0.12.1
"$dir/venv/bin/python" -I - <<'PY'
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from obstore.exceptions import InvalidPathError
from obstore.store import S3Store

keys = []
ENTRY = (
    "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
    "<Size>3</Size></Contents>"
)


class Bucket(BaseHTTPRequestHandler):
    def do_GET(self):
        entries = "".join(map(ENTRY.format, keys))
        body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
threading.Thread(target=server.serve_forever, daemon=True).start()
store = S3Store(
    "bucket",
    endpoint=f"http://127.0.0.1:{server.server_port}",
    region="us-east-1",
    access_key_id="none",
    secret_access_key="none",
    client_options={"allow_http": True},
)


def listed():
    found = []
    try:
        for batch in store.list("d"):
            found += [item["path"] for item in batch]
    except InvalidPathError:
        return "InvalidPathError", found
    return "whole", found


keys[:] = ["d/first.md", "d/last.md"]
how, ordinary = listed()
print("listed with ordinary keys:", ordinary)
keys[:] = ["d/first.md", "d/a//b.md", "d/last.md"]
error, before = listed()
print("listed with d/a//b.md between them:", error)
print("passed on before the error:", before)
sys.exit(not (how == "whole" and len(ordinary) == 2 and error == "InvalidPathError" and not before))
PY
