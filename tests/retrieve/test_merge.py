"""Passages of real chunks, cut from made documents; what is taken, joined, and named as a copy."""

from itertools import pairwise

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ragguide.create.chunks import split_document
from ragguide.retrieve.merge import MAX_JOINED, Passage, join, merge
from ragguide.types import Chunk, Document, Statement
from tests.create.test_chunks import count_words, documents, page_of
from tests.retrieve.made import a_chunk

# ── join ────────────────────────────────────────────────────────────────────────────────────────

SIZES = st.tuples(st.integers(10, 40), st.integers(3, 20))


def runs(document: Document, sizes: tuple[int, int]) -> list[list[Chunk]]:
    """Neighbouring chunks that overlap, two and more."""
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
        if chunk.start < before.end:
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


def taken(chunks: list[Chunk], *, top_k: int = 10) -> list[tuple[list[int], list[int]]]:
    """Places of each passage's chunks, and of its copies, in the list they came in."""
    passages: list[Passage[int]] = merge(enumerate(chunks), top_k=top_k)
    for passage in passages:
        assert passage.chunks == [chunks[i] for i in passage.ranked]
    return [
        (passage.ranked, [chunks.index(copy) for copy in passage.copies]) for passage in passages
    ]


def test_chunks_that_overlap_are_one_passage_in_the_order_of_the_document() -> None:
    later, earlier = piece(4, 10), piece(0, 5)
    (passage,) = merge([("best", later), ("next", earlier)], top_k=5)
    assert passage.ranked == ["best", "next"]
    assert passage.chunk.text == "The ferry crosses twice a day. A canoe is carried past."
    assert passage.chunk.start == 0
    assert passage.copies == []


def test_chunks_that_only_touch_or_lie_apart_stay_apart() -> None:
    first = piece(0, 5)
    touching = a_chunk(TEXT[first.end : first.end + 24], start=first.end)
    assert taken([first, touching]) == [([0], []), ([1], [])]
    assert taken([first, piece(11, 15)]) == [([0], []), ([1], [])]


def test_the_same_offsets_of_another_document_do_not_overlap() -> None:
    assert taken([piece(0, 5), piece(3, 9, document="other")]) == [([0], []), ([1], [])]


def test_no_more_than_two_chunks_are_joined() -> None:
    assert MAX_JOINED == 2
    chain = [piece(0, 5), piece(4, 10), piece(9, 15)]
    assert taken(chain) == [([0, 1], []), ([2], [])]
    assert taken([chain[1], chain[2], chain[0]]) == [([0, 1], []), ([2], [])]


def test_a_chunk_between_two_passages_joins_the_better_one() -> None:
    assert taken([piece(9, 15), piece(0, 5), piece(4, 10)]) == [([0, 2], []), ([1], [])]


def test_the_same_text_elsewhere_is_a_copy_whatever_its_spaces_and_capitals() -> None:
    here = piece(0, 5)
    copies = [
        a_chunk("the ferry\ncrosses  TWICE a day.", document="other", start=400),
        a_chunk(here.text, start=900),
    ]
    assert taken([here, piece(11, 15), *copies]) == [([0], [2, 3]), ([1], [])]


def test_a_copy_of_a_joined_chunk_is_a_copy_of_its_passage() -> None:
    joined = [piece(0, 5), piece(4, 10)]
    copy = a_chunk(joined[1].text, document="other")
    assert taken([*joined, copy]) == [([0, 1], [2])]


def test_passages_are_taken_until_there_are_enough() -> None:
    chunks = [piece(0, 5), piece(11, 15), a_chunk("A third.", document="other"), piece(4, 10)]
    assert taken(chunks, top_k=2) == [([0], []), ([1], [])]  # what comes later ranks behind
    assert taken(chunks, top_k=3) == [([0, 3], []), ([1], []), ([2], [])]
    assert taken(chunks[:1], top_k=3) == [([0], [])]
    assert taken([], top_k=3) == []


def test_what_belongs_to_a_passage_is_taken_though_there_are_enough() -> None:
    chunks = [piece(0, 5), piece(4, 10), a_chunk(piece(0, 5).text, document="other")]
    assert taken(chunks, top_k=1) == [([0, 1], [2])]
