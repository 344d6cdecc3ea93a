"""A model's sentences and the evidence in, sentences with checked marks out. No I/O.

Marks come from this check, never from the model: see `claims.py`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
import sentencex

from ragguide.augment.claims import ClaimChecker
from ragguide.types import Citation, Evidence

REPEATABLE = 3  # words of a sentence that may be said again: "Use cases:" under each heading
MOST_REPEATED = 2  # sentences said again, until the model is taken to be stuck
UNSUPPORTED = "[?]"

LIST_MARK = re.compile(r"\A\s*(?:[-*•]|\d{1,2}[.)])\s+")
_OWN_MARK = re.compile(r"[^\S\n]*\[\s*(?:\?|\d+(?:\s*,\s*\d+)*)\s*\]")  # the model's, unchecked
_OPEN_MARK = re.compile(r"\[[\s\d,]*\Z")


class Checked(msgspec.Struct, frozen=True):
    """A sentence of the answer with the evidence that supports it: none, if nothing does."""

    text: str
    evidence: tuple[Evidence, ...]


class SupportCheck:
    """Checks sentences against one question's evidence."""

    def __init__(
        self,
        evidence: Sequence[Evidence],
        terms_of: Callable[[str], Sequence[str]],
        rarity: Mapping[str, float],
    ) -> None:
        self._evidence = evidence
        self._checker = ClaimChecker(
            [item.text for item in evidence],
            [item.section[-2:] for item in evidence],
            terms_of,
            rarity,
        )

    def check(self, sentence: str) -> Checked:
        """Find the fewest evidence items, at most `MAX_TOGETHER`, that support a sentence."""
        support = self._checker.check(LIST_MARK.sub("", sentence))
        return Checked(sentence, tuple(self._evidence[place] for place in support.evidence))


