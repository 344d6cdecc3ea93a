"""A generator that takes its time, and one that says what no guide does."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import pytest

from ragguide.answering import IN_VAIN, AnswerOptions, Stopwatch, Writing
from ragguide.augment.prompt import SMALL
from ragguide.clock import Deadline
from tests.augment.test_cite import evidence
from tests.fakes import FakeGenerator

EVIDENCE = evidence("Spot Instances cost up to 90 percent less than others.", section=("Costs",))


class SlowGenerator(FakeGenerator):
    """Takes a hundredth of a second a word."""

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
        goes_on: Callable[[], bool] | None = None,
    ) -> Iterator[str]:
        for piece in super().generate(
            tokens, max_tokens=max_tokens, until=until, reuse=reuse, goes_on=goes_on
        ):
            time.sleep(0.01)
            yield piece


class BoundGenerator(FakeGenerator):
    """Says its reply's sentences one by one, each next one only if it has to go on."""

    def __init__(self, *sentences: str, n_weights: int) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences
        self.n_weights = n_weights  # type: ignore[assignment]

    def generate(
        self,
        tokens: Sequence[int],  # noqa: ARG002
        *,
        max_tokens: int,  # noqa: ARG002
        until: float | None = None,  # noqa: ARG002
        reuse: bool = False,  # noqa: ARG002
        goes_on: Callable[[], bool] | None = None,
    ) -> Iterator[str]:
        for sentence in self.sentences:
            yield from (f"{word} " for word in sentence.split())
            if goes_on is None or not goes_on():
                return


def write(generator: FakeGenerator, **options: object) -> Writing:
    written = Writing(
        generator,
        "What do they cost?",
        EVIDENCE,
        rarity={},
        context_tokens=300,
        answer_tokens=400,
        options=AnswerOptions(top_k=5, **options),  # type: ignore[arg-type]
        clock=Stopwatch(),
    )
    shown = "".join(piece.text for piece in written.pieces())
    assert shown == written.result().text
    return written


def test_in_time_nothing_is_degraded() -> None:
    reply = "Spot Instances cost up to 90 percent less."
    said = write(FakeGenerator(reply), deadline=Deadline(600)).result()
    assert said.text == f"{reply} [1]"
    assert said.degraded == ()


def test_an_answer_is_cut_off_at_the_deadline_and_says_so() -> None:
    sentence = "Spot Instances cost up to 90 percent less. "
    said = write(SlowGenerator(sentence * 40), deadline=Deadline(0.2)).result()
    assert said.text.startswith(f"{sentence.strip()} [1]")
    assert " …" in said.text
    assert said.degraded == ("cut off: the deadline of 0.2 s passed while the model wrote.",)


def test_before_the_first_word_the_deadline_leaves_the_quotes() -> None:
    said = write(FakeGenerator(), deadline=Deadline(0)).result()
    assert said.text == ""
    assert said.degraded == (
        "quotes only: the deadline of 0 s passed before the model's first word.",
    )


def test_if_nothing_is_left_of_a_strict_answer_that_is_said() -> None:
    said = write(FakeGenerator("Llamas graze in the Andes."), strict=True).result()
    assert said.text == ""
    assert said.degraded == ("quotes only: the guide supports none of the model's sentences.",)
    assert said.warnings == (
        "1 of the model's sentences left out, since the guide does not support them.",
    )


def test_a_model_that_only_repeats_itself_is_stopped() -> None:
    sentence = "Spot Instances cost up to 90 percent less."
    said = write(FakeGenerator(f"{sentence} " * 40)).result()
    assert said.text == f"{sentence} [1]"
    assert said.tokens["answer"] < 4 * len(sentence.split())
    said = write(FakeGenerator("Spot Instances cost" + " that is" * 80)).result()
    assert said.text == "Spot Instances cost that is that is that is that … [?]"
    assert said.degraded == ("cut off: the model repeated itself.",)
    said = write(FakeGenerator("Spot Instances cost" + " that is" * 80), strict=True).result()
    assert (said.text, len(said.degraded)) == ("", 1)
    assert said.degraded[0].startswith("quotes only: ")


def test_a_model_that_has_said_nothing_with_support_has_to_go_on() -> None:
    told = ("Llamas graze.", "Spot Instances cost up to 90 percent less.", "Llamas sleep.")
    said = write(BoundGenerator(*told, n_weights=SMALL - 1)).result()
    assert said.text == f"{told[0]} [?] {told[1]} [1]"
    in_vain = [f"Llamas number {n} graze in the Andes." for n in range(20)]
    said = write(BoundGenerator(*in_vain, n_weights=SMALL - 1)).result()
    assert said.text.count("[?]") == -(-IN_VAIN // 7)


def test_a_large_model_quotes_first_and_ends_when_it_likes() -> None:
    told = ('Spot Instances cost up to 90 percent less."', "Never said.")
    said = write(BoundGenerator(*told, n_weights=SMALL)).result()
    assert said.text == "Spot Instances cost up to 90 percent less. [1]"


def test_a_deadline_counts_from_when_it_is_told_to() -> None:
    assert Deadline(60, began=time.monotonic() - 61).has_passed
    assert Deadline(60).left_s == pytest.approx(60, abs=1)
    assert list(islice(FakeGenerator("a b").generate((), max_tokens=9, until=0.0), 9)) == []
