"""A generation in a database in, its faults out."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ragguide.index.keywords import terms_of
from ragguide.index.stores.postgres_generation import HALF, Rows, read_vectors
from ragguide.index.stores.postgres_write import digest_of, postings_of
from ragguide.index.verify import content_faults

if TYPE_CHECKING:
    from ragguide.index.stores.postgres_generation import PostgresGeneration


def faults_of(generation: "PostgresGeneration") -> list[str]:
    """Return damaged documents, else contradictions between the parts."""
    damaged = list(_damaged(generation))
    return damaged or content_faults(generation) or list(_wrong_postings(generation))


def _damaged(generation: "PostgresGeneration") -> Iterator[str]:
    """Report documents whose rows have another sha256 than recorded."""
    for name, id_ in zip(generation.names, generation.ids, strict=True):
        ((document, sha256),) = generation.fetch(_DOCUMENT, {"id": id_})
        encoded = [
            (chunk, read_vectors([vector], generation.manifest.dim).astype(HALF).tobytes(), each)
            for chunk, vector, each in generation.fetch(_PASSAGES, {"id": id_})
        ]
        if digest_of(document, encoded) != sha256:
            yield f"{generation.place}: the document {name} is damaged"


def _wrong_postings(generation: "PostgresGeneration") -> Iterator[str]:
    for name, id_ in zip(generation.names, generation.ids, strict=True):
        terms = [Counter(terms_of(each.embedded_text)) for each in generation.chunks_of(id_)]
        stored: Rows = generation.fetch(_POSTINGS, {"id": id_})
        if {row[0]: row[1:] for row in stored} != {row[0]: row[1:] for row in postings_of(terms)}:
            yield f"{generation.place}: the words of {name} do not match its passages"


_DOCUMENT = "SELECT document, sha256 FROM documents WHERE id = %(id)s"
_PASSAGES = """
SELECT chunk, halfvec_send(vector), statements FROM passages WHERE document = %(id)s ORDER BY place
"""
_POSTINGS = "SELECT term, places, counts, lengths FROM postings WHERE document = %(id)s"
