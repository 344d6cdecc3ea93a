"""Answers in the guide's own words, with the quotes that their marks lead to."""

from ragguide.augment.direct import Direct, define_directly, look_up_directly
from ragguide.augment.evidence import split_hits
from ragguide.augment.kinds import Kind
from ragguide.augment.listing import LISTED_HITS, MOST_CITED, ListSearch, list_directly
from ragguide.augment.lists.structure import read_outline
from ragguide.augment.quotes import Quoted
from tests.augment.lists.guides import chunks_of, hits_of, rarity_of

HARBOUR = """# Harbour

A berth is a place where a boat is tied up. It has a number.

## Kinds of permits

There are six kinds of permits:

- day permits
- week permits
- month permits
- season permits
- year permits
- guest permits

## Rules

Kayaks may use the slipway. Dogs stay on a lead.
"""


CHUNKS = chunks_of(HARBOUR)
CANDIDATES = split_hits(hits_of(CHUNKS))
WEIGHTS = [1.0 / n for n in range(1, len(CANDIDATES) + 1)]
QUOTED = Quoted(CANDIDATES, WEIGHTS, (0, 1, 2))


def listed(question: str, kind: Kind = Kind.COUNT) -> Direct | None:
    hits = hits_of(CHUNKS)[:LISTED_HITS]
    outline_of = lambda _: read_outline(CHUNKS)  # noqa: E731
    listing = ListSearch(question, kind, hits, outline_of, rarity_of(CHUNKS), {}).find()
    return list_directly(kind, listing) if listing else None


def test_a_count_names_the_items_and_cites_the_lead_and_both_ends() -> None:
    found = listed("How many kinds of permits are there?")
    assert found is not None
    first = found.text.split("\n")[0]
    assert first.startswith("Six")
    assert "guest permits" in found.text
    assert len(found.citations) <= MOST_CITED
    assert first.endswith("".join(f"[{quote.mark}]" for quote in found.citations))
    assert [quote.mark for quote in found.citations] == list(range(1, len(found.citations) + 1))


def test_what_the_guide_does_not_list_is_not_counted() -> None:
    assert listed("How many sailors are there?") is None
    assert listed("What is a berth?", Kind.DEFINITION) is None


def test_a_definition_is_quoted_first_and_marked() -> None:
    found = define_directly("What is a berth?", QUOTED)
    assert found is not None
    assert found.text.startswith("A berth is a place where a boat is tied up.")
    assert found.text.endswith(" [1]")
    assert "berth is a place" in found.quotes[0].quote
    assert [quote.mark for quote in found.quotes] == list(range(1, len(found.quotes) + 1))
    assert found.citations == found.quotes[:1]


def test_a_definition_that_only_its_title_names_begins_with_its_subject() -> None:
    candidates = split_hits(hits_of(chunks_of("# Dyes\n\n## What is Madder?\n\nTurns wool red.\n")))
    quoted = Quoted(candidates, [1.0] * len(candidates), range(len(candidates)))
    direct = define_directly("what is madder", quoted)
    assert direct is not None
    assert direct.text == "Madder: turns wool red. [1]"


def test_nothing_is_defined_that_no_sentence_defines() -> None:
    assert define_directly("What is a lighthouse?", QUOTED) is None
    assert define_directly("How deep is a berth?", QUOTED) is None


def test_a_mention_is_shown_by_the_quote_that_has_it() -> None:
    question = "Does the guide mention kayaks?"
    place = next(i for i, each in enumerate(CANDIDATES) if "Kayaks" in each.text)
    best = Quoted(CANDIDATES, WEIGHTS, (place,))
    found = look_up_directly(question, best)
    assert found is not None
    assert found.text == "Yes, for example: Kayaks may use the slipway. [1]"
    assert look_up_directly("Does the guide mention yachts?", best) is None
    assert look_up_directly("Does the guide mention kayaks?", Quoted()) is None
