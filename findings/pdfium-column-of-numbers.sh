#!/usr/bin/env bash
# PDFium reads the column 12, 8, 16, 4, 2 as 128 and 1642
#
# Versions: pypdfium2 5.15.2 (PDFium), pypdf 7.1.1 for comparison; reportlab 5.1.0 draws the pages
# Date: 2026-11-30
# One would guess: each line of a column ends in a line break, as names of parts beside them do, and what is written
#   elsewhere on the page does not matter.
# What happens: a text object of one character takes the direction that most lines of its page run in. On a page of
#   short entries that stays undecided, and PDFium puts no line break between such a character and a short entry above
#   it. One longer line anywhere on the page decides it, and the same column is read well.
# Output seen:
#   pypdfium2, list alone        ['Bolts', 'Nuts', 'Washers', 'Rings', 'Pins', '128', '1642']
#   pypdfium2, long line above   ['Bolts', 'Nuts', 'Washers', 'Rings', 'Pins', '12', '8', '16', '4', '2']
#   pypdf, list alone            ['Bolts', 'Nuts', 'Washers', 'Rings', 'Pins', '12', '8', '16', '4', '2']
# For a user: on sparse pages (parts lists, forms, labels) take text objects or boxes from PDFium, not its page text.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet pypdfium2==5.15.2 pypdf==7.1.1 reportlab==5.1.0
"$dir/venv/bin/python" -I - <<'PY'
import io
import sys

import pypdf
import pypdfium2
from reportlab.pdfgen import canvas


def page(*, long_line):
    file = io.BytesIO()
    draw = canvas.Canvas(file, pagesize=(595, 842))
    if long_line:
        draw.drawString(50, 760, "The bag holds these parts; count them all before you start the work.")
    for x, column in ((50, ["Bolts", "Nuts", "Washers", "Rings", "Pins"]), (200, numbers)):
        for row, text in enumerate(column):
            draw.drawString(x, 700 - 18 * row, text)
    draw.save()
    return file.getvalue()


def pdfium(data):
    return pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range().splitlines()


numbers = ["12", "8", "16", "4", "2"]
alone, below = page(long_line=False), page(long_line=True)
print("pypdfium2, list alone       ", pdfium(alone))
print("pypdfium2, long line above  ", pdfium(below)[1:])
lines = [line.strip() for line in pypdf.PdfReader(io.BytesIO(alone)).pages[0].extract_text().splitlines()]
print("pypdf, list alone           ", lines)
if pdfium(alone)[-2:] != ["128", "1642"] or pdfium(below)[-5:] != numbers or lines[-5:] != numbers:
    sys.exit("changed")
PY
