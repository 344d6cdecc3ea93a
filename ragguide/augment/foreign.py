"""A question and a guide's vocabulary in, the question's words that are foreign to the guide out.

Most words that a guide lacks mean nothing: people use their own words. But a guide that never
contains `ERR-9999`, `Vertex` or `focaccia` does not answer a question about it. No I/O.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log10

import msgspec

from ragguide.augment.asking import measures_asked
from ragguide.augment.foreign_cjk import missing_words
from ragguide.augment.kinds import Kind, kind_of
from ragguide.index.keywords import STOP_WORDS, names_by_letter, stem, terms_of
from ragguide.index.notation import CJK
from ragguide.retrieve.topic import CALENDAR

# Strengths, from 0 (any word) to 1 (nothing but this can be meant).
NAME = 1.0  # an identifier, or a word with a capital: ERR-9999, RIPGREP_THREADS, Vertex
UNKNOWN = 0.8  # a word that is not English, such as tangzhong
VERSION = 0.7  # 15.2 after a word
# A rare English word has (−log10 of its share of English text − COMMON) / SPAN: "brioche" has .56.
COMMON, SPAN = 4.0, 5.0

MOST_CAPITALS = 0.6  # share of words; above it, capitals mark no names: "What Is The Limit"
MIN_LETTERS = 4  # of an unknown word; shorter ones are mostly abbreviations such as "vs"
LEAST_PART = 4e-7  # share of English text of each part of a compound: "data" and "set"

_EDGES = ".,;:!?()[]\"'“”’。、，：；？！「」『』（）《》"
# Chinese and Japanese put no space around a code: 故障代码E5表示.
_TOKEN = re.compile(rf"[{CJK}]+|[^\s{CJK}]+")
_SENTENCE_END = re.compile(r"[.!?:][\"'”’)]*\Z")
_WITH_DIGIT = re.compile(r"(?=.*[^\W\d_])(?=.*\d)\S+")
_INNER_CAPITAL = re.compile(r".*(?:[a-z][A-Z]|[A-Z]{2})")
# A value with its unit, or a number with a word: 16GB, 3x, 2nd, 30-day. They name nothing.
_VALUE = re.compile(
    r"[~<>≤≥]?\d[\d.,]*(?:st|nd|rd|th|k|[kKMGTP]i?B|[KMB]|ms|s|min|h|g|kg|mg|ml|l|x|°?[CF]|px|pt|"
    r"[cmk]?m|[kMG]?Hz|k?W|V)?|\d+(?:[-–/][a-z]+)+"
)
_PARTS = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)*")
_SIGN = re.compile(r"[\W_]")
_VERSION = re.compile(r"v?\d+(?:\.\d+)+")
_BEFORE_VALUES = frozenset("about around approximately like roughly say versus vs".split())
# What is named by its version or number alone: firmware 2.10, RFC 7231, error 404.
_VERSIONED = frozenset("build firmware patch release rev revision ver version".split())
_NUMBERED = frozenset(
    """
    alarm ansi article astm bs channel code din en error fault fips flight http iec ieee invoice iso
    item jis kb model nfpa no number order part pep port rfc room serial ticket
    """.split()
)
_NUMBER = re.compile(r"\d{3,}(?:-\d+)*")
_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"  # I is also a word; A counts beside another one only
MIN_SIBLINGS = 2  # names by letter of the same word, before the guide is known to name so
_ADDRESS = re.compile(r".*(?:@|://)")


# "SageMaker vs Vertex AI": most words have a capital, and the first, too, is a name.
_NAMES_COMPARED = re.compile(
    r"[A-Z]\S*(?:\s+\S+){0,2}\s+(?:vs\.?|versus|or)\s+[A-Z]\S*(?:\s+\S+){0,2}\W*"
)


class Vocabulary(msgspec.Struct, frozen=True):
    """The words of a guide and of English."""

    terms: Mapping[str, float]  # the terms of the guide
    is_near: Callable[[str], bool]  # whether a word resembles one of the guide
    is_typo: Callable[[str], bool]  # whether a word may be a mistyped word of the guide
    share_of: Callable[[str], float]  # a word's share of English text; 0: not English
    is_english: bool  # whether the guide is


class Foreign(msgspec.Struct, frozen=True):
    """A word that is foreign to the guide."""

    word: str
    strength: float
    is_identifier: bool = False


def foreign_words(question: str, guide: Vocabulary) -> tuple[Foreign, ...]:
    """Return the words of a question that the guide lacks, in order, each once.

    Args:
        question: as the user typed it, without typing errors that were corrected.
        guide: its words.
    """
    found = {each.word: each for each in _foreign(question, guide) if each.strength > 0}
    for name, term in names_by_letter(question).items():
        if _lacks_name(term, guide):
            found[name] = Foreign(name, NAME, is_identifier=True)
    for word in missing_words(question, guide.terms):
        found[word] = Foreign(word, NAME, is_identifier=True)
    return tuple(found.values())


def _lacks_name(term: str, guide: Vocabulary) -> bool:
    """Whether the guide has plans B and C, and no plan D."""
    siblings = sum(f"{term[:-1]}{letter}" in guide.terms for letter in _LETTERS)
    return term not in guide.terms and siblings >= MIN_SIBLINGS


def _foreign(question: str, guide: Vocabulary) -> Iterator[Foreign]:
    compares_names = _NAMES_COMPARED.fullmatch(question.strip()) is not None
    has_names = compares_names or _has_names(question)
    # "Does it run on version 3.11?" may be answered by "3.9 or later".
    has_numbers = kind_of(question) is not Kind.VERDICT
    for word, before, starts in _words_asked(question):
        is_numbered = has_numbers and _is_numbered(word, before)
        if is_numbered or _is_identifier(word, has_names=has_names):
            if not _is_in(word, guide):
                yield Foreign(word, NAME, is_identifier=True)
        elif guide.terms.keys().isdisjoint(terms_of(word)):
            # German writes all nouns with a capital.
            may_be = has_names and guide.is_english and (compares_names or not starts)
            is_name = may_be and _is_name(word)
            yield Foreign(word, NAME if is_name else _strength(word, before, guide))


def _words_asked(question: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the words searched for, with the word before each, and whether a sentence begins."""
    skipped = measures_asked(question)
    before, starts = "", True
    for token in _TOKEN.findall(question):
        word = token.strip(_EDGES)
        if not _ADDRESS.match(word) and word.casefold() not in skipped and terms_of(word):
            yield word, before, starts
        before, starts = word.casefold(), bool(_SENTENCE_END.search(token))


