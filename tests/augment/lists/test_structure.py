"""Which lists a document has, and what they say they list."""

import pytest

from ragguide.augment.lists.found import FoundList, Shape
from tests.augment.lists.guides import outline_of


def lists_of(markdown: str) -> dict[str, FoundList]:
    return {found.about[-1]: found for found in outline_of(markdown).lists}


def test_numbered_headings_are_a_list_below_their_parent() -> None:
    found = lists_of(
        "# Book\n\n## Storage media\n\n### 1. Disk\n\nSlow.\n\n### 2. Tape\n\nSlower.\n\n"
        "### 3. Card\n\nSlowest.\n\n## Care\n\nDust it.\n"
    )["Storage media"]
    assert found.names == ("Disk", "Tape", "Card")
    assert (found.shape, found.is_numbered, found.has_gap) == (Shape.TITLES, True, False)


def test_numbers_may_go_on_below_the_next_parent() -> None:
    found = lists_of(
        "# Search\n\n## Strategies\n\n### 1. Grid\n\nAll.\n\n### 2. Random\n\nSome.\n\n"
        "## Advanced strategies\n\n### 3. Bayesian\n\nFew.\n"
    )["Strategies"]
    assert found.names == ("Grid", "Random", "Bayesian")


def test_a_missing_number_is_a_gap() -> None:
    found = lists_of("# B\n\n## Ways\n\n### 1. Walk\n\nSlow.\n\n### 3. Fly\n\nFast.\n")["Ways"]
    assert found.has_gap


def test_headings_that_say_something_of_their_parent_are_no_items() -> None:
    found = lists_of(
        "# B\n\n## Alarms\n\n### Overview\n\nRead.\n\n### Fire\n\nRun.\n\n### Flood\n\nSwim.\n"
    )["Alarms"]
    assert found.names == ("Fire", "Flood")


@pytest.mark.parametrize(
    ("items", "names", "shape"),
    [
        ("- Grid: all of them.\n- Random: some of them.\n", ("Grid", "Random"), Shape.LABELS),
        ("- a kettle\n- two cups\n", ("a kettle", "two cups"), Shape.NAMES),
        (
            "- The set is a part of the data that nobody saw.\n- A row is the smallest part.\n",
            ("The set", "A row"),
            Shape.LABELS,
        ),
        (
            "- Never open the case while the machine is under power.\n- Keep it dry.\n",
            ("Never open the case while the machine is under power.", "Keep it dry."),
            Shape.SENTENCES,
        ),
        (
            "- Solar kit: a panel of 20 W.\n- with a cable\n",
            ("Solar kit", "with a cable"),
            Shape.MIXED,
        ),
    ],
)
def test_items_are_named_by_label_subject_or_text(
    items: str, names: tuple[str, ...], shape: Shape
) -> None:
    found = lists_of(f"# Things\n\n{items}")["Things"]
    assert (found.shape, found.names) == (shape, names)


def test_a_lead_in_with_a_colon_leads_the_items_behind_it() -> None:
    lists = lists_of(
        "# Box\n\nThe box is heavy. It holds these parts:\n\n- a lid\n- a base\n\n"
        "It has two colours:\n\n- red\n- blue\n"
    )
    assert {about: found.names for about, found in lists.items()} == {
        "Box": ("a lid", "a base"),
        "It has two colours:": ("red", "blue"),
    }
    assert all(found.is_introduced for found in lists.values())


def test_items_that_end_with_a_colon_are_the_list_and_lead_their_own() -> None:
    lists = lists_of(
        "# Tools\n\n- Explorer:\n- Shows what was spent in a month or a year.\n- Draws it.\n"
        "- Advisor:\n- Finds machines that nobody uses.\n- Says what they cost.\n"
    )
    assert lists["Tools"].names == ("Explorer", "Advisor")
    assert len(lists["Advisor:"].items) == 2


def test_attributes_of_one_thing_are_no_list() -> None:
    text = "# Disk\n\n- Purpose: Keeps files.\n- Default: 100 MB.\n- Example: A photograph.\n"
    assert lists_of(text) == {}


def test_a_table_lists_its_first_column() -> None:
    found = lists_of(
        "# Modes\n\nThe heater has three modes:\n\n| Mode | Use |\n|---|---|\n"
        "| Eco | At night |\n| Boost | In winter |\n| Off | In summer |\n"
    )["The heater has three modes:"]
    assert (found.shape, found.names) == (Shape.ROWS, ("Eco", "Boost", "Off"))


def test_labels_right_below_a_heading_do_not_join_headings_that_are_set_otherwise() -> None:
    lists = lists_of(
        "# Uses\n\n- Mail: it sorts.\n- Chat: it answers.\n\n"
        "## Training\n\nLong.\n\n## Cost\n\nHigh.\n"
    )
    assert lists["Uses"].names == ("Mail", "Chat")


def test_equal_names_make_no_list() -> None:
    assert lists_of("# L\n\n- Note: one.\n- Step: two.\n- Step: three.\n") == {}
