"""A Word document's package in, its notes, comments, headers and footers out. No I/O."""

import re
from collections.abc import Iterator
from typing import Any

from docx.oxml import parse_xml

from ragguide.create.body import one_line
from ragguide.create.formats.word_text import W, WordText

_KINDS = {"footnotes": "footnote", "endnotes": "endnote", "comments": "comment"}
_REFERENCES = {f"{W}{kind}Reference": kind for kind in _KINDS.values()}
_DELETED = {W + "del", W + "moveFrom"}
_PAGE_FIELD = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES|SECTION)\b")
_PAGE_WORDS = re.compile(r"(?:\W|\d|page|seite|side|sida|página|of|von|av|de|sur|p)*", re.I)


class Notes:
    """The notes of a document, found by what refers to them."""

    def __init__(self, part: Any, text: WordText) -> None:
        """`part` is python-docx's main document part."""
        self._text = text
        self._notes: dict[tuple[str, str], str] = {}
        self._edges: dict[str, None] = {}  # "Header: …", "Footer: …"
        for link in part.rels.values():
            kind = link.reltype.rsplit("/", 1)[-1]
            if link.is_external:
                continue
            if kind in _KINDS:
                self._read(parse_xml(link.target_part.blob), _KINDS[kind])
            elif kind in ("header", "footer"):
                self._read_edge(parse_xml(link.target_part.blob), kind.capitalize())

    @property
    def edges(self) -> list[str]:
        """Each header, then each footer, without page numbers."""
        return sorted(self._edges, key=lambda text: text.startswith("Footer"))

    def of(self, node: Any) -> Iterator[str]:
        """Yield the notes and comments that a paragraph or a table refers to, once, in order."""
        for reference in node.iter(*_REFERENCES) if self._notes else ():
            if not any(parent.tag in _DELETED for parent in reference.iterancestors()):
                note = self._notes.pop(
                    (_REFERENCES[reference.tag], reference.get(W + "id", "")), ""
                )
                if note:
                    yield note

    def _read(self, root: Any, kind: str) -> None:
        for note in root.iter(W + kind):
            text = one_line(" ".join(self._text.of(each) for each in note.iter(W + "p")))
            author = one_line(note.get(W + "author", ""))
            name = "Note" if kind != "comment" else f"Comment by {author}" if author else "Comment"
            if text:
                self._notes[kind, note.get(W + "id", "")] = f"{name}: {text}"

    def _read_edge(self, root: Any, name: str) -> None:
        for field in list(_page_fields(root)):
            field.getparent().remove(field)
        text = one_line(" ".join(self._text.of(each) for each in root.iter(W + "p")))
        if not _PAGE_WORDS.fullmatch(text):
            self._edges[f"{name}: {text}"] = None


def _page_fields(root: Any) -> Iterator[Any]:
    """Yield the runs of fields that show page numbers."""
    for field in root.iter(W + "fldSimple"):
        if _PAGE_FIELD.match(field.get(W + "instr", "")):
            yield field
    for paragraph in root.iter(W + "p"):
        open_: list[list[Any]] = []  # runs of each open field
        for run in paragraph.iter(W + "r"):
            mark = run.find(W + "fldChar")
            kind = "" if mark is None else mark.get(W + "fldCharType", "")
            if kind == "begin":
                open_.append([])
            for field in open_:
                field.append(run)
            if kind == "end" and open_:
                ended = open_.pop()
                if _shows_page(ended):
                    yield from ended


def _shows_page(runs: list[Any]) -> bool:
    texts = (text.text or "" for run in runs for text in run.iter(W + "instrText"))
    return _PAGE_FIELD.match("".join(texts)) is not None
