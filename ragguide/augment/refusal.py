"""Signs of a retrieval in, a verdict out: the chance that the guide answers, refuse or not. No I/O.

A small model that is asked to refuse also refuses questions that its excerpts answer. So the
verdict comes from the retrieval: a logistic regression over three signs, fitted on several guides
(`benchmarks/refusals.py`). `ragguide calibrate` adapts it to a guide.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import fsum, log

import msgspec

from ragguide.augment.asking import ABOUT_ASKING, ASKING_TERMS, measures_asked
from ragguide.augment.evidence import Candidate
from ragguide.augment.foreign import (
    NAME,
    Foreign,
    Vocabulary,
    foreign_words,
    lacks_number,
)
from ragguide.augment.kinds import Kind, kind_of, last_sentence
from ragguide.augment.quantities import Wanted, around_numbers, wanted_number
from ragguide.augment.weigh import Weighed
from ragguide.index.calibration import Calibration, Signs
from ragguide.index.keywords import terms_of, words_of
from ragguide.index.notation import is_cjk
from ragguide.retrieve.question import Reading

JUDGED = 5  # hits that a verdict is based on, whatever `top_k` is
# How well a statement covers the question: the share of the cosine; the rest is words.
BY_MEANING = 0.7
# Exponent of the share of words: half of them say less than half.
BY_WORDS = 1.5
# Subtracted for a number of another kind than the question asks for.
OTHER_KIND = 0.2
# Subtracted for no number, if the guide may have the things instead: "how many tools are there".
NO_NUMBER = 0.3
_COUNTS_ITEMS = re.compile(
    r"""\bhow\ many\b(?:
      .*\b(?:(?:are|is)\ there | guide | manual | document | text | table | list(?:ed)? | named)\b
      | \ (?:\w+\ )?(?:kind|type|sort|way|form|method|mode|step|stage|phase|level|option)s\b
    )""",
    re.X | re.I,
)
_VERSION = re.compile(r"\d+\.\d")
_RANGE = re.compile(
    r"\b(?:later|newer|above|higher|up|upwards?|onwards?|earlier|older|below|lower|since|from|until"
    r"|before|after|least|most|than|minimum|maximum|every|all|any|each|through|to)\b|[<>≤≥+–]|\.x\b",
    re.I,
)


class Verdict(msgspec.Struct, frozen=True):
    """Whether to refuse a question, and the chance that the guide answers it."""

    refused: bool
    chance: float | None  # None: this index has no calibration


def read_signs(
    question: str,
    candidates: Sequence[Candidate],
    cosines: Sequence[float],
    question_terms: Mapping[str, float],
    terms_of: Callable[[str], Sequence[str]],
    rarity: Mapping[str, float],
    foreign: Sequence[Foreign],
) -> Signs:
    """Read the signs of one question.

    Args:
        question: in the form used for search.
        candidates: the statements of the `JUDGED` best hits, as `split_hits` returns them.
        cosines: of each candidate to the question.
        question_terms: the question's terms.
        terms_of: splits a text into terms, as the keyword index does.
        rarity: inverse document frequency of the guide's terms.
        foreign: the question's words that the guide lacks.
    """
    unknown = max(rarity.values(), default=1.0)
    asking = ASKING_TERMS.union(*map(terms_of, measures_asked(question)))
    meant = question_terms.keys() - asking or question_terms.keys()
    rare = {term: rarity.get(term, unknown) for term in meant}
    return Signs(
        stated=_stated(question, candidates, cosines, rare, terms_of),
        foreign=max((each.strength for each in foreign), default=0.0),
        length=log(max(len(rare), 1)),
    )


def _stated(
    question: str,
    candidates: Sequence[Candidate],
    cosines: Sequence[float],
    rare: Mapping[str, float],
    terms_of: Callable[[str], Sequence[str]],
) -> float:
    """Return how well the best statement covers a question, by its number if one is asked for."""
    total = fsum(rare.values()) or 1.0

    def states(text: str, cosine: float, section: Sequence[str] = ()) -> float:
        terms = {*terms_of(text), *terms_of(" ".join(section[-2:]))}
        # fsum: the order of a set differs between processes
        share = fsum(rare[term] for term in rare.keys() & terms) / total
        return BY_MEANING * cosine + (1 - BY_MEANING) * float(share**BY_WORDS)

    placed = [(each.text, each.statement.section) for each in candidates]
    stated = [
        states(text, cosine, section)
        for (text, section), cosine in zip(placed, cosines, strict=True)
    ]
    if kind_of(question) is Kind.COMPARISON:  # each side may have a statement of its own
        together = " ".join(text for text, _ in placed)
        stated.append(states(together, max(cosines, default=0.0)))
    whole = max(stated, default=0.0)
    wanted = _wanted_number(question, terms_of)
    if wanted is None:
        return whole
    by_number = [
        states(beside, cosine, section) - (0 if is_wanted else OTHER_KIND)
        for (text, section), cosine in zip(placed, cosines, strict=True)
        for is_wanted, beside in around_numbers(text, wanted, terms_of)
    ]
    return max(*by_number, whole - NO_NUMBER if _COUNTS_ITEMS.search(question) else 0.0, 0.0)


def _wanted_number(question: str, terms_of: Callable[[str], Sequence[str]]) -> Wanted | None:
    """Return the kind of number that a question asks for.

    None also for "does it raise the number of …", which asks for yes or no.
    """
    if kind_of(question) is Kind.VERDICT and not re.search(r"\bhow\b", question, re.I):
        return None
    return wanted_number(question, terms_of)


def signs_of(reading: Reading, weighed: Weighed, guide: Vocabulary) -> Signs:
    """Read the signs of one question from its `JUDGED` best hits; there must be hits.

    Args:
        reading: the question in the form used for search.
        weighed: its hits with their sentences.
        guide: the guide's words.
    """
    n = weighed.n_of(JUDGED)
    asked = {*terms_of(last_sentence(reading.text))}
    return read_signs(
        reading.text,
        weighed.candidates[:n],
        weighed.cosines[:n],
        # What a user tells first has words that no guide has: those of the question count.
        {t: w for t, w in reading.weights.items() if t in asked or t in guide.terms},
        terms_of,
        guide.terms,
        [
            each
            for each in foreign_words(reading.text, guide)
            if each.is_identifier or not asked.isdisjoint(terms_of(each.word))
        ],
    )


def verdict_of(
    reading: Reading,
    weighed: Weighed,
    calibration: Calibration | None,
    guide: Vocabulary,
    *,
    false_refusals: float,
) -> Verdict:
    """Decide whether the guide answers a question.

    Refuse without asking for the chance if there are no hits, if the question names an identifier
    that the guide lacks, or if it asks whether the guide mentions something that it lacks.
    """
    if not weighed.hits:
        return Verdict(True, None)
    signs = signs_of(reading, weighed, guide)
    verdict = judge(signs, calibration, false_refusals=false_refusals)
    if false_refusals and (
        _names_unknown(reading, guide)
        or _lacks_topic(reading, guide)
        or (lacks_number(reading.text, guide) and not _has_range(weighed))
    ):
        return msgspec.structs.replace(verdict, refused=True)
    return verdict


def judge(signs: Signs, calibration: Calibration | None, *, false_refusals: float) -> Verdict:
    """Decide by the signs; without a calibration, refuse only what names something foreign."""
    if calibration is None:
        return Verdict(bool(false_refusals) and signs.foreign >= NAME, None)
    chance = calibration.chance(signs)
    return Verdict(chance < calibration.threshold(false_refusals), chance)


def _names_unknown(reading: Reading, guide: Vocabulary) -> bool:
    return any(each.is_identifier for each in foreign_words(reading.text, guide))


def _has_range(weighed: Weighed) -> bool:
    """Whether a statement bounds versions: "3.9 or later" answers "does it run on 3.11?"."""
    statements = weighed.candidates[: weighed.n_of(JUDGED)]
    return any(_RANGE.search(each.text) and _VERSION.search(each.text) for each in statements)


def _lacks_topic(reading: Reading, guide: Vocabulary) -> bool:
    """Whether a question asks if the guide mentions something that it never mentions."""
    return kind_of(reading.text) is Kind.LOOKUP and bool(absent_words(reading.text, guide))


# ── what to tell the user ───────────────────────────────────────────────────────────────────────

MOST_NAMED = 5  # words in the sentence of a refusal


def absent_words(text: str, guide: Vocabulary) -> tuple[str, ...]:
    """Return the words of a question that occur nowhere in the guide.

    Words that only ask ("mention", "explain") are left out; so are those of sentences before the
    question, apart from identifiers.

    Args:
        text: the question in the form used for search.
        guide: the guide's words.
    """
    codes = [each.word.strip("-+#") for each in foreign_words(text, guide) if each.is_identifier]
    named = [code for code in codes if " " in code or is_cjk(code)]  # Plan D; a part of a run
    lacking = set(_lacking(text, guide)) - {name[-1] for name in named if " " in name}
    lacking -= {word for word in lacking for name in named if name in word}
    shown = {*codes, *lacking}
    return (*named, *(word for word in words_of(text) if word in shown))


def _lacking(text: str, guide: Vocabulary) -> Iterator[str]:
    """Yield the words of the question itself that the guide lacks, without those that only ask."""
    asking = ABOUT_ASKING | measures_asked(text)
    for word in words_of(last_sentence(text)):
        if word.casefold() not in asking and guide.terms.keys().isdisjoint(terms_of(word)):
            yield word


def refusal_sentence(looked_for: Sequence[str], absent: Sequence[str]) -> str:
    """Return the sentence that says that the guide has no answer, and which words it lacks.

    Args:
        looked_for: the question's words that were searched for.
        absent: those that occur nowhere in the guide.
    """
    if not looked_for:
        return "The question contains only common words, which are not searched."
    if not absent:
        return "The guide does not say."
    meant = [word for word in looked_for if word.casefold() not in ABOUT_ASKING]
    if len(absent) == len(meant) and not any(map(is_cjk, absent)):  # a part of what was looked for
        return "The guide does not say: it contains none of the question's words."
    return f"The guide does not say: it does not contain {' or '.join(_listed(absent))}."


def _listed(words: Sequence[str]) -> Iterator[str]:
    """Yield the words in quotes: all but the last together, then the last."""
    *others, last = (f"“{word}”" for word in words[:MOST_NAMED])
    if others:
        yield ", ".join(others)
    yield last
