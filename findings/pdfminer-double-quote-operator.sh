#!/usr/bin/env bash
# pdfminer.six puts a line shown by the " operator on top of the line before
#
# Versions: pdfminer.six 20260107, pypdf 7.1.1 for comparison
# Date: 2026-11-30
# One would guess: of the four operators that show text, ' and " both move to the next line first (PDF 2.0, 9.4.3);
#   the second also sets word and character spacing.
# What happens: pdfminer.six sets the spacing and shows the text, but does not move. The line shares the baseline of
#   the one before, its words join that line, and all lines after it sit one line too high.
# Output seen:
#   pdfminer.six   209.5 'Open the lid.'
#   pdfminer.six   195.5 'Wait for 1 min.Then stir.'
#   pdfminer.six   181.5 'Close the lid.'
#   pypdf          ['Open the lid.', 'Wait for 1 min.', 'Then stir.', 'Close the lid.']
# For a user: where lines overlap in pdfminer.six or pdfplumber, search the content stream for the " operator.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet pdfminer.six==20260107 pypdf==7.1.1
"$dir/venv/bin/python" -I - <<'PY'
import io
import sys

import pypdf
from pdfminer.high_level import extract_pages
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

writer = pypdf.PdfWriter()
page = writer.add_blank_page(400, 300)
content = DecodedStreamObject()
content.set_data(
    b"BT /F1 12 Tf 14 TL 50 200 Td (Open the lid.) Tj (Wait for 1 min.) '"
    b' 0 0 (Then stir.) " (Close the lid.) \' ET'
)
page[NameObject("/Contents")] = writer._add_object(content)
font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
font = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
file = io.BytesIO()
writer.write(file)

lines = [
    (round(line.y1, 1), line.get_text().strip())
    for page in extract_pages(file)
    for box in page
    for line in box
]
for top, text in lines:
    print(f"pdfminer.six   {top} {text!r}")
by_pypdf = pypdf.PdfReader(file).pages[0].extract_text().splitlines()
print("pypdf         ", by_pypdf)
if len(by_pypdf) != 4 or [text for _, text in lines][1] != "Wait for 1 min.Then stir.":
    sys.exit("changed")
PY
