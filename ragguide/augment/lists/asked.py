"""A question in, the things that it counts or asks to list out. English; no I/O.

The head is the noun that names the items: *options* in "how many payment options are there".
The other words say which options, so a list that answers must be about them.
"""

import re
from collections.abc import Sequence

import msgspec

from ragguide.augment.kinds import last_sentence
from ragguide.augment.lists.nouns import (
    KINDS,
    PHRASE_END,
    PREPOSITIONS,
    heads_of,
    is_plural,
    noun_stem,
    number_of,
    split_words,
)
from ragguide.index.keywords import terms_of

_GUIDE = (
    r"(?:the|this|that|your|my)\s+"
    r"(?:guide|document|manual|book|text|pdf|handbook|page|table|faq|readme|documentation|author)"
)
_META = re.compile(
    rf",?\s*\b(?:(?:that|which)\s+{_GUIDE}\s+(?:names?|lists?|mentions?|gives?|shows?|describes?|"
    rf"suggests?|compares?|recommends?)\b|(?:does|do|did|can|could|would)\s+{_GUIDE}(?:['’]s\s+\w+)?\s+\w+"
    rf"(?:\s+(?:through|about|out))?|"
    rf"(?:(?:going|listed|named|given|mentioned|described|contained)\s+|as\s+)*"
    rf"(?:in|by|from|of|to|on|according to)\s+{_GUIDE}(?:['’]s\s+\w+)?|{_GUIDE}['’]s\s+\w+|"
    r"(?:are\s+)?(?:marked|labell?ed|flagged|given)\s+as)",
    re.I,
)
# "…? give me the whole list", "…, all of them, please"
_COURTESY = re.compile(
    r"[\s,.?!;]+(?:please|thanks|thank you|"
    r"(?:please\s+)?(?:(?:give me|list|show me|name|i want)\s+)?"
    r"(?:(?:the\s+)?(?:whole|full|complete)\s+list|all of (?:them|it)|every one(?: of them)?)"
    r"(?:,?\s*please)?)\W*\Z",
    re.I,
)
_SECOND_QUESTION = re.compile(
    r",?\s+and\s+(?:is|are|does|do|did|can|what|which|how|why|when|where|who)\b.*\Z", re.I
)
_COUNT = re.compile(
    r"(?:\b(?:how many|(?:what number|the number|count) of|count the)|\A\W*number of)\b"
    r"\s*(?:of\s+)?",
    re.I,
)
_LIST = re.compile(
    r"\A\W*(?:(?:please|and|so|ok)\W+)*(?:(?:can|could|would) you\s+)?"
    r"(?:(?:list|name|enumerate|give me|show me|tell me)|"
    r"(?:(?:in|for|on|from|to|with|by|at|into|under|of)\s+)?(?:what|which)"
    r"(?:\s+(?:are|were|is)\s+(?:all\s+)?(?=(?:the|there|all|some|\w+s)\b))?)\s+",
    re.I,
)
# "What are the valves for?" asks for their purpose, not for a list of valves.
_ASKS_OF_THEM = re.compile(
    r"\W*(?:what|which)\s+(?:are|is|were)\b(?!\s+all\b).*\s(?:for|about|like|from|of|to|with|called|good|mean)\Z",
    re.I,
)
_DETERMINER = re.compile(
    r"\A(?:all|of|the|any|some|me|its|their|a|an|list|different|various|main|distinct|exact|"
    r"there|are|of them)\s+",
    re.I,
)
_OF_GUIDE = frozenset("pages chapters sections words figures tables illustrations examples".split())
_CAPACITY = frozenset("can could may might".split())
_VERBS_OF_ANYTHING = frozenset("take accept have be get hold".split())
_UNITS = re.compile(
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|milliseconds?|bytes?|[kmgt]i?bs?|"
    r"kilobytes?|"
    r"megabytes?|gigabytes?|terabytes?|percent|dollars?|euros?|cents?|metres?|meters?|miles?|"
    r"degrees?|times)",
    re.I,
)
_LIMIT = re.compile(
    r"\b(?:at most|at least|maximum|minimum|max|min|per|each|every|allowed|up to|quota)\b", re.I
)


