"""A Markdown text in, its chunks, its outline and hits out, as an index has them."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ragguide.augment.lists.structure import Outline, read_outline
from ragguide.create.chunks import split_document
from ragguide.create.formats.markdown import read_markdown
from ragguide.index.keywords import KeywordIndex
from ragguide.types import Chunk, Hit, Why

WHY = Why(
    cosine=0.5,
    cosine_rank=1,
    statement_cosine=0.5,
    keyword_score=1.0,
    keyword_rank=1,
    matched=(),
)


def chunks_of(markdown: str, *, chunk_tokens: int = 60, chunk_overlap: int = 15) -> list[Chunk]:
    """Cut a Markdown text into chunks of so many words."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "manual.md")
        path.write_text(markdown, "utf-8")
        document = read_markdown(path)
    return split_document(
        document,
        count_tokens=lambda texts: [len(text.split()) for text in texts],
        chunk_tokens=chunk_tokens,
        chunk_overlap=chunk_overlap,
        max_tokens=200,
    )


def hits_of(chunks: Sequence[Chunk]) -> list[Hit]:
    """Return each chunk as a hit, in order."""
    return [
        Hit(rank=rank, score=0.5, confidence="medium", why=WHY, chunk=chunk, rows=(rank - 1,))
        for rank, chunk in enumerate(chunks, start=1)
    ]


def rarity_of(chunks: Sequence[Chunk]) -> dict[str, float]:
    return KeywordIndex.build([chunk.embedded_text for chunk in chunks]).rarity()


def outline_of(markdown: str) -> Outline:
    return read_outline(chunks_of(markdown))
