"""A conversation's questions in, answers out. The previous question completes a follow-up."""

from collections.abc import Iterator

import msgspec

from ragguide.augment.conversation import Excerpts
from ragguide.guide import Guide
from ragguide.index.keywords import words_of
from ragguide.retrieve.follow_up import resolve_follow_up
from ragguide.types import Answer, Filter, Found, Piece


class Chat:
    """A conversation with a guide.

    chat = Chat(Guide.open())
    chat.answer("How many passages can Amazon Kendra return?")
    chat.answer("and what does it cost?")

    The excerpts of earlier questions stay in the prompt, so that the model answers a follow-up on
    the same topic sooner. They are dropped when the prompt would get too long.
    """

    def __init__(self, guide: Guide, *, where: Filter | None = None) -> None:
        """Start a conversation with a guide; `where` restricts its searches."""
        self.guide = guide
        self.answers: list[Answer] = []
        self._where = where
        self._read = Excerpts()
        self._before: str | None = None

    def read(self, question: str) -> str:
        """Return the question for the guide; a follow-up gets the words that it leaves out."""
        return resolve_follow_up(question, self._before, words_of)

    def answer(self, question: str, *, quotes_only: bool = False, strict: bool = False) -> Answer:
        """Answer a question. Raises as `Guide.query`."""
        *_, last = self.ask(question, quotes_only=quotes_only, strict=strict)
        assert isinstance(last, Answer)
        return last

    def ask(
        self, question: str, *, quotes_only: bool = False, strict: bool = False
    ) -> Iterator[Found | Piece | Answer]:
        """Like `answer`, but yield results as they come.

        If the caller stops early, no answer is kept, but a follow-up may still build on the
        question.
        """
        alone = self.read(question)
        events = self.guide.stream(
            alone, where=self._where, quotes_only=quotes_only, strict=strict, read=self._read
        )
        for event in events:
            self._before = alone  # only now: an invalid question raises before this
            if isinstance(event, Answer):
                asked = " ".join(question.split())
                note = () if alone == asked else (f'Read as "{alone}"',)
                event = msgspec.structs.replace(
                    event, question=asked, warnings=(*note, *event.warnings)
                )
                self.answers.append(event)
            yield event

    def forget(self) -> None:
        """Forget the conversation so far."""
        self._before = None
        self._read = Excerpts()
