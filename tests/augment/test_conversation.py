"""Short evidence in, the excerpts of a conversation's prompts out."""

from ragguide.augment.conversation import Excerpts
from ragguide.types import Evidence
from tests.augment.test_citations import evidence


def n_words(text: str) -> int:
    return len(text.split())


def texts(items: list[Evidence]) -> list[str]:
    return [item.text for item in items]


def test_the_first_prompt_contains_the_evidence_found() -> None:
    found = evidence("a b", "c d")
    assert Excerpts().add(found, n_words, most_tokens=99) == (found, found)


def test_a_later_prompt_begins_like_the_earlier_one() -> None:
    read = Excerpts()
    read.add(evidence("a b", "c d"), n_words, most_tokens=99)
    order, marked = read.add(evidence("e f", "c d"), n_words, most_tokens=99)
    assert texts(order) == ["a b", "c d", "e f"]
    assert [(item.mark, item.text) for item in marked] == [(1, "e f"), (2, "c d"), (3, "a b")]
    assert sorted(order, key=lambda item: item.mark) == marked


def test_too_many_tokens_drop_earlier_excerpts() -> None:
    read = Excerpts()
    read.add(evidence("a b", "c d"), n_words, most_tokens=5)
    order, marked = read.add(evidence("e f"), n_words, most_tokens=5)
    assert texts(order) == texts(marked) == ["e f"]
    order, _ = read.add(evidence("g h"), n_words, most_tokens=5)
    assert texts(order) == ["e f", "g h"]


def test_the_evidence_of_a_question_is_kept_at_any_length() -> None:
    found = evidence("a b c d", "e f")
    assert Excerpts().add(found, n_words, most_tokens=1) == (found, found)
