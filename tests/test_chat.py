"""A conversation with the default guide: by quotes, and with the fast generator."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from ragguide import Guide
from ragguide.augment.prompt import SYSTEM
from ragguide.augment.reword import NO_MODEL, NO_WORDING
from ragguide.chat import NO_ANSWER_YET, NOTHING_TO_EXPLAIN, Chat
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


@pytest.mark.parametrize("line", ["thanks", "no", "Ok, great!", "hello", "bye"])
def test_small_talk_asks_nothing(guide: Guide, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = Chat(guide)
    chat.answer(FIRST, quotes_only=True)
    with monkeypatch.context() as patch:
        patch.setattr(guide, "stream", None)  # neither a search nor a model
        patch.setattr(guide, "reword", None)
        reply = chat.answer(line)
    assert reply.answer
    assert (reply.refused, reply.quotes, reply.hits, reply.model) == (False, (), (), None)
    assert [each.question for each in chat.answers] == [FIRST]
    assert chat.read("what does it cost?") == "what does Amazon Kendra cost?"


@pytest.mark.parametrize("line", ["explain that more simply", "shorter", "in other words", "why?"])
def test_without_a_model_the_same_quotes_are_shown_again(guide: Guide, line: str) -> None:
    chat = Chat(guide)
    first = chat.answer(FIRST, quotes_only=True)
    again = chat.answer(line, quotes_only=True)
    assert (again.question, again.answer, again.refused) == (line, "", False)
    assert again.quotes == first.quotes
    assert again.degraded == (NO_MODEL,)
    assert chat.read("what does it cost?") == "what does Amazon Kendra cost?"


def test_doubt_shows_the_quotes_again(guide: Guide) -> None:
    chat = Chat(guide)
    first = chat.answer(FIRST, quotes_only=True)
    again = chat.answer("are you sure?")
    assert (again.quotes, again.model, again.degraded) == (first.quotes, None, ())


def test_there_must_be_an_answer_to_explain(guide: Guide) -> None:
    chat = Chat(guide)
    assert chat.answer("explain that more simply").answer == NO_ANSWER_YET
    refused = chat.answer("Which sauce goes with herring?", quotes_only=True)
    assert refused.refused
    assert chat.answer("why?", quotes_only=True).answer == NOTHING_TO_EXPLAIN
    chat.answer(FIRST, quotes_only=True)
    chat.forget()
    assert chat.answer("shorter", quotes_only=True).answer == NO_ANSWER_YET


def test_items_of_the_last_list_are_taken_up_by_number(guide: Guide) -> None:
    chat = Chat(guide)
    chat.answer("What are the EBS volume types?", quotes_only=True)
    assert chat.read("how many are there?") == "how many EBS volume types are there?"
    assert chat.read("what about the second one?") == "what about io2 Block Express?"
    second = chat.answer("what about the second one?", quotes_only=True)
    assert "256,000 IOPS" in second.quotes[0].quote
    assert chat.read("and the last?") == "what about sc1?"


def test_an_empty_line_is_still_refused(guide: Guide) -> None:
    with pytest.raises(UsageError, match="is empty"):
        Chat(guide).answer(" ")


def test_a_follow_up_to_a_long_question_is_not_too_long_itself(guide: Guide) -> None:
    chat = Chat(guide)
    question = "How many passages can Kendra return, " + "please " * 280 + "tell me"
    chat.answer(question[-1999:], quotes_only=True)
    assert chat.read("since when?") == "since when?"


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
    """Ask all questions in one chat; return the tokens of the longest prompt for each."""
    read: list[int] = []
    generate = generator.generate

    def count(tokens: Sequence[int], **limits: Any) -> Iterator[str]:
        for piece in generate(tokens, **limits):  # not one that the context has no room for
            read.append(len(tokens))
            yield piece

    with monkeypatch.context() as patch:
        patch.setattr(guide._generator, "available", lambda _: (generator, ()))
        patch.setattr(guide._generator, "evidence_tokens", lambda *_: 200)
        patch.setattr(generator, "generate", count)
        chat = Chat(guide)
        longest: list[int] = []
        for question in questions:
            read.clear()
            chat.answer(question)
            longest.append(max(read))
        return longest


def test_a_question_too_long_for_the_context_is_one_clear_line(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "How does Kinesis keep an ordered log?"
    with pytest.raises(ContextFull, match=r"exceed the 300 of fake-generator's context") as raised:
        answer_all(guide, [question], FakeGenerator(n_context=300), monkeypatch)
    assert "\n" not in str(raised.value)


def test_a_conversation_is_taken_up_from_its_questions(guide: Guide) -> None:
    chat = Chat(guide)
    chat.recall(["What are the EBS volume types?", "x" * 3000, "thanks"])
    assert chat.read("what about the second one?") == "what about io2 Block Express?"
    assert not chat.answers
    shorter = chat.answer("shorter", quotes_only=True)
    asked = guide.query("What are the EBS volume types?", quotes_only=True)
    assert shorter.quotes == asked.quotes


def test_a_recalled_question_is_not_answered_again(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = Chat(guide)
    asked: list[str] = []
    stream = guide.stream

    def record(question: str, **more: Any) -> object:
        asked.append(question)
        return stream(question, **more)

    monkeypatch.setattr(guide, "stream", record)
    chat.recall(["What are the EBS volume types?", "shorter", FIRST])
    assert asked == []
    assert chat.answer("shorter", quotes_only=True).quotes
    assert asked == [FIRST]
    chat.answer("Which EBS volume is the cheapest?", quotes_only=True)
    chat.answer("shorter", quotes_only=True)
    assert asked == [FIRST, "Which EBS volume is the cheapest?"]


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
        first = chat.answer("Does Amazon Kendra return passages?")
        n_first = sum(read)
        read.clear()
        second = chat.answer("and does its Retrieve API return passages?")
    assert sum(read) < n_first
    first_asked, second_asked = (generator.count_tokens(each.question) for each in (first, second))
    assert first.tokens["prompt"] - first_asked <= second.tokens["prompt"] - second_asked
    assert "passages" in second.answer
    for answer in (first, second):  # marks belong to their own turn
        assert [quote.mark for quote in answer.quotes] == list(range(1, len(answer.quotes) + 1))
        assert answer.citations  # of this turn's quotes, or of earlier excerpts
        assert all(f"[{cited.mark}]" in answer.answer for cited in answer.citations)


@pytest.mark.model
def test_another_wording_comes_from_the_same_quotes_and_has_support(guide: Guide) -> None:
    chat = Chat(guide)
    first = chat.answer(FIRST)
    again = chat.answer("explain that more simply")
    shown = {quote.quote for quote in (*first.quotes, *first.citations)}
    assert {quote.quote for quote in (*again.quotes, *again.citations)} <= shown
    assert again.model == guide.settings.generator
    assert again.tokens["answer"] > 0
    assert bool(again.answer) is bool(again.citations)
    assert again.answer or again.degraded == (NO_WORDING,)
