#!/usr/bin/env bash
# An MCP tool with an optional text argument can't search for the word "null"
#
# Versions: mcp 2.3.0 (Python SDK), pydantic 2.14.4
# Date: 2026-11-30
# One would guess: an argument that the client sends as a JSON string reaches a parameter "str | None" as that string.
# What happens: unless the annotation is exactly str, the server parses strings as JSON before it validates them. The
#   text "null" becomes None, so the tool runs with no value; a text that looks like a list or an object is rejected as
#   "not a string". Numbers and true stay text. With plain str all pass.
# Output seen:
#   str         'null' -> 'null'; '["P-7"]' -> '["P-7"]'; '7' -> '7'
#   str | None  'null' -> None; '["P-7"]' -> Input should be a valid string; '7' -> '7'
# For a user: declare free text as str with the default "", never as str | None.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet mcp==2.3.0 pydantic==2.14.4
"$dir/venv/bin/python" -I - <<'PY'
import asyncio
import logging
import sys

from mcp import Client
from mcp.server import MCPServer

server = MCPServer("search")
logging.disable(logging.CRITICAL)


@server.tool()
def plain(query: str) -> str:
    return repr(query)


@server.tool()
def optional(query: str | None = None) -> str:
    return repr(query)


async def main():
    seen = {}
    async with Client(server) as client:
        for name, shown in (("plain", "str       "), ("optional", "str | None")):
            for query in ("null", '["P-7"]', "7"):
                result = await client.call_tool(name, {"query": query})
                text = result.content[0].text
                if result.is_error:
                    text = text.splitlines()[2].partition("[")[0].strip()
                seen[name, query] = text
            print(f"{shown}  " + "; ".join(f"{q!r} -> {t}" for (n, q), t in seen.items() if n == name))
    return seen


seen = asyncio.run(main())
if seen["plain", "null"] != "'null'" or seen["optional", "null"] != "None":
    sys.exit("changed")
PY
