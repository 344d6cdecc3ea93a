"""A generator and evidence in, short drafts of an answer out; each continues a given beginning."""

import re
from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING

from ragguide.augment.citations import LIST_MARK, split_answer
from ragguide.augment.prompt import (
    FROM_PASSAGES,
    SYSTEM,
    Piece,
    passages_message,
    user_message,
)
from ragguide.base.clock import Deadline, Stopwatch
from ragguide.types import Evidence

if TYPE_CHECKING:
    from ragguide.types import Generator

YES, NO = "Yes", "No"
# A small model that begins so states what the excerpts say. Without it, it repeats the question.
STATES = "The guide says that"
_ANSWERS = "The excerpt that answers the question is ["
MOST_PICKED = 9  # excerpts among which the model picks: numbers of one digit
_CONCLUDES = " Therefore the answer to the question is:"
_ENDS = re.compile(r"[.!?:;][\"'”’)\]]*\Z")


class Tally:
    """What all drafts of one answer have used."""

    def __init__(self) -> None:
        self.n_prompt_tokens = 0  # over all prompts
        self.n_written = 0  # pieces of text, over all drafts
        self.is_cut = False  # the deadline ended the last draft


class Drafts:
    """Drafts of the answer to one question; the model reads their shared prompt once."""

    def __init__(
        self,
        generator: "Generator",
        question: str,
        *,
        max_tokens: int,
        deadline: Deadline | None,
        clock: Stopwatch,
    ) -> None:
        """Take what the drafts from any evidence share: `on` and `over` give them a prompt.

        Args:
            generator: loaded.
            question: as the user typed it.
            max_tokens: limit for one draft.
            deadline: when to stop writing.
            clock: gets a lap at the first word.
        """
        self._generator = generator
        self._question = question
        self._max_tokens = max_tokens
        self._deadline = deadline
        self._until = deadline.at if deadline else None
        self._clock = clock
        self.tally = Tally()
        self._system = ""
        self._user: list[Piece] = []
        self._prompt: Sequence[int] = ()
        self._marks: list[int] = []
        self._reuse = False

    def on(self, evidence: Sequence[Evidence], *, reuse: bool) -> "Drafts":
        """Return drafts from single statements.

        Args:
            evidence: in prompt order.
            reuse: whether to reuse the cached beginning of the previous prompt.
        """
        drafts = self._asking(SYSTEM, user_message(self._question, evidence), reuse=reuse)
        drafts._marks = [item.mark for item in evidence]
        return drafts

    def over(self, passages: Sequence[str]) -> "Drafts":
        """Return drafts from whole passages, which have no marks."""
        message = passages_message(self._question, passages)
        return self._asking(FROM_PASSAGES, message, reuse=False)

    def _asking(self, system: str, user: list[Piece], *, reuse: bool) -> "Drafts":
        drafts = copy(self)  # with the same tally
        drafts._system = system
        drafts._user = user
        drafts._prompt = self._generator.build_prompt(system, user)
        drafts._reuse = reuse
        self.tally.n_prompt_tokens += len(drafts._prompt)
        return drafts

    def lean(self, statement: str = "") -> float | None:
        """Return the log odds, in nats, of Yes against No as the answer.

        Args:
            statement: what the model said before it answers, as `state` returns it.

        None: the deadline passed, or a server runs the generator and gives no log probabilities.
        """
        prompt = self._prompt
        if statement:
            beginning = f"{STATES} {statement}{_CONCLUDES}"
            prompt = self._generator.build_prompt(self._system, self._user, beginning=beginning)
        logprobs = self._next_logprobs(prompt, (YES, f" {YES}", NO, f" {NO}"))
        if logprobs is None:
            return None
        yes, spaced_yes, no, spaced_no = logprobs
        return max(yes, spaced_yes) - max(no, spaced_no)

    def pick(self) -> dict[int, float] | None:
        """Return the log-probability, in nats, of each excerpt as the one that answers, by mark.

        Of more than `MOST_PICKED` excerpts only the first ones have one. None: as for `lean`.
        """
        prompt = self._generator.build_prompt(self._system, self._user, beginning=_ANSWERS)
        marks = self._marks[:MOST_PICKED]
        numbers = [str(n) for n in range(1, len(marks) + 1)]
        logprobs = self._next_logprobs(prompt, numbers)
        return None if logprobs is None else dict(zip(marks, logprobs, strict=True))

    def state(self, about: str = "", *, most_sentences: int = 1) -> list[str]:
        """Return the sentences of a draft that states what the guide says.

        Args:
            about: the subject that the first sentence begins with; none: the model's choice.
            most_sentences: sentences after which the draft ends.
        """
        sentences = self.write(f"{STATES} {about}".strip(), most_sentences=most_sentences)
        return [each.removeprefix(STATES).strip() for each in sentences]

    def _next_logprobs(self, prompt: Sequence[int], texts: Sequence[str]) -> list[float] | None:
        logprobs = self._generator.next_logprobs(
            prompt, texts, until=self._until, reuse=self._reuse
        )
        self._reuse = True  # the drafts that follow share this prompt
        if logprobs is None:
            self.tally.is_cut = self._deadline is not None and self._deadline.has_passed
        return logprobs

    def write(
        self, beginning: str = "", *, most_sentences: int = 1, most_items: int = 0
    ) -> list[str]:
        """Return the complete sentences of a draft.

        Args:
            beginning: start of the draft; its first sentence includes it.
            most_sentences: sentences after which the draft ends.
            most_items: items of a list that it may have besides, each on a line; if none, a line
                break ends it.
        """
        text = beginning + self._continue(beginning, most_sentences, most_items)
        return first_sentences(
            text, most_sentences, most_items=most_items, is_cut=self.tally.is_cut
        )

    def _continue(self, beginning: str, most_sentences: int, most_items: int) -> str:
        prompt = self._generator.build_prompt(self._system, self._user, beginning=beginning)
        text = ""
        ended = False
        for piece in self._generator.generate(
            prompt,
            max_tokens=self._max_tokens,
            until=self._until,
            reuse=self._reuse,
        ):
            if not self.tally.n_written:
                self._clock.lap("first word")
            self.tally.n_written += 1
            text += piece
            if ended := _ended(text, most_sentences, most_items):
                break
        self._reuse = True
        self.tally.is_cut = not ended and self._deadline is not None and self._deadline.has_passed
        text = text.removeprefix(beginning)  # a server may repeat it
        return text.rstrip() if most_items or not text.strip() else text[: _end_of_line(text)]


