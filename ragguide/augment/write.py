"""A generator and evidence in, a short answer with checked sentences out."""

import math
import re
from collections.abc import Generator as Writer
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ragguide.augment.citations import SupportCheck, citation_of
from ragguide.augment.conversation import Excerpts
from ragguide.augment.decide import decide
from ragguide.augment.direct import Direct
from ragguide.augment.drafts import Drafts, Tally
from ragguide.augment.judge import Judge, Said, answers_nothing, quote_of
from ragguide.augment.kinds import Kind, has_two_parts, kind_of, last_sentence, sides_of
from ragguide.augment.quantities import Wanted, around_numbers, wanted_number
from ragguide.augment.quotes import EXCERPT_TOKENS, Context
from ragguide.augment.rank import ScoreStatements
from ragguide.augment.refusal import refusal_sentence
from ragguide.augment.tell import statements, tell
from ragguide.base.clock import Deadline, Stopwatch
from ragguide.index.keywords import terms_of
from ragguide.types import Answer, Citation, Evidence, Found, Piece

if TYPE_CHECKING:
    from ragguide.types import Generator

MOST_READ = 2  # evidence tokens of a conversation, as a multiple of one question's
MOST_SENTENCES = 2  # of an answer to an open question from single statements
_BEHIND_NAME = re.compile(r"(?<=\S)\s+(?:for|when|if|while|to)\s.*\Z", re.S)
# Log-probability of the quote that the model picks. Of 182 questions whose quotes were judged, the
# pick was right in 98 of 157 above it, and in 6 of 25 below.
LEAST_PICKED = -1.0
# By which the pick of the best excerpt must beat those that the model's own sentence uses, in nats.
# Of 181 questions about six guides six had such a lead: the best excerpt answered better in four,
# worse in one.
CLEARLY = 1.0
# Chance of an answer from which doubt of the model does not refuse. Of fourteen questions that it
# refused so, all eight above it had answers, in five of them a quote; two of six below had none.
LIKELY = 0.75
# Log odds by the ranker that a sentence, or its evidence, answers, below which an answer to an open
# question is doubtful if the chance is below `LIKELY`, too. Of 96 answers to eight guides this is
# true of seven, of which five did not answer.
BESIDE = -1.0


class WriteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options for writing an answer."""

    answer_tokens: int  # limit for one draft
    strict: bool = False  # give no verdict whose reason has no support
    chance: float | None = None  # that the guide answers, by the search
    deadline: Deadline | None = None
    read: Excerpts | None = None  # excerpts read earlier in this conversation
    score: ScoreStatements | None = None  # log odds that statements answer a question


class Written(msgspec.Struct, frozen=True):
    """The generator's text after the check."""

    text: str = ""
    refused: bool = False  # the generator found no answer in the evidence
    model: str | None = None  # the generator's name
    citations: tuple[Citation, ...] = ()
    tokens: dict[str, int] = {}  # msgspec copies the default
    degraded: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def write_answer(
    generator: "Generator",
    question: str,
    given: Context,
    *,
    context_tokens: int,
    rarity: Mapping[str, float],
    options: WriteOptions,
    clock: Stopwatch,
) -> "Writer[Piece, None, Written]":
    """Yield the checked answer sentence by sentence, then return the whole.

    Args:
        generator: loaded.
        question: as the user typed it.
        given: what the generator reads.
        context_tokens: limit on evidence tokens for one question; a conversation's prompt may
            have `MOST_READ` times as many.
        rarity: inverse document frequency of the guide's terms.
        options: length, deadline and the like.
        clock: gets a lap at the first word and at the end.

    Raises:
        ModelError: the generator fails while it writes.
    """
    drafts = Drafts(
        generator,
        question,
        max_tokens=options.answer_tokens,
        deadline=options.deadline,
        clock=clock,
    )
    said, refused = _from_passages(question, drafts, given, rarity), False
    said = _unless_beside(kind_of(question), question, said, options)
    if not said and not drafts.tally.is_cut:
        order, context = given.excerpts, given.excerpts
        if options.read is not None:
            most_tokens = MOST_READ * min(context_tokens, EXCERPT_TOKENS)
            order, context = options.read.add(
                given.excerpts, generator.count_tokens, most_tokens=most_tokens
            )
        judge = Judge(question, SupportCheck(context, terms_of, rarity), rarity)
        drafts = drafts.on(order, reuse=options.read is not None)
        said, refused = _answer(question, drafts, judge, given.excerpts, options)
    text = ""
    for each in said:
        shown = each.shown(after=text)
        text += shown
        yield Piece(text=shown)
    clock.lap("rest of the answer")
    cited = {item.mark: item for each in said for item in each.evidence}
    return Written(
        text=text,
        refused=refused,
        model=generator.name,
        citations=tuple(citation_of(cited[mark]) for mark in sorted(cited)),
        tokens={"prompt": drafts.tally.n_prompt_tokens, "answer": drafts.tally.n_written},
        degraded=tuple(_degraded(drafts.tally, options.deadline)),
    )


