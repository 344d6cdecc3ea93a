#!/usr/bin/env bash
# python-docx reads "≥ 5 bar, see Table 4" as " 5 bar, see Table "
#
# Versions: python-docx 1.2.0; mammoth 1.13.0 and docx2python 3.7.1 for comparison
# Date: 2026-11-30
# One would guess: paragraph.text is what Word prints: since 1.0 it includes text in hyperlinks.
# What happens: it takes runs and hyperlinks that are children of the paragraph, and knows six elements in a run. A
#   character from Insert > Symbol (w:sym) is none of them; a cross-reference kept as w:fldSimple and a tracked
#   insertion wrap their runs. All three leave no trace. mammoth lacks the field, docx2python gives the symbol
#   as a span with a code of the font; none of the three readers gives the sentence.
# Output seen:
#   python-docx  'Pressure  5 bar, see Table .'
#   mammoth      'Pressure ≥ 5 bar, see Table . Keep the lid shut.'
#   docx2python  'Pressure <span style=font-family:Symbol>&#x00B3;</span> 5 bar, see Table 4. Keep the lid shut.'
# For a user: walk w:t, w:sym and w:tab under paragraph._p yourself, and map symbols by font and code.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet python-docx==1.2.0 mammoth==1.13.0 docx2python==3.7.1
"$dir/venv/bin/python" -I - <<'PY'
import io
import sys

import docx
import mammoth
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx2python import docx2python

document = docx.Document()
paragraph = document.add_paragraph("Pressure ")
for xml in (
    '<w:r {}><w:sym w:font="Symbol" w:char="F0B3"/></w:r>',
    '<w:r {}><w:t xml:space="preserve"> 5 bar, see Table </w:t></w:r>',
    '<w:fldSimple {} w:instr=" REF table_4 "><w:r><w:t>4</w:t></w:r></w:fldSimple>',
    "<w:r {}><w:t>.</w:t></w:r>",
    '<w:ins {} w:id="1" w:author="A. Editor"><w:r><w:t xml:space="preserve"> Keep the lid shut.</w:t>'
    "</w:r></w:ins>",
):
    paragraph._p.append(parse_xml(xml.format(nsdecls("w"))))
file = io.BytesIO()
document.save(file)

seen = []
for read in (
    lambda: docx.Document(file).paragraphs[0].text,
    lambda: mammoth.extract_raw_text(file).value.strip(),
    lambda: docx2python(file).text.strip(),
):
    file.seek(0)
    seen.append(read())
for name, text in zip(("python-docx", "mammoth", "docx2python"), seen, strict=True):
    print(f"{name:12} {text!r}")
if seen[0] != "Pressure  5 bar, see Table .":
    sys.exit("changed")
PY
