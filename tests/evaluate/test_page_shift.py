"""Pages of a changed document are matched with their former numbers."""

import pytest

from ragguide.evaluate.page_shift import NEW, as_before, map_pages
from ragguide.evaluate.records import Outcome
from ragguide.types import Document
from tests.evaluate.made import a_hit, a_quote
from tests.update.test_changes import document

A, B, C, D = ("Anchors hold.", "Boats float.", "Cranes lift.", "Docks creak.")


def paged(*texts: str) -> Document:
    """Each text on a page of its own; its lines are paragraphs."""
    return document(*(("", text) for text in texts))


@pytest.mark.parametrize(
    ("after", "former"),
    [
        ((A, B, C), [1, 2, 3]),
        (("Preface.", A, B, C), [NEW, 1, 2, 3]),
        ((A, "Inserted.", B, C), [1, NEW, 2, 3]),
        ((B, C), [2, 3]),
        ((C, A, B), [3, 1, 2]),
        ((A, "Rewritten as a whole.", C), [1, 2, 3]),
        ((A, B, C, D), [1, 2, 3, NEW]),
        (("All", "was", "rewritten."), [1, 2, 3]),
    ],
)
def test_a_page_is_matched_by_its_text(after: tuple[str, ...], former: list[int]) -> None:
    assert map_pages([paged(A, B, C)], [paged(*after)]) == {"guide": former}


def test_text_on_every_page_does_not_mislead() -> None:
    same = "The same table goes on."
    assert map_pages([paged(same, same, same)], [paged(same, same, same, "New.")]) == {
        "guide": [1, 2, 3, NEW]
    }


def test_an_outcome_gets_the_former_page_numbers() -> None:
    outcome = Outcome(
        case_id="q1",
        hits=(a_hit(2, last=3), a_hit(1), a_hit(2, document="other")),
        quotes=(a_quote(3),),
        citations=(a_quote(4),),
    )
    former = as_before(outcome, {"guide": [NEW, 1, 2, 5]})
    assert [(hit.page_first, hit.page_last) for hit in former.hits] == [(1, 2), (NEW, NEW), (2, 2)]
    assert [each.page_first for each in (*former.quotes, *former.citations)] == [2, 5]
