"""Small PDFs for tests, the same bytes each time. Texts in, a file out."""

from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, NumberObject, StreamObject
from reportlab.pdfgen.canvas import Canvas

FONT, SIZE, LEADING = "Helvetica", 11, 14
TOP, LEFT = 780, 72


def write_pdf(
    path: Path,
    pages: Sequence[str | None],
    *,
    title: str | None = None,
    bookmarks: Sequence[tuple[str, int, int]] = (),
    n_roman: int = 0,
) -> Path:
    """Print each text on a page of its own, line by line.

    Args:
        path: file to write, which is returned.
        pages: texts; an empty one gives a page without a text layer, None a blank one.
        title: of the document.
        bookmarks: (title, level from 1, page from 1), in order.
        n_roman: first pages, labelled i, ii, …; the others are labelled 1, 2, …
    """
    canvas = Canvas(str(path), invariant=1)
    canvas.setTitle(title or "")
    if n_roman:
        canvas.addPageLabel(0, style="ROMAN_LOWER", start=1)
        canvas.addPageLabel(n_roman, style="ARABIC", start=1)
    for number, text in enumerate(pages, start=1):
        for i, (name, level, page) in enumerate(bookmarks):
            if page == number:
                canvas.bookmarkPage(str(i))
                canvas.addOutlineEntry(name, str(i), level - 1)
        if text:
            lines = canvas.beginText(LEFT, TOP)
            lines.setFont(FONT, SIZE, LEADING)
            for line in text.split("\n"):
                lines.textLine(line)
            canvas.drawText(lines)
        elif text is not None:
            canvas.rect(100, 100, 300, 300, fill=1)  # a scan, as far as a text layer can tell
        canvas.showPage()
    canvas.save()
    return path


def encrypt(path: Path, *, password: str, algorithm: str) -> Path:
    """Encrypt in place, with the same password for reading and for owning."""
    writer = PdfWriter(clone_from=path)
    writer.encrypt(password, "owner", algorithm=algorithm)
    writer.write(path)
    return path


def scan(path: Path, *, turned: int = 0) -> Path:
    """Replace each page by its image, in place, laid down turned by so many degrees clockwise."""
    import pypdfium2
    from reportlab.lib.utils import ImageReader

    printed = pypdfium2.PdfDocument(path.read_bytes())
    canvas = Canvas(str(path), invariant=1)
    for page in printed:
        image = page.render(scale=200 / 72, grayscale=True, rotation=turned).to_pil()
        width, height = image.width * 72 / 200, image.height * 72 / 200
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(image), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return path


def set_content(path: Path, page: int, content: bytes) -> Path:
    """Replace what draws a page, from 1, in place."""
    writer = PdfWriter(clone_from=path)
    stream = StreamObject()
    stream.set_data(content)
    drawn = writer._add_object(stream.flate_encode(9))
    writer.pages[page - 1][NameObject("/Contents")] = drawn
    writer.write(path)
    return path


def add_pictures(path: Path, side: int) -> Path:
    """Draw a grey picture of its own, of so many pixels a side, on each page, in place."""
    writer = PdfWriter(clone_from=path)
    for number, page in enumerate(writer.pages):
        picture = StreamObject()
        picture.set_data(bytes([number]) * side**2)
        picture.update(
            {
                NameObject("/Subtype"): NameObject("/Image"),
                NameObject("/ColorSpace"): NameObject("/DeviceGray"),
                NameObject("/BitsPerComponent"): NumberObject(8),
                NameObject("/Width"): NumberObject(side),
                NameObject("/Height"): NumberObject(side),
            }
        )
        drawing = StreamObject()
        drawing.set_data(page.get_contents().get_data() + b" q 500 0 0 500 0 0 cm /Picture Do Q")
        page[NameObject("/Contents")] = writer._add_object(drawing)
        page["/Resources"][NameObject("/XObject")] = DictionaryObject(
            {NameObject("/Picture"): writer._add_object(picture)}
        )
    writer.write(path)
    return path


def make_endless(path: Path, page: int) -> Path:
    """Let a page, from 1, draw a letter a million times, in place: 13 kB, a minute of work."""
    return set_content(path, page, b"BT " + b"(x) Tj " * 1_000_000 + b"ET")
