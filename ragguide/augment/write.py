"""A generator and evidence in, the checked answer out while it is written."""

from collections.abc import Generator as Writer
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ragguide.augment.citations import MarkedStream, SupportCheck
from ragguide.augment.conversation import Excerpts
from ragguide.augment.prompt import QUOTING, prompt_of, quotations
from ragguide.augment.quotation import unquoted
from ragguide.base.clock import Deadline, Stopwatch
from ragguide.index.keywords import terms_of
from ragguide.types import Answer, Citation, Evidence, Found, Piece

if TYPE_CHECKING:
    from ragguide.types import Generator

MOST_READ = 2


class WriteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer is written."""

    answer_tokens: int  # most that the generator writes
    strict: bool = False  # leave out sentences without support
    deadline: Deadline | None = None
    read: Excerpts | None = None  # what the generator has read in this conversation, if it is one


class Written(msgspec.Struct, frozen=True):
    """What the generator wrote, checked."""

    text: str = ""
    model: str | None = None  # that wrote it
    citations: tuple[Citation, ...] = ()
    tokens: dict[str, int] = {}  # msgspec copies it
    degraded: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def write_answer(
    generator: "Generator",
    question: str,
    evidence: Sequence[Evidence],
    *,
    context_tokens: int,
    rarity: Mapping[str, float],
    options: WriteOptions,
    clock: Stopwatch,
) -> "Writer[Piece, None, Written]":
    """Yield the answer's text while it is written and checked; return it as a whole.

    Args:
        generator: loaded.
        question: as it was asked.
        evidence: for the question, marked.
        context_tokens: most tokens of evidence for one question; a conversation's prompt may have
            `MOST_READ` times as many.
        rarity: inverse document frequency of the guide's terms.
        options: how it is written.
        clock: gets a lap at the first word and at the end.

    Raises:
        ModelError: the generator fails while it writes.
    """
    order, context = evidence, evidence
    if options.read is not None:
        order, context = options.read.add(
            evidence, generator.count_tokens, most_tokens=MOST_READ * context_tokens
        )
    prompt = prompt_of(generator, question, order)
    marked = MarkedStream(SupportCheck(context, terms_of, rarity), strict=options.strict)
    draft = _Draft(generator, prompt, quotations(evidence), options, clock)
    text = ""
    for shown in _marked_text(draft, marked):
        text += shown
        yield Piece(text=shown)
    clock.lap("rest of the answer")
    return Written(
        text=text,
        model=generator.name,
        citations=marked.citations,
        tokens={"prompt": len(prompt), "answer": draft.n_pieces},
        degraded=tuple(_degraded(draft, marked, text)),
        warnings=tuple(_warnings(marked, strict=options.strict)),
    )


def answer_of(
    question: str,
    found: Found,
    written: Written,
    *,
    index: str,
    timings_s: dict[str, float],
    notes: tuple[str, ...],
) -> Answer:
    """Put together what was found and what was written.

    Args:
        question: as it was asked.
        found: the hits and the quotes.
        written: by the generator; empty if it was not asked.
        index: name and generation.
        timings_s: seconds of each stage.
        notes: on how the question was read.
    """
    return Answer(
        question=question,
        answer=written.text,
        refused=found.refused,
        chance=found.chance,
        looked_for=found.looked_for,
        absent=found.absent,
        quotes=found.quotes,
        citations=written.citations,
        hits=found.hits,
        model=written.model,
        index=index,
        timings_s=timings_s,
        tokens=written.tokens,
        degraded=written.degraded,
        warnings=(*notes, *written.warnings),
    )


class _Draft:
    """What the generator writes, before it is checked."""

    def __init__(
        self,
        generator: "Generator",
        prompt: Sequence[int],
        favours: Mapping[str, float],
        options: WriteOptions,
        clock: Stopwatch,
    ) -> None:
        self._generator = generator
        self._prompt = prompt
        self._favours = favours
        self._options = options
        self._clock = clock
        self.deadline = options.deadline
        self.n_pieces = 0
        self.is_cut = False  # by the deadline

    def pieces(self) -> Iterator[str]:
        """Yield what the generator writes until it ends or the deadline passes."""
        pieces = self._generator.generate(
            self._prompt,
            max_tokens=self._options.answer_tokens,
            until=self.deadline.at if self.deadline else None,
            reuse=self._options.read is not None,
            favours=self._favours,
        )
        for piece in pieces:
            if not self.n_pieces:
                self._clock.lap("first word")
            self.n_pieces += 1
            yield piece

    def end(self) -> None:
        """Note whether the deadline ended it."""
        self.is_cut = self.deadline is not None and self.deadline.has_passed


def _marked_text(draft: _Draft, marked: MarkedStream) -> Iterator[str]:
    """Yield the draft's text with marks; stop when the model says nothing new."""
    for text in unquoted(_until_stuck(draft, marked), QUOTING):
        yield from marked.feed(text)
    draft.end()
    if (draft.is_cut and draft.n_pieces) or marked.is_looping:
        yield from marked.feed(" …")
    yield from marked.finish()


def _until_stuck(draft: _Draft, marked: MarkedStream) -> Iterator[str]:
    for piece in draft.pieces():
        yield piece
        if marked.is_stuck:
            return


def _degraded(draft: _Draft, marked: MarkedStream, text: str) -> Iterator[str]:
    """Say why the answer is less than it could be."""
    if draft.is_cut and not draft.n_pieces:
        yield f"quotes only: {draft.deadline} passed before the model's first word."
    elif draft.is_cut:
        yield f"cut off: {draft.deadline} passed while the model wrote."
    elif not text:
        yield "quotes only: the guide supports none of the model's sentences."
    elif marked.is_stuck:
        yield "cut off: the model repeated itself."


def _warnings(marked: MarkedStream, *, strict: bool) -> Iterator[str]:
    if n := marked.n_unsupported:
        what = (
            "left out, since the guide does not support them"
            if strict
            else "marked [?]: the guide does not support them"
        )
        yield f"{n} of the model's sentences {what}."