class Asked(msgspec.Struct, frozen=True):
    """The things that a question counts or asks to list."""

    head: str  # stem of the noun that names the items
    heads: frozenset[str]  # stems of nouns with the same meaning, including `head`
    words: tuple[str, ...]  # the other words; they say which items are meant
    number: int | None = None  # of items, if the question gives it: "the three phases"
    is_capacity: bool = False  # "can I create": the verb counts as much as a noun
    is_measured: bool = False  # asks for a limit or a number of units, which no list answers
    is_kind: bool = False  # asks for kinds of something
    phrase: str = ""  # the noun with the words before it: "payment options"


def what_is_listed(question: str) -> Asked | None:
    """Return the things that a question counts or asks to list; None if it names none."""
    polite = _COURTESY.sub("", last_sentence(question))
    whole = _SECOND_QUESTION.sub("", polite.rstrip("?!. "))
    text = " ".join(_META.sub(" ", whole).split())
    counted = _COUNT.search(text)
    start = counted or _LIST.match(text)
    if start is None or _ASKS_OF_THEM.match(text):
        return None
    phrase, after = _phrase(_without_determiners(text[start.end() :]))
    number = number_of(next(iter(phrase), ""))
    phrase = phrase if number is None else phrase[1:]
    is_kind = after[:1] == ["of"] and _is_kind(phrase)
    if is_kind:
        phrase, after = _phrase(" ".join(after[1:]))
    at = _head_place(phrase, needs_plural=bool(counted) and not is_kind)
    if at is None:
        return None
    head = phrase[at]
    others = [*phrase[:at], *phrase[at + 1 :], *_without_verb(after)]
    is_about_guide = text != whole and head.casefold() in _OF_GUIDE
    return Asked(
        noun_stem(head),
        heads_of(head),
        _content_words([*split_words(text[: start.start()]), *others]),
        number,
        is_capacity=not _CAPACITY.isdisjoint(after),
        is_measured=is_about_guide or bool(_UNITS.fullmatch(head) or _LIMIT.search(text)),
        is_kind=is_kind or _is_kind([head]),
        phrase=" ".join(phrase[: at + 1]),
    )


def _is_kind(phrase: Sequence[str]) -> bool:
    return bool(phrase) and phrase[-1].casefold() in KINDS


def _without_determiners(text: str) -> str:
    while match := _DETERMINER.match(text):
        text = text[match.end() :]
    return text


def _head_place(phrase: Sequence[str], *, needs_plural: bool) -> int | None:
    """Return the index of the last plural in a noun phrase, or else of its last word."""
    plurals = [i for i, word in enumerate(phrase) if is_plural(word)]
    if plurals:
        return plurals[-1]
    return len(phrase) - 1 if phrase and not needs_plural else None


def _content_words(words: Sequence[str]) -> tuple[str, ...]:
    kept = (word for word in words if terms_of(word) and word.casefold() not in PHRASE_END)
    return tuple(dict.fromkeys(kept))


def _without_verb(words: Sequence[str]) -> list[str]:
    """Drop the verb that a question ends with: "does Glue pull from"."""
    kept = [*words]
    while kept and kept[-1].casefold() in PREPOSITIONS:
        kept.pop()
    if len(kept) > 1 and kept[-1].casefold() in _VERBS_OF_ANYTHING and _CAPACITY & {*kept}:
        kept.pop()  # "can the flag take": whatever it takes, it accepts or has
    if len(kept) > 2 and kept[0].casefold() in ("do", "does", "did") and _may_be_verb(*kept[-2:]):
        kept.pop()
    return kept


def _may_be_verb(before: str, word: str) -> bool:
    is_noun = before.casefold() in PREPOSITIONS | {"the", "a", "an", "its", "their"}
    return not is_noun and word.islower() and word not in PHRASE_END and not is_plural(word)


def _phrase(text: str) -> tuple[list[str], list[str]]:
    """Split a text's words after its first noun phrase: "stages | AWS suggests"."""
    words = split_words(text)
    for i, word in enumerate(words):
        is_name = i and word[:1].isupper() and words[i - 1].islower() and is_plural(words[i - 1])
        if word.casefold() in PHRASE_END or is_name:
            return words[:i], words[i:]
    return words, []
