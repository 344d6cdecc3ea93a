"""Split hits into statements and weigh them."""

from collections.abc import Sequence

import msgspec
import pytest

from ragguide.augment.evidence import (
    BY_MEANING,
    BY_NUMBER,
    BY_PASSAGE,
    BY_WORDS,
    MIN_LETTERS,
    Candidate,
    as_evidence,
    favour_numbers,
    is_address,
    split_hits,
    weigh,
)
from ragguide.index.keywords import terms_of
from ragguide.types import BlockKind, Chunk, Filter, Hit, Statement, Why
from tests.augment.lists.guides import chunks_of, hits_of

DOCUMENT = (
    "Spot Instances save money. They may be interrupted at any time. "
    "Checkpoints keep the work that was done. Use them."
)
SENTENCES = [
    "Spot Instances save money.",
    "They may be interrupted at any time.",
    "Checkpoints keep the work that was done.",
    "Use them.",
]
SECTION = ("Training", "Spot")


def hit(
    first: int,
    last: int,
    *,
    document: str = "guide",
    section: tuple[str, ...] = SECTION,
    page_breaks: tuple[int, ...] = (),
    page_labels: tuple[str, ...] = ("iv", "v", "vi"),
    score: float = 0.5,
    rank: int = 1,
) -> Hit:
    """Return a passage with the document's sentences from `first` to `last`, inclusive."""
    start = DOCUMENT.index(SENTENCES[first])
    end = DOCUMENT.index(SENTENCES[last]) + len(SENTENCES[last])
    text = DOCUMENT[start:end]
    statements = tuple(
        Statement(
            start=text.index(sentence), end=text.index(sentence) + len(sentence), section=section
        )
        for sentence in SENTENCES[first : last + 1]
    )
    return Hit(
        rank=rank,
        score=score,
        confidence="high",
        why=Why(
            cosine=0.5,
            cosine_rank=1,
            statement_cosine=0.6,
            keyword_score=3.0,
            keyword_rank=1,
            matched=(),
        ),
        chunk=Chunk(
            id=f"{document}/p0004-{first:02d}",
            document=document,
            section=section,
            text=text,
            text_sha="0" * 64,
            statements=statements,
            start=start,
            end=end,
            page_first=4,
            page_last=4 + len(page_breaks),
            page_labels=page_labels[: 1 + len(page_breaks)],
            page_breaks=page_breaks,
        ),
        rows=(0,),
    )


# ── split ───────────────────────────────────────────────────────────────────────────────────────


def test_every_statement_of_a_hit_is_a_candidate_in_order() -> None:
    candidates = split_hits([hit(0, 2)])
    assert [candidate.text for candidate in candidates] == SENTENCES[:3]


def test_a_statement_shared_by_overlapping_chunks_comes_once_with_the_better_hit() -> None:
    best, second = hit(1, 2, rank=1), hit(0, 1, rank=2)
    candidates = split_hits([best, second])
    assert [(c.text, c.hit.rank) for c in candidates] == [
        (SENTENCES[1], 1),
        (SENTENCES[2], 1),
        (SENTENCES[0], 2),
    ]


def test_the_same_offset_in_two_documents_gives_two_candidates() -> None:
    candidates = split_hits([hit(0, 0), hit(0, 0, document="other")])
    assert [c.hit.chunk.document for c in candidates] == ["guide", "other"]


def test_debris_of_too_few_letters_is_left_out() -> None:
    assert sum(map(str.isalnum, SENTENCES[3])) == MIN_LETTERS - 1
    assert [c.text for c in split_hits([hit(2, 3)])] == [SENTENCES[2]]


LABELLED = "Who may book:\nAny crew of two may book."


def labelled(text: str, *said: str, section: Sequence[tuple[str, ...]] = ()) -> list[Candidate]:
    """Return the candidates of a passage with these statements."""
    sections = [*section, *(SECTION for _ in said[len(section) :])]
    statements = tuple(
        Statement(start=text.index(each), end=text.index(each) + len(each), section=where)
        for each, where in zip(said, sections, strict=True)
    )
    chunk = msgspec.structs.replace(
        hit(0, 3).chunk, text=text, statements=statements, start=100, end=100 + len(text)
    )
    return split_hits([msgspec.structs.replace(hit(0, 3), chunk=chunk)])


