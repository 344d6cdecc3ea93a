"""Passages of real chunks, cut from made documents; what is taken, joined, and named as a copy."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ragguide.create.chunks import split_document
from ragguide.index.keywords import terms_of
from ragguide.retrieve.fuse import Ranked
from ragguide.retrieve.merge import (
    JOINED_SHARE,
    MAX_JOINED,
    UNREPEATED,
    Passage,
    find_passage,
    join,
    merge,
)
from ragguide.types import Chunk, Document, Statement
from tests.create.test_chunks import count_words, documents, page_of
from tests.retrieve.made import a_chunk

# ── join ────────────────────────────────────────────────────────────────────────────────────────

SIZES = st.tuples(st.integers(10, 40), st.integers(3, 20))


def runs(document: Document, sizes: tuple[int, int]) -> list[list[Chunk]]:
    """Neighbouring chunks that overlap, or touch on one page, two and more."""
    size, overlap = sizes
    chunks = split_document(
        document,
        count_tokens=count_words,
        chunk_tokens=size,
        chunk_overlap=min(overlap, size - 1),
        max_tokens=80,
    )
    found = [[chunk] for chunk in chunks[:1]]
    for before, chunk in pairwise(chunks):
        touches = before.end + len(chunk.gap) == chunk.start
        assert touches or chunk.start < before.end
        if chunk.start < before.end or before.page_first == chunk.page_last:
            found[-1].append(chunk)
        else:
            found.append([chunk])
    return [run[:n] for run in found for n in range(2, len(run) + 1)]


def said(document: Document, chunk: Chunk) -> dict[tuple[int, int], tuple[object, ...]]:
    """By its place in the document, each statement's text, section, line and pages."""

    def told(each: Statement) -> tuple[object, ...]:
        assert (
            document.text[chunk.start + each.start : chunk.start + each.end]
            == (chunk.text[each.start : each.end])
        )
        pages = chunk.page_at(each.start), chunk.page_at(each.end - 1)
        return chunk.text[each.start : each.end], each.section, each.line, *pages

    return {
        (chunk.start + each.start, chunk.start + each.end): told(each) for each in chunk.statements
    }


@settings(max_examples=40)
@given(documents(), SIZES)
def test_a_joined_passage_says_what_its_chunks_say_on_their_pages(
    document: Document, sizes: tuple[int, int]
) -> None:
    found = runs(document, sizes)
    assume(found)
    for chunks in found:
        passage = join(chunks)
        check_text_and_statements(document, chunks, passage)
        check_pages(document, passage)
        places = [chunk.id.removeprefix("book/") for chunk in chunks]
        assert passage.id == f"book/{'+'.join(places)}"
    names = {join(chunks).id for chunks in found}
    assert len(names) == len(found)
    assert not names & {chunk.id for chunks in found for chunk in chunks}


def check_text_and_statements(document: Document, chunks: list[Chunk], passage: Chunk) -> None:
    assert passage.text == document.text[passage.start : passage.end]
    assert (passage.start, passage.end) == (chunks[0].start, chunks[-1].end)
    assert (passage.document, passage.unit) == (document.name, document.unit)
    assert passage.section == chunks[0].section
    together = {place: told for chunk in chunks for place, told in said(document, chunk).items()}
    assert said(document, passage) == together
    starts = [each.start for each in passage.statements]
    assert starts == sorted(set(starts))


def check_pages(document: Document, passage: Chunk) -> None:
    pages = [page_of(document, at) for at in range(passage.start, passage.end)]
    assert [passage.page_at(at) for at in range(len(passage.text))] == pages
    assert (passage.page_first, passage.page_last) == (pages[0], pages[-1])
    assert passage.page_labels == document.page_labels[pages[0] - 1 : pages[-1]]


def test_a_blank_page_between_is_counted_in_a_joined_passage() -> None:
    first = a_chunk("Rye rises. Oats do not.", pages=(1,))
    second = msgspec.structs.replace(
        a_chunk("Oats do not. Tea steeps.", start=11, pages=(1, 2, 3)), page_breaks=(13, 13)
    )
    passage = join([first, second])
    assert (passage.page_breaks, passage.page_labels) == ((24, 24), ("1", "2", "3"))
    assert passage.page_at(passage.text.index("Tea")) == 3


def test_one_chunk_is_itself() -> None:
    chunk = a_chunk("The attic is closed.", pages=(3, 4))
    assert join([chunk]) is chunk


def test_a_chunk_within_another_adds_nothing() -> None:
    outer = a_chunk("Rye rises slowly. Oats do not. Tea steeps.", start=10)
    inner = a_chunk("Oats do not.", start=28)
    passage = join([outer, inner])
    assert (passage.text, passage.start, passage.end) == (outer.text, outer.start, outer.end)


