#!/usr/bin/env bash
# pypdf's layout mode loses running heads that ReportLab draws as a form
#
# Versions: pypdf 7.1.1, reportlab 5.1.0
# Date: 2026-11-30
# One would guess: extraction_mode="layout" finds the same text as the plain mode and only arranges it by position.
# What happens: layout mode reads the page's own content stream and skips form XObjects, without a warning. Letterheads,
#   stamps and running heads vanish; pages that are one form as a whole (n-up prints, placed pages) come out empty.
# Output seen:
#   head as form:  plain 'Manual of pump P-7 / Open the lid.', layout 'Open the lid.'
#   page as form:  plain 'Open the lid.', layout ''
# For a user: compare the letters of both modes page by page, and take the plain text where layout has fewer.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet pypdf==7.1.1 reportlab==5.1.0
"$dir/venv/bin/python" -I - <<'PY'
import io
import sys

import pypdf
from reportlab.pdfgen import canvas


def page(*, in_form, beside=()):
    file = io.BytesIO()
    draw = canvas.Canvas(file)
    draw.beginForm("form")
    draw.drawString(50, 800, in_form)
    draw.endForm()
    draw.doForm("form")
    for text in beside:
        draw.drawString(50, 700, text)
    draw.save()
    return pypdf.PdfReader(file).pages[0]


seen = []
for name, read in (
    ("head", page(in_form="Manual of pump P-7", beside=["Open the lid."])),
    ("page", page(in_form="Open the lid.")),
):
    texts = [" / ".join(read.extract_text(extraction_mode=mode).split("\n")).strip(" /") for mode in ("plain", "layout")]
    print(f"{name} as form:  plain {texts[0]!r}, layout {texts[1]!r}")
    seen += texts
if seen != ["Manual of pump P-7 / Open the lid.", "Open the lid.", "Open the lid.", ""]:
    sys.exit("changed")
PY
