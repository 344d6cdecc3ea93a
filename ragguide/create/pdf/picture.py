"""A page of a PDF in, its picture on stdout out: a binary PGM by pypdfium2, for OCR."""

import math
import sys

from ragguide.create.pdf.plain import brief

DPI = 300  # of rendered pages, as tesseract's documentation recommends
_MAX_PIXELS = 40_000_000  # A2 at 300 dpi; larger pages get a lower resolution
_MAX_SIDE = 32_000  # pixels; tesseract rejects 32,768


def render(path: str, number: int, password: str | None) -> int:
    """Write a page to stdout as a binary PGM image in grey."""
    try:
        import pypdfium2

        try:
            document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError:
            document = pypdfium2.PdfDocument(path, password=password)
        page = document[number - 1]
        width, height = page.get_size()  # points
        scale = min(DPI / 72, math.sqrt(_MAX_PIXELS / (width * height)))
        scale = min(scale, _MAX_SIDE / max(width, height))
        bitmap = page.render(scale=scale, grayscale=True)
        pixels = memoryview(bitmap.buffer)  # rows are padded to `stride` bytes
        out = sys.stdout.buffer
        out.write(b"P5 %d %d 255\n" % (bitmap.width, bitmap.height))
        for row in range(bitmap.height):
            out.write(pixels[row * bitmap.stride : row * bitmap.stride + bitmap.width])
        out.flush()
    except Exception as exc:  # any error of a damaged file; a crash in C++ only ends this process
        sys.stderr.write(brief(exc) + "\n")
        return 1
    return 0
