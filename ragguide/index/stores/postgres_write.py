"""A draft in, the rows of a new generation out. The caller has begun a transaction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ragguide.base.clock import Clock
from ragguide.errors import RecallTooLow, SettingsError
from ragguide.index.closeness import closeness_of
from ragguide.index.lexicon import Lexicon
from ragguide.index.plan import DATABASE_TYPES, RECALL_AT, choose
from ragguide.index.plan import describe as described
from ragguide.index.rights import has_rights
from ragguide.index.stores.parts import DOCUMENTS, LEXICON, TERMS, sha256_of
from ragguide.index.stores.pieces import (
    EmbeddedTexts,
    Piece,
    Posting,
    TermCounts,
    digest_of,
    postings_of,
    split,
    titles_of,
)
from ragguide.index.stores.postgres_connection import EF_SEARCH, FOREVER, RIGHTS
from ragguide.index.stores.postgres_engine import sized, vector_text
from ragguide.index.stores.postgres_generation import (
    FORMAT_VERSION,
    HALF,
    Fetch,
    has_rights_tables,
)
from ragguide.index.stores.postgres_part import outline_for, rights_of
from ragguide.index.stores.protocols import Describe, Draft
from ragguide.types import (
    Flat,
    Hnsw,
    Manifest,
    Recall,
    VectorIndexRecord,
)

if TYPE_CHECKING:
    from psycopg import Connection

    from ragguide.types import FloatMatrix

N_QUERIES = 200  # to measure the recall of a graph with


def write(
    connection: "Connection[Any]", number: int, draft: Draft, describe: Describe, clock: Clock
) -> tuple[Manifest, str]:
    """Write the documents that differ from those of the last generation.

    Returns:
        The manifest and its sha256.

    Raises:
        SettingsError, RecallTooLow: the vectors cannot be indexed as requested.
    """
    words = TermCounts()
    with clock.stage("write", len(draft.documents)) as report:
        shas = _write_documents(connection, number, draft, words, report)
    connection.execute("ANALYZE documents, passages, postings")
    record = _index(connection, draft, clock)
    lexicon = Lexicon.build(EmbeddedTexts(draft.chunks)).to_json()
    counts = words.to_json()
    files = {
        DOCUMENTS: sha256_of("".join(shas).encode()),
        LEXICON: sha256_of(lexicon),
        TERMS: sha256_of(counts),
    }
    manifest = describe(number, record, files)
    manifest = msgspec.structs.replace(manifest, format_version=FORMAT_VERSION)
    encoded = msgspec.json.encode(manifest)
    connection.execute(
        "INSERT INTO generations VALUES (%s, %s, %s, %s, %s, %s)",
        (
            number,
            encoded,
            lexicon,
            counts,
            words.mean_length,
            closeness_of(draft.vectors),
        ),
    )
    return manifest, sha256_of(encoded)


def set_rights(connection: "Connection[Any]", fetch: Fetch, manifest: Manifest) -> None:
    """Let the server show each document of a generation to its readers only, from now on."""
    if not has_rights(manifest):
        return
    if not has_rights_tables(fetch):
        connection.execute(RIGHTS)
    connection.execute(
        "INSERT INTO outlines VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (manifest.generation, outline_for(manifest)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO rights SELECT id, %(groups)s, %(place)s, %(record)s FROM documents "
            "WHERE name = %(name)s AND born <= %(g)s AND %(g)s < died ON CONFLICT (document) "
            "DO UPDATE SET (groups, place, record) = "
            "(excluded.groups, excluded.place, excluded.record)",
            [
                {"name": name, "groups": groups, "place": place, "record": record}
                | {"g": manifest.generation}
                for name, groups, place, record in rights_of(manifest.sources)
            ],
        )


def _encoded(piece: Piece) -> list[tuple[bytes, bytes, bytes]]:
    """Return the chunk, the vector and the statements of each passage, as bytes."""
    statements = piece.statement_rows(piece.statements.astype(HALF))
    vectors = (vector.tobytes() for vector in piece.vectors.astype(HALF))
    return list(zip(map(msgspec.json.encode, piece.chunks), vectors, statements, strict=True))


def _write_documents(
    connection: "Connection[Any]", number: int, draft: Draft, words: TermCounts, report: Any
) -> list[str]:
    """Write new and changed documents, and end the others; return the sha256 of each document.

    `words` counts the terms of all.
    """
    found = connection.execute(
        "SELECT name, sha256, id FROM documents WHERE died = %s", (FOREVER,)
    ).fetchall()
    alive = {(name, sha256): id_ for name, sha256, id_ in found}
    shas = []
    for n_done, piece in enumerate(split(draft), start=1):
        encoded = _encoded(piece)
        document = msgspec.json.encode(piece.document)
        terms = piece.terms()
        words.add(terms)
        postings = postings_of(terms)
        sha256 = digest_of(document, encoded, postings)
        shas.append(sha256)
        if alive.pop((piece.document.name, sha256), None) is None:
            id_ = _write_passages(connection, number, piece, document, encoded, sha256)
            _write_postings(connection, id_, postings)
        report(n_done, len(draft.documents))
    ended = list(alive.values())
    for table, key in (("documents", "id"), ("passages", "document")):
        connection.execute(
            f"UPDATE {table} SET died = %s WHERE {key} = ANY (%s)".encode(),  # noqa: S608  constants
            (number, ended),
        )
    return shas


def _write_passages(
    connection: "Connection[Any]",
    number: int,
    piece: Piece,
    document: bytes,
    encoded: Sequence[tuple[bytes, bytes, bytes]],
    sha256: str,
) -> int:
    """Write a document and its passages; return its id."""
    size_bytes = len(document) + sum(len(part) for parts in encoded for part in parts)
    row = connection.execute(
        "INSERT INTO documents (born, name, n_passages, sha256, size_bytes, document) "
        "VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        (number, piece.document.name, len(piece.chunks), sha256, size_bytes, document),
    ).fetchone()
    assert row is not None
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY passages (document, place, born, page_first, page_last, titles, chunk, vector, "
            "statements) FROM STDIN"
        ) as copy,
    ):
        for place, (chunk, vector, (data, _, statements)) in enumerate(
            zip(piece.chunks, piece.vectors, encoded, strict=True)
        ):
            copy.write_row(
                (
                    row[0],
                    place,
                    number,
                    chunk.page_first,
                    chunk.page_last,
                    titles_of(chunk),
                    data,
                    vector_text(vector),
                    statements,
                )
            )
    return int(row[0])


def _write_postings(connection: "Connection[Any]", id_: int, postings: Sequence[Posting]) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY postings FROM STDIN") as copy:
        for term, *arrays in postings:
            # As text: psycopg would look at each number to choose a type.
            copy.write_row((term, id_, *map(_array_text, arrays)))


def _array_text(numbers: Sequence[int]) -> str:
    """Return an array as PostgreSQL reads it."""
    return f"{{{','.join(map(str, numbers))}}}"


# ── the graph ───────────────────────────────────────────────────────────────────────────────────


def _index(connection: "Connection[Any]", draft: Draft, clock: Clock) -> VectorIndexRecord:
    """Build the graph if these are many vectors, and measure its recall."""
    request = draft.request
    if request.index_type not in DATABASE_TYPES:
        raise SettingsError(
            f"index_type = {request.index_type!r} is for files. A database has 'flat' and 'hnsw'."
        )
    n_rows, dim = draft.vectors.shape
    plan = choose(request, n_rows, dim)
    if isinstance(plan.parameters, Flat):
        return VectorIndexRecord(
            asked=request, parameters=plan.parameters, why=plan.why, recall=None
        )
    assert isinstance(plan.parameters, Hnsw)
    parameters = msgspec.structs.replace(plan.parameters, ef_search=EF_SEARCH)
    with clock.stage("index", 1):
        _build_graph(connection, parameters, dim)
    with clock.stage("tune", 1):
        share, n_queries = _recall(connection, draft.vectors)
    if share < request.target_recall:
        missed = (
            f"{described(parameters)} finds {share:.3f} of the {RECALL_AT} nearest, short of "
            f"target_recall = {request.target_recall:g}"
        )
        if request.index_type != "auto":
            raise RecallTooLow(
                f"{missed}. Raise hnsw_m or ef_construction, lower target_recall, or set "
                "index_type = 'flat', which is exact."
            )
        why = f"auto: {missed}, so the search is exact"
        return VectorIndexRecord(asked=request, parameters=Flat(), why=why, recall=None)
    recall = Recall(share=round(share, 4), k=RECALL_AT, n_queries=n_queries, is_tuned=False)
    return VectorIndexRecord(asked=request, parameters=parameters, why=plan.why, recall=recall)


def _build_graph(connection: "Connection[Any]", parameters: Hnsw, dim: int) -> None:
    """Index all vectors of this dimension. Later generations add to the same graph."""
    settings = f"m = {parameters.hnsw_m}, ef_construction = {parameters.ef_construction}"
    name = f"graph_{dim}_{parameters.hnsw_m}_{parameters.ef_construction}"
    connection.execute(sized(_GRAPH, dim).replace("NAME", name).replace("WITH_", settings).encode())


def _recall(connection: "Connection[Any]", vectors: "FloatMatrix") -> tuple[float, int]:
    """Return the share of the nearest vectors that the graph finds, and the number of queries."""
    from ragguide.index.tuning import TIE, stand_ins

    queries = stand_ins(vectors, N_QUERIES)
    k = min(RECALL_AT, len(vectors))
    n_found = 0
    statement = sized(_NEAREST, vectors.shape[1]).encode()
    for query in queries:
        cosines = vectors @ query
        least = float(np.partition(cosines, -k)[-k])
        found = connection.execute(statement, {"query": vector_text(query), "k": k}).fetchall()
        n_found += sum(-distance >= least - HALF_TIE - TIE for (distance,) in found)
    return n_found / (k * len(queries)), len(queries)


HALF_TIE = 5e-4  # how far a cosine of float16 vectors is from the exact one
_GRAPH = """
CREATE INDEX IF NOT EXISTS NAME ON passages USING hnsw ((vector::halfvec(DIM)) halfvec_ip_ops)
WITH (WITH_) WHERE vector_dims(vector) = DIM
"""
_NEAREST = """
SELECT vector::halfvec(DIM) <#> %(query)s::halfvec(DIM) FROM passages
WHERE vector_dims(vector) = DIM AND died = 2147483647
ORDER BY vector::halfvec(DIM) <#> %(query)s::halfvec(DIM) LIMIT %(k)s
"""
