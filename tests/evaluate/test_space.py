"""The combinations of settings that a sweep tries, and their order."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragguide.config import Settings
from ragguide.errors import SettingsError, UsageError
from ragguide.evaluate.space import CHUNKING, INDEXING, Space, index_key, read_axes, trials_of

PRESENT = Settings()


def space(*texts: str, n_random: int | None = None, seed: int = 0) -> Space:
    return trials_of(read_axes(texts), PRESENT, n_random=n_random, seed=seed)


def test_every_setting_is_swept_or_fixed() -> None:
    """This fails for a new setting until it is put on one side."""
    swept = {name for name in Settings.__struct_fields__ if not _is_refused(name)}
    assert swept == {
        *CHUNKING, *INDEXING, "top_k", "dense_weight", "statement_weight", "false_refusals",
        "context_tokens", "answer_tokens", "rank_statements",
    }  # fmt: skip


def _is_refused(name: str) -> bool:
    try:
        read_axes([f"{name}=1"])
    except UsageError:
        return True
    return False


def test_a_grid_has_every_combination_after_the_current_settings() -> None:
    trials = space("dense_weight=0.3,0.5", "top_k=5,10").trials
    assert [trial.values for trial in trials] == [
        {"dense_weight": 0.5, "top_k": 5},
        {"dense_weight": 0.3, "top_k": 5},
        {"dense_weight": 0.3, "top_k": 10},
        {"dense_weight": 0.5, "top_k": 10},
    ]
    assert [trial.n_changed for trial in trials] == [0, 1, 2, 1]
    assert (trials[2].name, str(trials[2])) == ("t002", "dense_weight 0.3, top_k 10")


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from(["120", "160", "200"]), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(["auto", "flat", "hnsw"]), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(["0.1", "0.5", "0.9"]), min_size=1, max_size=3, unique=True),
)
def test_trials_of_one_index_follow_each_other(
    tokens: list[str], types: list[str], weights: list[str]
) -> None:
    """So each index is built once; grouping by chunking too reuses vectors."""
    trials = space(
        f"dense_weight={','.join(weights)}",
        f"chunk_tokens={','.join(tokens)}",
        f"index_type={','.join(types)}",
    ).trials
    for keys in (
        [index_key(trial) for trial in trials],
        [trial.values["chunk_tokens"] for trial in trials],
    ):
        changes = sum(a != b for a, b in pairwise(keys))
        assert changes == len(set(keys)) - 1
    assert len({str(trial) for trial in trials}) == len(trials)


def test_invalid_combinations_are_left_out_with_the_reason() -> None:
    found = space("chunk_tokens=100,200", "chunk_overlap=32,150")
    assert len(found.trials) == 4  # three, and the current settings
    (reason,) = found.left_out.values()
    assert list(found.left_out) == ["chunk_tokens 100, chunk_overlap 150"]
    assert reason.startswith("chunk_overlap (150) must be less than chunk_tokens (100)")


def test_random_trials_are_in_range_and_depend_on_the_seed() -> None:
    texts = ("dense_weight=0.2..0.8", "chunk_tokens=100..200", "index_type=flat,hnsw")
    trials = space(*texts, n_random=20, seed=1).trials
    assert len(trials) == 21
    for trial in trials[1:]:
        weight, tokens = trial.values["dense_weight"], trial.values["chunk_tokens"]
        assert isinstance(weight, float)
        assert isinstance(tokens, int)
        assert 0.2 <= weight <= 0.8
        assert 100 <= tokens <= 200
    assert trials == space(*texts, n_random=20, seed=1).trials
    assert trials != space(*texts, n_random=20, seed=2).trials


def test_a_small_space_gives_fewer_trials_than_asked() -> None:
    trials = space("top_k=3,5", n_random=50).trials
    assert sorted(int(trial.values["top_k"]) for trial in trials) == [3, 5]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "no values to try"),
        (["dense_weight"], "is not of the form setting=value,value"),
        (["dense_weight="], "is not of the form setting=value,value"),
        (["generator=a,b"], "a sweep cannot change generator"),
        (["top_k=3", "top_k=5"], "names top_k twice"),
        (["dense_weight=0.8..0.2"], "the range must end above its start"),
        (
            ["dense_weight=0.2..0.8"],
            r"is a range, which only a random search can use\. Add --random N",
        ),
    ],
)
def test_a_malformed_grid_is_named(texts: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        space(*texts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dens_weight=0.3", r"--grid has the unknown setting 'dens_weight'\. Did you mean 'dense"),
        ("dense_weight=0.3,3", "--grid: dense_weight = '3': "),
        ("index_type=flat,tree", "--grid: index_type = 'tree': choose one of auto, flat"),
    ],
)
def test_a_value_out_of_range_is_an_error(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        space(text)
