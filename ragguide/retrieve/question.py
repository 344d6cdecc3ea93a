"""A question and an index's lexicon in, the corrected and expanded question out.

People mistype names, or use an acronym where the guide uses its long form, or the reverse. The
documents' own vocabulary fixes both. A word that is neither in the documents nor in the language is
replaced by the nearest word of the documents. An acronym that the documents explain also searches
for its long form, and a long form for its acronym.
"""

import re
from collections.abc import Callable

import msgspec

from ragguide.index.keywords import STOP_WORDS, stem, terms_of
from ragguide.index.lexicon import MIN_LETTERS, Lexicon
from ragguide.index.notation import is_cjk
from ragguide.retrieve.variants import spellings_of

LEAST_HALF = 3  # letters of each word of a compound
LEAST_PARTICLE = 2  # letters of the second, if it is a particle
LEAST_RESPELT = 4  # letters of a word that is spelt otherwise
LONG_FORM_WEIGHT = 2.0  # of all added words together: a long form's, or one acronym

# Words that may be mistyped: no part of a name such as 24xlarge or ERROR-9999, nor of "needn't".
_ASKED = re.compile(r"(?<!\d-)\b[^\W\d_]+\b(?!-\d)(?!['’][tT]\b)")

_PARTICLES = frozenset("back down in off on out over up".split())

IsWord = Callable[[str], bool]


class Reading(msgspec.Struct, frozen=True):
    """A question as the search uses it."""

    text: str  # for the embedder
    weights: dict[str, float]  # term → weight, for the keyword search
    corrected: dict[str, str]  # word as typed → as corrected
    expanded: dict[str, str]  # form in the question → form added

    @property
    def notes(self) -> tuple[str, ...]:
        """The corrections, for the user."""
        return tuple(f'"{typed}" was read as "{right}".' for typed, right in self.corrected.items())


def read_question(
    question: str,
    lexicon: Lexicon,
    is_word: IsWord,
    is_listed: IsWord = lambda _word: False,
    is_phrase: IsWord = lambda _phrase: False,
) -> Reading:
    """Correct and expand a question.

    Args:
        question: as the user asked it.
        lexicon: of the index.
        is_word: whether a word that is not in the documents is a word of the language, and so not
            mistyped. It is called for a few words and their stems, since "inspects" is a word if
            "inspect" is one.
        is_listed: the same by a list with all forms of a word; it is not called for stems.
        is_phrase: whether the documents have two words one after the other. It is called if they
            have both, and the question has them as one word that the documents lack.
    """
    question = _respell(_split_compounds(question, lexicon, is_phrase), lexicon)
    corrected = {
        word: right
        for word in dict.fromkeys(_ASKED.findall(question))
        if not _has_inner_capital(word, question)
        and (right := _correction(word, lexicon, is_word, is_listed))
        and (right != right.casefold() or not _is_name(word, question))
    }
    text = question
    for wrong, right in corrected.items():
        text = re.sub(rf"\b{wrong}\b", right, text)
    weights = dict.fromkeys(terms_of(text), 1.0)
    added = []
    expanded: dict[str, str] = {}
    for form, other, is_rarer in lexicon.other_forms(text):
        expanded[form] = other
        terms = terms_of(other)
        for term in terms:
            weights[term] = max(weights.get(term, 0.0), LONG_FORM_WEIGHT / len(terms))
        if is_rarer:
            added.append(f" ({other})")
    return Reading("".join((text, *added)), weights, corrected, expanded)


def _split_compounds(question: str, lexicon: Lexicon, is_phrase: IsWord) -> str:
    """Write a compound as the documents do: "window pane" for "windowpane", "log in"."""
    for word in dict.fromkeys(_ASKED.findall(question)):
        if not _is_lacking(word, lexicon, n_letters=LEAST_HALF + LEAST_PARTICLE):
            continue
        for at in range(LEAST_HALF, len(word.casefold()) - LEAST_PARTICLE + 1):
            halves = word[:at], word[at:]
            if _may_be_two(*halves, lexicon) and is_phrase(" ".join(halves).casefold()):
                question = re.sub(rf"\b{word}\b", " ".join(halves), question)
                break
    return question


def _may_be_two(first: str, second: str, lexicon: Lexicon) -> bool:
    """Whether the documents have both words; a particle, as in "login", is no word of a lexicon."""
    has_second = len(second) >= LEAST_HALF and lexicon.usual_form(second)
    return bool(lexicon.usual_form(first)) and bool(has_second or second.casefold() in _PARTICLES)


def _respell(question: str, lexicon: Lexicon) -> str:
    """Write British and American words as the documents do: "favorites" for "favourites"."""
    for word in dict.fromkeys(_ASKED.findall(question)):
        if not _is_lacking(word, lexicon, n_letters=LEAST_RESPELT):
            continue
        other = next(filter(lexicon.usual_form, spellings_of(word.casefold())), None)
        if other is not None:
            question = re.sub(rf"\b{word}\b", other, question)
    return question


def _is_lacking(word: str, lexicon: Lexicon, *, n_letters: int) -> bool:
    """Whether a word of so many letters or more is not in the documents; Chinese ones don't count.

    It may be mistyped, or spelt otherwise.
    """
    is_long = len(word.casefold()) >= n_letters
    return is_long and not lexicon.usual_form(word) and not is_cjk(word)


def _correction(word: str, lexicon: Lexicon, is_word: IsWord, is_listed: IsWord) -> str | None:
    """The word of the documents that the user meant; None if this one is no typo."""
    folded = word.casefold()
    if folded in STOP_WORDS or not _is_lacking(word, lexicon, n_letters=MIN_LETTERS):
        return None
    right = lexicon.nearest_typed(word)
    if right is None:
        return None
    # The stem of "tunning" is a word, "tun", but tells nothing of it.
    root = folded if _doubles(folded, right.casefold()) else stem(folded)
    is_right = lexicon.has_stem(root) or is_word(folded) or is_word(root) or is_listed(folded)
    return None if is_right else right


def _doubles(typed: str, right: str) -> bool:
    """Whether a letter is typed twice or, written twice, typed once: "tunning", "seting"."""
    long, short = (typed, right) if len(typed) > len(right) else (right, typed)
    return len(long) == len(short) + 1 and any(
        long[i] == long[i + 1] and long[:i] + long[i + 1 :] == short for i in range(len(short))
    )


def _has_inner_capital(word: str, question: str) -> bool:
    """Whether a word has capitals within, as OpenAI does, and the question has small letters."""
    return any(map(str.isupper, word[1:])) and not question.isupper()


def _is_name(word: str, question: str) -> bool:
    """Whether a word has a capital that no sentence begins with, in a question of small letters.

    It may be a mistyped name of the documents, but none of their common words.
    """
    is_usual = sum(each[0].isupper() for each in question.split()) <= len(question.split()) / 2
    return word[0].isupper() and is_usual and re.search(rf"\w,? {word}\b", question) is not None