# ── merge ───────────────────────────────────────────────────────────────────────────────────────

TEXT = "The ferry crosses twice a day. A canoe is carried past. The lighthouse counts the ships."


def piece(first: int, last: int, **fields: object) -> Chunk:
    """The text from one word to another, both counted from 0."""
    words = TEXT.split(" ")
    text = " ".join(words[first : last + 1])
    return a_chunk(text, start=TEXT.index(text), **fields)  # type: ignore[arg-type]


def ranked(row: int, score: float) -> Ranked:
    return Ranked(
        row=row,
        score=score,
        cosine=score,
        statement_cosine=score,
        keyword_score=0.0,
        cosine_rank=1,
        keyword_rank=None,
    )


def merged(
    chunks: Sequence[Chunk],
    order: Sequence[int] | None = None,
    scores: Sequence[float] | None = None,
    *,
    question: str = "",
) -> list[Passage]:
    """Merge all chunks in some order of their rows; by default they score nearly the same."""
    order = range(len(chunks)) if order is None else order
    scores = [0.5 - 0.001 * n for n in range(len(order))] if scores is None else scores
    return merge(list(map(ranked, order, scores)), chunks, question_terms=terms_of(question))


def taken(
    chunks: Sequence[Chunk],
    order: Sequence[int] | None = None,
    scores: Sequence[float] | None = None,
    *,
    question: str = "",
) -> list[tuple[list[int], list[int]]]:
    """Rows of each passage's chunks, best first, and of its copies."""
    passages = merged(chunks, order, scores, question=question)
    for passage in passages:
        assert passage.chunks == [chunks[each.row] for each in passage.ranked]
    return [
        ([each.row for each in passage.ranked], [chunks.index(copy) for copy in passage.copies])
        for passage in passages
    ]


def test_chunks_that_overlap_are_one_passage_in_the_order_of_the_document() -> None:
    (passage,) = merged([piece(0, 5), piece(4, 10)], [1, 0])
    assert [each.row for each in passage.ranked] == [1, 0]
    assert passage.best.row == 1
    assert passage.chunk.text == "The ferry crosses twice a day. A canoe is carried past."
    assert passage.chunk.start == 0
    assert passage.copies == []


def touching(*, pages: Sequence[int] = (1,), gap: str = " ", document: str = "guide") -> Chunk:
    """What follows right after `piece(0, 5)`."""
    chunk = piece(6, 10, pages=pages, document=document)
    return msgspec.structs.replace(chunk, gap=gap)


def test_chunks_that_touch_on_one_page_are_one_passage() -> None:
    (passage,) = merged([piece(0, 5), touching()], [1, 0])
    assert passage.chunk.text == "The ferry crosses twice a day. A canoe is carried past."
    assert [passage.chunk.text[each.start : each.end] for each in passage.chunk.statements] == [
        "The ferry crosses twice a day.",
        "A canoe is carried past.",
    ]
    assert (passage.chunk.page_first, passage.chunk.page_last) == (1, 1)


@pytest.mark.parametrize(
    "after",
    [
        touching(pages=(2,)),  # it would widen the pages
        touching(pages=(1, 2)),
        touching(gap=""),  # something else is between
        touching(document="other"),
        piece(11, 15),
    ],
)
def test_chunks_that_lie_apart_or_on_other_pages_stay_apart(after: Chunk) -> None:
    assert taken([piece(0, 5), after]) == [([0], []), ([1], [])]


def test_a_weak_neighbour_does_not_join() -> None:
    assert JOINED_SHARE == 0.6
    for after in (piece(4, 10), touching()):
        assert taken([piece(0, 5), after], scores=[0.5, 0.3]) == [([0, 1], [])]
        assert taken([piece(0, 5), after], scores=[0.5, 0.29]) == [([0], []), ([1], [])]


def test_the_same_offsets_of_another_document_do_not_overlap() -> None:
    assert taken([piece(0, 5), piece(3, 9, document="other")]) == [([0], []), ([1], [])]


def test_no_more_than_three_chunks_are_joined() -> None:
    assert MAX_JOINED == 3
    chain = [piece(0, 5), piece(4, 10), piece(9, 12), piece(12, 15)]
    assert taken(chain) == [([0, 1, 2], []), ([3], [])]
    assert taken(chain, [1, 2, 3, 0]) == [([1, 2, 3], []), ([0], [])]


