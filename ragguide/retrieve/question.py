"""A question and an index's lexicon in, the question as it is searched for out.

People mistype names, or ask for an acronym that the guide writes out, or the other way round. The
documents' own words fix both: a word that they do not use, and that is no other word either, is
read as the nearest of theirs; an acronym that they explain also searches for its long form, and a
long form for its acronym.
"""

import re
from collections.abc import Callable

import msgspec

from ragguide.index.keywords import STOP_WORDS, stem, terms_of
from ragguide.index.lexicon import MIN_LETTERS, Lexicon

LONG_WORD = 8  # letters from which two slips are corrected; below, one. Elasticsearch has 6
LONG_FORM_WEIGHT = 2.0  # of all words together that an acronym adds to a question, or of itself

# Words of a question that may be mistyped: no part of a name such as 24xlarge or ERROR-9999, nor of
# "needn't".
_ASKED = re.compile(r"(?<!\d-)\b[^\W\d_]+\b(?!-\d)(?!['’][tT]\b)")

IsWord = Callable[[str], bool]


class Reading(msgspec.Struct, frozen=True):
    """A question as it is searched for."""

    text: str  # what is embedded
    weights: dict[str, float]  # term → its weight among the keywords
    corrected: dict[str, str]  # as it was typed → as it is read
    expanded: dict[str, str]  # what stands in the question → what was added for it

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person who asked should know of it."""
        return tuple(f'"{typed}" was read as "{right}".' for typed, right in self.corrected.items())


def read_question(
    question: str,
    lexicon: Lexicon,
    is_word: IsWord,
    is_listed: IsWord = lambda _word: False,
) -> Reading:
    """Correct and expand a question.

    Args:
        question: as it was asked.
        lexicon: of the index.
        is_word: whether a word that the documents do not use is a word all the same, and so not
            mistyped. It is asked about few words, and about their stems, since "inspects" counts
            as a word if "inspect" does.
        is_listed: the same by a list that has all forms of a word. It is not asked about stems.
    """
    corrected = {
        word: right
        for word in dict.fromkeys(_ASKED.findall(question))
        if not _is_name(word, question)
        and (right := _correction(word, lexicon, is_word, is_listed))
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


def _correction(word: str, lexicon: Lexicon, is_word: IsWord, is_listed: IsWord) -> str | None:
    """The documents' word that was meant; None if this one is no typing error."""
    folded = word.casefold()
    if len(folded) < MIN_LETTERS or lexicon.usual_form(word) or folded in STOP_WORDS:
        return None
    right = lexicon.nearest(word, n_slips=1 if len(folded) < LONG_WORD else 2)
    if right is None or lexicon.has_stem(root := stem(folded)):
        return None
    is_right = is_word(folded) or is_word(root) or is_listed(folded)
    return None if is_right else right


def _is_name(word: str, question: str) -> bool:
    """Whether a word has capitals within, as OpenAI does, and the question has small letters."""
    return any(map(str.isupper, word[1:])) and not question.isupper()
