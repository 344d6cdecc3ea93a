"""A document in, its text before and after cleaning out, so that people can check it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ragguide.config import Settings
from ragguide.create.cut import split
from ragguide.create.read import ReadOptions, limits_of
from ragguide.models.find import find_embedder
from ragguide.types import Chunk, Document, Unit


class RemovedLine(msgspec.Struct, frozen=True):
    text: str
    reason: str


class RewrittenWord(msgspec.Struct, frozen=True):
    wrong: str
    right: str
    count: int


class InspectedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, slide or sheet; a text file has one."""

    number: int
    label: str
    raw: str  # the unprocessed text layer; empty if there is none
    cleaned: str
    removed: tuple[RemovedLine, ...]
    unreadable: str | None  # why it has no text; None if it was read
    by_ocr: bool


class InspectedSection(msgspec.Struct, frozen=True):
    path: tuple[str, ...]
    page: int  # where it begins


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `ingest` would extract from a document."""

    document: str
    path: str
    title: str
    unit: Unit
    pages: tuple[InspectedPage, ...]
    sections: tuple[InspectedSection, ...]
    chunks: tuple[Chunk, ...]
    rewrites: tuple[RewrittenWord, ...]
    warnings: tuple[str, ...]


def inspect_document(
    path: Path, settings: Settings, *, options: ReadOptions | None = None
) -> Inspection:
    """Read, clean and chunk a document without embedding or storing anything.

    Raises:
        InputError: the document cannot be read.
        ModelError: the embedder is missing; its tokenizer sets the size of chunks.
    """
    from ragguide.create.documents import parse
    from ragguide.embed.tokens import TokenCounter

    parsed = parse(path, limits_of(settings, options or ReadOptions()))
    document = parsed.document
    removed: dict[int, list[RemovedLine]] = {}
    for line in parsed.removed:
        removed.setdefault(line.page, []).append(RemovedLine(line.text, line.reason))
    chunks = split([document], TokenCounter(find_embedder(settings.embedder).folder), settings)
    bounds = [*document.page_starts, len(document.text)]
    pages = tuple(
        InspectedPage(
            number=number,
            label=document.page_labels[number - 1],
            raw=document.raw_pages[number - 1] if document.raw_pages else "",
            cleaned=document.text[bounds[number - 1] : bounds[number]].strip(),
            removed=tuple(removed.get(number, ())),
            unreadable=document.unreadable.get(number),
            by_ocr=number in parsed.ocr_pages,
        )
        for number in range(1, len(bounds))
    )
    return Inspection(
        document=document.name,
        path=document.path,
        title=document.title,
        unit=document.unit,
        pages=pages,
        sections=tuple(
            InspectedSection(
                section.path, sum(at <= section.start for at in document.page_starts) or 1
            )
            for section in document.sections
        ),
        chunks=tuple(chunks),
        rewrites=tuple(RewrittenWord(r.wrong, r.right, r.count) for r in parsed.rewrites),
        warnings=tuple(_warnings(document, pages)),
    )


def _warnings(document: Document, pages: Sequence[InspectedPage]) -> Iterator[str]:
    for page in pages:
        if page.unreadable:
            yield f"{document.unit} {page.number} {page.unreadable}"
    yield from (f"not read: {part}" for part in document.omitted)
    n_by_ocr = sum(page.by_ocr for page in pages)
    if n_by_ocr:
        yield f"{n_by_ocr} {document.unit}(s) read by OCR: letters may be misread"
    if not any(section.path for section in document.sections):
        yield "no headings found: passages will have no section"
