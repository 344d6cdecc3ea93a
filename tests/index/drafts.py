"""Drafts of small made-up guides, and stores to write them to."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from ragguide.base.clock import Clock
from ragguide.index.generation import FORMAT_VERSION
from ragguide.index.rights import with_rights
from ragguide.index.stores.protocols import Describe, Draft, Judge, Store
from ragguide.types import (
    AllowRule,
    Block,
    Chunk,
    Document,
    IndexRequest,
    Manifest,
    ReadRequest,
    Section,
    SourceRecord,
    VectorIndexRecord,
)
from tests.fakes import FakeEmbedder
from tests.retrieve.made import a_chunk, a_source

EMBEDDER = FakeEmbedder()
Allowed = Mapping[str, tuple[str, ...]]  # document → groups
MakeStore = Callable[..., Store]  # name of the index → its store

TOPICS = {
    "boats": [
        "The north ferry crosses the strait. It leaves twice a day.",
        "A canoe carries two persons and no freight.",
        "Barges bring rye, oats and coal to the old quay.",
    ],
    "kitchen": [
        "Rye bread rises slowly. Bake it for an hour.",
        "Oat milk keeps a week in the cellar.",
    ],
    "harbour": [
        "A berth costs 12 crowns a night; long berths cost 20.",
        "The harbour master lists all berths and ferries.",
        "No boat may anchor before the lighthouse.",
    ],
}


def edition(number: int) -> dict[str, list[str]]:
    """Return the guide's texts by document; each edition differs in one of them."""
    changed = [*TOPICS["kitchen"], f"Edition {number} of the cook adds salt."]
    return TOPICS | {"kitchen": changed}


def draft_of(
    texts: dict[str, list[str]], request: IndexRequest | None = None, *, embed: bool = True
) -> Draft:
    """Return the contents of a generation; without `embed`, its vectors are empty."""
    documents, chunks = [], []
    for page, (name, paragraphs) in enumerate(texts.items(), start=1):
        documents.append(_document(name, "\n\n".join(paragraphs)))
        start = 0
        for text in paragraphs:
            said = [(f"{part.removesuffix('.')}.", (name.title(),)) for part in text.split(". ")]
            chunks.append(
                a_chunk(
                    text, document=name, start=start, section=(name.title(),), pages=(page,),
                    statements=said,
                )
            )  # fmt: skip
            start += len(text) + 2
    said = [chunk.statement_text(each) for chunk in chunks for each in chunk.statements]
    texts_to_embed = [chunk.embedded_text for chunk in chunks] if embed else []
    return Draft(
        documents=documents,
        chunks=chunks,
        vectors=EMBEDDER.embed(texts_to_embed),
        statements=EMBEDDER.embed(said if embed else []),
        request=request or IndexRequest(),
    )


def _document(name: str, text: str) -> Document:
    return Document(
        name=name,
        path=f"/{name}.pdf",
        title=name.title(),
        sha256="0" * 64,
        text=text,
        page_starts=(0,),
        page_labels=("1",),
        blocks=(Block(kind="paragraph", start=0, end=len(text)),),
        sections=(Section(path=(name.title(),), start=0, end=len(text)),),
        unreadable={},
    )


def sources_of(draft: Draft) -> tuple[SourceRecord, ...]:
    return tuple(a_source(each.name, kind=each.name[0]) for each in draft.documents)


def describe_of(
    draft: Draft, *, dim: int = EMBEDDER.dim, allowed: Allowed | None = None
) -> Describe:
    request = ReadRequest(paths=("/guide.pdf",), tags={}, ocr_languages=None)
    if allowed is not None:
        rules = [AllowRule(documents=name, groups=groups) for name, groups in allowed.items()]
        request = msgspec.structs.replace(request, allow=tuple(rules))
    n_tokens_of = {each.name: len(each.text) for each in draft.documents}

    def describe(number: int, record: VectorIndexRecord, files: dict[str, str]) -> Manifest:
        return Manifest(
            format_version=FORMAT_VERSION,
            text_version=1,
            generation=number,
            created="2025-01-01T00:00:00Z",
            ragguide_version="0.1.0",
            request=request,
            sources=with_rights(request, sources_of(draft), draft.chunks, n_tokens_of),
            embedder="fake",
            embedder_sha256="0" * 64,
            dim=dim,
            metric="inner product",
            vector_index=record,
            chunk_tokens=160,
            chunk_overlap=32,
            chunk_strategy="sections",
            n_chunks=len(draft.chunks),
            n_statements=len(draft.statements),
            n_tokens=sum(n_tokens_of.values()),
            files=files,
        )

    return describe


def write(
    store: Store,
    draft: Draft,
    *,
    keep: int = 3,
    judge: Judge | None = None,
    allowed: Allowed | None = None,
) -> Manifest:
    describe = describe_of(draft, allowed=allowed)
    with store.writing():
        return store.add(draft, describe, keep=keep, clock=Clock(None), judge=judge)


def texts_of(chunks: Sequence[Chunk]) -> list[str]:
    return [chunk.text for chunk in chunks]