def test_a_label_joins_the_statement_that_follows_it() -> None:
    label, said = LABELLED.split("\n")
    (both,) = labelled(LABELLED, label, said)
    assert both.text == LABELLED
    assert both.offsets == [100 + LABELLED.index(said)]  # the key of its vector
    (evidence,) = as_evidence([both], [0.5], [0])
    assert evidence.text == LABELLED


def test_a_label_before_a_page_break_sets_the_first_page() -> None:
    label, said = LABELLED.split("\n")
    (both,) = labelled(LABELLED, label, said)
    chunk = msgspec.structs.replace(
        both.hit.chunk, page_breaks=(LABELLED.index(said),), page_last=5, page_labels=("iv", "v")
    )
    (evidence,) = as_evidence(
        split_hits([msgspec.structs.replace(both.hit, chunk=chunk)]), [0], [0]
    )
    assert evidence.text == LABELLED
    assert (evidence.page_first, evidence.page_last, evidence.page_label) == (4, 5, "iv")
    assert evidence.locator == "pp. 4-5 (printed iv)"


@pytest.mark.parametrize(
    ("label", "between"),
    [
        ("Who may book:", "\n• "),  # a list has more than its first item
        ("Who may book:", "\nNo. 7\n"),
        ("Who may book", " "),  # may be a line cut in two
        ("Who may book.", "\n"),
        ("Crew: any; Who: two", "\n"),  # a row of a table
        ("And now to a question that is hard to tell", "\n"),
        ("And now to a row of nine words which says it:", "\n"),
    ],
)
def test_text_that_is_no_label_of_the_next_statement_stays_alone(label: str, between: str) -> None:
    said = "Any crew of two may book."
    assert [each.text for each in labelled(label + between + said, label, said)] == [label, said]


def test_lines_that_end_no_sentence_join_the_next_statement() -> None:
    cells = ["Total", "Distance (TD)", "Tells how far two of them lie apart", "Is it far?", "Near."]
    text = "\n".join(cells)
    row, told = labelled(text, *cells)
    assert row.text == "Total\nDistance (TD)\nTells how far two of them lie apart"
    assert row.offsets == [100, 106, 120]
    assert told.text == "Is it far?\nNear."


def test_a_list_below_lines_that_end_no_sentence_is_split_into_items() -> None:
    text = "Berths\n• Two at the pier\n• One more at the old quay"
    said = ["Berths", "Two at the pier", "One more at the old quay"]
    assert [each.text for each in labelled(text, *said)] == said[1:]


def test_a_label_of_another_section_stays_alone() -> None:
    label, said = LABELLED.split("\n")
    parts = labelled(LABELLED, label, said, section=[("Crews",)])
    assert [each.text for each in parts] == [label, said]


def test_only_the_last_of_several_labels_joins_the_statement() -> None:
    text = f"Two crews in one:\n{LABELLED}\nWho else may:"
    parts = labelled(text, "Two crews in one:", *LABELLED.split("\n"), "Who else may:")
    assert [each.text for each in parts] == ["Two crews in one:", LABELLED, "Who else may:"]


def test_no_hits_give_no_candidates() -> None:
    assert split_hits([]) == []


def statements_of(*said: tuple[BlockKind, str]) -> list[str]:
    """Return the candidates of a passage with a line for each statement."""
    text = "\n".join(each for _, each in said)
    statements = tuple(
        Statement(
            start=text.index(each), end=text.index(each) + len(each), section=SECTION, kind=kind
        )
        for kind, each in said
    )
    chunk = msgspec.structs.replace(hit(0, 0).chunk, text=text, statements=statements)
    return [each.text for each in split_hits([msgspec.structs.replace(hit(0, 0), chunk=chunk)])]


