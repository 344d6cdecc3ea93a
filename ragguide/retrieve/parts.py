"""A question in, the questions that it joins out, each complete. English; no I/O.

"What is a sloop, and how long may it stay?" asks two things. Each is searched for and answered for
itself; what the second leaves out comes from the first, as in a conversation.
"""

import re

import msgspec

from ragguide.retrieve.past import ASKING, WordsOf

_WH = r"(?:what(?:['’]?s)?|which|who|when|where|why|how)"
# "…, and how …", "… and is it …", "…? And what …"
_JOINT = re.compile(rf"\s*[,;]?\s+and\s+(?=(?:{_WH}|{ASKING})\b)|\?\s+(?:and|also)\b[\s,]+", re.I)
_ASKS = re.compile(rf"\b(?:{ASKING}|goes|go|{_WH})\b|['’]s\b", re.I)
# "Which of them loads first and where is each used?" can't be taken apart.
_OF_BOTH = re.compile(r"\b(?:each|both|either|neither|respectively|the two|the other)\b", re.I)
_COMPARES = re.compile(r"\b(?:vs|versus|compare[ds]?|differences?|differs?|different)\b", re.I)
_REFERS = re.compile(r"\b(?:ones?|there|then|such|that|this|these|those|it|they|them)\b", re.I)
# A question, maybe behind what it is about: "My sloop is 9 m long: how long may it stay?"
_BEGINS = re.compile(rf"(?:\A|[.:,;!?–—-]\s+)(?:\w+\s+)?(?:{ASKING}|{_WH})\b", re.I)
_HAS_VERB = re.compile(rf"\b(?:{ASKING})\b|['’]s\b|\bwhats\b", re.I)
_CONDITION = re.compile(r"\A(?:if|when|while|once)\b", re.I)
_IS_DEFINED = re.compile(r"\A(?:what(?:['’]?s|\s+is|\s+are)|define)\s+\S", re.I)
LEAST_WORDS = 3  # of a part; fewer if it asks what something is
LEAST_OWN = 3  # words that a search uses, in a part that needs nothing from the one before
MOST_PARTS = 3


class Part(msgspec.Struct, frozen=True):
    """One of the questions that a question joins."""

    text: str
    search: str  # with what the text leaves out


def parts_of(question: str, words_of: WordsOf) -> tuple[Part, ...]:
    """Return the questions that a question joins; just itself if it asks one thing.

    Args:
        question: as the user typed it.
        words_of: returns the words of a text that a search uses.
    """
    asked = " ".join(question.split())
    texts = [text.strip() for text in _JOINT.split(asked)]
    is_one = not 1 < len(texts) <= MOST_PARTS or _OF_BOTH.search(asked) or _COMPARES.search(asked)
    if (
        is_one
        or not _BEGINS.search(texts[0])
        or _are_alike(texts)
        or not all(_is_question(text, words_of) for text in texts)
    ):
        return (Part(question, question),)
    from ragguide.retrieve.follow_up import resolve_follow_up  # 10 ms that few questions need

    first, *others = texts
    read = resolve_follow_up(f"{first.rstrip('?')}?", None, words_of)
    parts = [Part(read.text, read.text)]
    for text in others:
        other = resolve_follow_up(f"{text.rstrip('?')}?", read.past(), words_of)
        needs_first = len(words_of(text)) < LEAST_OWN or _REFERS.search(text) is not None
        search = f"{other.text} ({parts[0].text})" if needs_first else other.text
        parts.append(Part(other.text, search))
        read = other
    return tuple(parts)


def _is_question(text: str, words_of: WordsOf) -> bool:
    """Whether a part is a whole question: "which size" of "which size and how many" is none."""
    if not words_of(text) or _CONDITION.match(text):
        return False
    last = re.split(r"(?<=[.!?])\s+", text)[-1]
    if _IS_DEFINED.match(last):
        return True
    least = LEAST_WORDS if _HAS_VERB.search(last) else LEAST_WORDS + 1
    return len(last.split()) >= least and bool(_ASKS.search(last))


def _are_alike(texts: list[str]) -> bool:
    """Whether all parts begin alike: "what goes in A and what goes in B" compares two things."""
    return len({tuple(text.casefold().split()[:3]) for text in texts}) < len(texts)
