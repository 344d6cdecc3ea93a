"""A yes/no question and evidence in, the verdict with the reason that the guide gives out."""

import re
from collections.abc import Sequence

from ragguide.augment.drafts import NO, YES, Drafts
from ragguide.augment.judge import Judge, Said, quote_of
from ragguide.augment.limits import within_limit
from ragguide.index.keywords import STOP_WORDS
from ragguide.types import Evidence

_REPEATS_VERDICT = re.compile(r"(?:yes|no|not|none)\b", re.I)  # "No, no car …"
# Weights of the signs of a verdict: a logistic regression on 164 yes/no questions about eight
# guides (benchmarks/README.md, "Verdicts"). After a statement without support the odds say little.
FIRST = 1.38  # per nat of the model's log odds before it states what the guide says
AFTER = 1.09  # per nat of its log odds after a statement that the evidence supports
AFTER_UNSUPPORTED = 0.2  # the same, after another statement
SUPPORTED = 0.49  # added if the evidence supports the statement
EVEN = -0.22  # sum of the signs at which yes and no are equally likely
# By which a verdict must lead to be given at all: below it, four of ten were right.
LEAST_LEAD = 0.6
# By which a verdict must lead to be given with a quote alone. Of six such verdicts the four wrong
# ones led by .2 to .9, the two right ones by 2.3 and more.
SURE = 1.5
MOST_SENTENCES = 2  # of an answer whose verdict the model chooses itself


def decide(
    question: str,
    drafts: Drafts,
    judge: Judge,
    evidence: Sequence[Evidence],
    *,
    strict: bool,
) -> list[Said]:
    """Return yes or no with what the guide says, or with a quote if that has no support.

    The model's odds of yes against no before and after it states what the guide says decide,
    together with the check of that statement. If the statement has a limit for an amount of the
    question, the amount decides. If yes and no are about equally likely, what the guide says stands
    alone.
    """
    first = drafts.lean()
    if first is None:
        return _own_verdict(drafts, judge)
    statement = " ".join(drafts.state())
    after = drafts.lean(statement) if statement else None
    if after is None:
        return []
    stated = judge.support(statement)
    lead = _lead(first, after, is_supported=stated is not None)
    if stated:
        return [_told(question, judge.without_result(stated), statement, lead)]
    verdict = YES if lead > 0 else NO
    if reason := _reason(verdict, drafts, judge):
        return [reason]
    if strict or abs(lead) < SURE or not evidence or drafts.tally.is_cut:
        return []
    quote = quote_of(evidence[0])
    return [Said(f"{verdict}. {quote.text}", quote.evidence)]


def _lead(first: float, after: float, *, is_supported: bool) -> float:
    """Return the log odds of yes, in nats."""
    if is_supported:
        return FIRST * first + AFTER * after + SUPPORTED - EVEN
    return FIRST * first + AFTER_UNSUPPORTED * after - EVEN


def _told(question: str, stated: Said, statement: str, lead: float) -> Said:
    """Return what the guide says behind its verdict, or alone if that is in doubt."""
    verdict = _by_limit(question, stated)
    if verdict is None and abs(lead) < LEAST_LEAD:
        return stated
    verdict = verdict or (YES if lead > 0 else NO)
    return Said(_with_reason(verdict, stated.text, statement), stated.evidence)


def _by_limit(question: str, stated: Said) -> str | None:
    """Return the verdict that a limit of the guide gives; None if it gives none."""
    fits = within_limit(question, stated.text)
    return None if fits is None else (YES if fits else NO)


def _reason(verdict: str, drafts: Drafts, judge: Judge) -> Said | None:
    """Return a verdict with the reason that the model gives for it, if that has support."""
    because = f"{verdict}, because"
    for text in drafts.write(because):
        given = text.removeprefix(because).strip()
        if reason := judge.support(given):
            return Said(_with_reason(verdict, reason.text, given), reason.evidence)
    return None


def _with_reason(verdict: str, sentence: str, statement: str) -> str:
    """Return "No, cars take the south ferry.", and "No. No car …" for a sentence with "no" first.

    The sentence goes on as the model wrote the statement, which may quote the start of a sentence.
    """
    if _REPEATS_VERDICT.match(sentence):
        return f"{verdict}. {sentence}"
    first, *others = sentence.split(" ", 1)
    start = statement.strip().strip('"“”')[:1]
    is_common = first[1:].islower() and first.casefold() in STOP_WORDS
    is_lower = start.islower() or is_common or first in ("A", "An")
    return f"{verdict}, {' '.join((first[:1].lower() + first[1:] if is_lower else first, *others))}"


def _own_verdict(drafts: Drafts, judge: Judge) -> list[Said]:
    """Return the sentences that have support, with the verdict that the model itself chose."""
    return judge.check(drafts.write(most_sentences=MOST_SENTENCES))