def test_a_long_question_joins_its_answer() -> None:
    asked = "Where may a crew of two that comes by night leave its boat?"
    said = ("paragraph", "At the quay.")
    assert statements_of(("paragraph", asked), said) == [f"{asked}\nAt the quay."]


def test_a_sentence_that_a_reader_took_for_two_is_one() -> None:
    broken = (
        ("item", "This lets every crew that comes by night book the berths of"),
        ("paragraph", "Quay 3 without a call."),
    )
    assert statements_of(*broken) == ["\n".join(said for _, said in broken)]
    small = (
        ("item", "The quay opens to all boats and crews that have booked it"),
        ("paragraph", "before noon."),
    )
    assert statements_of(*small) == ["\n".join(said for _, said in small)]


def test_rows_and_items_join_no_line_before() -> None:
    kinds: tuple[BlockKind, ...] = ("item", "row")
    for kind in kinds:
        assert statements_of(("paragraph", "Berths and fees"), (kind, "Quay 3: 4 EUR")) == [
            "Berths and fees",
            "Quay 3: 4 EUR",
        ]


def test_lines_of_code_are_quoted_together_up_to_a_blank_line() -> None:
    code = "```\n$ berth list\n$ berth book\n\n$ berth leave\n```"
    assert [each.text for each in split_hits(hits_of(chunks_of(code)))] == [
        "$ berth list\n$ berth book",
        "$ berth leave",
    ]
    line = "a b c d e f g h i j k l m n o"
    assert statements_of(("code", f"1 {line}"), ("code", f"2 {line}")) == [f"1 {line}", f"2 {line}"]


def test_only_statements_of_the_wanted_pages_and_sections_are_candidates() -> None:
    breaks = (DOCUMENT.index("interrupted"), DOCUMENT.index(SENTENCES[2]))
    found = hit(0, 2, page_breaks=breaks)  # the second sentence is on pages 4 and 5

    def candidates(**wanted: object) -> list[str]:
        where = Filter(**wanted)  # type: ignore[arg-type]
        return [each.text for each in split_hits([found], where=where)]

    assert candidates(page_first=4, page_last=4) == SENTENCES[:1]
    assert candidates(page_first=4, page_last=5) == SENTENCES[:2]
    assert candidates(page_first=6) == SENTENCES[2:3]
    assert candidates(sections=("Training > Sp",)) == SENTENCES[:3]
    assert candidates(sections=("Costs",)) == []


# ── weigh ───────────────────────────────────────────────────────────────────────────────────────


def test_weights_agree_with_hand_computed_values() -> None:
    assert (BY_MEANING, BY_WORDS, BY_PASSAGE) == (0.4, 0.2, 0.4)
    candidates = split_hits([hit(0, 1, section=("Costs",), score=0.5)])
    weights = weigh(
        candidates,
        [0.9, 0.1],
        ["spot", "money", "interrupt", "zygot"],
        terms_of,
        {"spot": 1.0, "money": 2.0, "interrupt": 5.0, "other": 9.0},
    )
    # "zygot" occurs nowhere, so the question's words weigh 1 + 2 + 5
    assert weights == pytest.approx(
        [0.4 * 0.9 + 0.2 * 3 / 8 + 0.4 * 0.5, 0.4 * 0.1 + 0.2 * 5 / 8 + 0.4 * 0.5]
    )


def test_the_last_two_titles_count_with_the_statement() -> None:
    candidates = split_hits([hit(1, 1, section=("Money", "Training", "Spot"))])
    rarity = {"spot": 1.0, "train": 1.0, "money": 2.0}
    (weight,) = weigh(candidates, [0.0], list(rarity), terms_of, rarity)
    assert weight == pytest.approx(0.2 * 2 / 4 + 0.4 * 0.5)


def test_a_question_without_known_words_is_weighed_by_meaning_and_passage() -> None:
    candidates = split_hits([hit(0, 0)])
    for terms in ([], ["zygot"]):
        assert weigh(candidates, [0.5], terms, terms_of, {"spot": 1.0}) == pytest.approx([0.4])


