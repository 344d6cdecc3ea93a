"""Quotes with their leads: their text, their pages, and the raw lines they lead to."""

import msgspec

from ragguide.augment.evidence import as_evidence, split_hits
from ragguide.augment.pieces import LeadFinder
from ragguide.types import Chunk, Filter
from tests.augment.lists.guides import chunks_of, hits_of

TABLE = "Table 1. Depths\n\n| Quay | Depth |\n| --- | --- |\n" + "\n".join(
    f"| Quay {i} | {i} m |" for i in range(30)
)


def quotes(chunks: list[Chunk], where: Filter | None = None) -> dict[str, str]:
    """Return the text of each candidate → its quote with leads."""
    found = split_hits(hits_of(chunks), LeadFinder(lambda _document: chunks).find, where)
    return {each.text: each.quote for each in found}


def test_a_pronoun_is_quoted_with_the_sentence_before() -> None:
    found = quotes(chunks_of("The quay opens at 5. It is free of charge. Boats wait."))
    assert found["It is free of charge."] == "The quay opens at 5. It is free of charge."
    assert found["Boats wait."] == "Boats wait."


def test_a_chain_of_pronouns_leads_back_two_sentences() -> None:
    text = "Quays open at 5. They are free. They are wide. They are long."
    found = quotes(chunks_of(text))
    assert found["They are wide."] == "Quays open at 5. They are free. They are wide."
    assert found["They are long."] == "They are free. They are wide. They are long."


def test_a_lead_in_gets_a_line_of_its_own() -> None:
    found = quotes(chunks_of("What boats need:\n\n- a long rope\n- a light for the night"))
    assert found["a light for the night"] == "What boats need:\na light for the night"


def test_a_label_that_is_joined_already_is_the_lead() -> None:
    found = quotes(chunks_of("Quays open at 5.\n\nThe old quay:\n\nIt is free of charge."))
    assert list(found.values())[1:] == ["The old quay:\nIt is free of charge."]


def test_the_caption_is_found_in_an_earlier_chunk() -> None:
    chunks = chunks_of(TABLE, chunk_tokens=40)
    assert len(chunks) > 3
    found = split_hits(hits_of(chunks[-1:]), LeadFinder(lambda _document: chunks).find)
    assert found[-1].quote == "Table 1. Depths\nQuay: Quay 29; Depth: 29 m"


def paged(chunks: list[Chunk]) -> list[Chunk]:
    """Return the chunks as if each were a page."""
    return [
        msgspec.structs.replace(
            chunk, page_first=page, page_last=page, page_labels=(f"L{page}",), unit="page"
        )
        for page, chunk in enumerate(chunks, start=1)
    ]


def test_a_caption_on_another_page_does_not_change_the_page_of_the_row() -> None:
    chunks = paged(chunks_of(TABLE, chunk_tokens=40))
    found = split_hits(hits_of(chunks[2:3]), LeadFinder(lambda _document: chunks).find)
    (evidence, *_) = as_evidence(found, [0.0] * len(found), [0])
    assert evidence.text.startswith("Table 1. Depths\nQuay:")
    assert (evidence.page_first, evidence.page_last, evidence.page_label) == (3, 3, "L3")


def test_a_lead_right_before_sets_the_first_page() -> None:
    chunks = paged(chunks_of("Quays open at 5.\n\nThey are free.", chunk_tokens=4, chunk_overlap=0))
    found = split_hits(hits_of(chunks[1:]), LeadFinder(lambda _document: chunks).find)
    (evidence,) = as_evidence(found, [0.0], [0])
    assert evidence.text == "Quays open at 5.\nThey are free."
    assert (evidence.page_first, evidence.page_last, evidence.page_label) == (1, 2, "L1")


def test_a_lead_on_a_page_that_is_not_wanted_is_left_out() -> None:
    chunks = paged(chunks_of(TABLE, chunk_tokens=40))
    assert all(quote == text for text, quote in quotes(chunks, Filter(page_first=2)).items())


def test_without_the_chunk_of_its_lead_a_statement_stays_alone() -> None:
    chunks = chunks_of(TABLE, chunk_tokens=40)
    (first, *_) = split_hits(hits_of(chunks[-1:]), LeadFinder(lambda _document: chunks[1:]).find)
    assert first.quote == first.text
