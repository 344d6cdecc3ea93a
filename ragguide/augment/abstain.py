"""Signs of a retrieval in, the chance that the guide answers out, and whether to say so. No I/O.

A small model asked to refuse refuses what stands before it, so the verdict comes from the
retrieval: a logistic regression over six signs, fitted by `ragguide calibrate` on questions that
the guide answers, questions that it does not, and questions whose evidence was hidden from it.
"""

from collections.abc import Callable, Mapping, Sequence
from math import exp, fsum

import msgspec

from ragguide.augment.evidence import Candidate
from ragguide.augment.quantities import around_numbers, wanted_number
from ragguide.types import Hit

JUDGED = 5  # hits that a verdict is of, however many were asked for
SIGNS_VERSION = 3  # raise it when a sign comes to mean something else
BY_MEANING = (
    0.7  # share of the cosine in how far a statement holds what is asked; the rest is words
)


OTHER_KIND = (
    0.15  # less is held by a number of another kind than is asked for: words say that badly
)


class Signs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What speaks for and against an answer in what was found. One number for each sign."""

    lead: float  # score of the best hit over the second best one's
    nearest: float  # cosine of the question to the statement nearest to it
    weight: float  # of the weightiest statement, as `evidence.weigh` tells it
    stated: float  # how far one statement holds all that is asked, by meaning and words
    lacking: float  # how much less of it stands by a number, if a number is asked for
    missing: float  # share of the question's words, by their rarity, that no hit holds


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fitted model of the chance that a guide answers, and how well it tells."""

    signs_version: int
    embedder: str
    chunk_tokens: int
    means: Signs
    scales: Signs
    weights: Signs  # of the standardised signs
    bias: float
    # All below is cross-validated: of questions that the fold's model has not seen.
    answerable_chances: tuple[float, ...]  # rising
    unanswerable_chances: tuple[float, ...]  # rising
    auroc: float | None  # of answerable against unanswerable questions; None: there are none
    risk_curve: tuple[tuple[float, float], ...]  # (share answered, share of it wrongly), rising
    n_hidden: int  # answerable ones, asked again with their evidence hidden

    def chance(self, signs: Signs) -> float:
        """The chance that the guide answers, if half of all questions are answered by it."""
        terms = zip(*map(_numbers, (signs, self.means, self.scales, self.weights)), strict=True)
        logit = self.bias + fsum(w * (sign - mean) / scale for sign, mean, scale, w in terms)
        return 1 / (1 + exp(-min(max(logit, -700.0), 700.0)))

    def refused(self, false_refusals: float) -> float:
        """The share of unanswerable questions that are refused with those answerable ones."""
        least = self.threshold(false_refusals)
        n_refused = sum(chance < least for chance in self.unanswerable_chances)
        return n_refused / len(self.unanswerable_chances) if self.unanswerable_chances else 0.0

    def threshold(self, false_refusals: float) -> float:
        """The chance below which refusing refuses at most that share of the answerable questions.

        The highest such; 0 if none of them may be refused.
        """
        if not false_refusals or not self.answerable_chances:
            return 0.0
        n_refused = int(false_refusals * len(self.answerable_chances) + 1e-9)
        return (*self.answerable_chances, 1.0)[n_refused]


class Verdict(msgspec.Struct, frozen=True):
    """Whether the guide is taken to answer."""

    refused: bool
    chance: float | None  # None: nothing is calibrated for this index


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
        question: as it is searched for.
        hits: at least one; the `JUDGED` best.
        candidates: their statements, as `split_hits` returns them.
        cosines: of each candidate to the question.
        weights: of each candidate, as `weigh` returns them.
        question_terms: the question's terms.
        terms_of: how the keyword index takes a text apart.
        rarity: inverse document frequency of the guide's terms.
    """
    unknown = max(rarity.values(), default=1.0)
    rare = {term: rarity.get(term, unknown) for term in question_terms}
    total = fsum(rare.values()) or 1.0

    def held(terms: set[str]) -> float:
        # fsum, since a set has another order in every process
        return fsum(rare[term] for term in rare.keys() & terms) / total

    wanted = wanted_number(question, terms_of)
    whole = by_number = 0.0
    for candidate, cosine in zip(candidates, cosines, strict=True):
        title = set(terms_of(" ".join(candidate.statement.section[-2:])))

        def states(text: str, cosine: float = cosine, title: set[str] = title) -> float:
            return BY_MEANING * cosine + (1 - BY_MEANING) * held({*terms_of(text), *title})

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
        missing=1 - held({term for hit in hits for term in terms_of(hit.chunk.embedded_text)}),
    )


def judge(signs: Signs, calibration: Calibration | None, *, false_refusals: float) -> Verdict:
    """Tell whether to answer. Without a calibration there is no refusing what was found."""
    if calibration is None:
        return Verdict(False, None)
    chance = calibration.chance(signs)
    return Verdict(chance < calibration.threshold(false_refusals), chance)


def _numbers(signs: Signs) -> tuple[float, ...]:
    values: tuple[float, ...] = msgspec.structs.astuple(signs)
    return values
