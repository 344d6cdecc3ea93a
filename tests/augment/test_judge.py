"""Which statements of a generator may be sentences of an answer."""

import pytest

from ragguide.augment.citations import SupportCheck
from ragguide.augment.judge import Judge, Said, answers_nothing, quote_of
from ragguide.index.keywords import terms_of
from tests.augment.test_citations import check, evidence

FACTS = (
    "The north ferry carries foot passengers only.",
    "The south ferry carries cars and takes an hour.",
    "If the horn sounds twice, leave the pier.",
    "Tickets are sold on board, so nobody needs to book.",
)
RARITY = {"ferri": 0.1, "harbour": 3.0}


def judge(question: str) -> Judge:
    return Judge(question, check(*FACTS), RARITY)


def said(question: str, *statements: str) -> list[str]:
    return [each.text for each in judge(question).answers(statements)]


def test_a_statement_with_support_answers() -> None:
    assert said("Which ferry may I drive onto?", "the south ferry carries cars") == [
        "The south ferry carries cars."
    ]
    assert said("What does the south ferry carry?", "sailors sleep in hammocks") == []


def test_a_list_that_the_model_only_begins_is_left_out() -> None:
    assert said("What does the south ferry carry?", "the south ferry carries cars: 1.") == [
        "The south ferry carries cars."
    ]


def test_what_is_mine_in_the_question_is_yours_in_the_answer() -> None:
    item = evidence("The south ferry carries cars.")[0]
    assert Said("The south ferry carries my car.", (item,)).shown(after="") == (
        "The south ferry carries your car. [1]"
    )
    own = evidence("I left my car on the ferry.")[0]
    assert "my car" in Said("My boat and my car are there.", (own,)).shown(after="")


def test_another_name_is_no_meaning() -> None:
    checked = Judge("What is a sloop?", check("A sloop, also called a cutter, has a mast."), {})
    assert not checked.answers(["A sloop is also called a cutter."])
    assert checked.answers(["A sloop, also called a cutter, has a mast."])


def test_a_quotation_that_the_model_leaves_open_loses_its_sign() -> None:
    assert said("Which ferry may I drive onto?", 'the south ferry "carries cars') == [
        "The south ferry carries cars."
    ]


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("The horn sounds twice. What now?", "The horn sounds twice."),
        ("The horn sounds twice. What now?", "The ferry horn sounds twice."),  # a word of all pages
        ("North or south ferry, what's the difference?", "The north ferry and the south ferry."),
    ],
)
def test_a_statement_that_only_repeats_the_question_does_not(question: str, statement: str) -> None:
    assert judge(question).support(statement) is not None
    assert said(question, statement) == []


def test_a_choice_is_answered_in_the_words_of_the_question() -> None:
    question = "Does the north or the south ferry carry cars?"
    assert said(question, "The south ferry carries cars.") == ["The south ferry carries cars."]


def test_that_two_things_differ_is_no_difference() -> None:
    either = check("Pilots steer by day and masters by night, which are different tasks.")
    ask = Judge("What is the difference between pilots and masters?", either, {})
    assert ask.answers(["Pilots and masters are different tasks."]) == []
    assert [each.text for each in ask.answers(["Pilots steer by day, masters by night."])]


def test_a_conclusion_of_the_models_own_is_left_out() -> None:
    found = judge("x").support("the south ferry carries cars, so the south ferry takes an hour")
    assert found is not None
    assert found.text == "The south ferry carries cars."


def test_that_a_fact_fits_the_case_of_the_user_is_left_out() -> None:
    told = "the south ferry carries cars, which fits your situation with the two vans"
    found = judge("x").support(told)
    assert found is not None
    assert found.text == "The south ferry carries cars."


def test_a_conclusion_of_the_evidence_stays() -> None:
    text = "Tickets are sold on board, so nobody needs to book."
    found = judge("x").support(text)
    assert found is not None
    assert found.text == text


def test_a_quote_loses_the_label_definition() -> None:
    (item,) = evidence("Definition: A sloop has one mast.")
    assert quote_of(item).text == "A sloop has one mast."
    (other,) = evidence("Price: 3 crowns")
    assert quote_of(other).text == "Price: 3 crowns"


def test_the_reader_sees_no_excerpts() -> None:
    assert said("What now?", 'the excerpt states "If the horn sounds twice, leave the pier.') == [
        "If the horn sounds twice, leave the pier."
    ]
    assert said("What now?", "leave the pier as in Excerpts 1-3 if the horn sounds twice") == []


def test_what_is_left_of_a_statement_must_be_new_too() -> None:
    question = "If the horn sounds twice, leave the pier? What now?"
    statement = "If the horn sounds twice, leave the pier, but it does not mention whales or linen."
    assert judge(question).support(statement) is not None
    assert said(question, statement) == []


