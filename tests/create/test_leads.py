"""The lead of a statement: what it refers to."""

import pytest

from ragguide.create.leads import refers_back
from tests.augment.lists.guides import chunks_of


def leads(markdown: str, *, chunk_tokens: int = 60) -> dict[str, str]:
    """Return statement → its lead, of those that have one."""
    chunks = chunks_of(markdown, chunk_tokens=chunk_tokens, chunk_overlap=0)
    text = "\n".join(chunk.text for chunk in chunks)
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    return {
        chunk.text[each.start : each.end]: text[each.lead[0] : each.lead[1]]
        for chunk in chunks
        for each in chunk.statements
        if each.lead
    }


@pytest.mark.parametrize(
    "text",
    [
        "This helps.",
        "It opens at 5.",
        "They wait.",
        "These may moor.",
        "Such a boat waits.",
        "This process takes a day.",
        "The latter is free.",
        "Its berths are free.",
        "Some of them wait.",
        "“That” is all.",
        "this is written in haste",
        "Currently, this is free.",
        "In reality, it's more.",
        "Without that your boat sinks.",
        "If not, wait.",
        "But they wait.",
    ],
)
def test_a_sentence_with_a_pronoun_first_refers_back(text: str) -> None:
    assert refers_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "The quay opens at 5.",
        "Items wait.",
        "Italy is far.",
        "This guide lists quays.",
        "It is possible to wait.",
        "It is often best to wait.",
        "That is, it waits.",
        "Theodor waits.",
        "In this guide all quays are named.",
        "At night the boats wait for it.",
        "If the boat waits, go.",
        "Butter melts.",
        "",
    ],
)
def test_other_sentences_do_not(text: str) -> None:
    assert not refers_back(text)


def test_a_pronoun_leads_back_to_the_sentence_before() -> None:
    text = "The quay opens at 5. It is free. Boats wait."
    assert leads(text) == {"It is free.": "The quay opens at 5."}


def test_a_pronoun_below_a_heading_has_no_lead() -> None:
    assert leads("# Quays\n\nThe quay opens.\n\n# Boats\n\nThey wait.") == {}


def test_a_pronoun_after_a_list_leads_back_to_its_lead_in() -> None:
    text = "Two kinds of boats may moor here all night:\n\n- a long one\n- a wide one\n\nThey pay."
    assert leads(text)["They pay."] == "Two kinds of boats may moor here all night:"


def test_short_items_have_the_lead_in_of_their_list() -> None:
    text = "Two kinds of boats may moor here:\n\n- long ones\n- wide ones"
    lead_in = "Two kinds of boats may moor here:"
    assert leads(text) == {"long ones": lead_in, "wide ones": lead_in}


def test_items_that_have_a_label_or_stand_alone_have_none_but_the_first() -> None:
    own = "Length: at most 12 m from the bow to the rudder"
    long = "At night every boat needs a light that is seen from two miles away"
    lead_in = "A boat that wants to moor here must have all of this:"
    assert leads(f"{lead_in}\n\n- a light\n- {own}\n- {long}") == {"a light": lead_in}
    assert leads(f"Rules:\n\n- a light\n- {own}\n- {long}") == {"a light": "Rules:", long: "Rules:"}


def test_rows_have_the_caption_of_their_table_however_long_it_is() -> None:
    rows = "\n".join(f"| Quay {i} | {i} m |" for i in range(30))
    found = leads(f"Table 1. Depths\n\n| Quay | Depth |\n| --- | --- |\n{rows}", chunk_tokens=40)
    assert found == {f"Quay: Quay {i}; Depth: {i} m": "Table 1. Depths" for i in range(30)}


def test_a_sentence_before_a_table_is_no_caption() -> None:
    table = "| Quay | Depth |\n| --- | --- |\n| A | 3 m |"
    assert leads(f"The quays are deep.\n\n{table}") == {}
    assert leads(f"The depths are these:\n\n{table}") == {
        "Quay: A; Depth: 3 m": "The depths are these:"
    }


def test_code_has_the_sentence_that_introduces_it() -> None:
    text = "To leave the quay, run:\n\n```\n$ leave\n$ wave\n```\n\nThen go.\n\n```\n$ go\n```"
    lead_in = "To leave the quay, run:"
    assert leads(text) == {"$ leave": lead_in, "$ wave": lead_in}


def test_a_long_text_is_no_lead() -> None:
    long = " ".join(["word"] * 30)
    assert leads(f"Here {long}. It waits.") == {}
