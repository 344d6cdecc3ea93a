"""Which words are English."""

import subprocess
import sys

import pytest

from ragguide.base.english import english_shares, is_known_word, share_of_english


@pytest.mark.parametrize(
    "word",
    ["the", "login", "zoologist", "dividend", "calories", "clarification", "colour", "color"],
)
def test_an_english_word_is_known(word: str) -> None:
    assert is_known_word(word)


@pytest.mark.parametrize(
    "word",
    ["logn", "recieve", "kubernets", "embeding", "retreival", "", "lo", "23135851162", "a b"],
)
def test_what_is_mistyped_or_part_of_a_line_is_not(word: str) -> None:
    assert not is_known_word(word)


def test_the_package_of_the_list_is_not_imported() -> None:
    code = (
        "import sys; from ragguide.base.english import is_known_word, share_of_english; "
        "assert is_known_word('login'); assert 'symspellpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_last_word_of_the_list_has_a_share_too() -> None:
    assert is_known_word("hi")
    assert 0 < share_of_english("hi") < share_of_english("the") < 1
    assert share_of_english("higgledyx") == 0


@pytest.mark.parametrize("word", ["the", "houses", "zoo", "zzzzq", "of 1"])
def test_the_table_has_the_same_shares(word: str) -> None:
    assert english_shares().get(word, 0.0) == share_of_english(word)
