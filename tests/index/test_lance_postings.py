"""The words of documents as a table has them: by term, sorted on the disk."""

from collections import Counter

import pytest

from ragguide.index.stores import lance_postings
from ragguide.index.stores.lance_postings import posting_batches
from ragguide.index.stores.pieces import Posting, postings_of, split
from tests.index.drafts import TOPICS, draft_of, edition

pytest.importorskip("pyarrow", reason="no Lance: `pip install pylance` fails here")

DRAFT = draft_of(TOPICS | {"empty": []} | {f"copy {n}": edition(n)["kitchen"] for n in range(9)})
FIRST = 2**40  # ids are no numbers of 32 bits


@pytest.mark.parametrize("in_memory", [1, 500, 1 << 20])
@pytest.mark.parametrize("at_once", [1, 3, 1 << 16])
def test_postings_are_sorted_whatever_fits_into_memory(
    in_memory: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lance_postings, "NUMBERS_IN_MEMORY", in_memory)
    monkeypatch.setattr(lance_postings, "VALUES_AT_ONCE", at_once)
    monkeypatch.setattr(lance_postings, "TERMS_AT_ONCE", at_once)
    pieces = list(split(DRAFT))
    first, *batches = posting_batches(pieces, FIRST)
    assert first.num_rows == 0
    assert {batch.schema for batch in batches} == {first.schema}
    found: list[tuple[str, int, Posting]] = [
        (row["term"], row["document"], (row["term"], row["places"], row["counts"], row["lengths"]))
        for batch in batches
        for row in batch.to_pylist()
    ]
    expected = [
        (posting[0], id_, posting)
        for id_, piece in enumerate(pieces, start=FIRST)
        for posting in postings_of(piece.terms())
    ]
    assert found == sorted(expected)
    assert max(Counter(term for term, *_ in found).values()) > 9  # several documents have a term
