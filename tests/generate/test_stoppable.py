"""Cancelling a deadline ends a generator's text at the next piece."""

from ragguide.base.clock import Deadline
from ragguide.generate.stoppable import StoppableGenerator
from tests.fakes import FakeGenerator


def test_cancelling_ends_the_text_at_the_next_piece() -> None:
    deadline = Deadline(3600)
    generator = StoppableGenerator(FakeGenerator("one two three four"), deadline)
    pieces = generator.generate((), max_tokens=9, until=deadline.at)
    assert [next(pieces), next(pieces)] == ["one", " two"]
    deadline.cancel()
    assert deadline.has_passed
    assert list(pieces) == []
    assert list(generator.generate((), max_tokens=9)) == []
    assert generator.next_logprobs((), ["one"]) is None


def test_without_cancelling_it_is_the_generator() -> None:
    inner = FakeGenerator("one two three four")
    generator = StoppableGenerator(inner, Deadline(3600))
    assert list(generator.generate((), max_tokens=3)) == ["one", " two", " three"]
    assert generator.next_logprobs((), ["one", "two"]) == [0.0, -9.0]
    assert (generator.name, generator.n_weights) == (inner.name, inner.n_weights)
    prompt = [(True, "a question")]
    assert generator.build_prompt("system", prompt) == inner.build_prompt("system", prompt)
    assert generator.count_tokens("a b c") == 3


def test_cancelling_does_not_extend_a_deadline_that_has_passed() -> None:
    deadline = Deadline(1, began=0.0)
    deadline.cancel()
    assert deadline.at == 1.0
