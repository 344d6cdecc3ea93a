"""Chunks: their size, pages, statements and strategies."""

import re
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from ragguide.create.chunks import SPECIAL_TOKENS, split_document
from ragguide.create.pdf.blocks import join_lines
from ragguide.create.pdf.clean import Line
from ragguide.create.pdf.outline import find_sections
from ragguide.create.sentences import split_sentences
from ragguide.models.find import find_embedder
from ragguide.types import Block, Bookmark, Chunk, Document, Section


def count_words(texts: Sequence[str]) -> list[int]:
    """A simple subword tokenizer: ten characters of a word are a token, and so is each sign."""
    return [
        sum(1 + (len(word) - 1) // 10 for word in re.findall(r"\w+|[^\w\s]", text))
        for text in texts
    ]


def count_characters(texts: Sequence[str]) -> list[int]:
    return [sum(not character.isspace() for character in text) for text in texts]


def document_of(
    lines: Sequence[Line], bookmarks: Sequence[Bookmark] = (), *, n_pages: int = 1
) -> Document:
    body = join_lines(lines, n_pages=n_pages, bookmarks=bookmarks)
    return Document(
        name="book",
        path="/book.pdf",
        title="Book",
        sha256="0" * 64,
        text=body.text,
        page_starts=body.page_starts,
        page_labels=tuple(f"L{number}" for number in range(1, n_pages + 1)),
        blocks=body.blocks,
        sections=find_sections(body, bookmarks),
        unreadable={},
    )


WORD = st.one_of(
    st.text(st.sampled_from("abcßéЖ中😀ñ"), min_size=1, max_size=8),
    st.text(st.sampled_from("abc-/_é中"), min_size=30, max_size=90),
    st.sampled_from(["e.g.", "Dr.", "end.", "why?", "(so)", "3.5", "…"]),
)
TEXT = st.lists(WORD, min_size=1, max_size=14).map(" ".join)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document of one to six pages with headings at three levels, items and paragraphs."""
    lines: list[Line] = []
    marks: list[Bookmark] = []
    page = 1
    for _ in range(draw(st.integers(1, 25))):
        page = min(6, page + draw(st.sampled_from([0, 0, 0, 0, 1, 2])))
        text = draw(TEXT)
        kind = draw(st.sampled_from(["heading", "item", "line", "line", "line"]))
        if kind == "heading":
            marks.append(Bookmark(title=text, level=draw(st.integers(1, 3)), page=page))
        lines.append(Line(page, text, kind == "item"))
    return document_of(lines, marks, n_pages=6)


SIZES = st.tuples(st.integers(8, 60), st.integers(0, 20), st.integers(24, 80))


def split(document: Document, sizes: tuple[int, int, int], counter: object) -> list[Chunk]:
    size, overlap, reads = sizes
    return split_document(
        document,
        count_tokens=count_characters if counter == "characters" else count_words,
        chunk_tokens=size,
        chunk_overlap=min(overlap, size - 1),
        max_tokens=reads,
    )


def page_of(document: Document, offset: int) -> int:
    """The reference: the last page that starts at or before a character."""
    return max(n for n, at in enumerate(document.page_starts, start=1) if at <= offset)


COUNTERS = st.sampled_from(["words", "characters"])


@given(documents(), SIZES, COUNTERS)
def test_chunks_are_spans_of_the_document_and_cover_every_character(
    document: Document, sizes: tuple[int, int, int], counter: str
) -> None:
    chunks = split(document, sizes, counter)
    covered = bytearray(len(document.text))
    for chunk in chunks:
        assert document.text[chunk.start : chunk.end] == chunk.text == chunk.text.strip()
        covered[chunk.start : chunk.end] = b"\1" * (chunk.end - chunk.start)
    missed = [c for c, seen in zip(document.text, covered, strict=True) if not seen]
    assert not "".join(missed).strip()
    for before, after in pairwise(chunks):
        assert before.start < after.start
        assert before.end < after.end
    assert len({chunk.id for chunk in chunks}) == len(chunks)


@given(documents(), SIZES, COUNTERS)
def test_chunks_name_the_page_of_every_character_including_overlaps(
    document: Document, sizes: tuple[int, int, int], counter: str
) -> None:
    for chunk in split(document, sizes, counter):
        pages = [page_of(document, offset) for offset in range(chunk.start, chunk.end)]
        assert [chunk.page_at(offset) for offset in range(len(chunk.text))] == pages
        assert (chunk.page_first, chunk.page_last) == (pages[0], pages[-1])
        assert chunk.page_labels == tuple(f"L{n}" for n in range(pages[0], pages[-1] + 1))
        assert chunk.id.startswith(f"book/p{chunk.page_first:04d}-")


@given(documents(), SIZES, COUNTERS)
def test_no_chunk_exceeds_the_embedders_window(
    document: Document, sizes: tuple[int, int, int], counter: str
) -> None:
    count = count_characters if counter == "characters" else count_words
    chunks = split(document, sizes, counter)
    for chunk, n_tokens in zip(chunks, count([chunk.text for chunk in chunks]), strict=True):
        assert n_tokens <= sizes[0]
        assert count([chunk.embedded_text])[0] + SPECIAL_TOKENS <= sizes[2]


@given(documents(), SIZES, COUNTERS)
def test_statements_cover_a_chunk_except_headings_and_bullets(
    document: Document, sizes: tuple[int, int, int], counter: str
) -> None:
    headings = [(b.start, b.end) for b in document.blocks if b.kind == "heading"]
    for chunk in split(document, sizes, counter):
        rest = list(chunk.text)
        for before, after in pairwise(chunk.statements):
            assert before.end <= after.start
        for statement in chunk.statements:
            start, end = chunk.start + statement.start, chunk.start + statement.end
            assert chunk.start <= start < end <= chunk.end
            assert not any(first < end and start < last for first, last in headings)
            section = next(s for s in document.sections if s.start <= start < s.end)
            assert end <= section.end
            _assert_same_path(statement.section, section.path)
            rest[statement.start : statement.end] = " " * (end - start)
        for first, last in headings:
            for offset in range(max(first, chunk.start), min(last, chunk.end)):
                rest[offset - chunk.start] = " "
        assert not "".join(rest).replace("•", "").strip()


def _assert_same_path(shown: tuple[str, ...], path: tuple[str, ...]) -> None:
    """The whole path, or only the start of the innermost title."""
    assert shown == path or (len(shown) == 1 and path[-1].startswith(shown[0]))


@settings(max_examples=20)
@given(documents(), SIZES)
def test_the_same_document_gives_the_same_chunks(
    document: Document, sizes: tuple[int, int, int]
) -> None:
    first, second = (msgspec.json.encode(split(document, sizes, "words")) for _ in range(2))
    assert first == second


def section_text(n_sentences: int) -> str:
    return " ".join(f"Sentence number {n} of it stands here." for n in range(n_sentences))


def sections(*parts: tuple[str, int, int]) -> Document:
    """A document of (title, level, sentences of eight tokens)."""
    lines, marks = [], []
    for title, level, n_sentences in parts:
        marks.append(Bookmark(title=title, level=level, page=1))
        lines.append(Line(1, title, False))
        if n_sentences:
            lines.append(Line(1, section_text(n_sentences), False))
    return document_of(lines, marks)


def cut(document: Document, size: int = 40, overlap: int = 0) -> list[tuple[str, list[int]]]:
    """Section and the numbers of the sentences of each chunk."""
    chunks = split(document, (size, overlap, 1000), "words")
    return [
        (" > ".join(chunk.section), [int(n) for n in re.findall(r"number (\d+)", chunk.text)])
        for chunk in chunks
    ]


def test_an_overlap_repeats_whole_sentences_of_the_same_section() -> None:
    document = sections(("One", 1, 9), ("Two", 1, 2))
    assert cut(document, 40, 17) == [
        ("One", [0, 1, 2, 3]),
        ("One", [2, 3, 4, 5, 6]),
        ("One", [5, 6, 7, 8]),
        ("Two", [0, 1]),
    ]


def test_a_chapter_starts_a_chunk_and_short_sections_share_one() -> None:
    document = sections(("One", 1, 1), ("A", 2, 1), ("B", 2, 1), ("Two", 1, 1), ("C", 2, 4))
    assert cut(document) == [
        ("One", [0, 0]),
        ("One > B", [0]),
        ("Two", [0, 0, 1, 2]),
        ("Two > C", [3]),
    ]


def test_headings_never_end_a_chunk() -> None:
    document = sections(("One", 1, 4), ("A", 2, 0), ("B", 3, 4), ("Two", 1, 0), ("Three", 1, 1))
    chunks = split(document, (40, 0, 1000), "words")
    assert [chunk.text.splitlines()[-1].startswith("Sentence") for chunk in chunks] == [True] * 3
    assert [chunk.text.splitlines()[0] for chunk in chunks] == ["One", "A", "Two"]


def test_a_statement_names_its_own_section_in_a_chunk_of_several() -> None:
    (chunk,) = split(sections(("One", 1, 1), ("A", 2, 1)), (40, 0, 1000), "words")
    assert chunk.section == ("One",)
    assert [statement.section for statement in chunk.statements] == [("One",), ("One", "A")]


def test_the_hash_is_of_the_embedded_text() -> None:
    there = split(sections(("One", 1, 1)), (40, 0, 1000), "words")[0]
    moved = document_of(
        [Line(3, "One", False), Line(3, section_text(1), False)],
        [Bookmark(title="One", level=1, page=3)],
        n_pages=3,
    )
    other = split(moved, (40, 0, 1000), "words")[0]
    renamed = split(sections(("Two", 1, 1)), (40, 0, 1000), "words")[0]
    assert (there.id, other.id) == ("book/p0001-01", "book/p0003-01")
    assert there.text_sha == other.text_sha != renamed.text_sha


def test_long_titles_are_shortened_to_the_start_of_the_innermost() -> None:
    outer, inner = " ".join(["Outer"] * 30), " ".join(f"Inner{n}" for n in range(90))
    document = sections((outer, 1, 1), ("Short", 2, 3), (inner, 2, 3))
    chunks = split(document, (40, 0, 80), "words")
    assert {chunk.section for chunk in chunks} == {
        ((" ".join(["Outer"] * 20)),),
        ("Short",),
        (" ".join(f"Inner{n}" for n in range(20)),),
    }
    assert max(count_words([chunk.embedded_text for chunk in chunks])) + SPECIAL_TOKENS <= 80


def test_a_word_longer_than_a_chunk_is_cut_between_characters() -> None:
    word = "".join(chr(97 + n % 26) for n in range(500))
    chunks = split(document_of([Line(1, word, False)]), (20, 0, 1000), "characters")
    assert "".join(chunk.text for chunk in chunks) == word
    assert {len(chunk.text) for chunk in chunks} == {20}


def test_a_bullet_cut_from_its_item_is_not_a_statement() -> None:
    document = document_of([Line(1, "abcdefgh", True)])
    chunks = split(document, (8, 0, 1000), "characters")
    quotes = [chunk.text[s.start : s.end] for chunk in chunks for s in chunk.statements]
    assert [chunk.text for chunk in chunks] == ["•", "abcdefgh"]
    assert quotes == ["abcdefgh"]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Größe 5 µs.", "Das ist gut.", "Ende?"],
        ["中文。", "好的。", "再见！"],
        ["It grew 😀 fast.", "𝒳 is a letter.", "So is é."],
        ["See Fig. 3, e.g. this one.", "It costs $3.50 a day.", "Why?"],
        ["Same.", "Same.", "Same."],
    ],
)
def test_sentences_are_cut_at_the_right_characters(sentences: list[str]) -> None:
    text = "é😀 before. " + " ".join(sentences) + " after"
    start = len("é😀 before. ")
    spans = list(split_sentences(text, start, len(text) - len(" after")))
    assert [text[first:last] for first, last in spans] == sentences


@given(st.text(st.sampled_from('abA .!?。"“”)é😀中…\u0301\n1'), max_size=60))
def test_sentences_contain_every_character_in_order(text: str) -> None:
    spans = list(split_sentences(text, 0, len(text)))
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())


def test_unusual_text_stays_within_the_real_models_window() -> None:
    folder = find_embedder("all-MiniLM-L6-v2").folder
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(texts: Sequence[str]) -> list[int]:
        encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [len(one.ids) for one in encoded]

    hostile = [
        "각" * 300,  # three tokens a character
        "中文字" * 200,
        "https://example.org/" + "a1-b2_c3/" * 90,
        "0f3a" * 300,
        "é" * 500,
        "Plain words that go on for quite a while, as prose does. " * 12,
        ".,;:!?" * 120,
    ]
    lines = [Line(1, "Hostile " * 80, False), *(Line(1, text, False) for text in hostile)]
    document = document_of(lines, [Bookmark(title="Hostile " * 80, level=1, page=1)])
    chunks = split_document(
        document, count_tokens=count, chunk_tokens=254, chunk_overlap=32, max_tokens=256
    )
    n_tokens = [len(tokenizer.encode(chunk.embedded_text).ids) for chunk in chunks]
    assert max(n_tokens) <= 256
    assert min(n_tokens[:-1]) > 100


# ── strategies and leading units ────────────────────────────────────────────────────────────────


def built_of(*blocks: tuple[str, str], page_starts: tuple[int, ...] = (0,)) -> Document:
    """Blocks of (kind, text), headings opening sections of one level."""
    text, built, sections = "", [], []
    for kind, words in blocks:
        if kind == "heading":
            sections.append((words, len(text)))
        header = words if kind == "header" else ""
        built.append(
            Block(
                kind="row" if kind == "header" else kind,  # type: ignore[arg-type]
                start=len(text),
                end=len(text) + len(words),
                header=header,
            )
        )
        text += words + "\n"
    text = text.rstrip("\n")
    ends = [start for _, start in sections[1:]] + [len(text)]
    return Document(
        name="doc", path="/doc", title="doc", sha256="", text=text, page_starts=page_starts,
        page_labels=tuple(str(n + 1) for n in range(len(page_starts))), blocks=tuple(built),
        sections=tuple(
            Section(path=("Top", title), start=start, end=end)
            for (title, start), end in zip(sections, ends, strict=True)
        ),
        unreadable={},
    )  # fmt: skip


def texts(document: Document, *, size: int, overlap: int = 0, **options: object) -> list[str]:
    def count(texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    chunks = split_document(
        document,
        count_tokens=count,
        chunk_tokens=size,
        chunk_overlap=overlap,
        max_tokens=200,
        **options,  # type: ignore[arg-type]
    )
    return [chunk.text for chunk in chunks]


def test_a_list_stays_with_its_introduction() -> None:
    document = built_of(
        ("heading", "H"),
        ("paragraph", "one two three four five six seven"),
        ("paragraph", "There are these two kinds:"),
        ("item", "• the first"),
        ("item", "• the second"),
    )
    assert texts(document, size=14)[1] == "There are these two kinds:\n• the first\n• the second"


def test_a_table_header_stays_with_its_rows_and_is_not_a_statement() -> None:
    document = built_of(
        ("heading", "H"),
        ("paragraph", "one two three four five six seven"),
        ("header", "Name | Size"),
        ("row", "Name: a; Size: 1"),
    )
    assert texts(document, size=11)[1] == "Name | Size\nName: a; Size: 1"


def test_a_row_with_a_full_stop_is_one_statement() -> None:
    document = built_of(("heading", "H"), ("row", "Name: e.g. this. Size: 1. Use: it. Now."))
    chunk = split_document(
        document,
        count_tokens=lambda t: [1] * len(t),
        chunk_tokens=9,
        chunk_overlap=0,
        max_tokens=99,
    )[0]
    assert [chunk.text[s.start : s.end] for s in chunk.statements] == [
        "Name: e.g. this. Size: 1. Use: it. Now."
    ]


def test_strategies_end_chunks_at_different_places() -> None:
    document = built_of(
        ("heading", "A"),
        ("paragraph", "one two three four"),
        ("paragraph", "five six"),
        ("heading", "B"),
        ("paragraph", "seven eight"),
        page_starts=(0, 21),
    )
    first, second = "A\none two three four", "five six"
    third = "B\nseven eight"
    assert texts(document, size=12) == [f"{first}\n{second}", third]
    assert texts(document, size=12, strategy="pages") == [first, f"{second}\n{third}"]
    assert texts(document, size=12, strategy="tokens") == [f"{first}\n{second}\n{third}"]
