"""True sentences, and false ones that are made of their words."""

from pathlib import Path

import pytest

from ragguide.augment.claims import check_claim

DATA = Path(__file__).parent / "data"
MODELS = (
    "GPT-3 has 175 billion parameters; Llama 2 came with 7, 13 and 70 billion.",
    "The parameter count of GPT-4 is not public.",
)


def agrees(sentence: str, *texts: str, titles: tuple[str, ...] = ()) -> bool:
    return check_claim(sentence, texts, [titles] * len(texts)).supported


@pytest.mark.parametrize(
    ("sentence", "texts"),
    [
        ("GPT-3 has 175 billion parameters.", MODELS[:1]),
        ("Llama 2 came with 70 billion parameters.", MODELS[:1]),
        ("The parameter count of GPT-4 is not public.", MODELS[1:]),
        ("Factorization Machines take no CSV.", ["Factorization Machines take no CSV, as it is."]),
        ("No, boats take no permit.", ["Boats over 20 m take no permit."]),
        ("Retrieve returns passages.", ["Retrieve returns passages, but it does not rank them."]),
        ("Yes, it reads Parquet files.", ["Data Wrangler reads Parquet files."]),
        ("In December 2024 it was renamed.", ["It was renamed in December 2024."]),
    ],
)
def test_what_is_stated_is_agreed_with(sentence: str, texts: list[str]) -> None:
    assert agrees(sentence, *texts)


@pytest.mark.parametrize(
    ("sentence", "texts"),
    [
        ("GPT-4 has 175 billion parameters.", MODELS),  # another model's number
        ("Llama 3 has 7, 13 and 70 billion parameters.", MODELS[:1]),
        ("Factorization Machines take CSV.", ["Factorization Machines take no CSV, as it is."]),
        ("Yes, you can use it.", ["You can use it."]),  # too little to be held against anything
        (
            "The maximum number of action groups of an agent is 100.",
            ["An action group lists the operations of an agent.", "The maximum is 100."],
        ),
    ],
)
def test_words_of_true_sentences_do_not_make_another_one_true(
    sentence: str, texts: list[str]
) -> None:
    assert not agrees(sentence, *texts)


def test_the_number_of_a_chapter_counts_nothing() -> None:
    assert not agrees("It has 4 chips.", "It has 12 chips.", titles=("4.4 Chips",))
    assert agrees("It has 12 chips.", "It has 12 chips.", titles=("4.4 Chips",))