def say(direct: Direct) -> "Writer[Piece, None, Written]":
    """Yield an answer that needs no generator, then return it."""
    yield Piece(text=direct.text)
    return Written(text=direct.text, citations=direct.citations)


def _answer(
    question: str,
    drafts: Drafts,
    judge: Judge,
    evidence: Sequence[Evidence],
    options: WriteOptions,
) -> tuple[list[Said], bool]:
    """Return an answer's sentences, and whether the evidence, best first, has no answer."""
    kind = kind_of(question)
    said, evidence = _of_kind(kind, question, drafts, judge, evidence, strict=options.strict)
    is_one_fact = kind in (Kind.VERDICT, Kind.OPEN) and not has_two_parts(question)
    if is_one_fact and _passed_over(drafts, said, evidence):
        said = _from_best(kind, question, drafts, judge, evidence[0], options) or said
    said = _unless_beside(kind, question, said, options)
    if not said and evidence and not drafts.tally.is_cut:
        # no sentence has support
        is_likely = (options.chance or 0.0) >= LIKELY
        picked = _picked(drafts, evidence, is_likely=is_likely)
        said = _unless_beside(None, question, [quote_of(item) for item in picked], options)
    return said, not said and not drafts.tally.is_cut


def _from_passages(
    question: str, drafts: Drafts, given: Context, rarity: Mapping[str, float]
) -> list[Said]:
    """Return what the model says of whole passages; none if that does not answer."""
    kind = kind_of(question)
    if kind is Kind.VERDICT or not given.passages:
        return []
    judge = Judge(question, SupportCheck(given.evidence, terms_of, rarity), rarity)
    said = tell(drafts.over(given.passages), judge)
    if kind is Kind.COMPARISON and (sides := sides_of(question)):
        told = {term for each in said for term in terms_of(each.text)}
        return said if all(terms <= told for terms in _own_terms(sides)) else []
    if (wanted := wanted_number(last_sentence(question), terms_of)) is not None:
        said, _ = _with_numbers(question, wanted, said, given.evidence)
    return said


def _unless_beside(
    kind: Kind | None, question: str, said: list[Said], options: WriteOptions
) -> list[Said]:
    """Return an answer; none if it seems to be about something else.

    Verdicts and comparisons stand: they name what the question names. `kind` is None for a quote
    that stands for an answer of any kind.
    """
    is_likely = (options.chance or 0.0) >= LIKELY
    is_sure = is_likely or kind in (Kind.VERDICT, Kind.COMPARISON)
    if not said or is_sure or options.score is None:
        return said
    evidence = [item.text for each in said for item in each.evidence]
    odds = options.score(question, [*(each.text for each in said), *evidence])
    return said if odds.max() >= BESIDE else []


def _of_kind(
    kind: Kind,
    question: str,
    drafts: Drafts,
    judge: Judge,
    evidence: Sequence[Evidence],
    *,
    strict: bool,
) -> tuple[list[Said], Sequence[Evidence]]:
    """Return the sentences for the kind of question, and the evidence that may answer instead."""
    if kind is Kind.VERDICT:
        return decide(question, drafts, judge, evidence, strict=strict), evidence
    if kind is Kind.COMPARISON and (sides := sides_of(question)):
        return _comparison(sides, drafts, judge, evidence), evidence
    said = _plain(drafts, judge)
    if (wanted := wanted_number(last_sentence(question), terms_of)) is None:
        return said, evidence
    return _with_numbers(question, wanted, said, evidence)


def _passed_over(drafts: Drafts, said: Sequence[Said], evidence: Sequence[Evidence]) -> bool:
    """Whether the model speaks of other excerpts than the best, which it takes for the answer."""
    used = {item.mark for each in said for item in each.evidence}
    if not used or not evidence or evidence[0].mark in used or drafts.tally.is_cut:
        return False
    best, picks = evidence[0].mark, drafts.pick() or {}
    if not {best, *used} <= picks.keys() or picks[best] < max(picks.values()):
        return False
    return picks[best] - max(picks[mark] for mark in used) >= CLEARLY


