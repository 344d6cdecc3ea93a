"""Choose the passages around the best candidates."""

from collections.abc import Sequence

from ragguide.augment.evidence import Candidate, split_hits
from ragguide.augment.passages import choose_passages
from tests.augment.lists.guides import chunks_of, hits_of

GUIDE = """# Mill

## The wheel

The wheel turns in the stream. It is made of oak. Grease it in May.

- Lift the gate first.
- Then free the brake.

## The stones

The stones grind rye and wheat. They are dressed twice a year.
"""


def n_words(text: str) -> int:
    return len(text.split())


def candidates() -> list[Candidate]:
    return split_hits(hits_of(chunks_of(GUIDE)))


def passages(best: Sequence[str], *, budget: int = 100, without: Sequence[str] = ()) -> list[str]:
    """Return the passages if these statements are the best, the first of them first."""
    found = candidates()
    texts = [each.text for each in found]
    weights = [float(len(best) - best.index(text)) if text in best else 0.0 for text in texts]
    chosen = choose_passages(
        found,
        weights,
        n_words,
        budget=budget,
        without=[texts.index(text) for text in without],
    )
    for each in chosen:
        assert sorted(each.places) == list(each.places)
    return [each.text for each in chosen]


WHEEL = (
    "The wheel\nThe wheel turns in the stream. It is made of oak. Grease it in May.\n"
    "Lift the gate first.\nThen free the brake."
)
STONES = "The stones\nThe stones grind rye and wheat. They are dressed twice a year."


def test_a_passage_is_its_section_s_title_and_its_statements() -> None:
    assert passages(["It is made of oak."]) == [WHEEL, STONES]


def test_passages_come_in_the_order_of_the_hits() -> None:
    assert passages(["They are dressed twice a year.", "Grease it in May."]) == [WHEEL, STONES]


def test_a_passage_that_does_not_fit_gives_what_follows_its_best_statement_first() -> None:
    assert passages(["It is made of oak."], budget=15) == [
        "The wheel\nIt is made of oak. Grease it in May.\nLift the gate first."
    ]
    assert passages(["Then free the brake."], budget=15) == [
        "The wheel\nGrease it in May.\nLift the gate first.\nThen free the brake."
    ]


def test_the_best_statement_is_read_even_if_it_alone_exceeds_the_budget() -> None:
    assert passages(["It is made of oak."], budget=1) == ["The wheel\nIt is made of oak."]


def test_a_statement_to_leave_out_is_in_no_passage() -> None:
    without = ["The stones grind rye and wheat."]
    assert passages(["It is made of oak."], without=without)[1] == (
        "The stones\nThey are dressed twice a year."
    )
