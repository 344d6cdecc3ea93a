"""A question and its hits in, quotes and the checked answer out while it is written.

This is `augment/` and the terms of `index/` wired together. `Guide.stream` is its public face.
"""

import time
from collections.abc import Generator as Writer
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ragguide.augment.abstain import JUDGED, Signs, Verdict, judge, read_signs
from ragguide.augment.cite import MarkedStream, SupportCheck, citation_of
from ragguide.augment.evidence import (
    Candidate,
    as_evidence,
    choose,
    favour_numbers,
    is_address,
    split_hits,
    weigh,
)
from ragguide.augment.excerpts import Excerpts
from ragguide.augment.orders import gives_orders
from ragguide.augment.prompt import MARK_TOKENS, QUOTING, prompt_of, quotations
from ragguide.augment.quotation import unquoted
from ragguide.clock import Deadline
from ragguide.config import Settings
from ragguide.index.keywords import terms_of, words_of
from ragguide.loading import Models
from ragguide.opening import Opened
from ragguide.searching import Asked
from ragguide.types import Answer, Citation, Evidence, Found, Hit, Piece

if TYPE_CHECKING:
    from ragguide.types import Generator

QUOTED_WORDS = 80  # most that the quotes under an answer hold together
MAX_QUOTES = 6
MOST_READ = 2  # times the tokens of one question's evidence, that a prompt of a conversation holds
QUOTED_SHARE = 0.65  # least weight of a quote, as a share of the best one's

_OF_ADDRESSES = frozenset(terms_of("URL link website webpage address documentation docs https"))


class Stopwatch:
    """Seconds between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now


class AnswerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a question is to be answered."""

    top_k: int  # most hits to show and to quote
    quotes_only: bool = False  # ask no generator
    strict: bool = False  # leave out its sentences that have no support
    deadline: Deadline | None = None
    read: Excerpts | None = None  # what it has read in the conversation; None: there is none


