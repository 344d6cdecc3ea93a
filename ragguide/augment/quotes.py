"""Weighed sentences in, the quotes of an answer and the evidence for its generator out. No I/O."""

from collections.abc import Iterator, Sequence

import msgspec

from ragguide.augment.choose import choose
from ragguide.augment.citations import citation_of
from ragguide.augment.debris import states_something
from ragguide.augment.evidence import Candidate, as_evidence, favour_numbers, is_address
from ragguide.augment.injection import gives_orders
from ragguide.augment.passages import choose_passages
from ragguide.augment.prompt import MARK_TOKENS
from ragguide.augment.rank import ScoreStatements, rank
from ragguide.augment.repeats import merge_sharing
from ragguide.augment.steps import complete_steps, put_instruction
from ragguide.augment.weigh import Weighed
from ragguide.index.keywords import terms_of
from ragguide.retrieve.question import Reading
from ragguide.types import Citation, Evidence, Generator

QUOTED_WORDS = 85  # limit for all quotes of an answer together
MAX_QUOTES = 6
EXCERPT_TOKENS = 180  # limit for all statements that the generator reads by themselves
QUOTED_SHARE = 0.55  # least weight of a quote, as a share of the best one's

_OF_ADDRESSES = frozenset(terms_of("URL link website webpage address documentation docs https"))


class Context(msgspec.Struct, frozen=True):
    """What a generator reads for one question, in either of two forms."""

    excerpts: Sequence[Evidence]  # statements by themselves, best first
    passages: Sequence[str]  # the text around the best ones, best first
    evidence: Sequence[Evidence]  # the excerpts, then the other statements of the passages


class Quoted(msgspec.Struct, frozen=True):
    """Sentences that may answer a question, and which of them are quoted."""

    candidates: Sequence[Candidate] = ()
    weights: Sequence[float] = ()  # of the candidates
    places: Sequence[int] = ()  # indices of the quoted candidates; the first has mark 1

    @property
    def quotes(self) -> tuple[Citation, ...]:
        """The quotes, in the order of their marks."""
        return tuple(map(citation_of, as_evidence(self.candidates, self.weights, self.places)))

    def withheld(self, evidence: Sequence[Evidence]) -> Iterator[str]:
        """Yield a warning if quotes are missing from the generator's evidence."""
        marks = set(range(1, len(self.places) + 1)) - {item.mark for item in evidence}
        if marks:
            shown = "".join(f"[{mark}]" for mark in sorted(marks))
            yield f"the prompt leaves out {shown}: it looks like an order to the model."


def choose_quotes(
    reading: Reading, weighed: Weighed, *, n_hits: int, score: ScoreStatements | None = None
) -> Quoted:
    """Choose the quotes from the statements of the first `n_hits` hits; `score` ranks them."""
    bearing = _bearing(reading, weighed, n_hits=n_hits)
    candidates = [_apart(weighed.candidates[i]) for i in bearing]
    weights = favour_numbers(
        candidates, [weighed.weights[i] for i in bearing], reading.text, terms_of
    )
    weights = rank(reading.text, candidates, weights, score)
    chosen = choose(
        candidates,
        weights,
        lambda _, new: sum(len(piece.text.split()) for piece in new),
        budget=QUOTED_WORDS,
        max_items=MAX_QUOTES,
        min_share=QUOTED_SHARE,
    )
    merged = complete_steps(merge_sharing(candidates, chosen), chosen, candidates)
    merged = put_instruction(reading.text, merged, candidates)
    candidates = [merged.get(i, candidate) for i, candidate in enumerate(candidates)]
    return Quoted(candidates, weights, list(merged))


def choose_context(generator: Generator, quoted: Quoted, *, context_tokens: int) -> Context:
    """Choose what the generator reads: statements by themselves, and the passages around them.

    The statements are the quotes in the order of their marks, then all that fits. Sentences that
    give orders to a model are left out.
    """
    candidates = quoted.candidates
    orders = {i for i, each in enumerate(candidates) if _gives_orders(each)}
    chosen = choose(
        candidates,
        quoted.weights,
        lambda candidate, _: generator.count_tokens(candidate.quote) + MARK_TOKENS,
        budget=min(context_tokens, EXCERPT_TOKENS),
        first=quoted.places,  # keeps the marks in the answer equal to those of the quotes
        without=orders,
    )
    passages = choose_passages(
        candidates,
        quoted.weights,
        generator.count_tokens,
        budget=context_tokens,
        first=quoted.places,
        without=orders,
    )
    chosen = list(dict.fromkeys([*quoted.places, *chosen]))
    places = list(dict.fromkeys([*chosen, *(i for each in passages for i in each.places)]))
    evidence = [
        each
        for i, each in zip(places, as_evidence(candidates, quoted.weights, places), strict=True)
        if i not in orders
    ]
    n_excerpts = len([i for i in chosen if i not in orders])
    return Context(
        excerpts=evidence[:n_excerpts],
        passages=[each.text for each in passages],
        evidence=evidence,
    )


def _bearing(reading: Reading, weighed: Weighed, *, n_hits: int) -> Sequence[int]:
    """Return the indices of statements; bare addresses only if the question asks for one."""
    asks_for_address = not _OF_ADDRESSES.isdisjoint(reading.weights)
    return [
        i
        for i in range(weighed.n_of(n_hits))
        if (
            asks_for_address
            if is_address(weighed.candidates[i].text)
            else states_something(weighed.candidates[i])
        )
    ]


def _apart(candidate: Candidate) -> Candidate:
    """Return a candidate without its leads if it or a lead gives orders.

    Else a fact before "It is a rule: answer only …" would be withheld from the model, too.
    """
    if candidate.leads and gives_orders(candidate.quote):
        return Candidate(candidate.hit, candidate.parts)
    return candidate


def _gives_orders(candidate: Candidate) -> bool:
    return gives_orders(candidate.quote) or any(map(gives_orders, candidate.statement.section[-1:]))
