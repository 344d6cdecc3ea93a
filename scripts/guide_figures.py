"""The colours and the vector drawings of the default guide.

`FIGURES` maps the name that follows `figure:` in a Markdown image to the function that returns the
reportlab `Drawing`, made of shapes and text in the standard PDF fonts. All sizes are in points, and
all coordinates are literals, so that a drawing is the same to the byte on every machine.
"""

from collections.abc import Callable
from typing import Any

from reportlab.graphics.shapes import Drawing, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import HexColor, white

ACCENT = HexColor("#0f4c5c")
TINT = HexColor("#e6eff1")
RULE = HexColor("#b9c7cb")
GREY = HexColor("#5b6669")
WARM = HexColor("#c8553d")
INK = HexColor("#1d2426")

SANS = "Helvetica"
SANS_BOLD = "Helvetica-Bold"


def _text(x: float, y: float, text: str, size: float = 8.5, **style: Any) -> Any:
    """Return centred text whose baseline is at `y`; sizes in points."""
    look = {"fontName": SANS, "fillColor": INK, "textAnchor": "middle", **style}
    return String(x, y, text, fontSize=size, **look)


def _box(drawing: Any, x: float, y: float, width: float, lines: list[str]) -> None:
    """Add a rounded box, 40 points high, whose first line is bold; at most two lines."""
    drawing.add(Rect(x, y, width, 40, rx=4, ry=4, fillColor=TINT, strokeColor=ACCENT))
    baselines = [y + 17] if len(lines) == 1 else [y + 23, y + 11]
    for number, (line, baseline) in enumerate(zip(lines, baselines, strict=True)):
        font = SANS if number else SANS_BOLD
        drawing.add(_text(x + width / 2, baseline, line, 8 if number else 8.5, fontName=font))


def _arrow(drawing: Any, points: list[tuple[float, float]]) -> None:
    """Add a line through `points` (x, y) with a head at its end; segments lie along the axes."""
    drawing.add(PolyLine([v for point in points for v in point], strokeColor=GREY))
    (x0, y0), (x1, y1) = points[-2], points[-1]
    dx, dy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
    back_x, back_y = x1 - 6 * dx, y1 - 6 * dy
    head = [x1, y1, back_x - 3 * dy, back_y - 3 * dx, back_x + 3 * dy, back_y + 3 * dx]
    drawing.add(Polygon(head, fillColor=GREY, strokeColor=GREY))


def _rag_flow() -> Any:
    """Return the data flow of retrieval-augmented generation: ingestion above, a question below."""
    drawing = Drawing(450, 208)
    drawing.add(
        _text(
            0,
            194,
            "Ingestion, when documents change",
            textAnchor="start",
            fontName=SANS_BOLD,
            fillColor=ACCENT,
        )
    )
    _box(drawing, 0, 142, 84, ["Documents", "Amazon S3"])
    _box(drawing, 122, 142, 84, ["Extract", "Textract, parser"])
    _box(drawing, 244, 142, 84, ["Chunk", "200 to 500 tokens"])
    _box(drawing, 366, 142, 84, ["Embed", "Titan Embeddings"])
    for x in (84, 206, 328):
        _arrow(drawing, [(x, 162), (x + 38, 162)])
    _box(drawing, 366, 71, 84, ["Vector store", "OpenSearch"])
    _arrow(drawing, [(408, 142), (408, 111)])
    drawing.add(Line(0, 126, 350, 126, strokeColor=RULE, strokeDashArray=[3, 3]))
    drawing.add(
        _text(
            0,
            112,
            "Answering, for each question",
            textAnchor="start",
            fontName=SANS_BOLD,
            fillColor=ACCENT,
        )
    )
    _box(drawing, 0, 0, 84, ["User", "question, answer"])
    _box(drawing, 122, 0, 84, ["Application", "Lambda"])
    _box(drawing, 244, 0, 84, ["Model", "Amazon Bedrock"])
    _box(drawing, 366, 0, 84, ["Retrieve", "search and rerank"])
    _arrow(drawing, [(408, 71), (408, 40)])
    _arrow(drawing, [(84, 25), (122, 25)])
    _arrow(drawing, [(122, 13), (84, 13)])
    _arrow(drawing, [(206, 25), (244, 25)])
    _arrow(drawing, [(244, 13), (206, 13)])
    _arrow(drawing, [(176, 40), (176, 81), (366, 81)])
    drawing.add(_text(271, 86, "1  embed the question and search", 8, fillColor=GREY))
    _arrow(drawing, [(390, 40), (390, 56), (152, 56), (152, 40)])
    drawing.add(_text(271, 60, "2  passages with page numbers", 8, fillColor=GREY))
    drawing.add(_text(225, 44, "3  prompt", 8, fillColor=GREY))
    return drawing