class Answering:
    """Answers a question from an open index."""

    def __init__(
        self, settings: Settings, opened: Opened, models: Models, clock: Stopwatch | None = None
    ) -> None:
        self._settings = settings
        self._opened = opened
        self._models = models
        self._clock = clock or Stopwatch()

    def events(
        self, question: str, asked: Asked, found: Sequence[Hit], options: AnswerOptions
    ) -> Iterator[Found | Piece | Answer]:
        """Yield what was found, the text while it is written, and the answer.

        Args:
            question: as it was asked.
            asked: as it is searched for.
            found: the verdict's `JUDGED` hits at least, if there are so many.
            options: how it is to be answered.

        Raises:
            ModelError: the generator does not load, or fails in mid-answer.
        """
        weighed = self._weigh(asked, found)
        verdict = self._judge(asked, weighed)
        refused, hits = verdict.refused, found[: options.top_k]
        bearing = [] if refused else _bearing(asked, weighed, n_hits=options.top_k)
        candidates = [weighed.candidates[i] for i in bearing]
        weights = favour_numbers(
            candidates, [weighed.weights[i] for i in bearing], asked.reading.text, terms_of
        )
        quoted = choose(
            weights,
            [len(candidate.text.split()) for candidate in candidates],
            budget=QUOTED_WORDS,
            max_items=MAX_QUOTES,
            min_share=QUOTED_SHARE,
        )
        quotes = tuple(map(citation_of, as_evidence(candidates, weights, quoted)))
        self._clock.lap("quotes")
        looked_for = tuple(words_of(asked.reading.text))
        absent = tuple(word for word in looked_for if not self._stands(word))
        yield Found(
            hits=tuple(hits),
            quotes=quotes,
            refused=refused,
            chance=verdict.chance,
            looked_for=looked_for,
            absent=absent,
        )

        generator, degraded = (
            (None, ())
            if refused or options.quotes_only
            else self._models.find_generator(options.deadline)
        )
        said = Said()
        if generator is not None:
            self._clock.lap("load")
            said = yield from self._written(
                generator, question, candidates, weights, quoted, options
            )
        yield Answer(
            question=question,
            answer=said.text,
            refused=refused,
            chance=verdict.chance,
            looked_for=looked_for,
            absent=absent,
            quotes=quotes,
            citations=said.citations,
            hits=tuple(hits),
            model=generator.name if generator and said.tokens else None,
            index=self._opened.label(self._settings.index),
            timings_s=self._clock.laps,
            tokens=said.tokens,
            degraded=(*degraded, *said.degraded),
            warnings=(*asked.reading.notes, *said.warnings),
        )

    def _written(
        self,
        generator: "Generator",
        question: str,
        candidates: Sequence[Candidate],
        weights: Sequence[float],
        quoted: Sequence[int],
        options: AnswerOptions,
    ) -> "Writer[Piece, None, Said]":
        """Yield what the generator writes of what it can read in time; return it as a whole."""
        deadline = options.deadline
        usual = self._models.evidence_tokens()
        context_tokens = self._models.evidence_tokens(deadline)
        if not context_tokens:
            return Said(
                degraded=(f"quotes only: {deadline} leaves {generator.name} no time to read.",)
            )
        evidence = self._evidence(
            generator, candidates, weights, quoted, context_tokens=context_tokens
        )
        written = Writing(
            generator,
            question,
            evidence,
            rarity=self._opened.rarity,
            context_tokens=context_tokens,
            answer_tokens=self._settings.answer_tokens,
            options=options,
            clock=self._clock,
        )
        yield from written.pieces()
        said = written.result()
        degraded = said.degraded
        if context_tokens < usual:
            told = f"shorter: by {deadline} the model read {context_tokens} tokens, not {usual}."
            degraded = (told, *degraded)
        return msgspec.structs.replace(
            said,
            degraded=degraded,
            warnings=(*_withheld(quoted, evidence), *said.warnings),
        )

    def _evidence(
        self,
        generator: "Generator",
        candidates: Sequence[Candidate],
        weights: Sequence[float],
        quoted: Sequence[int],
        *,
        context_tokens: int,
    ) -> list[Evidence]:
        """What is put before the generator: the quotes, by their marks, and what else it can read.

        What gives orders to a model is left out.
        """
        orders = {i for i, each in enumerate(candidates) if _gives_orders(each)}
        chosen = choose(
            weights,
            [generator.count_tokens(each.text) + MARK_TOKENS for each in candidates],
            budget=context_tokens,
            first=quoted,  # so that a mark means the same under the answer and above it
            without=orders,
        )
        chosen = list(dict.fromkeys([*quoted, *chosen]))
        evidence = as_evidence(candidates, weights, chosen)
        return [each for i, each in zip(chosen, evidence, strict=True) if i not in orders]

    def judge(self, asked: Asked, hits: Sequence[Hit]) -> Verdict:
        """Tell whether the guide is taken to answer, from its `JUDGED` best hits."""
        return self._judge(asked, self._weigh(asked, hits))

    def signs(self, asked: Asked, hits: Sequence[Hit]) -> Signs:
        """What the verdict on a question is based on; there must be hits."""
        return self._signs(asked, self._weigh(asked, hits))

    def _judge(self, asked: Asked, weighed: "_Weighed") -> Verdict:
        if not weighed.hits:
            return Verdict(True, None)
        return judge(
            self._signs(asked, weighed),
            self._opened.calibration,
            false_refusals=self._settings.false_refusals,
        )

    def _signs(self, asked: Asked, weighed: "_Weighed") -> Signs:
        n = weighed.n_of(JUDGED)
        return read_signs(
            asked.reading.text,
            weighed.hits[:JUDGED],
            weighed.candidates[:n],
            weighed.cosines[:n],
            weighed.weights[:n],
            asked.reading.weights,
            terms_of,
            self._opened.rarity,
        )

    def _stands(self, word: str) -> bool:
        """Whether the guide uses a word, in any form or as a part of another one."""
        return any(term in self._opened.rarity for term in terms_of(word))

    def _weigh(self, asked: Asked, hits: Sequence[Hit]) -> "_Weighed":
        candidates = split_hits(hits)
        by_hit = [self._opened.searcher.statement_cosines(hit, asked.query) for hit in hits]
        cosines = [
            max(by_hit[each.hit.rank - 1][offset] for offset in each.offsets) for each in candidates
        ]
        weights = weigh(candidates, cosines, asked.reading.weights, terms_of, self._opened.rarity)
        return _Weighed(hits, candidates, cosines, weights)


def _bearing(asked: Asked, weighed: "_Weighed", *, n_hits: int) -> Sequence[int]:
    """The places of the candidates that may answer: no bare address, unless one is asked for."""
    places = range(weighed.n_of(n_hits))
    if not _OF_ADDRESSES.isdisjoint(asked.reading.weights):
        return places
    return [i for i in places if not is_address(weighed.candidates[i].text)] or places


