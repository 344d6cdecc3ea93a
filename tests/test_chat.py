"""A conversation with the default guide: by quotes, and with the fast generator."""

from collections.abc import Sequence

import pytest

from ragguide import Guide
from ragguide.augment.prompt import SYSTEM
from ragguide.chat import Chat
from ragguide.errors import ContextFull, UsageError
from tests.fakes import FakeGenerator

FIRST = "How many passages can Amazon Kendra return for one query?"


def test_a_follow_up_is_completed_before_the_search(guide: Guide) -> None:
    chat = Chat(guide)
    chat.answer(FIRST, quotes_only=True)
    answer = chat.answer("and  when did it stop taking new customers?", quotes_only=True)
    assert answer.question == "and when did it stop taking new customers?"
    assert answer.warnings == ('Read as "when did Amazon Kendra stop taking new customers?"',)
    assert any("Kendra" in quote.quote for quote in answer.quotes)
    assert [each.question for each in chat.answers] == [FIRST, answer.question]


def test_an_invalid_question_leaves_the_conversation_unchanged(guide: Guide) -> None:
    chat = Chat(guide)
    chat.answer(FIRST, quotes_only=True)
    with pytest.raises(UsageError, match=r"the limit is 2,000"):
        chat.answer("x" * 3000, quotes_only=True)
    assert chat.read("what does it cost?") == "what does Amazon Kendra cost?"
    assert len(chat.answers) == 1


def test_a_conversation_that_fills_the_context_drops_its_earliest_excerpts(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = (
        "How do I keep a graph of fraud rings in Neptune?",
        "How does Kinesis keep an ordered log?",
        "How does Lake Formation grant permissions on columns?",
    )
    roomy = FakeGenerator("No sentence of this has support.", n_context=100_000)
    sizes = answer_all(guide, questions, roomy, monkeypatch)
    least = max(answer_all(guide, [question], roomy, monkeypatch)[0] for question in questions)
    assert max(sizes) > least  # the conversation would need more than any question alone
    tight = FakeGenerator(roomy.reply, n_context=least + guide.settings.answer_tokens)
    again = answer_all(guide, questions, tight, monkeypatch)
    assert len(again) == len(questions)
    assert max(again) <= least


def answer_all(
    guide: Guide,
    questions: Sequence[str],
    generator: FakeGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> list[int]:
    """Ask all questions in one chat; return the tokens of each prompt."""
    with monkeypatch.context() as patch:
        patch.setattr(guide._generator, "available", lambda _: (generator, ()))
        patch.setattr(guide._generator, "evidence_tokens", lambda *_: 200)
        chat = Chat(guide)
        return [chat.answer(question).tokens["prompt"] for question in questions]


def test_a_question_too_long_for_the_context_is_one_clear_line(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "How does Kinesis keep an ordered log?"
    with pytest.raises(ContextFull, match=r"exceed the 300 of fake-generator's context") as raised:
        answer_all(guide, [question], FakeGenerator(n_context=300), monkeypatch)
    assert "\n" not in str(raised.value)


def test_forget_drops_earlier_questions(guide: Guide) -> None:
    chat = Chat(guide)
    chat.answer(FIRST, quotes_only=True)
    chat.forget()
    assert chat.read("what does it cost?") == "what does it cost?"


@pytest.mark.model
def test_a_follow_up_on_the_same_topic_reads_less_of_its_prompt(guide: Guide) -> None:
    generator = guide.generator()
    # Ask another question first, so that no other test's prompt is reused.
    list(generator.generate(generator.build_prompt(SYSTEM, [(True, "Hello")]), max_tokens=1))
    read: list[int] = []
    evaluate = generator._llama.eval  # type: ignore[attr-defined]

    def count(tokens: list[int]) -> None:
        read.append(len(tokens))
        evaluate(tokens)

    chat = Chat(guide)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generator._llama, "eval", count)  # type: ignore[attr-defined]
        first = chat.answer("How does Amazon Kendra return passages?")
        n_first = sum(read)
        read.clear()
        second = chat.answer("and what does its Retrieve API return?")
    assert sum(read) < n_first
    first_asked, second_asked = (generator.count_tokens(each.question) for each in (first, second))
    assert first.tokens["prompt"] - first_asked <= second.tokens["prompt"] - second_asked
    assert "passages" in second.answer
    for answer in (first, second):  # marks belong to their own turn
        assert [quote.mark for quote in answer.quotes] == list(range(1, len(answer.quotes) + 1))
        assert answer.citations  # of this turn's quotes, or of earlier excerpts
        assert all(f"[{cited.mark}]" in answer.answer for cited in answer.citations)
