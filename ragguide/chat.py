"""A conversation's lines in, answers out. The questions before complete a follow-up."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain

import msgspec

from ragguide.augment.conversation import Excerpts
from ragguide.augment.kinds import Kind, kind_of
from ragguide.base.asked import MAX_QUESTION, check_question
from ragguide.base.clock import Deadline
from ragguide.errors import UsageError
from ragguide.guide import Guide
from ragguide.index.keywords import words_of
from ragguide.retrieve.follow_up import resolve_follow_up
from ragguide.retrieve.past import Past, Read
from ragguide.retrieve.turns import Turn, read_turn
from ragguide.types import Answer, Filter, Found, Piece

REPLIES = {
    Turn.THANKS: "You're welcome. Ask another question whenever you like.",
    Turn.GREETING: "Hello. Ask a question about the guide.",
    Turn.FAREWELL: "Goodbye. Ask another question whenever you like.",
    Turn.REMARK: "All right. Ask another question whenever you like.",
}
NO_ANSWER_YET = "There is no answer yet. Ask a question about the guide first."
NOTHING_TO_EXPLAIN = "The guide does not answer the last question, so there is nothing to explain."


class Chat:
    """A conversation with a guide.

    chat = Chat(Guide.open())
    chat.answer("How many passages can Amazon Kendra return?")
    chat.answer("and what does it cost?")
    chat.answer("explain that more simply")

    The excerpts of earlier questions stay in the prompt, so that the model answers a follow-up on
    the same topic sooner. They are dropped when the prompt would get too long.
    """

    def __init__(self, guide: Guide, *, where: Filter | None = None) -> None:
        """Start a conversation with a guide; `where` restricts its searches."""
        self.guide = guide
        self.answers: list[Answer] = []  # without replies to small talk
        self._where = where
        self._read = Excerpts()
        self._past: Past | None = None
        self._last: Answer | None = None  # since the conversation began
        self._list_question = ""  # the last one that asked for a list or a count
        self._recalled = ""  # the last question, if it was recalled and not answered yet

    def read(self, question: str) -> str:
        """Return the question for the guide; a follow-up gets the words that it leaves out."""
        return self._resolve(question).text

    def _resolve(self, question: str) -> Read:
        found = resolve_follow_up(question, self._past, words_of)
        if len(found.text) <= MAX_QUESTION:
            return found
        return resolve_follow_up(question, None, words_of)

    def answer(self, question: str, *, quotes_only: bool = False, strict: bool = False) -> Answer:
        """Answer a question. Raises as `Guide.query`."""
        *_, last = self.ask(question, quotes_only=quotes_only, strict=strict)
        assert isinstance(last, Answer)
        return last

    def recall(self, questions: Sequence[str]) -> None:
        """Take up a conversation from its earlier questions, without answering them again.

        A question that is invalid is left out. The last one is searched again if a line such as
        "shorter" refers to its answer.
        """
        for question in questions:
            if read_turn(question) is Turn.QUESTION:
                with suppress(UsageError):
                    found = self._resolve(check_question(question))
                    self._note(found)
                    self._recalled = found.text

    def ask(
        self,
        question: str,
        *,
        quotes_only: bool = False,
        strict: bool = False,
        deadline: Deadline | None = None,
    ) -> Iterator[Found | Piece | Answer]:
        """Like `answer`, but yield results as they come.

        If the caller stops early, no answer is kept, but a follow-up may still build on the
        question. "Thanks" and the like get a short reply without a search or a model, which is not
        kept.
        """
        turn = read_turn(question)
        if turn is Turn.QUESTION:
            yield from self._ask(
                question, quotes_only=quotes_only, strict=strict, deadline=deadline
            )
        elif reply := REPLIES.get(turn) or self._nothing_to_explain(self._find_last()):
            yield self._reply(question, reply)
        else:
            yield from self._ask_again(question, turn, quotes_only=quotes_only, deadline=deadline)

    def _ask(
        self, question: str, *, quotes_only: bool, strict: bool, deadline: Deadline | None
    ) -> Iterator[Found | Piece | Answer]:
        found = self._resolve(question)
        events = self.guide.stream(
            found.text,
            where=self._where,
            quotes_only=quotes_only,
            strict=strict,
            deadline=deadline,
            read=self._read,
        )
        first = next(events)  # an invalid question raises here, and is not noted
        self._note(found)
        self._recalled = ""
        for event in chain([first], events):
            if isinstance(event, Answer):
                asked = " ".join(question.split())
                note = () if found.text == asked else (f'Read as "{found.text}"',)
                event = msgspec.structs.replace(
                    event, question=asked, warnings=(*note, *event.warnings)
                )
                self.answers.append(event)
                self._last = event
            yield event

    def _note(self, found: Read) -> None:
        """Note a question that the next one may refer to."""
        self._past = found.past(self._items)
        if kind_of(found.text) in (Kind.COUNT, Kind.LIST):
            self._list_question = found.text

    def _find_last(self) -> Answer | None:
        """Return the last answer; of a question that was recalled, its quotes."""
        if self._recalled:
            with suppress(UsageError):
                self._last = self.guide.query(self._recalled, where=self._where, quotes_only=True)
                self.answers.append(self._last)
            self._recalled = ""
        return self._last

    def _ask_again(
        self, question: str, turn: Turn, *, quotes_only: bool, deadline: Deadline | None
    ) -> Iterator[Found | Piece | Answer]:
        """Say the last answer in other words, or give its reason, from the same quotes."""
        assert self._last is not None
        assert self._past is not None
        asked = " ".join(question.split())
        events = self.guide.reword(
            asked,
            self._last,
            self._past.question,
            turn,
            quotes_only=quotes_only,
            deadline=deadline,
        )
        for event in events:
            if isinstance(event, Answer):
                self.answers.append(event)
                if event.answer:  # else the last answer is still the one to explain
                    self._last = event
            yield event

    def _items(self) -> Sequence[str]:
        """Return the items of the last list that was asked for."""
        return self.guide.listed(self._list_question) if self._list_question else ()

    def _nothing_to_explain(self, last: Answer | None) -> str:
        """Return why there is no answer to explain; "" if there is one."""
        if last is None:
            return NO_ANSWER_YET
        return "" if last.quotes or last.citations else NOTHING_TO_EXPLAIN

    def _reply(self, question: str, text: str) -> Answer:
        return Answer(
            question=" ".join(question.split()),
            answer=text,
            refused=False,
            refusal="",
            chance=None,
            looked_for=(),
            absent=(),
            quotes=(),
            citations=(),
            hits=(),
            model=None,
            index=self.guide.index_name,
            timings_s={},
            tokens={},
            degraded=(),
            warnings=(),
        )

    def forget(self) -> None:
        """Forget the conversation so far."""
        self._past = None
        self._last = None
        self._list_question = ""
        self._recalled = ""
        self._read = Excerpts()
