"""Chunks and a filter in, the rows of the chunks that match out. No I/O."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from ragguide.errors import UsageError
from ragguide.types import Chunk, Filter, SourceRecord, Statement

MAX_LISTED = 8  # names or tags in a message


def allowed_rows(
    chunks: Sequence[Chunk], sources: Sequence[SourceRecord], wanted: Filter
) -> NDArray[np.int64]:
    """Return the rows of the chunks that match a filter, ascending.

    Raises:
        UsageError: no chunk matches; the message names the condition that fails.
    """
    documents = matching_documents(sources, wanted)
    if not documents:
        raise UsageError(no_document(sources, wanted))
    on_pages = [
        row
        for row, chunk in enumerate(chunks)
        if chunk.document in documents and _is_on_pages(chunk, wanted)
    ]
    rows = [row for row in on_pages if _is_in_section(chunks[row], wanted.sections)]
    if not rows:
        pages = (chunk.page_last for chunk in chunks if chunk.document in documents)
        last_page = max(pages, default=0)
        raise UsageError(no_passage(wanted, has_page=bool(on_pages), last_page=last_page))
    return np.array(rows, np.int64)


def stands_in(chunk: Chunk, statement: Statement, wanted: Filter) -> bool:
    """Whether all of a statement of a matching chunk is on the wanted pages and in the sections."""
    page_first = chunk.page_at(statement.start)
    page_last = chunk.page_at(statement.end - 1)
    return are_pages_wanted(page_first, page_last, wanted) and _is_titled(
        (statement.section,), wanted.sections
    )


def are_pages_wanted(page_first: int, page_last: int, wanted: Filter) -> bool:
    """Whether all of these pages are wanted."""
    return wanted.page_first <= page_first and (
        wanted.page_last is None or page_last <= wanted.page_last
    )


def matching_documents(sources: Sequence[SourceRecord], wanted: Filter) -> set[str]:
    """Return the names of the documents that match a filter's names and tags."""
    return {
        source.name
        for source in sources
        if _is_named(source, wanted.documents) and _has_tags(source, wanted.tags)
    }


def _is_on_pages(chunk: Chunk, wanted: Filter) -> bool:
    starts_in_time = wanted.page_last is None or chunk.page_first <= wanted.page_last
    return starts_in_time and chunk.page_last >= wanted.page_first


def _is_named(source: SourceRecord, patterns: Sequence[str]) -> bool:
    return not patterns or _matches(source.name.casefold(), [each.casefold() for each in patterns])


def _has_tags(source: SourceRecord, tags: dict[str, tuple[str, ...]]) -> bool:
    return all(
        name in source.tags and _matches(source.tags[name], values) for name, values in tags.items()
    )


def _matches(value: str, patterns: Iterable[str]) -> bool:
    """Whether a value equals or matches one of the patterns: "notes [1]" equals itself."""
    return any(value == pattern or fnmatchcase(value, pattern) for pattern in patterns)


def _is_in_section(chunk: Chunk, wanted: Sequence[str]) -> bool:
    """Whether the titles above the chunk, or above one of its statements, contain the words."""
    return _is_titled(
        {chunk.section, *(statement.section for statement in chunk.statements)}, wanted
    )


def _is_titled(paths: Iterable[tuple[str, ...]], wanted: Sequence[str]) -> bool:
    """Whether one of the paths contains the words, joined as the user sees it: "Costs > Spot"."""
    if not wanted:
        return True
    titles = [" > ".join(path).casefold() for path in paths]
    return any(words.casefold() in title for words in wanted for title in titles)


# ── why nothing matches ─────────────────────────────────────────────────────────────────────────


def no_document(sources: Sequence[SourceRecord], wanted: Filter) -> str:
    """Say why no document matches."""
    return f"no document matches the filter: {_no_document(sources, wanted)}"


def no_passage(wanted: Filter, *, has_page: bool, last_page: int) -> str:
    """Say why no passage of the matching documents matches.

    Args:
        wanted: the filter.
        has_page: whether a passage is on the wanted pages.
        last_page: of the matching documents.
    """
    reason = _no_section(wanted) if has_page else _no_page(last_page, wanted)
    return (
        f"no passage matches the filter: {reason} List pages and sections: `ragguide inspect FILE`."
    )


def _no_document(sources: Sequence[SourceRecord], wanted: Filter) -> str:
    if not any(_is_named(source, wanted.documents) for source in sources):
        return (
            f"none is named {_either(wanted.documents)}. Documents in the index: "
            f"{_listed(source.name for source in sources)}."
        )
    for name, values in wanted.tags.items():
        if not any(_has_tags(source, {name: values}) for source in sources):
            tags = _listed(f"{k}={v}" for source in sources for k, v in source.tags.items())
            return (
                f"none has the tag {_either(f'{name}={value}' for value in values)}. "
                f"Tags in the index: {tags or 'none'}."
            )
    return "each condition matches a document, but none matches all. Drop a condition."


def _no_page(last_page: int, wanted: Filter) -> str:
    first, last = wanted.page_first, wanted.page_last
    if last is None:
        pages = f"on page {first} or later"
    else:
        pages = f"on page {first}" if first == last else f"on pages {first}-{last}"
    return f"none is {pages}; the last page with text is {last_page}."


def _no_section(wanted: Filter) -> str:
    return f"no section title of the remaining passages contains {_either(wanted.sections)}."


def _either(values: Iterable[str]) -> str:
    return " or ".join(map(repr, values))


def _listed(values: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(values))
    return ", ".join(distinct[:MAX_LISTED]) + (" …" if len(distinct) > MAX_LISTED else "")
