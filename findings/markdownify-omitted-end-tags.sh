#!/usr/bin/env bash
# markdownify turns a valid table without </td> into one row of debris
#
# Versions: markdownify 1.2.3, beautifulsoup4 4.15.0, html5lib 1.1
# Date: 2026-11-30
# One would guess: </td>, </tr> and </li> may be omitted in HTML, so a table and a list without them give the same Markdown
#   as with them.
# What happens: markdownify parses with Python's html.parser, which knows no implied end tags, so each cell holds all
#   cells after it. Columns and rows are lost and "| --- |" comes between the values; list items share a line. The
#   same converter is right for a tree that html5lib parsed.
# Output seen:
#   markdownify |  |  |  |  |  |  |
#               | --- | --- | --- | --- | --- | --- |
#               | Part Torque|  |  |  |  | | --- | --- | --- | --- | | Bolt 12 Nm|  |  | | --- | --- | | Nut 8 Nm | | | | | |
#   html5lib    | Part | Torque |
#               | --- | --- |
#               | Bolt | 12 Nm |
#               | Nut | 8 Nm |
#   markdownify 1. Open the lid.- Stir.
#   html5lib    1. Open the lid.
#               2. Stir.
# For a user: call MarkdownConverter().convert_soup(BeautifulSoup(html, "html5lib")) instead of markdownify(html).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet markdownify==1.2.3 beautifulsoup4==4.15.0 html5lib==1.1
"$dir/venv/bin/python" -I - <<'PY'
import sys

from bs4 import BeautifulSoup
from markdownify import MarkdownConverter, markdownify

table = "<table><tr><th>Part<th>Torque<tr><td>Bolt<td>12 Nm<tr><td>Nut<td>8 Nm</table>"
items = "<ol><li>Open the lid.<li>Stir.</ol>"
seen = []
for html in (table, items):
    for name, text in (
        ("markdownify", markdownify(html)),
        ("html5lib", MarkdownConverter().convert_soup(BeautifulSoup(html, "html5lib"))),
    ):
        seen.append(text.strip())
        print(f"{name:12}" + f"\n{'':12}".join(seen[-1].splitlines()))
if "| Bolt | 12 Nm |" in seen[0] or "| Bolt | 12 Nm |" not in seen[1] or "\n" in seen[2]:
    sys.exit("changed")
PY
