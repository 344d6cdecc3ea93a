"""Paragraphs of a PowerPoint text in, their text without struck-out parts out. No I/O.

Raised digits stay apart from the number before them.
"""

import re
from typing import Any

from pptx.oxml.ns import qn

from ragguide.create.body import one_line
from ragguide.create.superscripts import raise_text

_RUN, _FIELD, _BREAK, _TEXT = qn("a:r"), qn("a:fld"), qn("a:br"), qn("a:t")
_PROPERTIES = qn("a:rPr")
_RAISED = re.compile(r"0*[1-9]").match  # above the line; -25000 is below it
_STRUCK = frozenset({"sngStrike", "dblStrike"})


def paragraph_text(paragraph: Any) -> str:
    """Return the text of a paragraph on one line."""
    return one_line("".join(_shown(child) for child in paragraph._p))


def frame_text(frame: Any) -> str:
    """Return the text of all paragraphs of a frame on one line."""
    return one_line("\n".join(paragraph_text(each) for each in frame.paragraphs))


def _shown(child: Any) -> str:
    if child.tag == _BREAK:
        return "\n"
    if child.tag not in (_RUN, _FIELD):
        return ""
    text: str = child.findtext(_TEXT) or ""
    properties = child.find(_PROPERTIES)
    if properties is None:
        return text
    if properties.get("strike") in _STRUCK:
        return ""
    return raise_text(text) if _RAISED(properties.get("baseline", "")) else text
