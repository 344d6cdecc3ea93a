"""A quotation becomes a sentence, whatever the stream was cut into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.augment.quotation import unquoted

BEGINNING = 'The guide says: "'
TOLD = [
    ('Jobs wait." So no, they do.', "Jobs wait. So no, they do."),
    ('Jobs wait. " So no.', "Jobs wait. So no."),
    ('Jobs wait"\nSo no.', "Jobs wait.\nSo no."),
    ('Jobs wait". So no.', "Jobs wait. So no."),
    ('Jobs wait.". So no.', "Jobs wait. So no."),
    ('Jobs wait."So no.', "Jobs wait. So no."),
    ('Jobs wait" and "jobs stop". So no.', 'Jobs wait and "jobs stop". So no.'),
    ('Jobs wait."', "Jobs wait."),
    ("Jobs wait.", "Jobs wait."),
    ('A "fair" queue ("lanes") waits." So "yes".', 'A "fair" queue ("lanes") waits. So "yes".'),
    ('It is called "fair""', 'It is called "fair"'),
    ('"Fair" is its name." So it is.', '"Fair" is its name. So it is.'),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "shown"), TOLD)
@pytest.mark.parametrize("repeated", ["", BEGINNING, f"\n {BEGINNING}"])
def test_the_quotation_is_shown_as_a_sentence(raw: str, shown: str, repeated: str) -> None:
    assert "".join(unquoted([repeated + raw], BEGINNING)) == shown


def test_what_only_begins_like_the_beginning_is_kept() -> None:
    assert "".join(unquoted(["The guide", " says it."], BEGINNING)) == "The guide says it."
    assert "".join(unquoted(["The guide"], BEGINNING)) == "The guide"


@given(st.text(alphabet='ab ."(\n'), st.integers(1, 4), st.booleans())
def test_it_is_the_same_however_the_stream_was_cut(raw: str, size: int, repeats: bool) -> None:
    text = BEGINNING * repeats + raw
    cut = [text[i : i + size] for i in range(0, len(text), size)]
    assert "".join(unquoted(cut, BEGINNING)) == "".join(unquoted([text], BEGINNING))


@given(st.text(alphabet='ab ."(\n'))
def test_no_word_is_lost(raw: str) -> None:
    shown = "".join(unquoted([raw], BEGINNING))
    assert [c for c in shown if c.isalpha()] == [c for c in raw if c.isalpha()]
