"""Measures of what an answer's own sentences say, which copied quotes do not raise. No I/O.

    facts:answer                            share of the facts in the answer, see `measures.py`
    verdict  verdict:yes  verdict:no  verdict:balanced     right verdicts on yes/no questions
    wrong                                   share of answers that contain a wrong wording
    false-support                           share of sentences with evidence that are wrong
    false-alarm                             share of right verdicts marked as without evidence
    direct                                  the first sentence gives the verdict or a fact
    copied                                  share of words copied from a quote
    words-p50  words-p90                    words of an answer
    refused:answerable  refused:unanswerable         refusals, also in the answer's own words

A failed question counts as in `measures.py`.
"""

from collections.abc import Iterator
from functools import partial
from typing import Literal

from ragguide.evaluate.answers import says
from ragguide.evaluate.records import Case, Judged, Measure
from ragguide.evaluate.said import (
    copied_share,
    says_silent,
    sentences_of,
    verdict_of,
    words_of,
)
from ragguide.evaluate.shapes import Row, cost, share, share_of_bad
from ragguide.evaluate.statistics import balanced_share, nearest_rank, percentile

# Kinds that no quotation answers. A definition or a list may well be a quotation.
OWN_WORDS = frozenset({"verdict", "yesno", "count", "comparison", "howto"})


def stated(judged: Judged) -> str:
    """Return what an answer says, folded: its sentences without any marks."""
    return " ".join(sentence.text for sentence in sentences_of(judged.outcome.answer))


def wording_measures() -> tuple[Measure, ...]:
    """Return the measures of the module's list, in its order."""
    return (*_verdicts(), *_errors(), *_shape(), *_silence())


# ── verdicts ────────────────────────────────────────────────────────────────────────────────────


def _verdicts() -> Iterator[Measure]:
    def right(judged: Judged, of: Literal["yes", "no"] | None) -> float | None:
        wanted = judged.case.verdict
        if wanted is None or of not in (None, wanted):
            return None
        return float(verdict_of(stated(judged)) == wanted)

    def balanced(judged: Judged) -> Row:
        value = right(judged, None)
        return None if value is None else (value, float(judged.case.verdict == "yes"))

    yield share("verdict", partial(right, of=None))
    yield share("verdict:yes", partial(right, of="yes"))
    yield share("verdict:no", partial(right, of="no"))
    yield Measure(
        name="verdict:balanced", higher_is_better=True, row_of=balanced, summarise=balanced_share
    )


# ── wrong statements and marks ──────────────────────────────────────────────────────────────────


def gives_wrong_answer(judged: Judged) -> bool:
    """Return whether an answer gives the opposite verdict or contains a wrong wording."""
    return _is_wrong(stated(judged), judged.case)


def _is_wrong(folded: str, case: Case) -> bool:
    opposite = {"yes": "no", "no": "yes"}.get(case.verdict or "")
    return says(folded, case.wrong) or (opposite is not None and verdict_of(folded) == opposite)


def _errors() -> Iterator[Measure]:
    def wrong(judged: Judged) -> float | None:
        if not judged.case.wrong:
            return None
        if judged.outcome.error:
            return 1.0
        text = stated(judged)
        return float(says(text, judged.case.wrong)) if words_of(text) else None

    yield share("wrong", wrong, higher_is_better=False)
    yield share_of_bad("false-support", _false_support, applies_to=_has_gold)
    yield share_of_bad(
        "false-alarm", _false_alarm, applies_to=lambda judged: bool(judged.case.verdict)
    )


def _has_gold(judged: Judged) -> bool:
    return bool(judged.case.verdict or judged.case.wrong)


def _false_support(judged: Judged) -> tuple[int, int]:
    """Count the sentences with evidence that are wrong, and all sentences with evidence."""
    case = judged.case
    marked = [each.text for each in sentences_of(judged.outcome.answer) if each.has_evidence]
    return sum(_is_wrong(text, case) for text in marked), len(marked)


def _false_alarm(judged: Judged) -> tuple[int, int]:
    """Count the sentences with the right verdict marked `[?]`, and all with the right verdict."""
    right = [
        each for each in sentences_of(judged.outcome.answer)
        if verdict_of(each.text) == judged.case.verdict
    ]  # fmt: skip
    return sum(each.mark == "?" for each in right), len(right)


# ── shape ───────────────────────────────────────────────────────────────────────────────────────


def _shape() -> Iterator[Measure]:
    def direct(judged: Judged) -> float | None:
        case = judged.case
        if not (case.facts or case.verdict):
            return None
        first = _first(judged)
        has_verdict = case.verdict is not None and verdict_of(first) == case.verdict
        return float(has_verdict or any(says(first, fact) for fact in case.facts))

    def copied(judged: Judged) -> float | None:
        if not (judged.case.verdict or judged.case.kind in OWN_WORDS):
            return None
        if judged.outcome.error:
            return 1.0
        words = words_of(stated(judged))
        return copied_share(words, (q.text for q in judged.outcome.quotes)) if words else None

    def n_words(judged: Judged) -> float | None:
        return len(words_of(stated(judged))) or None

    yield share("direct", direct)
    yield share("copied", copied, higher_is_better=False)
    yield cost("words-p50", n_words, partial(percentile, share=50))
    yield cost("words-p90", n_words, partial(nearest_rank, share=90))


def _first(judged: Judged) -> str:
    return next((each.text for each in sentences_of(judged.outcome.answer)), "")


# ── silence ─────────────────────────────────────────────────────────────────────────────────────


def _silence() -> Iterator[Measure]:
    def silent(judged: Judged, *, answerable: bool) -> float | None:
        if judged.case.is_answerable is not answerable:
            return None
        if judged.outcome.error:
            return float(answerable)  # the worst: refused if answerable, answered if not
        return float(is_refusal(judged))

    yield share("refused:answerable", partial(silent, answerable=True), higher_is_better=False)
    yield share("refused:unanswerable", partial(silent, answerable=False))


def is_refusal(judged: Judged) -> bool:
    """Return whether an answer refuses, or says in its first sentence that the guide is silent.

    "No" refuses an unanswerable question too: what the guide never mentions, it does not have.
    """
    first = _first(judged)
    if judged.outcome.refused:
        return True
    if not judged.case.is_answerable:
        return says_silent(first) or verdict_of(first) == "no"
    gives_verdict = judged.case.verdict is not None and verdict_of(first) is not None
    return says_silent(first) and not gives_verdict


NAMES = frozenset(measure.name for measure in wording_measures())
