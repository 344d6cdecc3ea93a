"""A sentence or table row of a guide in, a question that it answers out. English only; no I/O.

Rules rearrange the sentence: "Kendra can return up to 100 passages" → "How many passages can Kendra
return?" The question keeps the guide's words, so a search finds it more easily than a real user's
question: a person should reword it.
"""

import re

from ragguide.evaluate.draft.names import IsName
from ragguide.evaluate.draft.phrased import Phrased
from ragguide.evaluate.draft.rows import ROW, phrase_row
from ragguide.evaluate.draft.sentences import RULES

MIN_WORDS, MAX_WORDS = 5, 45  # of a sentence to ask about
MAX_QUESTION_WORDS = 22


# Words that refer to other sentences, at the beginning or anywhere.
_POINTING = re.compile(
    r"^(it|its|this|these|those|that|they|their|he|she|such|there|here|both|each|either|neither|"
    r"another|other|others|all|some|many|most|few|none|one|two|three|then|so|but|and|or|however|"
    r"instead|also|thus|therefore|otherwise|see|table|figure|chapter|section|example|note)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(above|below|following|previous(ly)?|earlier|(table|figure|chapter|section) \d|this|these|"
    r"that way|the same|as follows)\b",
    re.IGNORECASE,
)


def phrase(text: str, is_name: IsName) -> Phrased | None:
    """Turn a sentence or row into a question, by the first rule that fits; None if none fits."""
    text = " ".join(text.split())
    if ROW.match(text):
        return phrase_row(text, is_name)
    if not says_something(text):
        return None
    for rule in RULES:
        found = rule(text, is_name)
        if found is not None and len(found.question.split()) <= MAX_QUESTION_WORDS:
            return found
    return None


def says_something(text: str) -> bool:
    """Return whether a sentence can be understood without its neighbours."""
    return (
        MIN_WORDS <= len(text.split()) <= MAX_WORDS
        and not ROW.match(text)
        and text[0].isupper()
        and text.endswith(".")
        and not _POINTING.match(text)
        and not _ELSEWHERE.search(text)
        and text.count("(") == text.count(")")
    )
