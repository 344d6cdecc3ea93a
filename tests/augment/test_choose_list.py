"""The list that a generator chooses, and which lists it may choose from."""

from collections.abc import Sequence

import pytest

from ragguide.augment.choose_list import choose_list
from ragguide.augment.kinds import Kind
from ragguide.augment.listing import ListSearch
from ragguide.augment.lists.nearby import MOST_NEARBY, Nearby
from ragguide.augment.lists.structure import read_outline
from tests.augment.lists.guides import chunks_of, hits_of, rarity_of
from tests.fakes import FakeGenerator

MANUAL = """# Weather station

## What it measures

- Wind
- Rain
- Frost

## Sending its data

It sends by radio, cable and satellite.

## What may stop it

| Cause | Remedy |
|---|---|
| Empty battery | Charge it |
| Ice on the vane | Thaw it |
| Full memory | Erase it |

## Service

### Overview

Once a year.

### Summary

Have it done in spring.
"""
CHUNKS = chunks_of(MANUAL)
OUTLINE = read_outline(CHUNKS)


def near(question: str, kind: Kind = Kind.LIST) -> tuple[str, list[Nearby]]:
    search = ListSearch(question, kind, hits_of(CHUNKS), lambda _: OUTLINE, rarity_of(CHUNKS))
    return search.things, search.nearby()


class Chooser(FakeGenerator):
    """A generator with scripted log-probabilities, a list of them for each prompt."""

    def __init__(self, *logprobs: Sequence[float]) -> None:
        super().__init__()
        self.logprobs = list(logprobs)

    def logprobs_of(self, texts: Sequence[str]) -> list[float]:
        logprobs = [*self.logprobs.pop(0)]
        return (logprobs + [-9.0] * len(texts))[: len(texts)]


def choose(*logprobs: Sequence[float]) -> tuple[list[str] | None, int]:
    """Return the items that are chosen, and the number of prompts that are left."""
    things, lists = near("Which reasons for a standstill are there?")
    generator = Chooser(*logprobs)
    found = choose_list(generator, "what can bring it to a standstill?", things, lists)
    return found and [item.text for item in found.items], len(generator.logprobs)


def test_lists_near_the_hits_are_found_by_what_they_list() -> None:
    things, lists = near("Which causes of a standstill are there?")
    assert things == "causes"
    shown = [(each.title, len(each.listing.items)) for each in lists]
    assert ("What may stop it: Cause", 3) in shown
    assert ("What it measures", 3) in shown
    assert any("It sends by" in title for title, _ in shown)


def test_headings_that_only_divide_a_text_are_no_list() -> None:
    _, lists = near("Which services are there?")
    names = {item.text for each in lists for item in each.listing.items}
    assert names.isdisjoint({"Overview", "Summary"})


def test_a_question_about_units_is_not_answered_by_a_list() -> None:
    assert near("How many hours does it run?", Kind.COUNT)[1] == []


def near_boxes(question: str) -> list[Nearby]:
    many = "# Tools\n" + "".join(f"\n## Box {n}\n\n- saw{n}\n- nail{n}\n" for n in range(12))
    chunks = chunks_of(many)
    outline = read_outline(chunks)
    rarity = rarity_of(chunks)
    search = ListSearch(question, Kind.LIST, hits_of(chunks), lambda _: outline, rarity)
    return search.nearby()


def test_at_most_so_many_lists_are_offered() -> None:
    assert len(near_boxes("Which tools are there?")) == MOST_NEARBY


def test_a_list_that_lacks_a_name_of_the_question_is_left_out() -> None:
    assert near_boxes("Which tools does Zephyr need?") == []


@pytest.mark.parametrize(
    ("title", "n_lists"), [("Overview of pump parts", 0), ("Hoses and clamps", 1)]
)
def test_a_list_that_names_the_things_as_one_item_is_left_out(title: str, n_lists: int) -> None:
    chunks = chunks_of(f"# Pumps\n\n- {title}\n- Uses of pump parts\n- Prices\n")
    outline, rarity = read_outline(chunks), rarity_of(chunks)
    question = "Which parts does a pump have?"
    search = ListSearch(question, Kind.LIST, hits_of(chunks), lambda _: outline, rarity)
    assert len(search.nearby()) == n_lists


def test_the_list_that_passes_both_questions_is_chosen() -> None:
    items, left = choose([-9, -0.1], [2, 0], [2, 0])
    assert items is not None
    assert len(items) >= 3
    assert left == 0


@pytest.mark.parametrize(
    ("logprobs", "left"),
    [
        (([-0.1, -3], [2, 0], [2, 0]), 2),  # no list: the number 0
        (([-9, -0.1], [0, 0], [2, 0]), 1),  # other things: the second question is not put
        (([-9, -0.1], [2, 0], [1, 0]), 0),  # such things, but not those asked for
        (([-9, -1.5], [0.6, 0], [1.3, 0]), 0),  # too little altogether
        (([-9, -0.6, -0.8], [2, 0], [2, 0], [2, 0], [2, 0]), 0),  # another one fits as well
    ],
)
def test_no_list_is_chosen_in_doubt(logprobs: Sequence[Sequence[float]], left: int) -> None:
    assert choose(*logprobs) == (None, left)


def test_a_rival_that_fails_does_not_matter() -> None:
    items, left = choose([-9, -0.6, -0.8], [2, 0], [2, 0], [-1, 0])
    assert items is not None
    assert left == 0


def test_without_log_probabilities_no_list_is_chosen() -> None:
    class Mute(FakeGenerator):
        def logprobs_of(self, _texts: Sequence[str]) -> None:
            return None

    _, lists = near("Which causes of a standstill are there?")
    assert choose_list(Mute(), "Which causes?", "causes", lists) is None
    assert choose_list(Mute(), "Which causes?", "causes", []) is None


def test_a_list_whose_lead_counts_its_items_needs_less() -> None:
    chunks = chunks_of("# Jobs\n\nJobs come in three kinds: Spark, streaming and shell.\n")
    outline = read_outline(chunks)
    search = ListSearch(
        "How many sorts of job are there?",
        Kind.COUNT,
        hits_of(chunks),
        lambda _: outline,
        rarity_of(chunks),
    )
    lists = search.nearby()
    (counted,) = lists
    found = choose_list(Chooser([-9, -0.6], [0.8, 0], [1.3, 0]), "?", search.things, lists)
    assert found == counted.listing
