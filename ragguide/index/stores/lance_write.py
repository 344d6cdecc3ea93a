"""A draft in, new versions of the tables and the small parts of a generation out."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from math import isqrt
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ragguide.base.clock import Clock
from ragguide.errors import RecallTooLow, SettingsError, StorageError
from ragguide.index.closeness import closeness_of
from ragguide.index.lexicon import Lexicon
from ragguide.index.plan import FLAT_UP_TO, LANCE_TYPES, RECALL_AT, choose
from ragguide.index.plan import describe as described
from ragguide.index.statements import StatementVectors
from ragguide.index.stores.lance_generation import (
    FORMAT_VERSION,
    KINDS,
    MANIFEST,
    PASSAGES,
    POSTINGS,
    TABLES,
    Layout,
    Placed,
    TableVersions,
    part_key,
    table_key,
)
from ragguide.index.stores.lance_place import Place
from ragguide.index.stores.lance_postings import posting_batches
from ragguide.index.stores.lance_tables import Table, listed
from ragguide.index.stores.parts import DOCUMENTS, LEXICON, TERMS, sha256_of
from ragguide.index.stores.pieces import (
    EmbeddedTexts,
    Piece,
    TermCounts,
    digest_of,
    postings_of,
    split,
    titles_of,
)
from ragguide.index.stores.protocols import Describe, Draft
from ragguide.types import Flat, IndexRequest, Ivf, Manifest, Recall, VectorIndexRecord

if TYPE_CHECKING:
    import pyarrow as pa

    from ragguide.index.plan import Plan

N_QUERIES = 100  # to measure the recall of an index with
MOST_FILES = 32  # of appended rows, each of which a search opens; then the tables are written anew


class LanceWriter:
    """Writes one generation; the caller has the lock, and switches."""

    def __init__(self, place: Place, index: str, number: int, old: TableVersions | None) -> None:
        """Take the number to write, and the tables of the active generation if they are valid."""
        self._place = place
        self._index = index
        self._number = number
        self._old = old
        self._n_lists = 0  # of the inverted file in the tables

    def write(self, draft: Draft, describe: Describe, clock: Clock) -> tuple[Manifest, str]:
        """Write the documents that differ from the active generation.

        Returns:
            The manifest and its sha256.

        Raises:
            SettingsError, RecallTooLow: the vectors cannot be indexed as requested.
            StorageError: the place cannot be written.
        """
        plan = _plan(draft.request, *draft.vectors.shape)
        words = TermCounts()
        with clock.stage("write", len(draft.documents)) as report:
            pieces = list(split(draft))
            digests = []
            for n_done, piece in enumerate(pieces, start=1):
                digests.append(_digest(piece, words))
                report(n_done, len(pieces))
            tables, documents, base = self._write_tables(pieces, digests)
        record = self._index_vectors(tables[PASSAGES], documents, draft, plan, clock)
        next_id = max((each.id for each in documents), default=-1) + 1
        described_tables = TableVersions(
            base=base,
            versions={kind: table.version for kind, table in tables.items()},
            documents=tuple(documents),
            next_id=max(next_id, self._old.next_id if self._old else 0),
            dim=draft.vectors.shape[1],
            n_lists=self._n_lists,
            mean_length=words.mean_length,
            closeness=closeness_of(draft.vectors),
        )
        for table in tables.values():
            table.tag(tag_of(self._number))
        parts = {
            TABLES: msgspec.json.encode(described_tables),
            LEXICON: Lexicon.build(EmbeddedTexts(draft.chunks)).to_json(),
            TERMS: words.to_json(),
        }
        return self._write_parts(parts, documents, describe, record)

    def _write_parts(
        self,
        parts: dict[str, bytes],
        documents: Sequence[Placed],
        describe: Describe,
        record: VectorIndexRecord,
    ) -> tuple[Manifest, str]:
        files = {part: sha256_of(data) for part, data in parts.items()}
        files[DOCUMENTS] = sha256_of("".join(each.sha256 for each in documents).encode())
        manifest = describe(self._number, record, files)
        manifest = msgspec.structs.replace(manifest, format_version=FORMAT_VERSION)
        parts[MANIFEST] = msgspec.json.encode(manifest)
        for part, data in parts.items():
            self._place.write(part_key(self._index, self._number, part), data)
        return manifest, sha256_of(parts[MANIFEST])

    # ── tables ──────────────────────────────────────────────────────────────────────────────────

    def _write_tables(
        self, pieces: Sequence[Piece], digests: Sequence[tuple[str, int]]
    ) -> tuple[dict[str, Table], list[Placed], int]:
        """Write new and changed documents, and delete the others.

        Returns:
            The new versions, the documents in order, and the generation that created the tables.
        """
        alive = self._alive()
        kept = [
            alive.pop((piece.document.name, sha256), None)
            for piece, (sha256, _) in zip(pieces, digests, strict=True)
        ]
        old = self._old_tables(pieces, [each for each in kept if each is not None])
        if old is None:
            kept, alive = [None] * len(pieces), {}
        new = [piece for piece, placed in zip(pieces, kept, strict=True) if placed is None]
        first_id = self._old.next_id if self._old else 0
        tables = self._write_rows(old, new, first_id, [each.id for each in alive.values()])
        addresses = _addresses(old, tables[PASSAGES], new)
        ids = iter(range(first_id, first_id + len(new)))
        documents = [
            placed
            or Placed(
                id=next(ids),
                name=piece.document.name,
                sha256=sha256,
                size_bytes=size_bytes,
                address=next(addresses),
                n_passages=len(piece.chunks),
            )
            for piece, placed, (sha256, size_bytes) in zip(pieces, kept, digests, strict=True)
        ]
        self._require_alone(tables, documents)
        base = self._number if old is None or self._old is None else self._old.base
        return tables, documents, base

    def _alive(self) -> dict[tuple[str, str], Placed]:
        """Return the documents of the active generation by name and sha256."""
        documents = self._old.documents if self._old else ()
        return {(each.name, each.sha256): each for each in documents}

    def _old_tables(
        self, pieces: Sequence[Piece], kept: Sequence[Placed]
    ) -> dict[str, Table] | None:
        """Open the tables to change; None: write new ones (few rows would stay, or many files)."""
        old = self._old
        dims = {piece.vectors.shape[1] for piece in pieces}
        if old is None or dims != {old.dim}:
            return None
        tables = {
            kind: Table.open(
                self._place, table_key(self._index, old.base, kind), old.versions[kind]
            )
            for kind in KINDS
        }
        fragments = tables[PASSAGES].fragments
        n_stored = sum(n_rows for _, n_rows in fragments)
        if len(fragments) >= MOST_FILES or 2 * sum(each.n_passages for each in kept) < n_stored:
            return None
        self._n_lists = old.n_lists
        return {kind: table.latest_as_this() for kind, table in tables.items()}

    def _write_rows(
        self, old: dict[str, Table] | None, new: Sequence[Piece], first_id: int, dead: Sequence[int]
    ) -> dict[str, Table]:
        """Write the rows of new documents, and delete those of dead ones."""
        batches = {
            DOCUMENTS: _document_batches(new, first_id),
            PASSAGES: _passage_batches(new, first_id),
            POSTINGS: posting_batches(new, first_id),
        }
        if old is None:
            tables = {
                kind: Table.create(self._place, table_key(self._index, self._number, kind), each)
                for kind, each in batches.items()
            }
            tables[POSTINGS].index_words("term")
            return tables
        tables = dict(old)
        for kind, key in ((DOCUMENTS, "id"), (PASSAGES, "document"), (POSTINGS, "document")):
            if dead:
                tables[kind] = tables[kind].delete(listed(key, map(str, dead)))
            if new:
                tables[kind] = tables[kind].append(batches[kind])
                tables[kind].extend_indexes()
        return tables

    def _require_alone(self, tables: dict[str, Table], documents: Sequence[Placed]) -> None:
        """Notice a writer whose lock had expired: Lance merges what two writers append."""
        wanted = {DOCUMENTS: len(documents), PASSAGES: sum(each.n_passages for each in documents)}
        if any(tables[kind].n_rows != n_rows for kind, n_rows in wanted.items()):
            raise StorageError(
                f"cannot write {self._place.address}/{self._index}: another process is writing it, "
                "too. Try again. The active generation is unchanged."
            )

    # ── vectors ─────────────────────────────────────────────────────────────────────────────────

    def _index_vectors(
        self,
        passages: Table,
        documents: Sequence[Placed],
        draft: Draft,
        plan: "Plan",
        clock: Clock,
    ) -> VectorIndexRecord:
        """Index the vectors if they are many, and measure the recall."""
        request, parameters = draft.request, plan.parameters
        exact = VectorIndexRecord(asked=request, parameters=Flat(), why=plan.why, recall=None)
        if not isinstance(parameters, Ivf):
            return exact
        n_lists = self._n_lists or parameters.nlist
        if not self._n_lists:
            with clock.stage("index", 1):
                passages.index_vectors(n_lists)
        sizes = accumulate((each.n_passages for each in documents), initial=0)
        layout = Layout(documents, list(sizes))
        with clock.stage("tune", 1):
            used, recall = _tune(passages, layout, draft, n_lists, plan)
        self._n_lists = n_lists
        if recall.share >= request.target_recall or not plan.to_tune:
            return VectorIndexRecord(asked=request, parameters=used, why=plan.why, recall=recall)
        raise RecallTooLow(
            f"{described(used)} finds {recall.share:.3f} of the {RECALL_AT} nearest, short of "
            f"target_recall = {request.target_recall:g}. Lower it, or set index_type = 'flat', "
            "which is exact."
        )


def tag_of(number: int) -> str:
    """Return the tag of the versions that belong to a generation."""
    return f"g{number:06d}"


def _plan(request: IndexRequest, n_rows: int, dim: int) -> "Plan":
    """Choose the index: exact search, or an inverted file of √n lists.

    Raises:
        SettingsError: a Lance store has no such index.
    """
    if request.index_type not in LANCE_TYPES:
        raise SettingsError(
            f"index_type = {request.index_type!r} is for files. A Lance store has 'flat' and 'ivf'."
        )
    plan = choose(request, n_rows, dim)
    if isinstance(plan.parameters, Flat):
        return plan
    lists = msgspec.structs.replace(
        request, index_type="ivf", nlist=request.nlist or max(1, isqrt(n_rows))
    )
    why = plan.why if n_rows > FLAT_UP_TO and request.index_type == "auto" else "as requested"
    return msgspec.structs.replace(choose(lists, n_rows, dim), why=why)


def _tune(
    passages: Table, layout: Layout, draft: Draft, n_lists: int, plan: "Plan"
) -> tuple[Ivf, Recall]:
    """Return the lists and the number to read, and the share of the nearest in these."""
    from ragguide.index.tuning import TIE, least_effort, stand_ins

    vectors = draft.vectors
    queries = stand_ins(vectors, N_QUERIES)
    k = min(RECALL_AT, len(vectors))
    least = [float(np.partition(vectors @ query, -k)[-k]) for query in queries]
    shares: dict[int, float] = {}

    def share_at(probes: int) -> float:
        if probes not in shares:
            n_found = 0
            for query, enough in zip(queries, least, strict=True):
                rows = layout.rows_at(passages.nearest(query, k, probes))
                n_found += int(np.count_nonzero(vectors[rows] @ query >= enough - TIE))
            shares[probes] = n_found / (k * len(queries))
        return shares[probes]

    assert isinstance(plan.parameters, Ivf)
    n_probes = min(plan.parameters.nprobe, n_lists)
    if plan.to_tune:
        target = draft.request.target_recall
        found = least_effort(lambda at: share_at(at) >= target, n_probes, n_lists)
        n_probes = n_lists if found is None else found
    share = round(share_at(n_probes), 4)
    recall = Recall(share=share, k=RECALL_AT, n_queries=len(queries), is_tuned=plan.to_tune)
    return Ivf(nlist=n_lists, nprobe=n_probes), recall


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def _encoded(piece: Piece) -> list[tuple[bytes, bytes, bytes]]:
    """Return the chunk, the vector and the statements of each passage, as stored."""
    statements = piece.statement_rows(StatementVectors.store(piece.statements).rows)
    vectors = (vector.tobytes() for vector in piece.vectors.astype("<f4", copy=False))
    return list(zip(map(msgspec.json.encode, piece.chunks), vectors, statements, strict=True))


def _digest(piece: Piece, words: TermCounts) -> tuple[str, int]:
    """Return the sha256 and the size of all that is stored of a document, and count its words."""
    document, encoded, terms = msgspec.json.encode(piece.document), _encoded(piece), piece.terms()
    words.add(terms)
    size_bytes = len(document) + sum(len(part) for parts in encoded for part in parts)
    return digest_of(document, encoded, postings_of(terms)), size_bytes


def _addresses(
    old: dict[str, Table] | None, passages: Table, new: Sequence[Piece]
) -> Iterator[int]:
    """Return the address of the first passage of each new document: its file, its place there."""
    before = {number for number, _ in old[PASSAGES].fragments} if old else set()
    added = [(number, n) for number, n in passages.fragments if number not in before]
    addresses = chain.from_iterable(range(number << 32, (number << 32) + n) for number, n in added)
    for piece in new:
        n_passages = len(piece.chunks)
        yield next(addresses, 0) if n_passages else 0
        for _ in range(n_passages - 1):
            next(addresses)


def _document_batches(pieces: Sequence[Piece], first_id: int) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    schema = pa.schema({"id": pa.int64(), "document": pa.large_binary()})
    yield _batch(schema, [], [])
    for id_, piece in enumerate(pieces, start=first_id):
        yield _batch(schema, [id_], [msgspec.json.encode(piece.document)])


def _passage_batches(pieces: Sequence[Piece], first_id: int) -> "Iterator[pa.RecordBatch]":
    """One batch a document, so that few are in memory."""
    import pyarrow as pa

    dim = pieces[0].vectors.shape[1] if pieces else 0
    schema = pa.schema(
        {
            "document": pa.int64(),
            "page_first": pa.int32(),
            "page_last": pa.int32(),
            "titles": pa.string(),
            "chunk": pa.large_binary(),
            "vector": pa.list_(pa.float32(), dim),
            "statements": pa.large_binary(),
        }
    )
    for id_, piece in enumerate(pieces, start=first_id):
        encoded = _encoded(piece)
        values = pa.array(np.ascontiguousarray(piece.vectors, np.float32).ravel())
        yield _batch(
            schema,
            [id_] * len(encoded),
            [chunk.page_first for chunk in piece.chunks],
            [chunk.page_last for chunk in piece.chunks],
            [titles_of(chunk) for chunk in piece.chunks],
            [chunk for chunk, _, _ in encoded],
            pa.FixedSizeListArray.from_arrays(values, dim),
            [statements for _, _, statements in encoded],
        )


def _batch(schema: "pa.Schema", *columns: object) -> "pa.RecordBatch":
    import pyarrow as pa

    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
