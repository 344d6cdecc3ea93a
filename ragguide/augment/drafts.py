"""A generator and evidence in, short drafts of an answer out; each continues a given beginning."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragguide.augment.citations import split_answer
from ragguide.augment.prompt import SYSTEM, user_message
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


class Drafts:
    """Drafts of the answer to one question; the model reads their shared prompt once."""

    def __init__(
        self,
        generator: "Generator",
        question: str,
        evidence: Sequence[Evidence],
        *,
        max_tokens: int,
        deadline: Deadline | None,
        reuse: bool,
        clock: Stopwatch,
    ) -> None:
        """Build the prompt.

        Args:
            generator: loaded.
            question: as the user typed it.
            evidence: in prompt order.
            max_tokens: limit for one draft.
            deadline: when to stop writing.
            reuse: whether to reuse the cached beginning of the previous prompt.
            clock: gets a lap at the first word.
        """
        self._generator = generator
        self._question = question
        self._user = user_message(question, evidence)
        self._marks = [item.mark for item in evidence]
        self._prompt = generator.build_prompt(SYSTEM, self._user)
        self._max_tokens = max_tokens
        self._deadline = deadline
        self._until = deadline.at if deadline else None
        self._reuse = reuse
        self._clock = clock
        self.n_prompt_tokens = len(self._prompt)
        self.n_written = 0  # pieces of text, over all drafts
        self.is_cut = False  # the deadline ended a draft

    def alone(self, item: Evidence) -> "Drafts":
        """Return drafts for the same question from one excerpt."""
        return Drafts(
            self._generator,
            self._question,
            [item],
            max_tokens=self._max_tokens,
            deadline=self._deadline,
            reuse=True,
            clock=self._clock,
        )

    def lean(self, statement: str = "") -> float | None:
        """Return the log odds, in nats, of Yes against No as the answer.

        Args:
            statement: what the model said before it answers, as `state` returns it.

        None: the deadline passed, or a server runs the generator and gives no log probabilities.
        """
        prompt = self._prompt
        if statement:
            beginning = f"{STATES} {statement}{_CONCLUDES}"
            prompt = self._generator.build_prompt(SYSTEM, self._user, beginning=beginning)
        logprobs = self._next_logprobs(prompt, (YES, f" {YES}", NO, f" {NO}"))
        if logprobs is None:
            return None
        yes, spaced_yes, no, spaced_no = logprobs
        return max(yes, spaced_yes) - max(no, spaced_no)

    def pick(self) -> dict[int, float] | None:
        """Return the log-probability, in nats, of each excerpt as the one that answers, by mark.

        Of more than `MOST_PICKED` excerpts only the first ones have one. None: as for `lean`.
        """
        prompt = self._generator.build_prompt(SYSTEM, self._user, beginning=_ANSWERS)
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
            self.is_cut = self._deadline is not None and self._deadline.has_passed
        return logprobs

    def write(self, beginning: str = "", *, most_sentences: int = 1) -> list[str]:
        """Return the complete sentences of a draft.

        Args:
            beginning: start of the draft; its first sentence includes it.
            most_sentences: sentences after which the draft ends; a line break ends it, too.
        """
        text = beginning + self._continue(beginning, most_sentences)
        return first_sentences(text, most_sentences, is_cut=self.is_cut)

    def _continue(self, beginning: str, most_sentences: int) -> str:
        prompt = self._generator.build_prompt(SYSTEM, self._user, beginning=beginning)
        text = ""
        ended = False
        for piece in self._generator.generate(
            prompt,
            max_tokens=self._max_tokens,
            until=self._until,
            reuse=self._reuse,
        ):
            if not self.n_written:
                self._clock.lap("first word")
            self.n_written += 1
            text += piece
            if ended := _ended(text, most_sentences):
                break
        self._reuse = True
        self.is_cut = not ended and self._deadline is not None and self._deadline.has_passed
        text = text.removeprefix(beginning)  # a server may repeat it
        return text.rstrip() if not text.strip() else text[: _end_of_line(text)]


def first_sentences(text: str, most: int, *, is_cut: bool = False) -> list[str]:
    """Return the first sentences of a draft that are whole; a single one needs no full stop.

    Args:
        text: of the draft.
        most: sentences to return.
        is_cut: whether the draft ends within a sentence.
    """
    sentences = [each.strip() for each in split_answer(text.strip()) if each.strip()]
    is_half = is_cut or (len(sentences) > 1 and not _ENDS.search(sentences[-1]))
    return sentences[: -1 if is_half else None][:most]


def _ended(text: str, most_sentences: int) -> bool:
    # A space before a number may be a token of its own; it does not end the sentence.
    sentences = [each for each in split_answer(text) if each.strip()]
    return "\n" in text.strip() or len(sentences) > most_sentences


def _end_of_line(text: str) -> int:
    lead = len(text) - len(text.lstrip())
    at = text.find("\n", lead)
    return len(text) if at < 0 else at
