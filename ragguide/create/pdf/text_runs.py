"""Letters in, their width out; and the runs of text that a page is made of. No I/O."""

import msgspec

_WIDTHS = {  # of Helvetica, in thousandths of the type size: its published metrics
    **dict.fromkeys("ijl", 222), **dict.fromkeys(" !,./:;I[]ft", 278),
    **dict.fromkeys("()-r`", 333), **dict.fromkeys("Jckvsxyz", 500),
    **dict.fromkeys("FTZ", 611), **dict.fromkeys("&ABEKPSVXY", 667),
    **dict.fromkeys("CDHNRUw", 722), **dict.fromkeys("GOQ", 778), "M": 833, "m": 833, "W": 944,
    "%": 889, "'": 191, "|": 260, "+": 584, "=": 584,
}  # fmt: skip
_OTHER_WIDTH = 556  # digits and most letters


class Run(msgspec.Struct, frozen=True, array_like=True):
    """A piece of text in one type."""

    x: float  # where it starts, in points
    y: float | None  # its baseline; None unless it is upright
    size: float
    right: float  # where it ends, by the widths of its font
    is_bold: bool
    is_fixed: bool  # all letters of its font have one width
    goes_on: bool  # the writer drew it with the run before, and only moved the pen
    text: str


def text_width(text: str) -> float:
    """Return the width of a text in Helvetica, as a multiple of the type size."""
    return sum(_WIDTHS.get(letter, _OTHER_WIDTH) for letter in text) / 1000
