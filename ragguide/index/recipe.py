"""A manifest and settings in, whether they would build the same generation out. No I/O."""

from collections.abc import Sequence

import msgspec

from ragguide.config import Settings
from ragguide.embed.weights import Weights
from ragguide.types import IndexRequest, Manifest, ReadRequest, SourceRecord

TEXT_VERSION = 11  # raise it when cleaning or chunking gives other results


def index_request(settings: Settings) -> IndexRequest:
    """Return the settings of the vector index."""
    names = IndexRequest.__struct_fields__
    return IndexRequest(**{name: getattr(settings, name) for name in names})


def as_made(manifest: Manifest, settings: Settings) -> Settings:
    """Return the settings, with those that built the generation taken from its manifest."""
    return msgspec.structs.replace(
        settings,
        chunk_tokens=manifest.chunk_tokens,
        chunk_overlap=manifest.chunk_overlap,
        chunk_strategy=manifest.chunk_strategy,
        **msgspec.structs.asdict(manifest.vector_index.asked),
    )


def is_made_of(
    manifest: Manifest,
    request: ReadRequest,
    records: Sequence[SourceRecord],
    weights: Weights,
    settings: Settings,
) -> bool:
    """Whether these documents and settings would build the same generation again."""
    return (
        manifest.request == request
        and list(map(identity, manifest.sources)) == list(map(identity, records))
        and manifest.text_version == TEXT_VERSION
        and weights.built(manifest)
        and manifest.chunk_tokens == settings.chunk_tokens
        and manifest.chunk_overlap == settings.chunk_overlap
        and manifest.chunk_strategy == settings.chunk_strategy
        and manifest.vector_index.asked == index_request(settings)
    )


def identity(record: SourceRecord) -> tuple[object, ...]:
    """Return all that a generation depends on in a document."""
    read = record.ocr_pages, record.unreadable, record.omitted
    return record.path, record.sha256, record.tags, *read
