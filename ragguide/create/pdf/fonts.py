"""A font of a PDF in, its look and the widths of its letters out."""

import contextlib
import re
from dataclasses import dataclass, field
from typing import Any

_FIXED = re.compile(r"courier|mono|consol|menlo|typewriter|fixed|terminal|cmtt|lmtt|\btt\b", re.I)
_NUMBERED_GLYPH = re.compile(r"/(?!u[\dA-Fa-f]{4}|uni)[A-Za-z.]{0,6}_?\d+")
_DIGITS = frozenset("0123456789")
_SIGNS = frozenset("+-−")
_RAISED_WIDTH = 0.75  # times that of a digit of full size
_FIXED_PITCH = 1  # flag of a font descriptor
_FONTS_KEPT = 1000  # of a document
MIN_GLYPHS = 5  # whose names show that a font numbers them


@dataclass(frozen=True)
class Face:
    """How a font looks."""

    is_bold: bool = False
    is_fixed: bool = False  # all letters have one width
    has_no_map: bool = False  # its codes say nothing about the letters they draw
    widths: dict[str, float] = field(default_factory=dict)  # letter → thousandths of the type size
    usual_width: float = 500.0  # of a letter not in `widths`
    encoding: str | None = None  # of a composite font's codes
    code_widths: dict[str, float] = field(default_factory=dict)  # code → the same
    raised: frozenset[str] = frozenset()  # codes of small digits, beside others of full size
    signs: frozenset[str] = frozenset()  # codes of + and -
    has_no_blank: bool = False  # it leaves gaps instead, as TeX's fonts do

    def width(self, text: str) -> float:
        """Return the width of a text as a multiple of the type size."""
        return sum(self.widths.get(letter, self.usual_width) for letter in text) / 1000

    def draws_raised(self, pieces: Any) -> bool:
        """Whether strings consist of the font's raised digits."""
        if not self.raised:
            return False
        codes = set("".join(self.codes(each) for each in pieces if isinstance(each, str | bytes)))
        return bool(codes & self.raised) and codes <= self.raised | self.signs

    def codes(self, text: str | bytes) -> str:
        """Return the codes of a string as characters."""
        if isinstance(text, str):
            return text
        return text.decode(self.encoding or "latin-1", "replace")

    def code_width(self, codes: str) -> float:
        """Return the width of codes as a multiple of the type size."""
        return sum(self.code_widths.get(code, self.usual_width) for code in codes) / 1000


_UNKNOWN = Face()


class Fonts:
    """The faces of a document's fonts, each found once."""

    def __init__(self) -> None:
        self._faces: dict[int, tuple[Any, Face]] = {}  # the font is kept, so that its id stays

    def face(self, font: Any) -> Face:
        """Return the face of a font dictionary. Never raises, since pypdf swallows it."""
        known = self._faces.get(id(font))
        if known is not None:
            return known[1]
        face = _UNKNOWN
        with contextlib.suppress(Exception):
            if font is not None:
                face = _face(font)
        if len(self._faces) >= _FONTS_KEPT:
            self._faces.clear()
        self._faces[id(font)] = (font, face)
        return face


def _face(font: Any) -> Face:
    name = str(font.get("/BaseFont", ""))
    flags = 0
    with contextlib.suppress(Exception):
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        flags = int(inner["/FontDescriptor"].get_object().get("/Flags", 0))
    known: Any = None
    with contextlib.suppress(Exception):  # pypdf's own class may change; the widths then are rough
        from pypdf.generic._font import Font

        known = Font.from_font_resource(font)
    code_widths = _code_widths(known) if known else {}
    letter_widths = _letter_widths(known, code_widths) if known else {}
    usual = _usual_width(font, code_widths)
    return Face(
        is_bold="bold" in name.lower(),
        is_fixed=bool(flags & _FIXED_PITCH or _FIXED.search(name)),
        has_no_map=_has_no_map(font),
        widths=letter_widths,
        usual_width=usual,
        encoding=known.encoding if known and isinstance(known.encoding, str) else None,
        code_widths=code_widths,
        raised=_raised_codes(known, code_widths) if known else frozenset(),
        signs=frozenset(c for c in code_widths if known.character_map.get(c) in _SIGNS),
        has_no_blank=bool(letter_widths) and " " not in letter_widths,
    )


def _raised_codes(known: Any, code_widths: dict[str, float]) -> frozenset[str]:
    """Return the codes of digits that are narrower than another glyph of the same digit."""
    glyphs: dict[str, list[str]] = {}
    for code in code_widths:
        letter = known.character_map.get(code)
        if letter in _DIGITS:
            glyphs.setdefault(letter, []).append(code)
    return frozenset(
        code
        for codes in glyphs.values()
        for code in codes
        if code_widths[code] <= _RAISED_WIDTH * max(code_widths[each] for each in codes)
    )


def _usual_width(font: Any, code_widths: dict[str, float]) -> float:
    """Return the width of letters that a font does not list, in thousandths of the type size."""
    if "/DescendantFonts" in font:
        with contextlib.suppress(Exception):
            return float(font["/DescendantFonts"][0].get_object().get("/DW", 1000))
    return sorted(code_widths.values())[len(code_widths) // 2] if code_widths else 500.0


def _code_widths(known: Any) -> dict[str, float]:
    """Return the widths that a font declares, in thousandths of the type size."""
    widths = known.character_widths.items()
    return {code: float(width) for code, width in widths if len(code) == 1 and width > 0}


def _letter_widths(known: Any, code_widths: dict[str, float]) -> dict[str, float]:
    """Return the width of each letter; the widest, if several codes draw it."""
    codes = known.encoding if isinstance(known.encoding, dict) else {}
    found: dict[str, float] = {}
    for code, width in code_widths.items():
        letter = codes.get(ord(code), code)
        text = known.character_map.get(letter, letter if codes else "")
        found[text] = max(width, found.get(text, 0.0))
    return found


def _has_no_map(font: Any) -> bool:
    """Whether nothing in a font says which letter a code draws.

    The codes of a composite font are then places in its file; a simple font may name its glyphs by
    numbers.
    """
    if "/ToUnicode" in font:
        return False
    if font.get("/Subtype") == "/Type0":
        inner = font["/DescendantFonts"][0].get_object()
        ordering = inner["/CIDSystemInfo"].get_object().get("/Ordering", "")
        return str(font.get("/Encoding", "")).startswith("/Identity") and ordering == "Identity"
    encoding = font["/Encoding"].get_object() if "/Encoding" in font else None
    if encoding is None:
        return False
    names = [str(name) for name in getattr(encoding, "get", lambda *_: ())("/Differences", ())]
    named = [name for name in names if name.startswith("/")]
    numbered = [name for name in named if _NUMBERED_GLYPH.fullmatch(name)]
    return len(named) >= MIN_GLYPHS and 2 * len(numbered) > len(named)
