"""The colours and the vector drawings of the default guide.

`FIGURES` maps the name that follows `figure:` in a Markdown image to the function that returns the
reportlab `Drawing`, made of shapes and text in the standard PDF fonts. All sizes are in points, and
all coordinates are literals or sums of them, so that a drawing is the same to the byte on every
machine.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, PolyLine, Rect, String
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


def _box(
    drawing: Any, x: float, y: float, width: float, lines: list[str], height: int = 40
) -> None:
    """Add a rounded box whose first line is bold; at most two lines, which need 28 points."""
    drawing.add(Rect(x, y, width, height, rx=4, ry=4, fillColor=TINT, strokeColor=ACCENT))
    middle = y + height // 2
    baselines = [middle - 3] if len(lines) == 1 else [middle + 3, middle - 9]
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


def _k_fold() -> Any:
    """Return five runs over five folds, the validation fold of each run filled."""
    drawing = Drawing(390, 118)
    for fold in range(5):
        drawing.add(_text(96 + fold * 56, 108, f"fold {fold + 1}", 8, fillColor=GREY))
    for run in range(5):
        y = 82 - run * 20
        drawing.add(_text(60, y + 6, f"run {run + 1}", textAnchor="end", fontName=SANS_BOLD))
        for fold in range(5):
            x, held_out = 68 + fold * 56, fold == run
            colour = ACCENT if held_out else TINT
            drawing.add(Rect(x, y, 56, 18, fillColor=colour, strokeColor=ACCENT))
            word = "validation" if held_out else "training"
            ink = white if held_out else GREY
            drawing.add(_text(x + 28, y + 6, word, 8, fillColor=ink))
    return drawing


def _data_architecture() -> Any:
    """Return the lake with three services above and three below, and how data moves."""
    drawing = Drawing(450, 196)
    above = [["Streams", "Kinesis"], ["Warehouse", "Redshift"], ["Search", "OpenSearch"]]
    below = [
        ["Databases", "Aurora, DynamoDB"],
        ["Machine learning", "SageMaker"],
        ["Big data", "EMR"],
    ]
    _box(drawing, 0, 78, 450, ["Data lake: raw, clean and curated zones on Amazon S3"])
    drawing.add(_text(225, 84, "one catalogue (Glue), one set of permissions (Lake Formation)", 8))
    for column, x in enumerate((0, 165, 330)):
        _box(drawing, x, 156, 120, above[column])
        _box(drawing, x, 0, 120, below[column])
        for low, high in ((40, 78), (118, 156)):
            _arrow(drawing, [(x + 40, low), (x + 40, high)])
            _arrow(drawing, [(x + 80, high), (x + 80, low)])
    drawing.add(_text(252, 134, "outside in", 8, textAnchor="start", fillColor=GREY))
    drawing.add(_text(252, 56, "inside out", 8, textAnchor="start", fillColor=GREY))
    for x in (120, 285):
        _arrow(drawing, [(x, 176), (x + 45, 176)])
        _arrow(drawing, [(x, 20), (x + 45, 20)])
    return drawing


def _network() -> Any:
    """Return layers of 4, 5, 5 and 3 neurons, each joined to all of the next."""
    drawing = Drawing(380, 150)
    names = ("input layer", "hidden layer 1", "hidden layer 2", "output layer")
    places = [
        [(40 + layer * 100, 80 + 25 * row - 12.5 * (size - 1)) for row in range(size)]
        for layer, size in enumerate((4, 5, 5, 3))
    ]
    for left, right in pairwise(places):
        for x0, y0 in left:
            for x1, y1 in right:
                drawing.add(Line(x0, y0, x1, y1, strokeColor=RULE, strokeWidth=0.6))
    for name, layer_places in zip(names, places, strict=True):
        for x, y in layer_places:
            drawing.add(Circle(x, y, 8, fillColor=TINT, strokeColor=ACCENT))
        drawing.add(_text(layer_places[0][0], 4, name, 8, fillColor=GREY))
    return drawing


def _canary() -> Any:
    """Return the shares of traffic of the old and the new fleet in three steps."""
    drawing = Drawing(450, 130)
    steps = [
        ("1  canary", "90% of traffic", "10% of traffic"),
        ("2  baking period", "alarms are watched", "alarms are watched"),
        ("3  switch", "kept for a while", "100% of traffic"),
    ]
    for column, (name, blue, green) in enumerate(steps):
        x = column * 165
        drawing.add(_text(x + 60, 120, name, fontName=SANS_BOLD, fillColor=ACCENT))
        _box(drawing, x, 72, 120, ["Blue fleet (old)", blue])
        _box(drawing, x, 22, 120, ["Green fleet (new)", green])
        if column < 2:
            _arrow(drawing, [(x + 120, 67), (x + 165, 67)])
    drawing.add(_text(225, 4, "an alarm in step 2: all traffic returns to blue", 8, fillColor=WARM))
    return drawing


def _transformer() -> Any:
    """Return the encoder on the left and the decoder on the right, from the bottom up."""
    drawing = Drawing(420, 214)
    encoder = [
        ["Input tokens", "embedding + position"],
        ["Self-attention", "every token sees every other"],
        ["Dense network", "for each position"],
    ]
    decoder = [
        ["Output so far", "embedding + position"],
        ["Masked self-attention", "earlier tokens only"],
        ["Cross-attention", "keys and values of the encoder"],
        ["Dense network", "for each position"],
        ["Next token", "softmax over the vocabulary"],
    ]
    for x, name, stack in ((0, "Encoder", encoder), (260, "Decoder", decoder)):
        for place, lines in enumerate(stack):
            _box(drawing, x, place * 44, 160, lines, 30)
            if place:
                _arrow(drawing, [(x + 80, place * 44 - 14), (x + 80, place * 44)])
        top = len(stack) * 44
        drawing.add(_text(x + 80, top - 8, name, fontName=SANS_BOLD, fillColor=ACCENT))
    _arrow(drawing, [(160, 103), (260, 103)])
    drawing.add(_text(210, 60, "blocks repeat", 8, fillColor=GREY))
    drawing.add(_text(210, 50, "6 times each", 8, fillColor=GREY))
    return drawing


def _mlops() -> Any:
    """Return the six stages in a row, and the way back from the last to the first."""
    drawing = Drawing(450, 92)
    stages = [
        ["Data", "check, split"],
        ["Train", "pipeline"],
        ["Evaluate", "test set"],
        ["Register", "approval"],
        ["Deploy", "guardrails"],
        ["Monitor", "drift, alarms"],
    ]
    for place, lines in enumerate(stages):
        _box(drawing, place * 77, 44, 65, lines)
        if place:
            _arrow(drawing, [(place * 77 - 12, 64), (place * 77, 64)])
    _arrow(drawing, [(417, 44), (417, 20), (32, 20), (32, 44)])
    drawing.add(_text(225, 7, "new data, drift or a fault: train again", 8, fillColor=GREY))
    return drawing


FIGURES: dict[str, Callable[[], Any]] = {
    "k-fold": _k_fold,
    "data-architecture": _data_architecture,
    "network": _network,
    "canary": _canary,
    "transformer": _transformer,
    "mlops": _mlops,
    "rag-flow": _rag_flow,
    "confusion-matrix": _confusion_matrix,
    "pr-curve": _pr_curve,
}
