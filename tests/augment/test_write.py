"""A generator that takes its time by a clock of ours, and one that says what no guide does."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import pytest

from ragguide.augment.prompt import quotations
from ragguide.augment.write import WriteOptions, Written, write_answer
from ragguide.base.clock import Deadline, Stopwatch
from ragguide.types import Piece
from tests.augment.test_citations import evidence
from tests.fakes import FakeGenerator

EVIDENCE = evidence("Spot Instances cost up to 90 percent less than others.", section=("Costs",))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What `time.monotonic` says: the one number in the list."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


class SlowGenerator(FakeGenerator):
    """Takes a second a word, by the given clock."""

    def __init__(self, reply: str, clock: list[float]) -> None:
        super().__init__(reply)
        self.clock = clock

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
        favours: Mapping[str, float] | None = None,
    ) -> Iterator[str]:
        for piece in super().generate(
            tokens, max_tokens=max_tokens, until=until, reuse=reuse, favours=favours
        ):
            self.clock[0] += 1.0
            yield piece


class BoundGenerator(FakeGenerator):
    """Begins with the text that is favoured most, and says its reply then."""

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
        favours: Mapping[str, float] | None = None,
    ) -> Iterator[str]:
        assert favours == quotations(EVIDENCE)
        yield max(favours, key=lambda text: favours[text])
        yield from super().generate(tokens, max_tokens=max_tokens, until=until, reuse=reuse)


def write(generator: FakeGenerator, **options: object) -> Written:
    writing = write_answer(
        generator,
        "What do they cost?",
        EVIDENCE,
        context_tokens=300,
        rarity={},
        options=WriteOptions(answer_tokens=400, **options),  # type: ignore[arg-type]
        clock=Stopwatch(),
    )
    written: list[Written] = []

    def pieces() -> Iterator[Piece]:
        written.append((yield from writing))

    shown = "".join(piece.text for piece in pieces())
    assert shown == written[0].text
    return written[0]


def test_in_time_nothing_is_degraded() -> None:
    reply = "Spot Instances cost up to 90 percent less."
    said = write(FakeGenerator(reply), deadline=Deadline(600))
    assert said.text == f"{reply} [1]"
    assert said.degraded == ()


def test_an_answer_is_cut_off_at_the_deadline_and_says_so(clock: list[float]) -> None:
    sentence = "Spot Instances cost up to 90 percent less. "
    said = write(SlowGenerator(sentence * 40, clock), deadline=Deadline(12))
    assert said.text == f"{sentence.strip()} [1] Spot Instances cost up … [1]"
    assert said.degraded == ("cut off: the deadline of 12 s passed while the model wrote.",)


def test_before_the_first_word_the_deadline_leaves_the_quotes() -> None:
    said = write(FakeGenerator(), deadline=Deadline(0))
    assert said.text == ""
    assert said.degraded == (
        "quotes only: the deadline of 0 s passed before the model's first word.",
    )


def test_if_nothing_is_left_of_a_strict_answer_that_is_said() -> None:
    said = write(FakeGenerator("Llamas graze in the Andes."), strict=True)
    assert said.text == ""
    assert said.degraded == ("quotes only: the guide supports none of the model's sentences.",)
    assert said.warnings == (
        "1 of the model's sentences left out, since the guide does not support them.",
    )


def test_a_model_that_only_repeats_itself_is_stopped() -> None:
    sentence = "Spot Instances cost up to 90 percent less."
    said = write(FakeGenerator(f"{sentence} " * 40))
    assert said.text == f"{sentence} [1]"
    assert said.tokens["answer"] < 4 * len(sentence.split())
    said = write(FakeGenerator("Spot Instances cost" + " that is" * 80))
    assert said.text == "Spot Instances cost that is that is that is that … [?]"
    assert said.degraded == ("cut off: the model repeated itself.",)
    said = write(FakeGenerator("Spot Instances cost" + " that is" * 80), strict=True)
    assert (said.text, len(said.degraded)) == ("", 1)
    assert said.degraded[0].startswith("quotes only: ")


def test_an_answer_begins_with_what_is_quoted_and_is_shown_without_its_marks() -> None:
    said = write(BoundGenerator(" So they cost 90 percent less. Llamas graze."))
    assert said.text == (
        "Spot Instances cost up to 90 percent less than others. [1] So they cost 90 percent less. "
        "[1] Llamas graze. [?]"
    )


def test_a_deadline_counts_from_when_it_is_told_to(clock: list[float]) -> None:
    assert Deadline(60, began=clock[0] - 60).has_passed
    assert Deadline(60, began=clock[0] - 59).left_s == 1.0
    assert Deadline(60).left_s == 60.0
    assert list(islice(FakeGenerator("a b").generate((), max_tokens=9, until=0.0), 9)) == []
