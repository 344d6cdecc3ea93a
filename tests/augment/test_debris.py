"""What states something, and what is only a heading, a label or a piece of a figure."""

from collections.abc import Sequence

import msgspec
import pytest

from ragguide.augment.debris import states_something
from ragguide.augment.evidence import Candidate, split_hits
from ragguide.augment.pieces import LeadFinder
from ragguide.types import BlockKind, Statement
from tests.augment.lists.guides import chunks_of, hits_of
from tests.augment.test_evidence import hit


def candidate(
    *lines: str,
    kind: BlockKind = "paragraph",
    section: tuple[str, ...] = ("Quays",),
    n_before: int = 0,
) -> Candidate:
    """Return a candidate of these lines, without the first `n_before` of them."""
    text = "\n".join(lines)
    parts = tuple(
        Statement(
            start=text.index(line), end=text.index(line) + len(line), section=section, kind=kind
        )
        for line in lines
    )
    chunk = msgspec.structs.replace(hit(0, 0).chunk, text=text, statements=parts)
    return Candidate(msgspec.structs.replace(hit(0, 0), chunk=chunk), parts[n_before:])


@pytest.mark.parametrize(
    "lines",
    [
        ["The quay opens at 5."],
        ["Figures change."],
        ["Price: 5 EUR"],
        ["The crane:", "It lifts 5 t."],
        ["The old quay", "Opens at 5 in the morning on all days of the week"],
        ["Why so? The answer is easy."],
        ["Is the old quay free?", "Yes."],
        ["It asks a thing. Is this product a book, a film or a shoe?"],
        ["Boat M2 up to 8 oars, 2 masts, 25 t"],  # a row whose columns are lost
        ["The master of the harbour may allow boats of more than 12 m to moor here"],
        ["Figure 2 shows that the quay is long and wide and free of charge for boats."],
        ["“It is free.”"],
        ["中文很好。"],
    ],
)
def test_sentences_and_data_state_something(lines: Sequence[str]) -> None:
    assert states_something(candidate(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ["What are quays?"],
        ["This approach allows you to:"],
        ["Core Components:"],
        ["Figure 2.1."],
        ["Figure 2.1. The quay at night"],
        ["Table 3: Berths and what they cost at night"],
        ["Quays."],  # the title of its section
        ["Task-Specific Adaptation"],
        ["Moor", "Leave", "Pay"],
        ["Self-made ropes", "long ones only", "Other ropes", "keys and values of the harbour"],
        ["(26.19%) (4.62%)", "345 331 852", "Predicted label"],
        ["T Boat", "Z==140 =« X Mooring V2 1.00 224 11"],
        ["Capture data from Real-time Automatic error Save time Harbour Studio"],
        ["Returns the berths that a crew can book into the list of ] ."],
        ["The master of the harbour may allow boats of more than 12 m to"],
        ["harbour/berths.html"],
        ["10.6 Watching the quay 44", "10.7 Leaving it 46"],  # a table of contents
        ["Fees . . . . . . . 12"],
        ["The crane and the quay of the harbour are in the ] ."],
        ["ormer%20block%20has%20two"],
    ],
)
def test_headings_labels_and_texts_of_figures_do_not(lines: Sequence[str]) -> None:
    assert not states_something(candidate(*lines))


def test_the_end_of_a_sentence_alone_is_no_statement() -> None:
    open_line = "The crew books one of the many"
    assert not states_something(candidate(open_line, "berths of the quay.", n_before=1))
    assert states_something(candidate("The crew books.", "kubectl shows it.", n_before=1))


def test_what_begins_with_a_comma_is_the_end_of_a_sentence() -> None:
    assert not states_something(candidate(", where the berths of the quay are free."))


def test_items_rows_and_code_need_no_end() -> None:
    kinds: tuple[BlockKind, ...] = ("item", "row", "code")
    for kind in kinds:
        assert states_something(candidate("Two at the old quay", kind=kind))
        assert states_something(candidate("mooring.js", kind=kind))
    assert states_something(candidate("$ git status", kind="code"))


def test_an_item_in_title_case_without_a_lead_in_is_a_heading() -> None:
    text = "- Choosing a Berth\n- 4 grams of Salt\n- Two at the quay"
    assert stating(text) == ["4 grams of Salt", "Two at the quay"]
    assert stating(f"Ports:\n\n- Old Harbour\n{text}")[0] == "Old Harbour"


def test_a_question_in_a_list_is_no_statement() -> None:
    assert stating("- Where do boats moor?\n- Boats moor here.") == ["Boats moor here."]


def stating(markdown: str) -> list[str]:
    chunks = chunks_of(markdown)
    found = split_hits(hits_of(chunks), LeadFinder(lambda _document: chunks).find)
    return [each.text for each in found if states_something(each)]
