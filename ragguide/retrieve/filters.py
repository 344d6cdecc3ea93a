"""Chunks and a filter in, the rows that it lets through out. No I/O."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from ragguide.errors import UsageError
from ragguide.types import Chunk, Filter, SourceRecord


def allowed_rows(
    chunks: Sequence[Chunk], sources: Sequence[SourceRecord], wanted: Filter
) -> NDArray[np.int64]:
    """Return the rows of the chunks that a filter lets through, ascending.

    Raises:
        UsageError: nothing passes; the message says which part of the filter nothing meets.
    """
    documents = {source.name for source in sources if _has_document(source, wanted)}
    if not documents:
        names = ", ".join(source.name for source in sources[:8])
        raise UsageError(
            f"the filter lets no document through. The index holds: {names}"
            f"{' …' if len(sources) > 8 else ''}; tags: {_tags_of(sources) or 'none'}."
        )
    rows = [
        row
        for row, chunk in enumerate(chunks)
        if chunk.document in documents
        and chunk.page_last >= wanted.page_first
        and (wanted.page_last is None or chunk.page_first <= wanted.page_last)
        and _is_in_section(chunk, wanted.sections)
    ]
    if not rows:
        raise UsageError(
            "the filter lets no passage through: no page in that range has a section of that "
            "title. `ragguide inspect FILE` lists pages and sections."
        )
    return np.array(rows, np.int64)


def _has_document(source: SourceRecord, wanted: Filter) -> bool:
    by_name = not wanted.documents or any(
        fnmatchcase(source.name.casefold(), pattern.casefold()) for pattern in wanted.documents
    )
    return by_name and all(
        name in source.tags and any(fnmatchcase(source.tags[name], value) for value in values)
        for name, values in wanted.tags.items()
    )


def _is_in_section(chunk: Chunk, wanted: Sequence[str]) -> bool:
    """Whether a title above the chunk, or above a statement of it, holds one of the words."""
    if not wanted:
        return True
    titles = " > ".join({*chunk.section, *(t for s in chunk.statements for t in s.section)})
    return any(words.casefold() in titles.casefold() for words in wanted)


def _tags_of(sources: Sequence[SourceRecord]) -> str:
    tags: Mapping[str, None] = dict.fromkeys(
        f"{name}={value}" for source in sources for name, value in source.tags.items()
    )
    return ", ".join(list(tags)[:8])
