"""Chunks and sources for the tests of retrieval, given by what matters of them."""

from collections.abc import Sequence

from ragguide.types import Chunk, SourceRecord, Statement


def a_chunk(
    text: str,
    *,
    document: str = "guide",
    start: int = 0,
    section: tuple[str, ...] = (),
    pages: Sequence[int] = (1,),
    statements: Sequence[tuple[str, tuple[str, ...]]] | None = None,
) -> Chunk:
    """A passage of a document; its place there names it. Without `statements` it is one itself."""
    said = [(text, section)] if statements is None else statements
    return Chunk(
        id=f"{document}/p{pages[0]:04d}-{start:02d}",
        document=document,
        section=section,
        text=text,
        text_sha="0" * 64,
        statements=tuple(
            Statement(start=text.index(each), end=text.index(each) + len(each), section=titles)
            for each, titles in said
        ),
        start=start,
        end=start + len(text),
        page_first=pages[0],
        page_last=pages[-1],
        page_labels=tuple(map(str, pages)),
        page_breaks=tuple(range(1, len(pages))),
    )


def a_source(name: str, **tags: str) -> SourceRecord:
    return SourceRecord(
        name=name,
        path=f"/{name}.pdf",
        title=name.title(),
        sha256="0" * 64,
        size_bytes=1,
        modified="2025-01-01T00:00:00+00:00",
        n_pages=9,
        unit="page",
        unreadable={},
        ocr_pages=(),
        tags=tags,
    )
