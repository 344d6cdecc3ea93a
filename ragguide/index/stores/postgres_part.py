"""A generation in a database and a reader's groups in, the part of it that the reader may read out.

Words, their frequencies and acronyms are computed from the visible passages when it is opened; the
server searches, and finds no other ones.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np

from ragguide.base.groups import Groups
from ragguide.index.closeness import FEWEST, MOST, closeness_of
from ragguide.index.keywords import terms_of
from ragguide.index.lexicon import Lexicon
from ragguide.index.rights import may_read, part_of, visible
from ragguide.index.stores.postgres_connection import Database
from ragguide.index.stores.postgres_engine import EXACT_UP_TO
from ragguide.index.stores.postgres_generation import (
    Fetch,
    PostgresGeneration,
    outline_of,
    place_of,
    read_vectors,
)
from ragguide.index.stores.visible import PartNotes
from ragguide.types import Hnsw, Manifest, SourceRecord, VectorIndexRecord

WHY_GRAPH = "the graph of the whole index, with a filter"


class PostgresPart(PostgresGeneration):
    """Some documents of a generation."""

    def __init__(self, database: Database, fetch: Fetch, manifest: Manifest) -> None:
        """Take the manifest of the part, which lists its documents."""
        self._database = database
        self.fetch = fetch
        self.place = place_of(database, manifest.generation)
        self.manifest = manifest
        self._list_documents()
        texts = [chunk.embedded_text for chunk in self.chunks()]
        words = [Counter(terms_of(text)) for text in texts]
        n_with = Counter(term for each in words for term in each)
        self.terms = msgspec.json.encode(dict(sorted(n_with.items())))
        self.mean_length = sum(each.total() for each in words) / max(len(words), 1)
        self._lexicon = Lexicon.build(texts).to_json()
        self.closeness = self._closeness()

    @property
    def searched(self) -> list[int]:
        return self.ids

    @property
    def notes(self) -> PartNotes:
        return PartNotes(super().notes)

    def _closeness(self) -> float | None:
        """Compute what `closeness_of` all vectors gives, from those that it looks at."""
        n = self.first_rows[-1]
        if n < FEWEST:
            return None
        rows = np.arange(n)[:: -(-n // MOST)]
        at = np.searchsorted(self.first_rows, rows, side="right") - 1
        places = rows - np.array(self.first_rows)[at]
        values = {"documents": [self.ids[i] for i in at], "places": places.tolist()}
        found = self.fetch(_VECTORS_AT, values)
        return closeness_of(read_vectors([vector for (vector,) in found], self.manifest.dim))


def part_for(whole: Manifest, groups: Groups) -> Manifest:
    """Return the manifest of what groups may read; the same one if that is all of it."""
    part = visible(whole, groups)
    return part if part is whole else _with_graph(part, whole.vector_index)


def outlined_part(fetch: Fetch, number: int, groups: Groups) -> Manifest | None:
    """Return the manifest of what groups may read, for a user who may not read all of it.

    None: the user may, or the generation is missing.
    """
    data = outline_of(fetch, number)
    if data is None:
        return None
    outline = msgspec.json.decode(data, type=Manifest)
    records = (
        msgspec.json.decode(record, type=SourceRecord)
        for (record,) in fetch(_RECORDS, {"g": number})
    )
    part = part_of(outline, [each for each in records if may_read(each, groups)])
    return _with_graph(part, outline.vector_index)


def outline_for(manifest: Manifest) -> bytes:
    """Return what `outlined_part` reads: the manifest as if there were no documents."""
    record = msgspec.structs.replace(manifest.vector_index, why=WHY_GRAPH, recall=None)
    return msgspec.json.encode(msgspec.structs.replace(part_of(manifest, ()), vector_index=record))


def rights_of(sources: Sequence[SourceRecord]) -> list[tuple[str, list[str], int, bytes]]:
    """Return name, groups, place and record of each document of a manifest with rights."""
    return [
        (
            source.name,
            list(source.rights.groups) if source.rights else [],
            place,
            msgspec.json.encode(source),
        )
        for place, source in enumerate(sources)
    ]


def _with_graph(part: Manifest, record: VectorIndexRecord) -> Manifest:
    """Return the manifest of a part; a large one is searched by the graph of the whole."""
    if part.n_chunks <= EXACT_UP_TO or not isinstance(record.parameters, Hnsw):
        return part
    graph = msgspec.structs.replace(record, why=WHY_GRAPH, recall=None)
    return msgspec.structs.replace(part, vector_index=graph)


_RECORDS = """
SELECT record FROM rights JOIN documents ON id = rights.document
WHERE born <= %(g)s AND %(g)s < died ORDER BY place
"""
_VECTORS_AT = """
SELECT halfvec_send(vector)
FROM unnest(%(documents)s::bigint[], %(places)s::int[]) WITH ORDINALITY
    AS wanted (document, place, row)
JOIN passages p ON (p.document, p.place) = (wanted.document, wanted.place) ORDER BY row
"""