def _gives_orders(candidate: Candidate) -> bool:
    return gives_orders(candidate.text) or any(map(gives_orders, candidate.statement.section[-1:]))


def _withheld(quoted: Sequence[int], evidence: Sequence[Evidence]) -> Iterator[str]:
    """Say which quotes the model does not get to read."""
    marks = set(range(1, len(quoted) + 1)) - {item.mark for item in evidence}
    if marks:
        told = "".join(f"[{mark}]" for mark in sorted(marks))
        yield f"the model was not given {told}: it reads as an order to it."


class _Weighed(msgspec.Struct, frozen=True):
    """Hits with their sentences, and what these weigh for the question."""

    hits: Sequence[Hit]
    candidates: Sequence[Candidate]  # in the order of the hits
    cosines: Sequence[float]
    weights: Sequence[float]

    def n_of(self, n_hits: int) -> int:
        """How many of the candidates are of the first hits."""
        return sum(candidate.hit.rank <= n_hits for candidate in self.candidates)


class Said(msgspec.Struct, frozen=True):
    """What the generator wrote."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    tokens: dict[str, int] = {}  # msgspec copies it
    degraded: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Writing:
    """One answer while the generator writes it."""

    def __init__(
        self,
        generator: "Generator",
        question: str,
        found: Sequence[Evidence],
        *,
        rarity: Mapping[str, float],
        context_tokens: int,
        answer_tokens: int,
        options: AnswerOptions,
        clock: Stopwatch,
    ) -> None:
        """Take the evidence that was found for a question, and how rare the guide's terms are."""
        self._generator = generator
        self._max_tokens = answer_tokens
        self._options = options
        self._clock = clock
        order, context = found, found
        if options.read is not None:
            most_tokens = MOST_READ * context_tokens
            order, context = options.read.add(
                found, generator.count_tokens, most_tokens=most_tokens
            )
        self._prompt = prompt_of(generator, question, order)
        self._quotations = quotations(found)
        self._marked = MarkedStream(SupportCheck(context, terms_of, rarity), strict=options.strict)
        self._text: list[str] = []
        self._n_pieces = 0
        self._is_cut = False

    def pieces(self) -> Iterator[Piece]:
        for text in unquoted(self._raw(), QUOTING):
            yield from self._show(self._marked.feed(text))
        deadline = self._options.deadline
        self._is_cut = deadline is not None and deadline.has_passed
        if (self._is_cut and self._n_pieces) or self._marked.is_looping:
            yield from self._show(self._marked.feed(" …"))
        yield from self._show(self._marked.finish())
        self._clock.lap("rest of the answer")

    def _raw(self) -> Iterator[str]:
        """Yield what the generator writes."""
        deadline = self._options.deadline
        pieces = self._generator.generate(
            self._prompt,
            max_tokens=self._max_tokens,
            until=deadline.at if deadline else None,
            reuse=self._options.read is not None,
            favours=self._quotations,
        )
        for raw in pieces:
            if not self._n_pieces:
                self._clock.lap("first word")
            self._n_pieces += 1
            yield raw
            if self._marked.is_stuck:
                break

    def _show(self, texts: Iterator[str]) -> Iterator[Piece]:
        for text in texts:
            self._text.append(text)
            yield Piece(text=text)

    def result(self) -> Said:
        warnings: tuple[str, ...] = ()
        if n := self._marked.n_unsupported:
            told = (
                "left out, since the guide does not support them"
                if self._options.strict
                else ("marked [?]: the guide does not support them")
            )
            warnings = (f"{n} of the model's sentences {told}.",)
        tokens = {"prompt": len(self._prompt), "answer": self._n_pieces}
        text = "".join(self._text)
        return Said(text, self._marked.citations, tokens, tuple(self._degraded(text)), warnings)

    def _degraded(self, text: str) -> Iterator[str]:
        deadline = self._options.deadline
        if self._is_cut and not self._n_pieces:
            yield f"quotes only: {deadline} passed before the model's first word."
        elif self._is_cut:
            yield f"cut off: {deadline} passed while the model wrote."
        elif not text:
            yield "quotes only: the guide supports none of the model's sentences."
        elif self._marked.is_stuck:
            yield "cut off: the model repeated itself."
