"""A generator and evidence in, short drafts of an answer out, each from a given beginning."""

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
_ENDS = re.compile(r"[.!?:;][\"'”’)\]]*\Z")


class Drafts:
    """Drafts of the answer to one question, over one prompt that is read once."""

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
        """Take what the prompt is made of.

        Args:
            generator: loaded.
            question: as it was asked.
            evidence: in the order in which the prompt lists it.
            max_tokens: most that one draft has.
            deadline: when writing ends.
            reuse: whether the prompt may reuse what it shares with the one before it.
            clock: gets a lap at the first word.
        """
        self._generator = generator
        self._system = SYSTEM
        self._user = user_message(question, evidence)
        self._max_tokens = max_tokens
        self._deadline = deadline
        self._reuse = reuse
        self._clock = clock
        self.n_prompt_tokens = len(generator.build_prompt(self._system, self._user))
        self.n_written = 0  # pieces, of all drafts
        self.is_cut = False  # a draft was ended by the deadline

    def lean(self) -> float | None:
        """Return how much more likely Yes is than No as the answer's first word, in nats.

        None: the generator cannot tell, since a server runs it.
        """
        prompt = self._generator.build_prompt(self._system, self._user)
        logprobs = self._generator.next_logprobs(
            prompt, (YES, f" {YES}", NO, f" {NO}"), reuse=self._reuse
        )
        self._reuse = True  # the drafts that follow share this prompt
        if logprobs is None:
            return None
        yes, spaced_yes, no, spaced_no = logprobs
        return max(yes, spaced_yes) - max(no, spaced_no)

    def write(self, beginning: str = "", *, most_sentences: int = 1) -> list[str]:
        """Return the sentences of a draft; one that the deadline cut is left out.

        Args:
            beginning: what the draft begins with, and its first sentence contains.
            most_sentences: the draft ends after so many, or at the end of a line.
        """
        text = beginning + self._continue(beginning, most_sentences)
        sentences = [each.strip() for each in split_answer(text.strip()) if each.strip()]
        is_half = self.is_cut or (len(sentences) > 1 and not _ENDS.search(sentences[-1]))
        return sentences[: -1 if is_half else None][:most_sentences]

    def write_line(self, beginning: str) -> str:
        """Return one line that goes on from the last line of a beginning; empty if it was cut."""
        text = self._continue(beginning, 1)
        return "" if self.is_cut else (beginning.rpartition("\n")[2] + text).strip()

    def _continue(self, beginning: str, most_sentences: int) -> str:
        prompt = self._generator.build_prompt(self._system, self._user, beginning=beginning)
        text = ""
        ended = False
        for piece in self._generator.generate(
            prompt,
            max_tokens=self._max_tokens,
            until=self._deadline.at if self._deadline else None,
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


def _ended(text: str, most_sentences: int) -> bool:
    # A space may be a token of its own, before a number: it ends no sentence.
    sentences = [each for each in split_answer(text) if each.strip()]
    return "\n" in text.strip() or len(sentences) > most_sentences


def _end_of_line(text: str) -> int:
    lead = len(text) - len(text.lstrip())
    at = text.find("\n", lead)
    return len(text) if at < 0 else at