def test_a_passage_is_found_by_its_id_and_no_other_chunks_are_joined() -> None:
    chunks = [piece(0, 5), piece(4, 10), piece(9, 12), piece(13, 15)]
    ids = [chunk.id for chunk in chunks]
    assert ids[1] == "guide/p0001-24"
    joined, alone = (passage.chunk for passage in merged(chunks))
    assert joined.id == "guide/p0001-00+p0001-24+p0001-42"
    assert find_passage(chunks, joined.id) == joined
    assert find_passage(chunks, alone.id) == alone == chunks[3]
    for wrong in (
        "guide/p0001-00+p0001-42",  # apart
        "guide/p0001-24+p0001-00",  # in another order
        "guide/p0001-00+p0001-24+p0001-25",  # no such chunk
        "guide/p0001-00+",
        "other/p0001-00",
        "guide",
        "",
    ):
        assert find_passage(chunks, wrong) is None, wrong


def test_a_chunk_between_two_passages_joins_the_better_one() -> None:
    chunks = [piece(0, 5), piece(4, 10), piece(9, 15)]
    assert taken(chunks, [2, 0, 1]) == [([2, 1], []), ([0], [])]
    assert taken(chunks, [0, 2, 1]) == [([0, 1], []), ([2], [])]


# ── copies ──────────────────────────────────────────────────────────────────────────────────────


def test_the_same_text_elsewhere_is_a_copy_whatever_its_spaces_and_capitals() -> None:
    here = piece(0, 5)
    copies = [
        a_chunk("the ferry\ncrosses  TWICE a day.", document="other", start=400),
        a_chunk(here.text, start=900),
    ]
    assert taken([here, piece(11, 15), *copies]) == [([0], [2, 3]), ([1], [])]


def test_the_first_copy_in_the_documents_is_named_with_the_best_score() -> None:
    chunks = [a_chunk(FERRY, start=1000 * n) for n in range(3)]
    (passage,) = merged(chunks, [2, 0, 1], [0.5, 0.4, 0.3])
    assert passage.chunk == chunks[0]
    assert passage.copies == chunks[1:]
    assert passage.best.score == 0.5


def test_the_copy_whose_title_the_question_names_is_named() -> None:
    chunks = [
        a_chunk(FERRY, start=1000 * n, section=("Islands", title))
        for n, title in enumerate(("North", "South", "West"))
    ]
    assert taken(chunks, question="ferry of the islands") == [([0], [1, 2])]
    assert taken(chunks, question="ferry of the south") == [([1], [0, 2])]


def test_a_copy_of_a_joined_chunk_is_a_copy_of_its_passage() -> None:
    joined = [piece(0, 5), piece(4, 10)]
    copy = a_chunk(joined[1].text, document="other")
    assert taken([*joined, copy]) == [([0, 1], [2])]


FERRY = "Do not step onto the ferry before the bell has rung and the gate is open."
OTHERS = [a_chunk(f"Berth {n} is let.", document=f"berths {n}") for n in range(7)]


def nearly(word: str, *, start: int) -> Chunk:
    return a_chunk(FERRY.replace("bell", word), start=start)


def test_passages_that_nearly_repeat_another_come_after_five_others() -> None:
    assert UNREPEATED == 5
    chunks = [nearly("bell", start=0), nearly("horn", start=900), nearly("gong", start=1800)]
    order = [row for row, _ in taken([*chunks, *OTHERS])]
    assert order == [[0], [3], [4], [5], [6], [1], [2], [7], [8], [9]]  # then by score
    few = [row for row, _ in taken([*chunks, *OTHERS[:2]])]
    assert few == [[0], [3], [4], [1], [2]]


def test_of_passages_that_nearly_repeat_each_other_the_first_in_the_document_comes_first() -> None:
    chunks = [nearly("bell", start=0), nearly("horn", start=900), *OTHERS[:3]]
    passages = merged(chunks, [1, 0, 2, 3, 4])
    assert [passage.ranked[0].row for passage in passages] == [0, 2, 3, 4, 1]
    assert passages[0].best.score == 0.5  # of the better one


def test_other_numbers_are_no_repetition() -> None:
    fuses = [
        a_chunk(f"The fuse of the pump in the hold below the deck takes {n} A.", start=900 * n)
        for n in (5, 10)
    ]
    assert [row for row, _ in taken([*fuses, *OTHERS])][:2] == [[0], [1]]


def test_a_word_of_the_question_that_the_other_lacks_is_no_repetition() -> None:
    gates = [
        a_chunk(f"At night the gate of the old pier in the north is {state}.", start=start)
        for state, start in (("open", 0), ("shut", 900))
    ]
    rows = [row for row, _ in taken([*gates, *OTHERS], question="is the gate shut")]
    assert rows[:2] == [[0], [1]]
    rows = [row for row, _ in taken([*gates, *OTHERS], question="is there a gate")]
    assert rows[:2] == [[0], [2]]


def test_no_chunks_make_no_passages() -> None:
    assert taken([]) == []
