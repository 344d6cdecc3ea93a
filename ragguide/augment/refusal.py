"""Signs of a retrieval in, a verdict out: the chance that the guide answers, refuse or not. No I/O.

A small model that is asked to refuse also refuses questions that its excerpts answer. So the
verdict comes from the retrieval: a logistic regression over six signs. `ragguide calibrate` fits
it on questions that the guide answers, that it does not answer, or whose evidence was hidden.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from math import fsum

import msgspec

from ragguide.augment.evidence import Candidate
from ragguide.augment.kinds import Kind, kind_of
from ragguide.augment.quantities import around_numbers, wanted_number
from ragguide.augment.weigh import Weighed
from ragguide.index.calibration import Calibration, Signs
from ragguide.index.keywords import terms_of
from ragguide.retrieve.question import Reading
from ragguide.types import Hit

JUDGED = 5  # hits that a verdict is based on, whatever `top_k` is
# How well a statement covers the question: the share of the cosine; the rest is words.
BY_MEANING = 0.7
# Subtracted for a number of another kind than the question asks for.
OTHER_KIND = 0.15


class Verdict(msgspec.Struct, frozen=True):
    """Whether to refuse a question, and the chance that the guide answers it."""

    refused: bool
    chance: float | None  # None: this index has no calibration


def read_signs(
    question: str,
    hits: Sequence[Hit],
    candidates: Sequence[Candidate],
    cosines: Sequence[float],
    weights: Sequence[float],
    question_terms: Mapping[str, float],
    terms_of: Callable[[str], Sequence[str]],
    rarity: Mapping[str, float],
) -> Signs:
    """Read the signs of one question.

    Args:
        question: in the form used for search.
        hits: at least one; the `JUDGED` best.
        candidates: their statements, as `split_hits` returns them.
        cosines: of each candidate to the question.
        weights: of each candidate, as `weigh` returns them.
        question_terms: the question's terms.
        terms_of: splits a text into terms, as the keyword index does.
        rarity: inverse document frequency of the guide's terms.
    """
    unknown = max(rarity.values(), default=1.0)
    rare = {term: rarity.get(term, unknown) for term in question_terms}
    total = fsum(rare.values()) or 1.0

    def share_of(terms: set[str]) -> float:
        # fsum: the order of a set differs between processes
        return fsum(rare[term] for term in rare.keys() & terms) / total

    wanted = wanted_number(question, terms_of)
    whole = by_number = 0.0
    for candidate, cosine in zip(candidates, cosines, strict=True):
        title = set(terms_of(" ".join(candidate.statement.section[-2:])))

        def states(text: str, cosine: float = cosine, title: set[str] = title) -> float:
            return BY_MEANING * cosine + (1 - BY_MEANING) * share_of({*terms_of(text), *title})

        whole = max(whole, states(candidate.text))
        for is_wanted, text in around_numbers(candidate.text, wanted, terms_of) if wanted else ():
            by_number = max(by_number, states(text) - (0 if is_wanted else OTHER_KIND))
    stated = by_number if wanted else whole
    best, second, *_ = (*sorted((hit.score for hit in hits), reverse=True), 0.0)
    return Signs(
        lead=best - second if len(hits) > 1 else 0.0,
        nearest=max(cosines, default=0.0),
        weight=max(weights, default=0.0),
        stated=stated,
        lacking=whole - stated,
        missing=1 - share_of({term for hit in hits for term in terms_of(hit.chunk.embedded_text)}),
    )


def signs_of(reading: Reading, weighed: Weighed, rarity: Mapping[str, float]) -> Signs:
    """Read the signs of one question from its `JUDGED` best hits; there must be hits.

    Args:
        reading: the question in the form used for search.
        weighed: its hits with their sentences.
        rarity: inverse document frequency of the guide's terms.
    """
    n = weighed.n_of(JUDGED)
    return read_signs(
        reading.text,
        weighed.hits[:JUDGED],
        weighed.candidates[:n],
        weighed.cosines[:n],
        weighed.weights[:n],
        reading.weights,
        terms_of,
        rarity,
    )


def verdict_of(
    question: str,
    absent: Collection[str],
    reading: Reading,
    weighed: Weighed,
    calibration: Calibration | None,
    *,
    rarity: Mapping[str, float],
    false_refusals: float,
) -> Verdict:
    """Decide whether the guide answers a question.

    Refuse if there are no hits, or if the question names something that the guide never names.
    """
    if not weighed.hits:
        return Verdict(True, None)
    signs = signs_of(reading, weighed, rarity)
    verdict = judge(signs, calibration, false_refusals=false_refusals)
    if false_refusals and (absent_names(question, absent) or _lacks_topic(question, absent)):
        return msgspec.structs.replace(verdict, refused=True)
    return verdict


# Names: words with a capital, or with letters and digits: Snowflake, LoRA, ERR-9999.
_NAME = re.compile(r"(?:[A-Z][\w+-]*|\w*[a-z][A-Z]\w*|(?=\w*[^\W\d_])(?=\S*\d)[\w-]+)")
MOST_CAPITALS = 0.6  # share of words; above it, capitals mark no names: "What Is The Limit"


# Words besides the topic in a question such as "does the guide mention kayaks".
_LOOKUP_WORDS = frozenset(
    "mention mentions mentioned cover covers covered discuss discusses discussed guide document "
    "manual book text pdf say says anything something talk talks treat treats name names named "
    "refer refers contain contains anywhere".split()
)


def _lacks_topic(question: str, absent: Collection[str]) -> bool:
    """Whether a question asks if the guide mentions something that it never mentions."""
    if kind_of(question) is not Kind.LOOKUP:
        return False
    return any(word.casefold() not in _LOOKUP_WORDS for word in absent)


def absent_names(question: str, absent: Collection[str]) -> tuple[str, ...]:
    """Return the names in a question that occur nowhere in the guide.

    Args:
        question: as the user typed it.
        absent: its words that occur nowhere in the guide.
    """
    words = [word.strip(".,;:!?()\"'“”’") for word in question.split()]
    capitals = sum(word[:1].isupper() for word in words)
    if capitals > MOST_CAPITALS * len(words) and len(words) > 2:
        return ()
    first = words[0] if words else ""
    return tuple(
        word
        for word in dict.fromkeys(absent)
        if _NAME.fullmatch(word)
        and not (word == first and word[1:].islower())
        and not re.match(r"I['’]", word)
    )


def judge(signs: Signs, calibration: Calibration | None, *, false_refusals: float) -> Verdict:
    """Decide by the signs whether to refuse; never refuse without a calibration."""
    if calibration is None:
        return Verdict(False, None)
    chance = calibration.chance(signs)
    return Verdict(chance < calibration.threshold(false_refusals), chance)
