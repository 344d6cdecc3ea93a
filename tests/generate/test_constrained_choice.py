"""The likeliest of several texts, from given log-probabilities."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.generate.constrained_choice import TokenPath, choose_path

PATHS = st.lists(st.integers(0, 3), min_size=1, max_size=5).map(tuple)


def chosen(
    favours: Mapping[TokenPath, float], told: Mapping[TokenPath, list[float]]
) -> tuple[TokenPath, list[TokenPath]]:
    """The path that is chosen, and the forks that the model was asked at."""
    asked: list[TokenPath] = []

    def logprobs(done: TokenPath, tokens: Sequence[int]) -> list[float]:
        asked.append(done)
        return [told[done][token] for token in tokens]

    return tuple(choose_path(favours, logprobs)), asked


def test_a_single_text_needs_no_logits() -> None:
    assert chosen({(3, 1, 2): -9.0}, {}) == ((3, 1, 2), [])
    assert chosen({}, {}) == ((), [])


@pytest.mark.parametrize(
    ("favours", "path"),
    [
        ((0.0, 0.0, 0.0), (1, 2, 5)),  # the model's choice at both forks
        ((0.0, 0.7, 0.0), (1, 3, 5)),  # which the favour outweighs: -0.9 + 0.7 > -0.5
        ((0.0, 0.3, 0.0), (1, 2, 5)),
        ((0.0, 0.0, 1.5), (2, 2, 5)),  # -2.0 + 1.5 > -0.7 at the first
        ((0.0, 0.9, 1.5), (1, 3, 5)),  # the first token counts with the best that it leads to
    ],
)
def test_log_probability_and_favour_decide_together_at_each_fork(
    favours: tuple[float, ...], path: TokenPath
) -> None:
    paths = [(1, 2, 5), (1, 3, 5), (2, 2, 5)]
    told = {(): [-9.0, -0.7, -2.0, -9.0], (1,): [-9.0, -9.0, -0.5, -0.9]}
    found, asked = chosen(dict(zip(paths, favours, strict=True)), told)
    assert found == path
    assert asked == [(), (1,)][: len(asked)]
    assert len(asked) == 1 + (path[0] == 1)


def test_a_text_that_is_another_ones_beginning_ends_the_choice() -> None:
    assert chosen({(1, 2): 0.0, (1, 2, 3): 5.0}, {}) == ((1, 2), [])


@given(st.dictionaries(PATHS, st.floats(-5, 5), min_size=1, max_size=6))
def test_the_choice_is_one_of_the_texts(favours: dict[TokenPath, float]) -> None:
    path = tuple(choose_path(favours, lambda _, tokens: [0.0] * len(tokens)))
    assert path in favours
