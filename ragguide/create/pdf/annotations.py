"""A page's form fields, notes and attached files in, their text and place out."""

import contextlib
from collections.abc import Iterator
from typing import Any

from ragguide.create.pdf.plain import one_line

_FIELD_SLACK = 3.0  # points by which a form field may stand above its label's baseline
_LABEL_SHIFT = 20.0  # points by which a label above its field may be set to a side
_LABEL_WORDS = 5  # of a label without a colon
_LABEL_GAP = 15.0  # of the type size, at most between such a label and its field to the right
_PASSWORD = 1 << 13  # flag of a form field that hides its value


def annotations(page: Any) -> Iterator[tuple[float, float, float, str, str]]:
    """Yield (left, bottom, top, name, value) of each filled form field and each written note."""
    with contextlib.suppress(Exception):  # damaged annotations must not cost the page's text
        for reference in page.get("/Annots") or ():
            note = reference.get_object()
            parent = note.get("/Parent", note).get_object()
            if note.get("/Subtype") == "/Widget":
                name = note.get("/TU") or note.get("/T") or parent.get("/T") or "Field"
                value = note.get("/V", parent.get("/V"))
                is_secret = int(note.get("/Ff", parent.get("/Ff", 0))) & _PASSWORD and value
                is_field = not is_secret and value != "/Off"
            else:
                name, value = "Note", note.get("/Contents")
                is_field = note.get("/Subtype") in ("/Text", "/FreeText")
            shown = one_line(str(value or "")).removeprefix("/")
            left, y, right, top = (float(side) for side in note["/Rect"])
            left, bottom, top = min(left, right), min(y, top), max(y, top)
            if is_field and shown:
                yield left, bottom, top, one_line(str(name)), shown


def label_of(
    lines: list[list[Any]], left: float, bottom: float, top: float
) -> tuple[list[Any], int] | None:
    """Return the line and the index of the run with a field's label, which ends in a colon.

    It stands to the left of the field, or else right above it. A few words without a colon are a
    label too, if they are a line of their own.
    """
    labels = list(_labels(lines))
    beside = [
        (_is_named(run), run[0], line, at)
        for run, line, at in labels
        if bottom - _FIELD_SLACK <= run[1] <= top and _stands_before(run, left)
    ]
    if beside:
        return max(beside, key=lambda each: each[:2])[2:]
    above = [
        (run[1], line, at)
        for run, line, at in labels
        if abs(run[0] - left) <= _LABEL_SHIFT and 0 < run[1] - top <= run[2]
    ]
    return min(above, key=lambda each: each[0])[1:] if above else None


def _labels(lines: list[list[Any]]) -> Iterator[tuple[Any, list[Any], int]]:
    """Yield the runs that may be labels, each with its line and its place there."""
    for line in lines:
        for at, run in enumerate(line):
            if run[1] is not None and (_is_named(run) or (len(line) == 1 and _is_short(run))):
                yield run, line, at


def _stands_before(run: Any, left: float) -> bool:
    """Whether a label is to the left of a field; without a colon, it ends close before it."""
    is_close = left - _LABEL_GAP * run[2] <= run[3] <= left + _FIELD_SLACK
    return bool(run[0] < left and (_is_named(run) or is_close))


def _is_named(run: Any) -> bool:
    return bool(run[-1].rstrip().endswith(":"))


def _is_short(run: Any) -> bool:
    text = run[-1].rstrip()
    return 0 < len(text.split()) <= _LABEL_WORDS and text[-1].isalnum()


def attached_files(reader: Any) -> list[str]:
    """Return the names of the files that are attached to a document."""
    return [one_line(str(name)) for name in reader.attachments]


def files_on(page: Any) -> list[str]:
    """Return the names of the files that are attached to a place on a page."""
    found: list[str] = []
    with contextlib.suppress(Exception):
        for reference in page.get("/Annots") or ():
            note = reference.get_object()
            if note.get("/Subtype") == "/FileAttachment":
                file = note["/FS"].get_object()
                found.append(one_line(str(file.get("/UF") or file.get("/F") or "without a name")))
    return found
