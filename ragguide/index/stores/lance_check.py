"""A generation in Lance tables in, its faults out."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ragguide.index.stores.lance_tables import bytes_of, vectors_of
from ragguide.index.stores.pieces import Posting, digest_of
from ragguide.index.verify import content_faults

if TYPE_CHECKING:
    from ragguide.index.stores.lance_generation import LanceGeneration


def faults_of(generation: "LanceGeneration") -> list[str]:
    """Return damaged documents, else contradictions between passages, documents and vectors."""
    return list(_damaged(generation)) or content_faults(generation)


def _damaged(generation: "LanceGeneration") -> Iterator[str]:
    """Report documents whose rows have another sha256 than recorded."""
    postings = _postings(generation)
    documents = generation.documents()
    dim = generation.tables.dim
    for placed, document, first in zip(
        generation.tables.documents, documents, generation.first_rows, strict=False
    ):
        encoded = []
        if placed.n_passages:
            rows = range(first, first + placed.n_passages)
            found = generation.take(rows, ["chunk", "vector", "statements"])
            vectors = (np.asarray(each, "<f4").tobytes() for each in vectors_of(found, dim))
            chunks, statements = bytes_of(found, "chunk"), bytes_of(found, "statements")
            encoded = list(zip(chunks, vectors, statements, strict=True))
        digest = digest_of(
            msgspec.json.encode(document), encoded, sorted(postings.get(placed.id, []))
        )
        if digest != placed.sha256:
            yield f"{generation.place}: the document {placed.name} is damaged"


def _postings(generation: "LanceGeneration") -> dict[int, list[Posting]]:
    """Return the words of each document, by its id."""
    found: dict[int, list[Posting]] = defaultdict(list)
    columns = generation.postings.scan(["document", "term", "places", "counts", "lengths"])
    for id_, *posting in zip(
        *(columns[name].to_pylist() for name in columns.column_names), strict=True
    ):
        term, places, counts, lengths = posting
        found[id_].append((term, places, counts, lengths))
    return found
