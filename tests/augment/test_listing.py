"""Counts and lists, read off the structure of a small manual."""

from collections.abc import Sequence

import pytest

from ragguide.augment.kinds import Kind, kind_of
from ragguide.augment.listing import ListSearch, answer_of_listing, list_directly
from ragguide.augment.lists.lines import Line
from ragguide.augment.lists.structure import read_outline
from ragguide.augment.lists.values import Item, Listing
from tests.augment.lists.guides import chunks_of, hits_of, rarity_of

MANUAL = """# Greenhouse controller

The controller keeps the climate of a greenhouse.

## Operating modes

The controller has four operating modes:

| Mode | What it does | When |
|---|---|---|
| Manual | You switch by hand | Tests |
| Auto | Follows the set points | Daily |
| Night | Lowers the set points | Winter |
| Holiday | Waters once a day | Away |

## Installation

1. Choose a dry place at the level of your eyes.
2. Fix the bracket with the screws.
3. Push the case on until it clicks.

## Alarms

### Heat

A red lamp flashes.

### Flood

The pump stops.

### Lost sensor

The lamp stays red.

## Supported systems

Home automation systems such as Hearth, Casa and Domo can read the controller.

## Wiring

The board carries six relays. Up to 16 controllers share a bus. The case has two front doors.

## Accessories

You can order:

- Solar kit: a panel of 20 W and its battery.
- with a cable of five metres
- GSM module: sends alarms as messages.

## Sensors

- The probe reads the air near the roof and the soil.
- It answers within a second, whatever the weather.

## Watering

The Lysandra valve offers hoses, taps and timers. Lysandra rows are split into k parts, often 5
or 10, and then watered.

## Ways to read the log

- On the panel
- Over the bus
- By mail
- On paper
- By radio
"""

CHUNKS = chunks_of(MANUAL)
HITS = hits_of(CHUNKS)
RARITY = rarity_of(CHUNKS)
OUTLINE = read_outline(CHUNKS)


def ask(question: str) -> str | None:
    kind = kind_of(question)
    listing = ListSearch(question, kind, HITS, lambda _: OUTLINE, RARITY).find()
    return answer_of_listing(kind, listing) if listing else None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "How many operating modes does the controller have?",
            "Four: Manual, Auto, Night and Holiday.",
        ),
        ("What are the operating modes?", "Manual, Auto, Night and Holiday."),
        ("How many alarms are there?", "Three: Heat, Flood and Lost sensor."),
        ("How many relays are there?", None),
        ("How many relays does the board carry?", "Six relays."),
        ("How many controllers share a bus?", "Up to 16 controllers."),
        (
            "Which home automation systems can read the controller?",
            "Among others (line 38): Hearth, Casa and Domo.",
        ),
        (
            "What are the installation steps?",
            "- Choose a dry place at the level of your eyes.\n"
            "- Fix the bracket with the screws.\n"
            "- Push the case on until it clicks.",
        ),
        ("List all the spares that the Lysandra valve offers.", "Hoses, taps and timers."),
        (
            "List the ways to read the log.",
            "- On the panel\n- Over the bus\n- By mail\n- On paper\n- By radio",
        ),
        (
            "How many ways to read the log are there?",
            "Five: On the panel, Over the bus, By mail, On paper and By radio.",
        ),
    ],
)
def test_answers(question: str, answer: str | None) -> None:
    assert ask(question) == answer


@pytest.mark.parametrize(
    "question",
    [
        "How many languages does the controller speak?",
        "How many users can log in?",
        "How many alarms can I define?",
        "How many modes does the heater have?",
        "How many doors does the case have?",
        "How many accessories can I order?",
        "How many sensors are there?",
        "How many hours does the battery last?",
        "How many pages does the manual have?",
        "List the error codes.",
        "Which three heaps are the Lysandra rows split into?",
    ],
)
def test_a_count_or_list_in_doubt_is_none(question: str) -> None:
    assert ask(question) is None


def test_only_counts_and_lists_have_a_listing() -> None:
    question = "How many alarms are there?"
    assert ListSearch(question, Kind.OPEN, HITS, lambda _: OUTLINE, RARITY).find() is None


def test_a_list_far_from_all_hits_is_none() -> None:
    question = "How many alarms are there?"
    hits = [hit for hit in HITS if "Heat" not in hit.chunk.text and "Lost" not in hit.chunk.text]
    assert ListSearch(question, Kind.COUNT, hits, lambda _: OUTLINE, RARITY).find() is None


def test_two_lists_that_fit_alike_are_none() -> None:
    chunks = chunks_of(
        "# Lamps\n\n## Desk lamp\n\n### Features\n\n- Dimmer: turns.\n- Clip: holds.\n\n"
        "## Floor lamp\n\n### Features\n\n- Foot: stands.\n- Shade: hides.\n- Switch: clicks.\n"
    )
    outline = read_outline(chunks)

    def listing(question: str) -> Listing | None:
        hits, rarity = hits_of(chunks), rarity_of(chunks)
        return ListSearch(question, Kind.COUNT, hits, lambda _: outline, rarity).find()

    assert listing("How many features are there?") is None
    found = listing("How many features does the floor lamp have?")
    assert found is not None
    assert [item.text for item in found.items] == ["Foot", "Shade", "Switch"]