class MarkedStream:
    """Turns a model's raw stream into text with marks, each set as soon as its sentence ends.

    Marks are those of the evidence; the model's own are dropped, and so is space at both ends.
    What has been yielded never changes. Joined it is the same however the stream was cut: a word
    is shown when it is whole, and with it is settled whether a sentence ended before it. A
    sentence that begins as an earlier one is shown when it differs, and never if it does not.
    """

    def __init__(self, check: SupportCheck, *, strict: bool = False) -> None:
        """Take what checks the sentences, and whether one without support is left out."""
        self._check = check
        self._strict = strict
        self._unsettled = ""  # shown once it repeats no sentence and, if strict, has support
        self._shown = ""  # of the sentence being written
        self._held = ""  # what follows: space, and a word that may not be whole
        self._started = False
        self._cited: dict[int, Evidence] = {}
        self._has_told = False
        self._said: set[str] = set()  # sentences, in small letters
        self.n_repeated = 0  # sentences; left out
        self.is_looping = False  # the model goes round in a circle: what it says has no support
        self.n_unsupported = 0  # sentences; if strict, left out

    def feed(self, piece: str) -> Iterator[str]:
        """Yield what can be shown after one more piece of the model's text."""
        for char in piece:
            if char.isspace() and not self._held[-1:].isspace():
                yield from self._settle()
            self._held += char

    def finish(self) -> Iterator[str]:
        """Yield the rest."""
        yield from self._settle(at_end=True)
        yield from self._mark(self._shown, is_whole=False)
        self._shown = self._held = ""

    @property
    def is_stuck(self) -> bool:
        """Whether the model says nothing new, so that nothing is to be hoped of the rest."""
        return self.is_looping or self.n_repeated >= MOST_REPEATED

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the marks so far name, in the order of the marks."""
        return tuple(citation_of(self._cited[mark]) for mark in sorted(self._cited))

    def _tell(self, text: str, sentence: str) -> Iterator[str]:
        """Yield the next text of a sentence, or keep it until the sentence is settled."""
        self._unsettled += text
        if not self._strict and not self._repeats(sentence):
            yield self._take_unsettled()

    def _take_unsettled(self) -> str:
        text, self._unsettled = self._unsettled, ""
        return text

    def _repeats(self, sentence: str) -> bool:
        """Whether a sentence, as far as it goes, is one that was said."""
        begun = _plain(sentence)
        return any(said.startswith(begun) for said in self._said)

    def _settle(self, *, at_end: bool = False) -> Iterator[str]:
        """Show the word that is held, after the mark of a sentence that ended before it."""
        self._held = _OWN_MARK.sub("", self._held)
        if not self._held.strip() or (_OPEN_MARK.search(self._held) and not at_end):
            return
        held = self._held.rstrip() if self._started else self._held.strip()
        text, shown = self._shown + held, len(self._shown)
        *ended, _ = split_answer(text)
        start = at = 0
        for sentence in ended:
            end = at + len(sentence.rstrip())
            at += len(sentence)
            if end >= shown:  # or else it is too late for a mark there
                if end > shown:
                    yield from self._tell(text[shown:end], text[start:end])
                yield from self._mark(text[start:end])
                start, shown = at, end
        yield from self._tell(text[shown:], text[start:])
        self._shown, self._held, self._started = text[start:], "", True
        self.is_looping = self.is_looping or loops(self._shown)

    def _mark(self, sentence: str, *, is_whole: bool = True) -> Iterator[str]:
        if not any(char.isalnum() for char in sentence):
            if self._unsettled and not self._strict:
                yield self._take_unsettled()
            return
        if self._leave_out_repeated(sentence, is_whole=is_whole):
            return
        items = () if self.is_looping else self._check.check(sentence).evidence
        self._cited |= {item.mark: item for item in items}
        self.n_unsupported += not items
        mark = " " + ("".join(f"[{item.mark}]" for item in items) or UNSUPPORTED)
        if not self._strict:
            yield self._take_unsettled() + mark
        elif items:
            kept = self._unsettled if self._has_told else self._unsettled.lstrip()
            self._has_told = True
            yield kept + mark
        self._unsettled = ""

    def _leave_out_repeated(self, sentence: str, *, is_whole: bool) -> bool:
        """Drop a sentence that was said before, unless it is short; remember any other."""
        said = _plain(sentence)
        is_repeated = said in self._said if is_whole else self._repeats(sentence)
        if is_repeated and (self.is_stuck or len(said.split()) > REPEATABLE):
            self.n_repeated += 1
            self._unsettled = ""
            return True
        self._said.add(said)
        return False


def loops(text: str) -> bool:
    """Whether a text ends in the same words three times over, at least six in all."""
    words = text.casefold().split()
    return any(
        words[-length:] == words[-2 * length : -length] == words[-3 * length : -2 * length]
        for length in range(2, len(words) // 3 + 1)
    )


def _plain(sentence: str) -> str:
    # The space lets a mark of a list be seen as one before its item is there.
    return " ".join(LIST_MARK.sub("", f"{sentence} ").casefold().split())


def split_answer(text: str) -> list[str]:
    """Cut text after each sentence and line; joined again they are the text. Never empty."""
    sentences: list[str] = []
    for line in text.splitlines(keepends=True):
        pieces = list(sentencex.segment("en", line))
        sentence = ""
        for piece in pieces if "".join(pieces) == line else [line]:
            sentence += piece
            # Neither `sagemaker.Estimator` nor the "1." of a list holds a sentence's end.
            if sentence[-1:].isspace() and not LIST_MARK.fullmatch(sentence):
                sentences.append(sentence)
                sentence = ""
        if sentence:
            sentences.append(sentence)
    return sentences if sentences and not text[-1].isspace() else [*sentences, ""]


def citation_of(item: Evidence) -> Citation:
    return Citation(
        mark=item.mark,
        quote=item.text,
        document=item.document,
        page_first=item.page_first,
        page_last=item.page_last,
        page_label=item.page_label,
        locator=item.locator,
        section=" > ".join(item.section),
    )
