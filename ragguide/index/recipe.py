"""What a generation was built from and how; would the same settings build it again? No I/O."""

from collections.abc import Sequence

import msgspec

from ragguide.config import Settings
from ragguide.embed.weights import Weights
from ragguide.types import (
    IndexRequest,
    Manifest,
    ReadRequest,
    SourceRecord,
)

TEXT_VERSION = 2  # raise it when cleaning or chunking changes what it makes of a document


def index_request(settings: Settings) -> IndexRequest:
    """What the settings say about the vector index."""
    names = IndexRequest.__struct_fields__
    return IndexRequest(**{name: getattr(settings, name) for name in names})


def as_made(manifest: Manifest, settings: Settings) -> Settings:
    """The settings, but for those that a generation was made by: they are its own."""
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
    """Whether a generation is what would be made of these documents now."""
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
    """All of a document that a generation hangs on."""
    return record.path, record.sha256, record.tags, record.ocr_pages, record.unreadable