def test_a_listing_cites_its_lead_and_its_items() -> None:
    listing = ListSearch(
        "How many alarms are there?", Kind.COUNT, HITS, lambda _: OUTLINE, RARITY
    ).find()
    assert listing is not None
    evidence = listing.evidence(first_mark=3)
    assert [(item.mark, item.text) for item in evidence] == [
        (3, "Alarms"),
        (4, "Heat"),
        (5, "Flood"),
        (6, "Lost sensor"),
    ]
    assert evidence[1].section == ("Greenhouse controller", "Alarms", "Heat")


def test_a_quoted_list_is_one_quote_with_all_items() -> None:
    listing = ListSearch(
        "What are the operating modes?", Kind.LIST, HITS, lambda _: OUTLINE, RARITY
    ).find()
    assert listing is not None
    apart = list_directly(Kind.LIST, listing)
    assert len(apart.quotes) == 3
    (quote,) = list_directly(Kind.LIST, listing, is_quoted=True).quotes
    assert quote.quote.split("\n") == [line.text for line in listing.lines]
    assert quote.locator == "lines 7-14"


RESCUE = """# Rescue

For a sprain, remember the word RICE:

- Rest the joint.
- Ice for a day.
- Compress it with a bandage.
- Elevate the leg.

## Knots

Learn these knots:

- Reef knot
- Improved clinch
- Clove hitch
- Eight
"""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "What do the letters of RICE stand for?",
            "Rest the joint, Ice for a day, Compress it with a bandage and Elevate the leg.",
        ),
        ("RATE stands for what?", None),
        ("What does REST stand for?", None),
    ],
)
def test_the_letters_of_a_word_are_the_list_that_spells_it(
    question: str, answer: str | None
) -> None:
    chunks = chunks_of(RESCUE)
    outline, kind = read_outline(chunks), kind_of(question)
    search = ListSearch(question, kind, hits_of(chunks), lambda _: outline, rarity_of(chunks))
    listing = search.find()
    assert (answer_of_listing(kind, listing) if listing else None) == answer


def line() -> Line:
    return OUTLINE.lines[0]


def test_a_list_that_may_go_on_says_at_least() -> None:
    items = (Item("law", line()), Item("physics", line()))
    listing = Listing(line(), items, is_whole=False)
    assert answer_of_listing(Kind.COUNT, listing) == "At least two: law and physics."
    assert answer_of_listing(Kind.LIST, listing) == "Among others: law and physics."


def test_a_name_of_code_keeps_its_small_letter() -> None:
    items = (Item("load_model loads it", line()), Item("predict answers", line()))
    assert answer_of_listing(Kind.LIST, Listing(line(), items)) == (
        "load_model loads it and predict answers."
    )


def test_names_with_commas_are_parted_by_semicolons() -> None:
    items = (Item("drift, or shift", line()), Item("faults", line()))
    assert answer_of_listing(Kind.LIST, Listing(line(), items)) == "Drift, or shift; and faults."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "How many of the parts are marked as required?",
            "Two: Case (required) and Fuse (required).",
        ),
        (
            "How many parts has the kit?",
            "Three: Case (required), Lamp (optional) and Fuse (required).",
        ),
    ],
)
def test_a_label_that_is_asked_for_selects_items(question: str, answer: str) -> None:
    manual = (
        "# Kit\n\nThe kit has parts:\n\n- Case (required)\n- Lamp (optional)\n- Fuse (required)\n"
    )
    chunks = chunks_of(manual)
    listing = ListSearch(
        question, Kind.COUNT, hits_of(chunks), lambda _: read_outline(chunks), rarity_of(chunks)
    ).find()
    assert listing is not None
    assert answer_of_listing(Kind.COUNT, listing) == answer


@pytest.mark.parametrize(
    ("lead", "items"),
    [
        (
            "To sail you must have all of these:",
            (
                "Paid all harbour dues (berth and crane)",
                "Have a life jacket for each of at most twelve sailors",
                "A radio that reaches the coast and the lifeboat, with a spare battery",
            ),
        ),
        (
            "Today the usual crew of the harbour consists of",
            ("Pilot (day and night)", "Clerk (by day)", "Diver (if called)"),
        ),
    ],
)
def test_a_sentence_before_a_list_introduces_all_its_items(lead: str, items: Sequence[str]) -> None:
    bullets = "\n".join(f"- {item}" for item in items)
    outline = read_outline(chunks_of(f"# Harbour\n\nBoats moor here.\n\n{lead}\n\n{bullets}\n"))
    (found,) = outline.lists
    assert found.about[0] == lead
    assert tuple(item.text for item in found.items) == items
