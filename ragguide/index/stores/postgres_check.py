"""A generation in a database in, its faults out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ragguide.index.stores.pieces import digest_of
from ragguide.index.stores.postgres_generation import HALF, read_vectors
from ragguide.index.verify import content_faults

if TYPE_CHECKING:
    from ragguide.index.stores.postgres_generation import PostgresGeneration


def faults_of(generation: "PostgresGeneration") -> list[str]:
    """Return damaged documents, else contradictions between passages, documents and vectors."""
    return list(_damaged(generation)) or content_faults(generation)


def _damaged(generation: "PostgresGeneration") -> Iterator[str]:
    """Report documents whose rows have another sha256 than recorded."""
    dim = generation.manifest.dim
    for name, id_ in zip(generation.names, generation.ids, strict=True):
        ((document, sha256),) = generation.fetch(_DOCUMENT, {"id": id_})
        encoded = [
            (chunk, read_vectors([vector], dim).astype(HALF).tobytes(), statements)
            for chunk, vector, statements in generation.fetch(_PASSAGES, {"id": id_})
        ]
        postings = sorted(generation.fetch(_POSTINGS, {"id": id_}))
        if digest_of(document, encoded, postings) != sha256:
            yield f"{generation.place}: the document {name} is damaged"


_DOCUMENT = "SELECT document, sha256 FROM documents WHERE id = %(id)s"
_PASSAGES = """
SELECT chunk, halfvec_send(vector), statements FROM passages WHERE document = %(id)s ORDER BY place
"""
_POSTINGS = "SELECT term, places, counts, lengths FROM postings WHERE document = %(id)s"