def _from_best(
    kind: Kind,
    question: str,
    drafts: Drafts,
    judge: Judge,
    best: Evidence,
    options: WriteOptions,
) -> list[Said]:
    """Return what the model says of the best excerpt alone; none for a verdict without support."""
    alone = drafts.on([best], reuse=True)
    if kind is Kind.VERDICT:
        return decide(question, alone, judge, [], strict=options.strict)  # without its quote
    return _plain(alone, judge) or [quote_of(best)]


def _picked(drafts: Drafts, evidence: Sequence[Evidence], *, is_likely: bool) -> Sequence[Evidence]:
    """Return the evidence that the model takes for the answer.

    If it is in doubt: the best one if the guide is likely to answer, else none.
    """
    picks = drafts.pick()
    stating = [item for item in evidence if _states(item.text)]
    if picks is None:
        return [] if drafts.tally.is_cut else evidence[:1]
    if max(picks.values()) < LEAST_PICKED:
        return stating[:1] if is_likely else []
    return sorted(stating, key=lambda item: -picks.get(item.mark, -math.inf))[:1]


def _states(text: str) -> bool:
    return not text.rstrip().endswith(":") and not answers_nothing(text)


def _with_numbers(
    question: str, wanted: Wanted, said: list[Said], evidence: Sequence[Evidence]
) -> tuple[list[Said], Sequence[Evidence]]:
    """Keep sentences and evidence that state a number of the kind that the question asks for.

    For a question with two parts any number will do. If the best quote then states more numbers
    than the sentences, the sentences leave one part open and are dropped.
    """
    has_parts = has_two_parts(question)

    def count(text: str) -> int:
        found = around_numbers(text, wanted, terms_of)
        return sum(is_wanted or has_parts for is_wanted, _ in found)

    said = [each for each in said if count(each.text)]
    evidence = [each for each in evidence if count(each.text)]
    if has_parts and evidence and sum(count(s.text) for s in said) < count(evidence[0].text):
        said = []
    return said, evidence


def _comparison(
    sides: tuple[str, str],
    drafts: Drafts,
    judge: Judge,
    evidence: Sequence[Evidence],
) -> list[Said]:
    """Return one sentence about both sides, or else a line for each."""
    own = _own_terms(sides)
    together = judge.answers(drafts.state())
    if together and all(terms <= {*terms_of(together[0].text)} for terms in own):
        return together
    lines: list[Said] = []
    for side, terms in zip(sides, own, strict=True):
        if drafts.tally.is_cut:
            break
        line = next(iter(judge.answers(drafts.state(side))), None)
        if line is None:  # the guide's own words about this side
            line = next(
                (quote_of(item) for item in evidence if terms <= {*terms_of(item.text)}), None
            )
        if line is not None and line.text not in {each.text for each in lines}:
            lines.append(msgspec.structs.replace(line, is_line=True))
    return lines


def _own_terms(sides: tuple[str, str]) -> tuple[set[str], set[str]]:
    """The terms of each side that the other doesn't have: what tells the two apart.

    What follows a side's name is no part of it: "fine-tuning when I reuse a network".
    """
    one, other = (set(terms_of(_BEHIND_NAME.sub("", side)) or terms_of(side)) for side in sides)
    return one - other or one, other - one or other


def _plain(drafts: Drafts, judge: Judge) -> list[Said]:
    """Return the sentences of a free draft that answer."""
    said = judge.answers(drafts.state(most_sentences=MOST_SENTENCES))
    if not said and not drafts.tally.is_cut:
        said = judge.answers(statements(drafts.write(most_sentences=MOST_SENTENCES)))
    return judge.with_names(said)


def _degraded(tally: Tally, deadline: Deadline | None) -> Iterator[str]:
    """Yield the reason if the deadline cut the answer."""
    if tally.is_cut and not tally.n_written:
        yield f"quotes only: {deadline} passed before the model's first word."
    elif tally.is_cut:
        yield f"cut off: {deadline} passed while the model wrote."


def answer_of(
    question: str,
    found: Found,
    written: Written,
    *,
    index: str,
    timings_s: dict[str, float],
    notes: tuple[str, ...],
) -> Answer:
    """Build the answer from the search results and the generator's text.

    Args:
        question: as the user typed it.
        found: the hits and the quotes.
        written: the generator's text; empty if it did not run.
        index: name and generation.
        timings_s: seconds per stage.
        notes: corrections made to the question.
    """
    refused = found.refused or written.refused
    return Answer(
        question=question,
        answer=written.text,
        refused=refused,
        refusal=refusal_sentence(found.looked_for, found.absent) if refused else "",
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
