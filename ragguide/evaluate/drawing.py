"""Drawing functions in, inline SVG out. The only module that imports matplotlib.

A plot uses the page's CSS variables for colours, so it follows light and dark mode. Its text stays
text, in the page's font.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgspec

from ragguide.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes

MAX_SERIES = 6  # distinguishable colours
WIDTH = 6.4  # inches; the page scales it
# matplotlib knows no CSS: it draws in placeholder colours, which become CSS variables afterwards.
INK, MUTED, GRID = "#010101", "#020202", "#030303"
SERIES = tuple(f"#0a0a0{number}" for number in range(1, MAX_SERIES + 1))
_NAMES = {
    INK: "currentColor",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    **{colour: f"var(--series-{number})" for number, colour in enumerate(SERIES, start=1)},
}
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.parse_math": False,  # a "$" in a name is a dollar
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
}


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """A plot on a page."""

    id: str  # unique on the page
    title: str
    caption: str  # what the plot shows, in words
    svg: str  # without title; safe in HTML without escaping


def require_matplotlib(alternative: str) -> None:
    """Check that plots can be drawn, without importing matplotlib.

    Raises:
        UsageError: it is not installed; `alternative` says what to do without it.
    """
    if find_spec("matplotlib") is None:
        raise UsageError(
            "the plots of a report need matplotlib, which is not installed. "
            f"Run: pip install 'ragguide[report]', or {alternative}."
        )


@contextmanager
def style() -> Iterator[None]:
    """Raises `UsageError` if matplotlib is not installed."""
    require_matplotlib("use --format markdown")
    import matplotlib

    with matplotlib.rc_context(_STYLE):
        yield


def draw(name: str, height: float, fill: Callable[["Axes"], None]) -> str:
    """Return a figure as SVG; `fill` draws on its axes."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": name}):  # makes ids reproducible
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.subplots()
        axes.patch.set_alpha(0)
        fill(axes)
        data = io.StringIO()
        figure.savefig(data, format="svg", metadata=dict.fromkeys(_METADATA))
    return _clean(data.getvalue(), name)


_METADATA = ("Creator", "Date", "Format", "Type")
_FONT = re.compile(r"(?<=; )font-family: [^;\"]+; ")


def _clean(svg: str, name: str) -> str:
    """Strip prologue, size and fonts; use the page's colours, and ids unique on the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    head, body = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]+"', head)
    assert box is not None
    body = _FONT.sub("", body)
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = re.sub(r'(\bid="|xlink:href="#|url\(#)', rf"\g<1>{name}-", body)
    for colour, variable in _NAMES.items():
        body = body.replace(colour, variable)
    return f'<svg {box[0]} xmlns:xlink="http://www.w3.org/1999/xlink" aria-hidden="true">{body}'


def legend(axes: "Axes", runs: Sequence[object], **where: Any) -> None:
    if len(runs) > 1:
        axes.legend(labelcolor=INK, **where)
