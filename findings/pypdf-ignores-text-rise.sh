#!/usr/bin/env bash
# pypdf reads a raised exponent at the baseline; in layout mode it turns the line around
#
# Versions: pypdf 7.1.1; pdfminer.six 20260107 for comparison; reportlab 5.1.0 draws the page
# Date: 2026-11-30
# One would guess: the text matrix that extract_text hands to visitor_text contains the text rise (operator Ts), as the
#   rendering matrix of the PDF standard does, so an exponent can be told from its number by its height.
# What happens: Ts is ignored in plain mode. The exponent comes at the height of its number, and only the smaller font
#   size shows. Layout mode honours the rise, but cuts the line there and puts what follows first.
# Output seen:
#   plain        'Add 106 cells.'
#   layout       '6 cells. / Add 10'
#   visitor      'Add 10' y=700 size=12, '6' y=700 size=7, ' cells.' y=700 size=12
#   pdfminer.six 'Add 10' y=697.5 size=12, '6' y=703.6 size=7, ' cells.' y=697.5 size=12
# For a user: in a visitor, treat a digit in a smaller font right after a number as raised.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet pypdf==7.1.1 pdfminer.six==20260107 reportlab==5.1.0
"$dir/venv/bin/python" -I - <<'PY'
import io
import itertools
import sys

import pypdf
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar
from reportlab.pdfgen import canvas

file = io.BytesIO()
draw = canvas.Canvas(file)
text = draw.beginText(50, 700)
for part, rise, size in (("Add 10", 0, 12), ("6", 5, 7), (" cells.", 0, 12)):
    text.setRise(rise)
    text.setFont("Helvetica", size)
    text.textOut(part)
draw.drawText(text)
draw.save()

page = pypdf.PdfReader(file).pages[0]
visited = []


def visit(part, _cm, tm, _font, size):
    if part.strip():
        visited.append((part.strip("\n"), tm[5], size))


plain = page.extract_text(visitor_text=visit).strip()
layout = page.extract_text(extraction_mode="layout")
(line,) = (line for box in next(iter(extract_pages(file))) for line in box)
characters = [char for char in line if isinstance(char, LTChar)]
mined = [
    ("".join(char.get_text() for char in group), round(y, 1), size)
    for (y, size), group in itertools.groupby(characters, lambda char: (char.y0, char.size))
]
print("plain       ", repr(plain))
print("layout      ", repr(layout.replace("\n", " / ")))
for name, parts in (("visitor", visited), ("pdfminer.six", mined)):
    print(f"{name:12}", ", ".join(f"{part!r} y={y:g} size={size:g}" for part, y, size in parts))
if {y for _, y, _ in visited} != {700} or layout != "6 cells.\nAdd 10":
    sys.exit("changed")
PY
