"""A Word paragraph's XML in, its visible text out. No I/O."""

from collections.abc import Iterator, Sequence
from typing import Any

from docx.oxml.ns import nsmap

from ragguide.create.superscripts import raise_text

W = "{" + nsmap["w"] + "}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_SPACES = {W + name for name in ("tab", "ptab")}
_BREAKS = {W + name for name in ("br", "cr")}
_NOT_INLINE = {W + name for name in ("pPr", "rPr", "del", "moveFrom", "txbxContent")}
_NOT_INLINE.add(MC + "Fallback")  # repeats the content of the choice next to it
_HIDDEN = ("vanish",)
_STRUCK = ("strike", "dstrike")
_OFF = frozenset({"0", "false", "off"})


class WordText:
    """Reads paragraphs without hidden, struck-out and deleted runs; raised digits stay apart."""

    def __init__(self, styles: Any) -> None:
        """`styles` is the root element of the document's styles."""
        self._run_styles = {
            style.get(W + "styleId", ""): style
            for style in styles.iter(W + "style")
            if style.get(W + "type") == "character"
        }

    def of(self, paragraph: Any) -> str:
        """Return a paragraph's text with its line breaks."""
        return "".join(self._pieces(paragraph))

    def hides_text(self, body: Any) -> bool:
        """Whether a document has hidden text."""
        if self._uses(body, _HIDDEN):
            return any(
                self._has(run.find(W + "rPr"), *_HIDDEN)
                and any((text.text or "").strip() for text in run.iter(W + "t"))
                for run in body.iter(W + "r")
            )
        return False

    def raises_text(self, body: Any) -> bool:
        """Whether a document may have raised text."""
        return self._uses(body, ("vertAlign",))

    def _uses(self, body: Any, names: Sequence[str]) -> bool:
        roots = (body, *self._run_styles.values())
        return any(next(root.iter(W + name), None) is not None for root in roots for name in names)

    def _pieces(self, node: Any) -> Iterator[str]:
        for child in node:
            tag = child.tag
            if tag in (W + "t", _M_TEXT):
                yield child.text or ""
            elif tag in _SPACES:
                yield " "
            elif tag in _BREAKS:
                yield "\n"
            elif tag == W + "noBreakHyphen":
                yield "-"
            elif tag == W + "r":
                yield from self._run(child)
            elif tag not in _NOT_INLINE:
                yield from self._pieces(child)

    def _run(self, run: Any) -> Iterator[str]:
        properties = run.find(W + "rPr")
        if properties is None:
            yield from self._pieces(run)
        elif not self._has(properties, *_HIDDEN, *_STRUCK):
            text = "".join(self._pieces(run))
            yield raise_text(text) if self._is_raised(properties) else text

    def _has(self, properties: Any, *names: str) -> bool:
        """Whether a run has one of these properties, itself or by its style."""
        for name in names:
            mark = self._property(properties, name)
            if mark is not None and mark.get(W + "val", "1") not in _OFF:
                return True
        return False

    def _is_raised(self, properties: Any) -> bool:
        mark = self._property(properties, "vertAlign")
        return mark is not None and mark.get(W + "val") == "superscript"

    def _property(self, properties: Any, name: str) -> Any:
        if properties is None:
            return None
        own = properties.find(W + name)
        link = properties.find(W + "rStyle") if own is None else None
        style = None if link is None else self._run_styles.get(link.get(W + "val", ""))
        return own if style is None else style.find(f"{W}rPr/{W}{name}")