def test_a_title_that_the_model_repeats_is_left_out() -> None:
    items = evidence("The bell rings twice before the ferry leaves.", section=("2.1 On board",))
    ask = Judge("When does it ring?", SupportCheck(items, terms_of, {}), {})
    said = ask.support("On board: the bell rings twice before the ferry leaves.")
    assert said is not None
    assert said.text == "The bell rings twice before the ferry leaves."


def test_a_quote_loses_its_number_and_its_caption() -> None:
    (item,) = evidence("3. Close the lid.")
    assert quote_of(item).text == "Close the lid."
    (row,) = evidence("Table 2.1. Ferries\nName: North; Bikes: no")
    assert quote_of(row).text == "Name: North; Bikes: no"
    (other,) = evidence("3.5 litres")
    assert quote_of(other).text == "3.5 litres"


@pytest.mark.parametrize(
    ("question", "text", "named"),
    [
        (
            "Which boat sails at night?",
            "The boat sails at night.",
            "Night ferry: the boat sails at night.",
        ),
        ("Which boat sails at night?", "The sloop sails at night.", "The sloop sails at night."),
        ("When does the boat sail?", "The boat sails at night.", "The boat sails at night."),
    ],
)
def test_a_sentence_about_the_boat_names_it_if_that_is_asked(
    question: str, text: str, named: str
) -> None:
    ask = Judge(question, check(text), {})
    said = Said(text, evidence(text, section=("Boats", "2.1 Night ferry")))
    (found,) = ask.with_names([said])
    assert found.text == named


@pytest.mark.parametrize(
    ("question", "text", "named"),
    [
        ("How do I list boats only?", "It prints boats.", "--boats: It prints boats."),
        ("What does --boats do?", "It prints boats.", "It prints boats."),
        ("How do I list boats only?", "Use --boats for it.", "Use --boats for it."),
    ],
)
def test_a_sentence_from_what_an_option_does_names_the_option(
    question: str, text: str, named: str
) -> None:
    said = Said(text, evidence("--boats: print boats, and no ships."))
    ask = Judge(question, check(text), {})
    first, second = ask.with_names([said, said])
    assert (first.text, second.text) == (named, text)


def test_the_purpose_that_the_question_states_is_left_out() -> None:
    purpose = (
        "To drive onto a ferry with no delay at noon, take the south ferry, which carries cars"
    )
    assert said("how do i drive onto a ferry", purpose) == [
        "Take the south ferry, which carries cars."
    ]


def test_how_or_to_what_end_may_be_left_out() -> None:
    assert said("What takes cars?", "the south ferry carries cars by stacking them in towers") == [
        "The south ferry carries cars."
    ]
    assert said(
        "What takes cars?", "the south ferry carries cars, which keeps the mayor happy"
    ) == ["The south ferry carries cars."]


SIGNS = ("Dark water.", "A strong smell.", "Dead reeds along the shore.", "Few fish.")


def judge_of_signs(question: str) -> Judge:
    return Judge(question, check(*SIGNS, section=("Signs of a sick lake",)), {})


@pytest.mark.parametrize(
    ("statement", "n_items"),
    [
        ("dark water, a strong smell, dead reeds along the shore and few fish", 4),
        ("bad are dark water, a strong smell, dead reeds along the shore and few fish", 4),
        ("dark water, a strong smell, and green foam", 0),
        ("the miller needs dark water, a strong smell, and few fish", 0),
    ],
)
def test_a_sentence_may_list_the_items_of_one_section(statement: str, n_items: int) -> None:
    found = judge_of_signs("what shows that it is bad").support(statement)
    assert (len(found.evidence) if found else 0) == n_items


def test_what_an_asker_sees_is_no_answer() -> None:
    symptom = "You may see errors such as: the bell is stuck"
    ask = Judge("why is the bell stuck?", check(symptom, "Rust stops the bell."), {})
    assert ask.answers([symptom, "Rust stops the bell."])[0].text == "Rust stops the bell."
    assert len(ask.answers([symptom, "Rust stops the bell."])) == 1


@pytest.mark.parametrize(
    ("text", "is_empty"),
    [
        ("What does the bell cost? (a) nothing (b) 12 euros", True),
        ("Is the bell free?", True),
        ("Is the bell free? No, it costs 12 euros.", False),
        ("The bell costs 12 euros.", False),
    ],
)
def test_a_question_is_no_answer(text: str, is_empty: bool) -> None:
    assert answers_nothing(text) is is_empty


def test_a_sentence_is_about_a_question_with_whose_rarer_words_it_speaks() -> None:
    assert judge("where is the ferry harbour?").is_about("The harbour is deep.")
    assert not judge("where is the ferry harbour?").is_about("The ferry is slow.")
