"""The answers to two questions as one answer."""

import msgspec

from ragguide.augment.parts import merge_answers
from ragguide.types import Answer, Citation


def quote(mark: int, text: str) -> Citation:
    return Citation(
        mark=mark,
        quote=text,
        document="guide",
        page_first=1,
        page_last=1,
        page_label="1",
        locator="p. 1",
        section="Ferries",
    )


def answer(text: str, *quotes: str, cited: tuple[int, ...] = (), refused: bool = False) -> Answer:
    found = tuple(quote(mark, each) for mark, each in enumerate(quotes, start=1))
    return Answer(
        question="?",
        answer=text,
        refused=refused,
        refusal="The guide does not say: it does not contain “whale”." if refused else "",
        chance=0.1 if refused else 0.9,
        looked_for=("ferry",),
        absent=("whale",) if refused else (),
        quotes=found,
        citations=tuple(each for each in found if each.mark in cited),
        hits=(),
        model=None if refused else "a-model",
        index="default@1",
        timings_s={"search": 0.25, "load": 1.0},
        tokens={} if refused else {"prompt": 100, "answer": 5},
        degraded=(),
        warnings=("Read as “ferry”",),
    )


PARTS = ("What does it carry?", "How long is it?")


def test_each_part_has_lines_of_its_own_and_marks_of_the_whole() -> None:
    one = answer("It carries a[1] cars. [2]", "Sails daily.", "It carries a[1] cars.", cited=(2,))
    two = answer("12 m. [1][2]", "It measures 12 m.", "Sails daily.", cited=(1, 2))
    both = merge_answers("both?", PARTS, [one, two], n_hits=5)
    assert both.question == "both?"
    assert [(each.mark, each.quote) for each in both.quotes] == [
        (1, "Sails daily."),
        (2, "It measures 12 m."),
        (3, "It carries a[1] cars."),
    ]
    assert both.answer == "It carries a[1] cars. [3]\n12 m. [2][1]"
    assert [each.mark for each in both.citations] == [1, 2, 3]
    assert both.timings_s == {"search": 0.5, "load": 2.0}
    assert both.tokens == {"prompt": 200, "answer": 10}
    assert both.warnings == ("Read as “ferry”",)
    assert not both.refused


def test_a_part_that_the_guide_does_not_answer_is_named() -> None:
    one = answer("It carries cars. [1]", "It carries cars.", cited=(1,))
    both = merge_answers("both?", PARTS, [one, answer("", refused=True)], n_hits=5)
    assert both.answer == "It carries cars. [1]\nThe guide does not say: How long is it?"
    assert (both.refused, both.refusal, both.chance) == (False, "", 0.9)
    assert both.model == "a-model"


def test_no_with_what_another_part_says_answers_nothing() -> None:
    parts = [answer("It sails at 9. [1]", "It sails at 9.", cited=(1,)),
             answer("No. It sails at 9. [1]", "It sails at 9.", cited=(1,))]  # fmt: skip
    both = merge_answers("both?", PARTS, parts, n_hits=5)
    assert both.answer == "It sails at 9. [1]\nThe guide does not say: How long is it?"


def test_two_parts_without_an_answer_are_refused() -> None:
    silent = answer("", refused=True)
    both = merge_answers("both?", PARTS, [silent, silent], n_hits=5)
    assert both.refused
    assert both.refusal.startswith("The guide does not say")
    assert (both.answer, both.quotes, both.absent) == ("", (), ("whale",))


def test_without_a_generator_the_quotes_of_both_remain() -> None:
    one = msgspec.structs.replace(answer("", "It carries cars."), degraded=("quotes only: x",))
    two = msgspec.structs.replace(answer("", "It measures 12 m."), degraded=("quotes only: x",))
    both = merge_answers("both?", PARTS, [one, two], n_hits=5)
    assert both.answer == ""
    assert len(both.quotes) == 2
    assert both.degraded == ("quotes only: x",)


def test_one_sentence_that_answers_both_parts_is_said_once() -> None:
    part = answer("At most 24 hours. [1]", "You may have at most 24 hours.", cited=(1,))
    merged = merge_answers("?", ["a", "b"], [part, part], n_hits=0)
    assert merged.answer == "At most 24 hours. [1]"
