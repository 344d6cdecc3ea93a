"""Questions one after another in, answers out; a follow-up is read with the one before it."""

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

    What an earlier question brought before the model stays there, so that a follow-up to the same
    matter is answered sooner; that is given up where it would be too much to read.
    """

    def __init__(self, guide: Guide, *, where: Filter | None = None) -> None:
        """Take the guide, and where in it to look."""
        self.guide = guide
        self.answers: list[Answer] = []
        self._where = where
        self._read = Excerpts()
        self._before: str | None = None

    def read(self, question: str) -> str:
        """Return a question as the guide gets it: with what a follow-up leaves out."""
        return resolve_follow_up(question, self._before, words_of)

    def answer(self, question: str, *, quotes_only: bool = False, strict: bool = False) -> Answer:
        """Answer a question. Raises as `Guide.query`."""
        *_, last = self.ask(question, quotes_only=quotes_only, strict=strict)
        assert isinstance(last, Answer)
        return last

    def ask(
        self, question: str, *, quotes_only: bool = False, strict: bool = False
    ) -> Iterator[Found | Piece | Answer]:
        """Like `answer`, as it happens. One that is left half-way is none, but was asked."""
        alone = self.read(question)
        events = self.guide.stream(
            alone, where=self._where, quotes_only=quotes_only, strict=strict, read=self._read
        )
        for event in events:
            self._before = alone  # it was no question that cannot be asked
            if isinstance(event, Answer):
                asked = " ".join(question.split())
                note = () if alone == asked else (f'Read as "{alone}"',)
                event = msgspec.structs.replace(
                    event, question=asked, warnings=(*note, *event.warnings)
                )
                self.answers.append(event)
            yield event

    def forget(self) -> None:
        """Begin anew."""
        self._before = None
        self._read = Excerpts()
