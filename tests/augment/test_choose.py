"""Choose candidates within a budget; leave out repetitions."""

from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ragguide.augment.choose import choose
from ragguide.augment.evidence import Candidate
from ragguide.augment.pieces import Piece
from tests.augment.test_evidence import stating


def saying(*texts: str) -> list[Candidate]:
    """Return a candidate for each text, at places of their own."""
    return [
        msgspec.structs.replace(
            each,
            hit=msgspec.structs.replace(
                each.hit, chunk=msgspec.structs.replace(each.hit.chunk, start=1000 * i)
            ),
        )
        for i, each in enumerate(map(stating, texts))
    ]


def price(_candidate: Candidate, new: Sequence[Piece]) -> int:
    """Return the number of new words."""
    return sum(len(piece.text.split()) for piece in new)


def numbered(*lengths: int) -> list[Candidate]:
    """Return a candidate of so many words for each length, all words different."""
    return saying(
        *(" ".join(f"w{i}x{n}" for n in range(length)) for i, length in enumerate(lengths))
    )


def chosen(
    weights: Sequence[float],
    lengths: Sequence[int],
    *,
    budget: int,
    first: Sequence[int] = (),
    without: Sequence[int] = (),
    max_items: int | None = None,
    min_share: float = 0.0,
) -> list[int]:
    return choose(
        numbered(*lengths),
        weights,
        price,
        budget=budget,
        first=first,
        without=without,
        max_items=max_items,
        min_share=min_share,
    )


def test_higher_weights_come_first_and_ties_keep_their_order() -> None:
    assert chosen([0.2, 0.9, 0.5, 0.9], [1, 1, 1, 1], budget=10) == [1, 3, 2, 0]


def test_a_candidate_that_does_not_fit_is_skipped() -> None:
    assert chosen([0.9, 0.8, 0.7, 0.6], [5, 6, 5, 1], budget=10) == [0, 2]
    assert chosen([0.9, 0.8, 0.7, 0.6], [5, 6, 4, 1], budget=10) == [0, 2, 3]


def test_the_best_is_chosen_even_if_it_exceeds_the_budget() -> None:
    assert chosen([0.1, 0.9], [1, 50], budget=10) == [1]
    assert chosen([0.9], [1], budget=0) == [0]


def test_candidates_in_first_come_first_at_any_cost() -> None:
    """Their marks are those of the quotes, so none may be missing."""
    assert chosen([0.9, 0.1, 0.2], [4, 4, 4], budget=12, first=[2, 1]) == [2, 1, 0]
    assert chosen([0.9, 0.1, 0.2], [4, 40, 4], budget=12, first=[2, 1]) == [2, 1]
    assert chosen([0.9, 0.1, 0.2, 0.3], [4, 9, 9, 1], budget=5, first=[2, 1]) == [2, 1]


def test_no_more_than_max_items_are_chosen() -> None:
    assert chosen([0.3, 0.2, 0.1], [1, 1, 1], budget=10, max_items=2) == [0, 1]
    assert chosen([0.3, 0.2, 0.1], [1, 1, 1], budget=10, max_items=0) == []


def test_candidates_far_below_the_best_are_not_chosen() -> None:
    weights = [0.8, 0.41, 0.39]
    assert chosen(weights, [1, 1, 1], budget=10, min_share=0.5) == [0, 1]
    assert chosen(weights, [1, 1, 1], budget=10, min_share=0.5, first=[2]) == [2, 0, 1]


def test_candidates_in_without_are_not_chosen_even_if_in_first() -> None:
    assert chosen([0.9, 0.8, 0.7], [10, 10, 10], budget=20, first=[1], without=[0, 1]) == [2]


def test_no_candidates_give_no_choice() -> None:
    assert chosen([], [], budget=10) == []


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 20)), max_size=12), st.integers(0, 60))
def test_a_choice_keeps_the_budget_and_leaves_out_nothing_that_fits(
    candidates: list[tuple[float, int]], budget: int
) -> None:
    weights = [weight for weight, _ in candidates]
    lengths = [length for _, length in candidates]
    found = chosen(weights, lengths, budget=budget)
    spent = sum(lengths[i] for i in found)
    assert len(found) <= 1 or spent <= budget
    assert [weights[i] for i in found] == sorted((weights[i] for i in found), reverse=True)
    assert all(spent + lengths[i] > budget for i in range(len(lengths)) if i not in found)
    assert bool(found) == bool(candidates)


def test_a_sentence_with_other_capitals_and_punctuation_is_chosen_once() -> None:
    said = [
        "The quay opens at 5.",
        "THE QUAY opens, at 5",
        "Quay opens at 5!",
        "The quay opens at 6.",
    ]
    candidates = saying(*said)
    assert choose(candidates, [0.4, 0.3, 0.2, 0.1], price, budget=99) == [0, 3]


def test_a_sentence_within_a_longer_quote_is_not_quoted_again() -> None:
    long, short, few = saying(
        "Hours: on Sunday the quay opens at 5. It is free.",
        "On Sunday the quay opens at 5.",
        "is free",
    )
    assert choose([long, short], [0.4, 0.3], price, budget=99) == [0]
    assert choose([short, long], [0.4, 0.3], price, budget=99) == [0, 1]
    assert choose([long, few], [0.4, 0.3], price, budget=99) == [0, 1]


def test_repetitions_are_chosen_if_they_are_in_first() -> None:
    candidates = saying("The quay opens at 5.", "The quay opens at 5!")
    assert choose(candidates, [0.4, 0.3], price, budget=99, first=[0, 1]) == [0, 1]
