"""A title or a lead-in in, the noun that names its items out. English; no I/O."""

import re
from collections.abc import Iterator, Sequence

from ragguide.augment.lists.nouns import (
    KINDS,
    PREPOSITIONS,
    is_kind_word,
    is_plural,
    noun_stem,
    number_of,
    split_words,
)

MOST_TITLE = 12  # words
_OPENER = re.compile(
    r"(?:[\s,:;(]*\b(?:including|includes?|such as|like|for example|for instance|e\.g\.?|namely|"
    r"these|"
    r"the following|as follows|follows?|are|is|among (?:them|others)|especially)\b[\s,:;]*)+\Z",
    re.I,
)
_QUESTION_WORDS = frozenset("what why how when where who which is are do does can".split())
_CLAUSE = re.compile(
    r":|\b(?:is|are|was|were|can|could|will|may|must|should|has|have|had|goes|come|comes|takes|"
    r"combines?|consists?|contains?|provides?|offers|supports|keep|choose|write|includes?)\b"
)
_TITLE_SPLIT = re.compile(
    r"\s+(?:for|of|in|on|with|to|from|by|at|that|which|under|between|via|through|worth|"
    r"and (?:their|its|where|what|how|when|who|the))\s+|:\s+",
    re.I,
)
_COORDINATED = re.compile(r",|&|\b(?:and|or)\b", re.I)
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)")
_DETERMINERS = frozenset(
    """these those following several various many different multiple some all both its their our the
    main key important common popular""".split()
)
_OF_TITLE = re.compile(
    r"\A(?:\d+(?:\.\d+)*\.?\s+)?"
    r"(?:(?:an?\s+)?(?:overview|list|summary|table|examples?|comparison) of\s+)?"
    r"(?:understanding\s+|the\s+|our\s+)*",
    re.I,
)


def lead_heads(lead: str, *, is_kind: bool = False, is_title: bool | None = None) -> set[str]:
    """Return the stems of the plural nouns that name the items of a title or a lead-in.

    "Payment options for guests" lists options, "A lock has these parts:" parts, and "Pumps are used
    in many fields, including:" fields. "Types of pumps" lists types, and with `is_kind` also pumps.
    Without `is_title`, the text decides whether it is a title.
    """
    text = _OPENER.sub("", lead.strip()).strip(" :.,;–—-")
    words = split_words(text)
    if not words or text.endswith("?") or words[0].casefold() in _QUESTION_WORDS:
        return set()
    if is_title is None:
        is_title = not _CLAUSE.search(text) and len(words) <= MOST_TITLE
    of_title = _title_heads(_OF_TITLE.sub("", text), is_kind) if is_title else _sentence_head(words)
    return {*_counted_heads(words)} | of_title


def counted_heads(text: str) -> set[str]:
    """Return the stems of nouns after a number: "four measures show progress"."""
    return {*_counted_heads(split_words(text))}


def _counted_heads(words: Sequence[str]) -> Iterator[str]:
    for i, word in enumerate(words):
        if number_of(word) is None:
            continue
        behind = words[i + 1 : i + 5]
        found = next(filter(is_plural, behind), "")
        if found:
            yield noun_stem(found)
        if found.casefold() in KINDS and "of" in behind:
            yield from map(noun_stem, behind[behind.index("of") + 1 :][-1:])


def _sentence_head(words: Sequence[str]) -> set[str]:
    """Return the last noun of a lead-in, or one after a determiner: "several tools for X"."""
    if is_plural(words[-1]):
        return {noun_stem(words[-1])}
    if words[-1].casefold() in PREPOSITIONS:  # "… tools that work with": the items are no tools
        return set()
    for i in reversed(range(1, len(words))):
        if words[i].casefold() in PREPOSITIONS and is_plural(words[i - 1]):
            before = {word.casefold() for word in words[max(0, i - 4) : i - 1]}
            return {noun_stem(words[i - 1])} if before & _DETERMINERS else set()
    return set()


def _title_heads(title: str, is_kind: bool) -> set[str]:
    parts = _TITLE_SPLIT.split(_IN_BRACKETS.sub("", title))
    first, *others = [split_words(part) for part in parts]
    if not first or not (is_plural(first[-1]) or is_kind) or _COORDINATED.search(parts[0]):
        return set()
    heads = {noun_stem(first[-1])}
    if is_kind and is_kind_word(first[-1]):  # "volume types" and "types of volumes"
        of_what = first[:-1] or next(iter(others), [])
        heads |= {*map(noun_stem, of_what[-1:])}
    return heads
