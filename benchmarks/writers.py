"""One content printed by many programs in, the share of it that ragguide reads rightly out.

    python benchmarks/writers.py [FOLDER]

FOLDER keeps the PDFs. Writers that are not installed are skipped. From apt: chromium, groff,
libreoffice-writer, mupdf-tools, texlive-latex-recommended, texlive-xetex, lmodern; from PyPI:
cairocffi, fpdf2, python-docx, reportlab, typst, weasyprint, xhtml2pdf.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.writers_content import (
    CODE,
    FORM,
    HEADER,
    HEADINGS,
    ITEMS,
    LEFT,
    MILL,
    NOTES,
    RIGHT,
    ROWS,
)  # fmt: skip
from benchmarks.writers_print import WRITERS, Missing
from ragguide.create.documents import Limits, parse
from ragguide.types import Document

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def plain(text: str) -> str:
    return " ".join(text.replace("’", "'").replace("−", "-").split())


def sentences(texts: Sequence[str]) -> list[str]:
    """Return the sentences of texts as ragguide should read them."""
    unmarked = [re.sub(r"\[\^\d\]", "", text) for text in texts]
    return [
        re.sub(r"\^\{(.+?)\}", lambda power: power[1].translate(_RAISED), sentence)
        for text in unmarked
        for sentence in _SENTENCE.split(text)
    ]


def share_within(wanted: Sequence[str], texts: Sequence[str]) -> tuple[int, int, list[str]]:
    """Return how many strings occur within one block, of how many, and the others."""
    missing = [each for each in wanted if not any(each in text for text in texts)]
    return len(wanted) - len(missing), len(wanted), missing


def measure(document: Document) -> dict[str, tuple[int, int, list[str]]]:
    """Return for each feature: parts read rightly, parts, those read wrongly."""
    blocks = [(block.kind, document.text[block.start : block.end]) for block in document.blocks]
    texts = [plain(text) for kind, text in blocks if kind != "heading"]
    rows = [plain(text) for kind, text in blocks if kind == "row"]
    code = [line for kind, text in blocks if kind == "code" for line in text.split("\n")]
    cells = [
        (f"{HEADER[0]}: {row[0]};", f"{name}: {value}")
        for row in ROWS
        for name, value in zip(HEADER[1:], row[1:], strict=True)
    ]
    wrong_cells = [
        f"{first} {cell}"
        for first, cell in cells
        if not any(row.startswith(first) and cell in row.split("; ") for row in rows)
    ]
    return {
        "headings": share_within(HEADINGS, [t for kind, t in blocks if kind == "heading"]),
        "sentences": share_within(sentences(MILL), texts),
        "notes": share_within(NOTES, texts),
        "items": share_within(
            [f"• {item}" for item in ITEMS], [t for k, t in blocks if k == "item"]
        ),
        "columns": share_within(sentences(LEFT + RIGHT), texts),
        "code": share_within(CODE, [line if line in CODE else "" for line in code]),
        "cells": (len(cells) - len(wrong_cells), len(cells), wrong_cells),
        "form": share_within([f"{name}: {value}" for name, value in FORM], texts),
    }


def print_pdf(name: str, folder: Path) -> Path:
    """Print the content by a writer, unless the folder has its PDF."""
    path = folder / f"{re.sub(r'[^a-z0-9]+', '-', name.casefold())}.pdf"
    if not path.exists():
        with tempfile.TemporaryDirectory() as work:
            WRITERS[name](Path(work))
            path.write_bytes((Path(work) / "a.pdf").read_bytes())
    return path


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    header: list[str] = []
    for name in WRITERS:
        try:
            path = print_pdf(name, folder)
        except Missing as exc:
            print(f"{name}: {exc} is not installed", file=sys.stderr)
            continue
        except subprocess.CalledProcessError as exc:
            print(f"{name} failed: {(exc.stderr or exc.stdout or b'')[-400:]!r}", file=sys.stderr)
            continue
        found = measure(parse(path, Limits(timeout_s=120, memory_mb=4096)).document)
        if not header:
            header = ["writer", *found]
            print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
        print(f"| {name} | {' | '.join(f'{n / of:.2f}' for n, of, _ in found.values())} |")
        for feature, (_, _, wrong) in found.items():
            for each in wrong[:3]:
                print(f"{name}: {feature}: {each}", file=sys.stderr)


if __name__ == "__main__":
    main()