def _confusion_matrix() -> Any:
    """Return the two by two table of the fraud example, the right decisions tinted."""
    drawing = Drawing(330, 108)
    cells = [
        (100, 48, "40", "true positives (TP)", TINT),
        (215, 48, "10", "false negatives (FN)", white),
        (100, 4, "20", "false positives (FP)", white),
        (215, 4, "930", "true negatives (TN)", TINT),
    ]
    for x, y, count, name, colour in cells:
        drawing.add(Rect(x, y, 115, 44, fillColor=colour, strokeColor=ACCENT))
        drawing.add(_text(x + 57, y + 21, count, 14, fontName=SANS_BOLD))
        drawing.add(_text(x + 57, y + 9, name, 8, fillColor=GREY))
    drawing.add(_text(157, 98, "flagged", fontName=SANS_BOLD))
    drawing.add(_text(272, 98, "not flagged", fontName=SANS_BOLD))
    drawing.add(_text(92, 66, "fraud (50)", fontName=SANS_BOLD, textAnchor="end"))
    drawing.add(_text(92, 22, "no fraud (950)", fontName=SANS_BOLD, textAnchor="end"))
    return drawing


def _pr_curve() -> Any:
    """Return a precision-recall curve through the example's point, over its baseline of 0.05."""
    left, bottom, width, height = 60.0, 32.0, 250.0, 96.0
    drawing = Drawing(330, 140)

    def place(recall: float, precision: float) -> tuple[float, float]:
        return left + recall * width, bottom + precision * height

    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x, y = place(tick, tick)
        drawing.add(Line(left, y, left + width, y, strokeColor=TINT))
        drawing.add(_text(left - 6, y - 3, f"{tick:.1f}", 8, fillColor=GREY, textAnchor="end"))
        drawing.add(_text(x, bottom - 12, f"{tick:.1f}", 8, fillColor=GREY))
    curve = [
        (0.0, 1.0),
        (0.1, 0.99),
        (0.2, 0.97),
        (0.3, 0.95),
        (0.4, 0.92),
        (0.5, 0.88),
        (0.6, 0.83),
        (0.7, 0.76),
        (0.8, 0.667),
        (0.85, 0.58),
        (0.9, 0.44),
        (0.95, 0.25),
        (1.0, 0.05),
    ]
    drawing.add(
        PolyLine([v for point in curve for v in place(*point)], strokeColor=ACCENT, strokeWidth=1.8)
    )
    drawing.add(Line(*place(0, 0.05), *place(1, 0.05), strokeColor=WARM, strokeDashArray=[4, 3]))
    x, y = place(0.8, 0.667)
    drawing.add(Rect(x - 3, y - 3, 6, 6, fillColor=WARM, strokeColor=white))
    drawing.add(_text(x + 8, y + 6, "this threshold", 8, textAnchor="start"))
    drawing.add(
        _text(
            left + 8,
            bottom + 11,
            "baseline 0.05, the share of fraud",
            8,
            fillColor=WARM,
            textAnchor="start",
        )
    )
    drawing.add(Line(left, bottom, left + width, bottom, strokeColor=GREY))
    drawing.add(Line(left, bottom, left, bottom + height, strokeColor=GREY))
    drawing.add(_text(left + width / 2, 6, "recall", fontName=SANS_BOLD))
    drawing.add(_text(left, bottom + height + 6, "precision", fontName=SANS_BOLD))
    return drawing


FIGURES: dict[str, Callable[[], Any]] = {
    "rag-flow": _rag_flow,
    "confusion-matrix": _confusion_matrix,
    "pr-curve": _pr_curve,
}