def _has_names(question: str) -> bool:
    """Whether a capital marks a name: not where most words have one."""
    words = [word.strip(_EDGES) for word in question.split()]
    capitals = sum(word[:1].isupper() for word in words)
    return capitals <= MOST_CAPITALS * len(words) or len(words) < 3


def _is_identifier(word: str, *, has_names: bool) -> bool:
    """Whether a word can only be meant letter by letter: a code, an option, a name in code."""
    if word.startswith("--") or "_" in word:
        return True
    if _WITH_DIGIT.fullmatch(word):
        return not (_VALUE.fullmatch(word) or _VERSION.fullmatch(word))
    return has_names and _INNER_CAPITAL.match(word) is not None


def _is_numbered(word: str, before: str) -> bool:
    """Whether a word is the version or number that names something: v2.10.2, 7231 after RFC."""
    if _VERSION.fullmatch(word):
        return word.startswith("v") or before in _VERSIONED
    return before in _NUMBERED and _NUMBER.fullmatch(word) is not None


def _is_in(word: str, guide: Vocabulary) -> bool:
    """Whether the guide contains an identifier, also in another notation: Python 3, GPT4."""
    folded = word.strip("-").casefold().removesuffix("'s")
    if stem(folded) in guide.terms or folded.removesuffix("s") in guide.terms:
        return True
    if _VERSION.fullmatch(folded):
        return _has_version(folded.removeprefix("v"), guide)
    parts = _PARTS.findall(folded)
    if "_" in word or word.startswith("--") or any(map(str.isdigit, word)):
        return _is_in_parts(parts, guide)
    # Words with capitals: one with a hyphen may join known words, as "API-based" does.
    is_joined = len(parts) > 1 or word.removesuffix("s").isupper()
    if is_joined:
        return not guide.terms.keys().isdisjoint(terms_of(word)) or guide.is_near(word)
    return guide.is_typo(word)  # DeepSeek resembles DeepSpeed, and is another name


def lacks_number(question: str, guide: Vocabulary) -> bool:
    """Whether a question names a version or number, such as v3.4.7, that the guide lacks."""
    return any(
        _is_numbered(word, before) and not _is_in(word, guide)
        for word, before, _ in _words_asked(question)
    )


def _has_version(version: str, guide: Vocabulary) -> bool:
    """Whether the guide has a version, or a part of it: 2.10 if it has v2.10.1."""
    return any(re.match(rf"v?{re.escape(version)}(?!\d)", term) is not None for term in guide.terms)


def _is_in_parts(parts: Sequence[str], guide: Vocabulary) -> bool:
    """Whether the guide writes an identifier with a space or with other signs."""
    first, last = parts[0], parts[-1]
    is_apart = len(first) >= 3 and first.isalpha() and not last.isalpha()
    if is_apart and all(stem(part) in guide.terms for part in parts):
        return True
    return any(_SIGN.sub("", term) == "".join(parts) for term in guide.terms)


def _is_day_or_month(folded: str) -> bool:
    return folded in CALENDAR or folded.removesuffix("s") in CALENDAR


def _is_name(word: str) -> bool:
    folded = word.casefold().removesuffix("'s")
    return word[:1].isupper() and not _is_day_or_month(folded) and not re.match(r"I['’]", word)


def _strength(word: str, before: str, guide: Vocabulary) -> float:
    """Return how foreign a word is that no passage contains; 0 if that means nothing."""
    folded = word.strip("-").casefold()
    if _VERSION.fullmatch(folded):
        is_value = not before or before in STOP_WORDS or before in _BEFORE_VALUES
        return 0.0 if is_value else VERSION
    if not folded.isalpha() or _is_day_or_month(folded) or not guide.is_english:
        return 0.0
    share = max(guide.share_of(folded), guide.share_of(stem(folded)))
    if share:
        return max(-log10(share) - COMMON, 0.0) / SPAN
    is_known = len(folded) < MIN_LETTERS or guide.is_near(word) or _is_compound(folded, guide)
    return 0.0 if is_known else UNKNOWN


def _is_compound(word: str, guide: Vocabulary) -> bool:
    """Whether a word consists of two English words, as "dataset" does."""
    return any(
        guide.share_of(word[:i]) > LEAST_PART and guide.share_of(word[i:]) > LEAST_PART
        for i in range(3, len(word) - 2)
    )
