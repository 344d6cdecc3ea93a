"""Which kind of answer a question asks for."""

import pytest

from ragguide.augment.kinds import (
    Kind,
    has_two_parts,
    kind_of,
    last_sentence,
    sides_of,
    subject_of,
)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Does the north ferry take bikes on Sundays?", Kind.VERDICT),
        ("can I bring a dog", Kind.VERDICT),
        ("isn't a pilot needed?", Kind.VERDICT),
        ("When a boat is over 20 m, does it need a pilot?", Kind.VERDICT),
        ("So, is the harbour open in winter?", Kind.VERDICT),
        ("Can you explain the tariff?", Kind.OPEN),
        ("How many berths does the harbour have?", Kind.COUNT),
        ("How many berths does the harbour's table compare?", Kind.COUNT),
        ("List all the lighthouses of the coast.", Kind.LIST),
        ("What are the steps of a permit?", Kind.LIST),
        ("which kinds of boats are there", Kind.LIST),
        ("What is a permit?", Kind.DEFINITION),
        ("what's a spring tide", Kind.DEFINITION),
        ("what does PFD stand for?", Kind.DEFINITION),
        ("What is the default speed limit?", Kind.OPEN),
        ("What is the price of a permit for a week?", Kind.OPEN),
        ("Sloop vs cutter: which is faster?", Kind.COMPARISON),
        ("What is the difference between a sloop and a cutter?", Kind.COMPARISON),
        ("Does the guide mention kayaks?", Kind.LOOKUP),
        ("are kayaks mentioned anywhere?", Kind.LOOKUP),
        ("How do I get a permit?", Kind.OPEN),
        ("permit renewal", Kind.OPEN),
        ("I lost mine at 5.30, can I get another?", Kind.VERDICT),
        ("Does the permit cover sloops, cutters or both?", Kind.OPEN),
        ("Are berths free, or do they cost extra?", Kind.OPEN),
        ("Does it sail on Sundays or holidays?", Kind.VERDICT),
        ("the ferry takes cars right?", Kind.VERDICT),
        ("Permits are free, aren't they?", Kind.VERDICT),
        ("So I can pay by card, can't I?", Kind.VERDICT),
        ("Won't the ferry sail in fog?", Kind.VERDICT),
        ("White spots on the hull, is that salt?", Kind.VERDICT),
        ("My permit is from May - will I need another?", Kind.VERDICT),
        ("if my boat is old does it need a permit", Kind.VERDICT),
        ("So boats under 20 m need no pilot?", Kind.VERDICT),
        ("by default are bikes free", Kind.VERDICT),
        ("ok to leave it at the quay?", Kind.VERDICT),
        ("bikes allowed on the north ferry?", Kind.VERDICT),
        ("When should I ask for a pilot?", Kind.OPEN),
        ("How old must I be, is it 18?", Kind.OPEN),
        ("the mast: should it be wood or steel?", Kind.OPEN),
        ("maximum speed allowed?", Kind.DEFINITION),
        ("Which of them is right?", Kind.OPEN),
        ("how do I turn right?", Kind.OPEN),
        ("left or right?", Kind.OPEN),
        ("sloop or cutter, which one is right?", Kind.OPEN),
    ],
)
def test_a_question_is_of_the_kind_that_its_words_say(question: str, kind: Kind) -> None:
    assert kind_of(question) is kind


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What is a spring tide?", "spring tide"),
        ("define neap", "neap"),
        ("what does PFD mean", "PFD"),
        ("what are joint bills in harbour cost tables?", "joint bills in harbour cost tables"),
        ("What is the length of a berth?", None),
        ("Who signs permits?", None),
    ],
)
def test_a_definition_names_its_subject(question: str, subject: str | None) -> None:
    assert subject_of(question) == subject


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Sloop vs cutter: which is faster?", ("Sloop", "cutter")),
        ("What is the difference between a sloop and the cutter?", ("sloop", "cutter")),
        ("How does a sloop differ from a cutter?", ("sloop", "cutter")),
        ("which one is faster?", None),
    ],
)
def test_a_comparison_has_two_sides(question: str, sides: tuple[str, str] | None) -> None:
    assert sides_of(question) == sides


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many modes are there?", Kind.COUNT),
        ("which engines does it support", Kind.LIST),
        ("In which directions does water move?", Kind.LIST),
        ("What file formats can it read?", Kind.LIST),
        ("which class is the cheapest", Kind.OPEN),
        ("data mart?", Kind.DEFINITION),
        ("red teaming means what?", Kind.DEFINITION),
        ("what does KI stand for and what is it about", Kind.DEFINITION),
        ("why?", Kind.OPEN),
        ("and the price?", Kind.OPEN),
        ("Is it heavy?", Kind.VERDICT),
    ],
)
def test_bare_and_plural_questions_are_of_their_kind(question: str, kind: Kind) -> None:
    assert kind_of(question) is kind


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What is a data lake?", "data lake"),
        ("Data mart?", "Data mart"),
        ("Red teaming means what?", "Red teaming"),
        ("How does it work?", None),
    ],
)
def test_a_bare_name_is_a_subject(question: str, subject: str | None) -> None:
    assert subject_of(question) == subject


def test_a_question_may_have_two_parts() -> None:
    assert has_two_parts("How many berths are there, and how long may each be?")
    assert has_two_parts("What is a sloop and which harbours take it?")
    assert has_two_parts("How much does a berth cost, and from how many days on is it cheaper?")
    assert not has_two_parts("What are the rules for boats and dogs?")


@pytest.mark.parametrize(
    ("question", "last", "kind"),
    [
        ("Our boat has no engine. could we still pass?", "could we still pass?", Kind.VERDICT),
        ("I have version 3.1.8. Will it be updated?", "Will it be updated?", Kind.VERDICT),
        (
            "I pack for a week. Name everything I need, please.",
            "Name everything I need, please.",
            Kind.LIST,
        ),
        ("Which tools, e.g. saws, are allowed?", "Which tools, e.g. saws, are allowed?", Kind.OPEN),
        ("What is a sloop?", "What is a sloop?", Kind.DEFINITION),
        ("Hi! How long is it?", "How long is it?", Kind.OPEN),
    ],
)
def test_the_last_sentence_decides_the_kind(question: str, last: str, kind: Kind) -> None:
    assert last_sentence(question) == last
    assert kind_of(question) is kind


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Day pass or week pass, what's the difference?", ("Day pass", "week pass")),
        ("Sloops: gaff vs lug", ("gaff", "lug")),
        (
            "a standard schedule versus a compressed one",
            ("standard schedule", "compressed schedule"),
        ),
    ],
)
def test_more_forms_of_a_comparison(question: str, sides: tuple[str, str]) -> None:
    assert kind_of(question) is Kind.COMPARISON
    assert sides_of(question) == sides


def test_more_forms_of_counts_and_definitions() -> None:
    assert kind_of("number of locks compared in the table") is Kind.COUNT
    assert subject_of("TLC stands for what, please") == "TLC"
    assert subject_of("red teaming means what?") == "red teaming"
