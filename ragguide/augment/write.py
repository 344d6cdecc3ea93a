"""A generator and evidence in, a short answer whose sentences are checked out."""

import re
from collections.abc import Generator as Writer
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ragguide.augment.citations import SupportCheck, citation_of
from ragguide.augment.conversation import Excerpts
from ragguide.augment.direct import Direct
from ragguide.augment.drafts import NO, YES, Drafts
from ragguide.augment.kinds import Kind, has_two_parts, kind_of, sides_of
from ragguide.augment.quantities import Wanted, around_numbers, wanted_number
from ragguide.base.clock import Deadline, Stopwatch
from ragguide.index.keywords import terms_of
from ragguide.types import Answer, Citation, Evidence, Found, Piece

if TYPE_CHECKING:
    from ragguide.types import Generator

MOST_READ = 2
MOST_SENTENCES = 2  # of an answer to an open question
_ASSENT = re.compile(r"\A(?:yes|no)\b[,.:;]\s*", re.I)
# Nats, chosen on 47 yes/no questions about two guides, half of them with a false premise.
EVEN = -0.15  # the model's odds where yes and no are equally likely
SUPPORT = 0.6  # for a verdict whose reason has support
SURE = 0.5  # by which a verdict must lead to be given with a quote alone


class WriteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer is written."""

    answer_tokens: int  # most that the generator writes
    strict: bool = False  # give no verdict whose reason has no support
    deadline: Deadline | None = None
    read: Excerpts | None = None  # what the generator has read in this conversation, if it is one


class Written(msgspec.Struct, frozen=True):
    """What the generator wrote, checked."""

    text: str = ""
    refused: bool = False  # the generator found no answer in the evidence
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
    """Yield the answer sentence by sentence, as it is checked; return it as a whole.

    Args:
        generator: loaded.
        question: as it was asked.
        evidence: for the question, marked, best first.
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
    drafts = Drafts(
        generator,
        question,
        order,
        max_tokens=options.answer_tokens,
        deadline=options.deadline,
        reuse=options.read is not None,
        clock=clock,
    )
    check = SupportCheck(context, terms_of, rarity)
    said, refused = _answer(question, drafts, check, evidence, strict=options.strict)
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
        tokens={"prompt": drafts.n_prompt_tokens, "answer": drafts.n_written},
        degraded=tuple(_degraded(drafts, options.deadline)),
    )


def say(direct: Direct) -> "Writer[Piece, None, Written]":
    """Yield an answer that needs no generator; return it."""
    yield Piece(text=direct.text)
    return Written(text=direct.text, citations=direct.citations)


class _Said(msgspec.Struct, frozen=True):
    """A sentence of the answer with the evidence that supports it."""

    text: str
    evidence: Sequence[Evidence]
    is_line: bool = False  # stands on a line of its own

    def shown(self, *, after: str) -> str:
        """The sentence with its marks, and the space before it."""
        space = "" if not after else "\n" if self.is_line else " "
        return f"{space}{self.text} {''.join(f'[{item.mark}]' for item in self.evidence)}"


def _answer(
    question: str,
    drafts: Drafts,
    check: SupportCheck,
    evidence: Sequence[Evidence],
    *,
    strict: bool,
) -> tuple[list[_Said], bool]:
    """Return an answer's sentences, and whether the evidence turns out to answer nothing."""
    kind = kind_of(question)
    if kind is Kind.VERDICT:
        said = _verdict(drafts, check, evidence, strict=strict)
    elif kind is Kind.COMPARISON and (sides := sides_of(question)):
        said = _comparison(sides, drafts, check)
    else:
        said = _plain(drafts, check)
        if (wanted := wanted_number(question, terms_of)) is not None:
            said, evidence = _with_numbers(question, wanted, said, evidence)
    if not said and evidence and not drafts.is_cut:
        said = [_quote(evidence[0])]  # the quote speaks where the model's words fail
    return said, not said and not drafts.is_cut


def _with_numbers(
    question: str, wanted: Wanted, said: list[_Said], evidence: Sequence[Evidence]
) -> tuple[list[_Said], Sequence[Evidence]]:
    """Keep sentences and evidence that state a number of the kind that is asked for.

    Of a question with two parts it may be any number, and where the best quote states more of them
    than the sentences do, they leave one part open and are dropped.
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


def _verdict(
    drafts: Drafts, check: SupportCheck, evidence: Sequence[Evidence], *, strict: bool
) -> list[_Said]:
    """Yes or no with its reason; with the best quote if the reason has no support.

    The model's odds of yes against no decide, together with the check of both reasons.
    """
    lean = drafts.lean()
    if lean is None:
        return _plain(drafts, check, keep_verdict=True)
    reasons = {verdict: _reason(verdict, drafts, check) for verdict in (YES, NO)}
    if drafts.is_cut:
        return []
    supported = {verdict: bool(reason.evidence) for verdict, reason in reasons.items()}
    lead = lean + SUPPORT * (supported[YES] - supported[NO]) - EVEN
    verdict = YES if lead > 0 else NO
    if supported[verdict]:
        return [reasons[verdict]]
    if strict or abs(lead) < SURE or not evidence:
        return []
    quote = _quote(evidence[0])
    return [_Said(f"{verdict}. {quote.text}", quote.evidence)]


def _reason(verdict: str, drafts: Drafts, check: SupportCheck) -> _Said:
    """The sentence that the model continues a verdict to, with what supports it."""
    sentence = "".join(drafts.write(f"{verdict},"))
    return _Said(sentence, check.check(sentence).evidence)


def _comparison(sides: tuple[str, str], drafts: Drafts, check: SupportCheck) -> list[_Said]:
    said = []
    beginning = ""
    for side in sides:
        start = f"{side[0].upper()}{side[1:]}"
        sentence = drafts.write_line(beginning + start)
        if items := check.check(sentence).evidence:
            said.append(_Said(sentence, items, is_line=True))
            if sides[1].casefold() in sentence.casefold():
                break  # it tells both sides
        beginning += f"{sentence}\n"
    return said


def _plain(drafts: Drafts, check: SupportCheck, *, keep_verdict: bool = False) -> list[_Said]:
    """The sentences of a free draft that have support."""
    said = []
    for sentence in drafts.write(most_sentences=MOST_SENTENCES):
        if not keep_verdict:
            sentence = _ASSENT.sub("", sentence)
            sentence = sentence[:1].upper() + sentence[1:]
        if items := check.check(sentence).evidence:
            said.append(_Said(sentence, items))
    return said


def _quote(item: Evidence) -> _Said:
    return _Said(" ".join(item.text.split()), (item,))


def _degraded(drafts: Drafts, deadline: Deadline | None) -> Iterator[str]:
    """Say why the answer is less than it could be."""
    if drafts.is_cut and not drafts.n_written:
        yield f"quotes only: {deadline} passed before the model's first word."
    elif drafts.is_cut:
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
        refused=found.refused or written.refused,
        chance=found.chance,
        looked_for=found.looked_for,
        absent=found.absent,
        quotes=() if written.refused else found.quotes,
        citations=written.citations,
        hits=found.hits,
        model=written.model,
        index=index,
        timings_s=timings_s,
        tokens=written.tokens,
        degraded=written.degraded,
        warnings=(*notes, *written.warnings),
    )
