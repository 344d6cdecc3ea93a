"""Damaged and hostile PDFs in, what became of each out, one line for each kind.

    python benchmarks/hostile_pdfs.py [--n 300] [--seed 0] [--timeout-s 20] [--keep FOLDER]

Small PDFs and the first pages of the guide are broken in ways that a disk, a network or a malicious
author would; `ragguide inspect --json` is run on each. Read whole or with pages lost (exit code 0),
or refused in one line (2): all are right. A traceback, another exit code, or more time than allowed
is a fault: exits 1.
"""

import argparse
import contextlib
import io
import json
import math
import os
import random
import re
import statistics
import sys
import tempfile
import time
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from ragguide.cli.app import main as main_of_ragguide
from ragguide.create import documents
from ragguide.create.pdf.pages import read_pdf
from ragguide.errors import InputError
from ragguide.types import Source

GUIDE = Path(__file__).parent.parent / "data" / "guide.pdf"
SLACK_S = 3.0  # to start a child and to end it, on a busy machine
# Cleaning and cutting take a third of these; more, and they are not linear any more.
REST_S_A_LINE, REST_S_A_CHARACTER = 1e-3, 1e-5
OUTCOMES = ("read", "pages lost", "refused", "over the limit", "fault")

Break = Callable[[bytes, random.Random], bytes]


class Outcome(NamedTuple):
    kind: str
    what: str  # one of OUTCOMES
    read_s: float
    rest_s: float  # of CPU, to clean and to cut: a busy machine makes it no slower
    detail: str  # of a fault


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--timeout-s", type=float, default=20.0)
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--keep", type=Path, help="folder for the files that are faults")
    args = parser.parse_args()
    outcomes = []
    seeds = seed_files()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for i in range(args.n):
            path = Path(folder) / f"{i:04d}.pdf"
            kind = args.kinds[i % len(args.kinds)]
            path.write_bytes(make(kind, seeds, random.Random(f"{args.seed} {i}")))
            outcomes.append(outcome := try_out(kind, path, args.timeout_s))
            if outcome.detail:
                print(f"{kind} {i}: {outcome.detail}", file=sys.stderr)
                if args.keep:
                    args.keep.mkdir(parents=True, exist_ok=True)
                    (args.keep / f"{kind}-{i:04d}.pdf").write_bytes(path.read_bytes())
            path.unlink()
    _print_table(outcomes)
    print(f"{time.perf_counter() - started:.0f} s in all")
    return 1 if any(outcome.detail for outcome in outcomes) else 0


def seed_files() -> list[bytes]:
    """Return small whole PDFs: plain with an outline, locked, the guide's first pages."""
    plain = _print_pages(["A page of text.\nIn two lines.", "Another page.", "The third."])
    locked = PdfWriter(clone_from=io.BytesIO(plain))
    locked.encrypt("", "owner", algorithm="AES-256")
    guide = PdfWriter()
    guide.append(PdfReader(GUIDE), pages=(0, 4))
    return [plain, _bytes(locked), _bytes(guide)]


def make(kind: str, seeds: list[bytes], rng: random.Random) -> bytes:
    """Return one PDF of a kind, the same for the same generator."""
    return KINDS[kind](rng.choice(seeds), rng)