def test_the_weight_does_not_depend_on_the_order_of_the_terms() -> None:
    candidates = split_hits([hit(0, 0)])
    rarity = {"spot": 0.1, "instanc": 0.2, "save": 0.3, "money": 0.7, "zygot": 1e-9}
    terms = list(rarity)
    forward = weigh(candidates, [0.5], terms, terms_of, rarity)
    for shift in range(len(terms)):
        assert weigh(candidates, [0.5], terms[shift:] + terms[:shift], terms_of, rarity) == forward


def stating(text: str) -> Candidate:
    """Return a passage with a single statement."""
    whole = Statement(start=0, end=len(text), section=())
    one = hit(0, 0)
    chunk = msgspec.structs.replace(one.chunk, text=text, statements=(whole,))
    return Candidate(msgspec.structs.replace(one, chunk=chunk), (whole,))


def test_a_question_for_a_number_adds_weight_to_candidates_with_one() -> None:
    candidates = [stating("Jobs wait."), stating("At most 5 jobs wait."), stating("See step 5.")]
    weights = favour_numbers(candidates, [0.5, 0.3, 0.2], "how many jobs wait?", terms_of)
    assert weights == pytest.approx([0.5, 0.3 + BY_NUMBER, 0.2])


def test_numbers_add_no_weight_for_other_questions() -> None:
    candidates = [stating("Jobs wait."), stating("At most 5 jobs wait.")]
    assert favour_numbers(candidates, [0.5, 0.3], "why do jobs wait?", terms_of) == [0.5, 0.3]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://example.org/a", True),
        ("• (https://example.org/a?b=c).", True),
        ("Source: www.example.org/a-b_c/", True),
        ("https://example.org/a tells more", False),
        ("See the guide: https://example.org/a", False),
        ("Costs are told at www.example.org", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_a_bare_address_differs_from_a_statement_with_one(text: str, is_one: bool) -> None:
    assert is_address(text) == is_one


# ── evidence ────────────────────────────────────────────────────────────────────────────────────


def test_evidence_is_marked_from_one_in_the_order_chosen() -> None:
    candidates = split_hits([hit(0, 2)])
    first, second = as_evidence(candidates, [0.1, 0.2, 0.3], [2, 0])
    assert (first.mark, first.text, first.score) == (1, SENTENCES[2], 0.3)
    assert (second.mark, second.text, second.score) == (2, SENTENCES[0], 0.1)
    assert first.chunk_id == "guide/p0004-00"
    assert (first.document, first.section) == ("guide", SECTION)


def test_evidence_names_the_pages_of_the_statement_not_of_the_chunk() -> None:
    text = DOCUMENT[: DOCUMENT.index(SENTENCES[3])]
    inside = text.index("interrupted")  # the page ends within the second sentence
    before_third = text.index(SENTENCES[2])
    candidates = split_hits([hit(0, 2, page_breaks=(inside, before_third))])
    pages = [
        (item.page_first, item.page_last, item.page_label)
        for item in as_evidence(candidates, [0.0] * 3, [0, 1, 2])
    ]
    assert pages == [(4, 4, "iv"), (4, 5, "iv"), (6, 6, "vi")]


def test_a_page_that_begins_right_after_a_statement_is_not_its_page() -> None:
    after_first = len(SENTENCES[0])
    candidates = split_hits([hit(0, 1, page_breaks=(after_first,))])
    first, second = as_evidence(candidates, [0.0, 0.0], [0, 1])
    assert (first.page_first, first.page_last) == (4, 4)
    assert (second.page_first, second.page_last, second.page_label) == (5, 5, "v")


def test_a_blank_page_in_between_counts() -> None:
    at = DOCUMENT.index(SENTENCES[1])
    candidates = split_hits([hit(0, 1, page_breaks=(at, at))])
    assert [item.page_label for item in as_evidence(candidates, [0.0, 0.0], [0, 1])] == ["iv", "vi"]


def test_a_candidates_text_is_its_span_of_the_chunk() -> None:
    found = hit(0, 1)
    statement = Statement(start=5, end=14, section=())
    assert Candidate(found, (statement,)).text == "Instances"
