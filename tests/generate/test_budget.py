"""The default generator's speeds: 74 tokens read and 20 written in a second."""

import pytest

from ragguide.generate.budget import MIN_READ, evidence_budget


@pytest.mark.parametrize(
    ("left_s", "n_tokens"),
    [(60.0, 300), (7.0, 300), (6.0, 236), (4.5, 125), (4.2, 102), (4.1, 0), (1.0, 0), (0.0, 0)],
)
def test_less_time_means_less_to_read_and_at_last_nothing(left_s: float, n_tokens: int) -> None:
    found = evidence_budget(300, left_s=left_s, prompt_tokens_s=74, answer_tokens_s=20)
    assert found == n_tokens


def test_a_small_budget_is_enough_if_it_is_all_there_is() -> None:
    assert evidence_budget(64, left_s=4.0, prompt_tokens_s=74, answer_tokens_s=20) == 64
    assert MIN_READ > 64