def first_sentences(
    text: str, most: int, *, most_items: int = 0, is_cut: bool = False
) -> list[str]:
    """Return the first sentences of a draft that are whole; a single one needs no full stop.

    Args:
        text: of the draft.
        most: sentences to return.
        most_items: items of a list to return besides; if none, they count as sentences.
        is_cut: whether the draft ends within a sentence.
    """
    sentences = [each.strip() for each in split_answer(text.strip()) if each.strip()]
    is_half = is_cut or (len(sentences) > 1 and not _is_whole(sentences[-1], most_items))
    whole = sentences[: -1 if is_half else None]
    n_fit = next((n for n in range(len(whole)) if _is_full(whole[: n + 1], most, most_items)), None)
    return whole[:n_fit]


def is_item(sentence: str) -> bool:
    """Whether a sentence is an item of a list, behind "1." or a bullet."""
    return LIST_MARK.match(sentence) is not None


def _is_whole(sentence: str, most_items: int) -> bool:
    return _ENDS.search(sentence) is not None or (most_items > 0 and is_item(sentence))


def _is_full(sentences: Sequence[str], most: int, most_items: int) -> bool:
    """Whether there are more sentences, or more items, than there may be."""
    n_items = sum(map(is_item, sentences)) if most_items else 0
    return len(sentences) - n_items > most or n_items > most_items


def _ended(text: str, most_sentences: int, most_items: int) -> bool:
    # A space before a number may be a token of its own; it does not end the sentence.
    sentences = [each for each in split_answer(text) if each.strip()]
    is_next_line = not most_items and "\n" in text.strip()
    return is_next_line or _is_full(sentences, most_sentences, most_items)


def _end_of_line(text: str) -> int:
    lead = len(text) - len(text.lstrip())
    at = text.find("\n", lead)
    return len(text) if at < 0 else at
