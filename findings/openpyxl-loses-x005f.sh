#!/usr/bin/env bash
# openpyxl deletes "x005F_" from cells
#
# Versions: openpyxl 3.1.5; xlsxwriter 3.3.1 writes the file; python-calamine 0.9.1 reads it for comparison
# Date: 2026-11-30
# One would guess: a cell with a hex address such as 0x005F_FFFF is read as it was typed. Excel escapes only the
#   pattern _xHHHH_, with an underscore before the x, so the file holds the address unchanged.
# What happens: load_workbook removes every "x005F_" from shared strings, whatever stands before it. The address one
#   step lower survives. Inline strings, which openpyxl itself writes, are not touched, so a round trip hides it.
# Output seen:
#   in the file    0x004F_FFFF
#   openpyxl       0x004F_FFFF
#   calamine       0x004F_FFFF
#   in the file    0x005F_FFFF
#   openpyxl       0FFFF
#   calamine       0x005F_FFFF
#   in the file    max005F_rev2
#   openpyxl       marev2
#   calamine       max005F_rev2
# For a user: read register maps and part numbers with another reader, or compare sharedStrings.xml for "x005F_".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet openpyxl==3.1.5 xlsxwriter==3.3.1 python-calamine==0.9.1
"$dir/venv/bin/python" -I - <<'PY'
import io
import re
import sys
import zipfile

import openpyxl
import python_calamine
import xlsxwriter

typed = ["0x004F_FFFF", "0x005F_FFFF", "max005F_rev2"]
file = io.BytesIO()
book = xlsxwriter.Workbook(file)
book.add_worksheet().write_column(0, 0, typed)
book.close()

xml = zipfile.ZipFile(file).read("xl/sharedStrings.xml").decode()
stored = re.findall("<t>(.*?)</t>", xml)
by_openpyxl = [row[0].value for row in openpyxl.load_workbook(file).active.iter_rows()]
file.seek(0)
sheet = python_calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
by_calamine = [row[0] for row in sheet.to_python()]
for each in zip(stored, by_openpyxl, by_calamine, strict=True):
    print("in the file    {}\nopenpyxl       {}\ncalamine       {}".format(*each))
assert stored == typed == by_calamine
if by_openpyxl != ["0x004F_FFFF", "0FFFF", "marev2"]:
    sys.exit("changed")
PY