def try_out(kind: str, path: Path, timeout_s: float) -> Outcome:
    """Run `ragguide inspect --json` on a PDF: it is read, cleaned and cut as `ingest` does."""
    read_s = math.nan

    def timed_read(*args: Any, **options: Any) -> Source:
        nonlocal read_s
        started = time.perf_counter()
        try:
            return read_pdf(*args, **options)
        finally:
            read_s = time.perf_counter() - started

    out, err = io.StringIO(), io.StringIO()
    started, cpu_before = time.perf_counter(), time.process_time()
    with (
        mock.patch.object(documents, "read_pdf", timed_read),
        mock.patch.object(sys, "argv", ["ragguide", "inspect", "--json", str(path)]),
        mock.patch.dict(os.environ, {"RAGGUIDE_PARSE_TIMEOUT_S": str(timeout_s)}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main_of_ragguide()
            code: object = 0
        except SystemExit as exc:
            code = exc.code or 0
        except Exception:
            code = traceback.format_exc()
    read_s = time.perf_counter() - started if math.isnan(read_s) else read_s
    rest_s = time.process_time() - cpu_before
    what, detail, n_lines, n_characters = "refused", "", 0, 0
    if code == 0:
        pages = json.loads(out.getvalue())["pages"]
        what = "pages lost" if any(page["unreadable"] for page in pages) else "read"
        n_lines = sum(page["raw"].count("\n") + 1 for page in pages)
        n_characters = sum(len(page["raw"]) for page in pages)
    elif code != InputError.exit_code:
        what, detail = "fault", f"exit code {code}"
    if len(err.getvalue().splitlines()) != (code != 0):
        what, detail = "fault", detail or f"stderr: {err.getvalue()}"
    rest_limit_s = SLACK_S + n_lines * REST_S_A_LINE + n_characters * REST_S_A_CHARACTER
    if not detail and (read_s > timeout_s + SLACK_S or rest_s > rest_limit_s):
        what = "over the limit"
        detail = f"{read_s:.1f} s to read, {rest_s:.1f} s for the rest of {n_lines:,} lines"
    return Outcome(kind, what, read_s, rest_s, detail)


# ── kinds ───────────────────────────────────────────────────────────────────────────────────────


def truncated(pdf: bytes, rng: random.Random) -> bytes:
    return pdf[: rng.randrange(8, len(pdf))]


def flipped(pdf: bytes, rng: random.Random) -> bytes:
    broken = bytearray(pdf)
    for _ in range(rng.choice([1, 5, 50, 500])):
        broken[rng.randrange(8, len(broken))] = rng.randrange(256)
    return bytes(broken)


def spliced(pdf: bytes, rng: random.Random) -> bytes:
    """Pieces left out, doubled and put elsewhere, as a bad download does."""
    for _ in range(rng.randint(1, 4)):
        a, b = sorted(rng.randrange(8, len(pdf)) for _ in range(2))
        piece, at = pdf[a : min(b, a + 4000)], rng.randrange(8, len(pdf))
        pdf = rng.choice([pdf[:a] + pdf[a + len(piece) :], pdf[:at] + piece + pdf[at:]])
    return pdf


def swapped(pdf: bytes, rng: random.Random) -> bytes:
    """Objects that answer to each other's number."""
    numbers = re.findall(rb"(?m)^(\d+) 0 obj", pdf)
    for _ in range(rng.randint(1, 3)):
        a, b = rng.sample(numbers, 2)
        if rng.random() < 0.5:  # the objects
            names = {b"%s 0 obj" % a: b"%s 0 obj" % b, b"%s 0 obj" % b: b"%s 0 obj" % a}
        else:  # a reference
            names = {b"%s 0 R" % a: b"%s 0 R" % b}
        for old, new in names.items():
            pdf = re.sub(rb"(?m)(?<!\d)" + old, new.replace(b" ", b"\x00"), pdf)
        pdf = pdf.replace(b"\x00" + b"0\x00", b" 0 ")
    return pdf


def odd_values(pdf: bytes, rng: random.Random) -> bytes:
    """Numbers and names in objects replaced by others that make no sense there."""
    odd = b"-1 0 1e9 99999999999999999999 0.0000001 true null (text) /Name [] << >>".split(b" ")
    places = list(re.finditer(rb"(?<=[ \[])(?:\d+ 0 R|-?\d+(?:\.\d+)?|/[A-Z]\w+)(?=[ \]\n])", pdf))
    chosen = rng.sample(places, min(len(places), rng.randint(1, 6)))
    for place in sorted(chosen, key=re.Match.start, reverse=True):
        pdf = pdf[: place.start()] + rng.choice(odd) + pdf[place.end() :]
    return pdf


def bad_xref(pdf: bytes, rng: random.Random) -> bytes:
    at = rng.choice([b"0", b"1", b"%d" % rng.randrange(len(pdf)), b"9" * 20, b"-5", b"", b"x"])
    change = rng.choice(
        [
            lambda: re.sub(rb"startxref\s+\d+", b"startxref\n" + at, pdf),
            lambda: re.sub(rb"(?m)^\d{10} 0", lambda _: b"%010d 0" % rng.randrange(10**10), pdf),
            lambda: re.sub(rb"/Size \d+", b"/Size " + rng.choice([b"0", b"-1", b"9" * 12]), pdf),
            lambda: re.sub(  # a table that names itself as the one before it
                rb"/Size (\d+)",
                rb"/Size \1 /Prev %d" % int((re.findall(rb"startxref\s+(\d+)", pdf) or [b"0"])[-1]),
                pdf,
            ),
            lambda: re.sub(rb"(?m)^0 \d+$", b"0 " + b"9" * rng.randint(1, 12), pdf),
        ]
    )
    return change()


def page_tree(_pdf: bytes, rng: random.Random) -> bytes:
    """Kids that are their own parents, counts that are absurd, one page very often."""
    n = rng.choice([10, 1000, 30_000])
    node = b"<< /Type /Pages /Kids [%d 0 R] >>"
    kids, count, more = rng.choice(
        [
            (b"2 0 R", b"1", []),
            (b"3 0 R 2 0 R 3 0 R", b"3", []),
            (b"5 0 R", b"1", [node % 6, node % 5]),
            (b"3 0 R " * n, b"%d" % n, []),
            (b"3 0 R", b"9" * rng.choice([9, 18, 40]), []),
            (b"3 0 R", b"-1", []),
            (b"", b"0", []),
            (b"99 0 R null 7 (x)", b"4", []),
            (b"<< /Kids [ " * n + b"3 0 R" + b" ] >>" * n, b"1", []),
            (b"5 0 R", b"1", [node % (6 + i) for i in range(n // 10)]),
        ]
    )
    pages = b"<< /Type /Pages /Kids [ " + kids + b" ] /Count " + count + b" >>"
    text = _stream(b"BT /F1 12 Tf 72 700 Td (Some text) Tj ET")
    return _assemble([_CATALOG, pages, _PAGE % (4, _FONT), text, *more])


def forms(_pdf: bytes, rng: random.Random) -> bytes:
    """Forms that draw themselves, or that double at each of many levels."""
    levels, fold = rng.choice([(1, 1), (2, 3), (12, 2), (30, 2), (200, 1), (5, 30)])
    is_ring = rng.random() < 0.4
    objects = []
    for level in range(levels):
        number = 5 + level
        inner = 5 if is_ring and level + 1 == levels else number + 1
        ends = not is_ring and level + 1 == levels
        content = b"BT /F1 9 Tf (deep) Tj ET" if ends else b"/X Do " * fold
        resources = b"/Resources << /XObject << /X %d 0 R >> /Font << >> >>" % inner
        entries = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] " + resources
        objects.append(_stream(content, entries))
    return _one_page(b"BT /F1 9 Tf (Top) Tj ET /X Do", b"/XObject << /X 5 0 R >>", *objects)


def giant_stream(_pdf: bytes, rng: random.Random) -> bytes:
    """A little file whose content is large: one string, many letters, spaces, a picture inline."""
    n = int(10 ** rng.uniform(4, 7.7))
    content = rng.choice(
        [
            lambda: b"BT /F1 9 Tf (" + b"a" * n + b") Tj ET",
            lambda: b"BT /F1 9 Tf " + b"(word ) Tj 0 -9 Td " * (n // 20) + b"ET",
            lambda: b"BT /F1 9 Tf [" + b"(a) -300 " * (n // 9) + b"] TJ ET",
            lambda: b" " * n,
            lambda: b"q " * (n // 2),
            lambda: b"1 0 0 1 0 0 cm " * (n // 15),
            lambda: b"BI /W 1 /H 1 ID " + b"x" * n,
            lambda: b"%" * n,
        ]
    )()
    return _one_page(content)


def nested(_pdf: bytes, rng: random.Random) -> bytes:
    """Brackets within brackets, in an object or in what is drawn."""
    n = rng.choice([50, 500, 5_000, 100_000])
    opening, closing = rng.choice([(b"[", b"]"), (b"<< /A ", b" >>"), (b"(", b")")])
    deep = opening * n + b"1" + closing * n * rng.choice([0, 1])
    if rng.random() < 0.5:
        return _one_page(b"BT /F1 9 Tf (Top) Tj " + deep + b" Tj ET")
    return _one_page(b"BT /F1 9 Tf (Top) Tj ET", b"/Odd " + deep)


def filters(_pdf: bytes, rng: random.Random) -> bytes:
    """Streams that are not packed as they say, or that are packed again and again."""
    content = b"BT /F1 9 Tf (Some text) Tj ET"
    names = b"Flate LZW ASCII85 ASCIIHex RunLength DCT JBIG2 CCITTFax Crypt Nonsense".split()
    named = [b"/%sDecode" % rng.choice(names) for _ in range(rng.choice([1, 2, 40, 1000]))]
    data = rng.randbytes(rng.choice([0, 10, 5000])) + content
    if rng.random() < 0.4:  # zeros that unfold a thousandfold at each turn
        named = [b"/FlateDecode"] * rng.randint(2, 4)
        data = b" " * 10 ** rng.randint(6, 8)
        for _ in named:
            data = zlib.compress(data, 9)
    predictor = rng.choice([b"", b"/DecodeParms << /Predictor 15 /Columns 2000000000 >>"])
    entries = b"/Filter [" + b" ".join(named) + b"] " + predictor
    return _one_page(b"", b"", raw=_stream(data, entries, is_packed=True))


def fonts(_pdf: bytes, rng: random.Random) -> bytes:
    """Tables of characters and widths that are endless or make no sense."""
    cmap = rng.choice(
        [
            b"1 beginbfrange <0000> <FFFFFFFF> <0041> endbfrange",
            b"1 beginbfrange <00> <FF> [" + b"<0041>" * 10_000 + b"] endbfrange",
            b"1 beginbfchar <41> <" + b"D800" * 5_000 + b"> endbfchar",  # lone surrogates
            b"1 beginbfchar <41> <001B005B0033> endbfchar",
            b"beginbfrange " * 50_000,
            b"1 beginbfchar <zz> <41> endbfchar",
            rng.randbytes(2000),
        ]
    )
    widths = rng.choice([b"[]", b"[1e99 -5 null (x)]", b"6 0 R", b"[" + b"500 " * 100_000 + b"]"])
    font = (
        b"<< /Type /Font /Subtype /%s /BaseFont %s /FirstChar %s /Widths %s /ToUnicode 6 0 R "
        b"/Encoding %s /DescendantFonts [5 0 R] >>"
    ) % (
        rng.choice([b"Type1", b"Type0", b"Type3", b"TrueType"]),
        rng.choice([b"/Bold", b"null", b"(x)", b"5 0 R", b"[]"]),
        rng.choice([b"0", b"-9", b"99999999999", b"/A"]),
        widths,
        rng.choice([b"/Identity-H", b"6 0 R", b"5 0 R", b"<< /Differences [65 /A 9999999 /B] >>"]),
    )
    content = b"BT /F9 9 Tf 72 700 Td (ABC) Tj <004100420043> Tj ET BT /F1 9 Tf (Top) Tj ET"
    return _one_page(content, b"/Font << /F9 5 0 R /F1 3 0 R >>", font, _stream(cmap))


def catalogue(_pdf: bytes, rng: random.Random) -> bytes:
    """Outlines, labels and titles that lead in circles or are endless."""
    n = rng.choice([10, 1000, 50_000])
    entry, objects = rng.choice(
        [
            (b"/Outlines 5 0 R", [b"<< /First 6 0 R >>", b"<< /Title (A) /Next 6 0 R >>"]),
            (b"/Outlines 5 0 R", [b"<< /First 6 0 R >>", b"<< /Title (A) /First 5 0 R >>"]),
            (b"/Outlines 5 0 R", [b"<< /First 6 0 R >>"] + [
                b"<< /Title (%d) /First %d 0 R /Dest [3 0 R /Fit] >>" % (i, 7 + i)
                for i in range(min(n, 5000))]),
            (b"/Outlines 5 0 R", [b"<< /First 6 0 R >>",
                                  b"<< /Title (" + b"long " * n + b") /Dest [3 0 R /Fit] >>"]),
            (b"/PageLabels 5 0 R", [b"<< /Kids [5 0 R] >>"]),
            (b"/PageLabels << /Nums [" + b"0 << /S /r >> " * n + b"] >>", []),
            (b"/PageLabels << /Nums [0 << /S /A /St 99999999999 >>] >>", []),
            (b"/PageLabels << /Nums [0 << /S /R /St 999999999 >>] >>", []),
            (b"/Names << /Dests 5 0 R >> /Outlines 6 0 R",
             [b"<< /Kids [5 0 R] >>", b"<< /First 7 0 R >>", b"<< /Title (A) /Dest (x) >>"]),
        ]
    )  # fmt: skip
    catalog = b"<< /Type /Catalog /Pages 2 0 R " + entry + b" >>"
    return _one_page(b"BT /F1 9 Tf (Top) Tj ET", b"", *objects, catalog=catalog)


def shared_pages(_pdf: bytes, rng: random.Random) -> bytes:
    """Many pages that share one costly stream: 14 kB that never end."""
    n_pages, n_operators = rng.choice([(2000, 20), (2000, 2000), (300, 20_000), (20, 200_000)])
    pages = b"<< /Type /Pages /Kids [" + b"3 0 R " * n_pages + b"] /Count %d >>" % n_pages
    drawn = _stream(b"BT /F1 9 Tf " + b"(word ) Tj 0 -9 Td " * n_operators + b"ET")
    return _assemble([_CATALOG, pages, _PAGE % (4, _FONT), drawn])


def odd_text(_pdf: bytes, rng: random.Random) -> bytes:
    """Pages that can be read, and say what no author would."""
    n = rng.choice([100, 5000, 50_000])
    letters = rng.choice("a/ab/a b/. /1. /- /(/\t/\x01\x02 x/é—…/|  /:;/a-/A/x=1;".split("/"))
    rows = [
        "".join(rng.choices(letters, k=rng.choice([1, 3, 80, 2000]))) for _ in range(min(n, 400))
    ]
    shape = rng.choice(["rows", "one row", "pages", "same"])
    if shape == "rows":
        return _print_pages(["\n".join(rows * (n // len(rows)))[:200_000]])
    if shape == "one row":
        return _print_pages([(letters * n)[:n]])
    if shape == "same":
        return _print_pages([rows[0]] * 300)
    return _print_pages(rows)


def odd_tables(_pdf: bytes, rng: random.Random) -> bytes:
    """Rows of cells, some left out, shifted, or drawn in no order."""
    columns = sorted(rng.sample(range(40, 500, 40), rng.randint(1, 7)))
    drawn, filled = b"", rng.choice([0.5, 0.9, 1.0])
    for row in range(rng.choice([2, 4, 30])):
        cells = [x + rng.choice([0, 0, 0, 2, 11]) for x in columns if rng.random() < filled]
        if rng.random() < 0.1:
            rng.shuffle(cells)
        for x in cells:
            text = rng.choice([b"Cell", b"a", b"7", b"-", b"Two words"])
            drawn += b"BT /F1 9 Tf 1 0 0 1 %d %d Tm (%s) Tj ET\n" % (x, 780 - 14 * row, text)
    return _one_page(drawn)


KINDS: dict[str, Break] = {
    kind.__name__.replace("_", "-"): kind
    for kind in (
        truncated, flipped, spliced, swapped, odd_values, bad_xref, page_tree, forms, giant_stream,
        nested, filters, fonts, catalogue, shared_pages, odd_text, odd_tables,
    )
}  # fmt: skip


# ── what they are made of ───────────────────────────────────────────────────────────────────────


def _print_pages(texts: list[str]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for number, text in enumerate(texts):
        canvas.bookmarkPage(str(number))
        canvas.addOutlineEntry(f"Part {number}", str(number))
        lines = canvas.beginText(72, 780)
        lines.setFont("Helvetica", 10, 12)
        for line in text.split("\n"):
            lines.textLine(line)
        canvas.drawText(lines)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _bytes(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_FONT = b" /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R /Resources << %s >> >>"
)


def _stream(data: bytes, entries: bytes = b"", *, is_packed: bool = False) -> bytes:
    if not is_packed:
        data, entries = zlib.compress(data, 9), entries + b" /Filter /FlateDecode"
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def _one_page(
    content: bytes,
    resources: bytes = b"",
    *more: bytes,
    raw: bytes | None = None,
    catalog: bytes = b"",
) -> bytes:
    """Return a PDF of this page and a harmless one; `more` are its objects from number 5 on."""
    if b"/Font" not in resources:
        resources += _FONT
    last = 5 + len(more)
    pages = b"<< /Type /Pages /Kids [3 0 R %d 0 R] /Count 2 >>" % last
    harmless = _stream(b"BT /F1 9 Tf (A harmless page.) Tj ET")
    objects = [_PAGE % (4, resources), raw or _stream(content), *more]
    return _assemble([catalog or _CATALOG, pages, *objects, _PAGE % (last + 1, _FONT), harmless])


def _assemble(objects: list[bytes]) -> bytes:
    """Number the objects from 1, the catalogue being the first, and append a table of them."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)


def _print_table(outcomes: list[Outcome]) -> None:
    heads = "".join(f"{what:>16}" for what in OUTCOMES)
    print(f"{'kind':<15}{heads}   read p50 / max, rest max (s of CPU)")
    for kind in [*dict.fromkeys(outcome.kind for outcome in outcomes), ""]:
        of_kind = [outcome for outcome in outcomes if kind in ("", outcome.kind)]
        counts = [sum(outcome.what == what for outcome in of_kind) for what in OUTCOMES]
        reads = [outcome.read_s for outcome in of_kind]
        print(
            f"{kind or 'all':<15}{''.join(f'{count:>16}' for count in counts)}"
            f"   {statistics.median(reads):.1f} / {max(reads):.1f}, "
            f"{max(outcome.rest_s for outcome in of_kind):.1f}"
        )


class _Plain(argparse.RawDescriptionHelpFormatter):
    pass


if __name__ == "__main__":
    raise SystemExit(main())
