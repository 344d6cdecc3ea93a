"""A generator and evidence in, short drafts of an answer out, each from a given beginning."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragguide.augment.citations import split_answer
from ragguide.augment.prompt import system_message, user_message
from ragguide.base.clock import Deadline, Stopwatch
from ragguide.types import Evidence

if TYPE_CHECKING:
    from ragguide.types import Generator

YES, NO = "Yes", "No"


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
        self._system = system_message()
        self._user = user_message(question, evidence)
        self._max_tokens = max_tokens
        self._deadline = deadline
        self._reuse = reuse
        self._clock = clock
        self._has_begun = False
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
            beginning: what the draft begins with, and its first sentence holds.
            most_sentences: the draft ends after so many, or at the end of a line.
        """
        prompt = self._generator.build_prompt(self._system, self._user, beginning=beginning)
        text = ""
        is_whole = False
        for piece in self._generator.generate(
            prompt,
            max_tokens=self._max_tokens,
            until=self._deadline.at if self._deadline else None,
            reuse=self._reuse,
        ):
            if not self._has_begun:
                self._clock.lap("first word")
                self._has_begun = True
            self.n_written += 1
            text += piece
            if is_whole := _ended(beginning + text, most_sentences):
                break
        self._reuse = True
        text = text if text.startswith(beginning) else beginning + text  # a server may repeat it
        cut = not is_whole and self._deadline is not None and self._deadline.has_passed
        self.is_cut |= cut
        line = text.strip().split("\n")[0]
        sentences = [sentence.strip() for sentence in split_answer(line) if sentence.strip()]
        return sentences[: -1 if cut else None][:most_sentences]


def _ended(text: str, most_sentences: int) -> bool:
    if "\n" in text.strip():
        return True
    return len(split_answer(text)) > most_sentences and bool(re.search(r"[.!?][\"')\]]*\s", text))
