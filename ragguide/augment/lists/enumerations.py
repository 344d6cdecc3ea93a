"""A sentence in, its enumerations and the counts that it states out. English; no I/O."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from ragguide.augment.lists.nouns import is_plural, noun_stem, number_of, words_in
from ragguide.index.keywords import terms_of

LEAST_ITEMS = 3
MOST_WORDS = 6  # of one item
NEAR = 5  # words after a number in which to look for the counted noun

MOST_WORDS_NAMED = 14  # of one item after a colon
_JOIN = re.compile(r",?\s+(?:and|or|as well as)\s+", re.I)
# "…, allowing A and B" continues the sentence and is not an item.
_RESULT = re.compile(
    r"(?:allow|enabl|mak|ensur|provid|help|giv|lett|reduc|improv|includ|lead|offer|support|keep|"
    r"result|caus|facilitat|us|leverag|deliver|creat|requir)ing\s",
    re.I,
)
_JOIN_FIRST = re.compile(r"(?:and|or)\s", re.I)
_CLAUSE_END = re.compile(r"(?<=[;!?])\s|(?<=\.)\s+(?=[A-Z])|(?<=:)\s")
_OPEN_END = re.compile(
    r"\b(?:such as|like|including|includes?|e\.g\.|for example|for instance|among them|especially)"
    r"\s*[:,]?\s*\Z",
    re.I,
)
_CLAUSE_COMMA = re.compile(r",(?![^()]*\))(?!\d)")
_MORE = re.compile(
    r"\A(?:(?:many|several|some|various|all|any)\s+)?(?:others?|more|so on|so forth)\b", re.I
)
_ETC = re.compile(r"\betc\b|\bamong others\b|\band more\b|…|\.\.\.", re.I)
# The first item begins after the last of these words.
_BEFORE_FIRST = re.compile(
    r"\b(?:such as|like|including|includes?|of|in|with|to|for|by|from|as|on|at|into|across|through|"
    r"is|are|was|were|has|have|supports?|offers?|provides?|contains?|covers?|uses?|using|takes?|"
    r"accepts?|runs?|"
    r"between|via|identif(?:y|ies)|both|either|called|named)\s+",
    re.I,
)
_BEHIND_LAST = re.compile(
    r"\s+(?:for|to|with|in|on|at|by|from|that|which|when|while|so|without|within|during|is|are|"
    r"can|based|making|using|as|consists?|includes?|contains?|has|have|offers?|supports?|"
    r"through|across|via|into|because|if|but)\s",
    re.I,
)
_CLAUSE = re.compile(
    r"\b(?:is|are|was|were|can|could|will|would|should|may|must|has|have|it|they|them|you|we|which|"
    r"that|this|these|where|when|if|who|then|do|does|not)\b",
    re.I,
)
_NOT_COUNTED = re.compile(
    r"(?:table|figure|fig|chapter|section|page|version|step|part|level|first|last|next|other|"
    r"others|another|"
    r"more|additional|further|every|each|than|least|top|top-|of|remaining)\Z",
    re.I,
)
_QUALIFIER = re.compile(
    r"(?P<said>(?:up to|more than|over|at least|at most|about|around|nearly|almost|fewer than|"
    r"less than|as many as|(?:\d+|one|two|three|four|five|six)\s*(?:or|to|-|–))\s*)\Z",
    re.I,
)
_NUMBER = re.compile(
    r"(?<![\w.,/$€£-])(?P<number>\d{1,3}(?:,\d{3})+|\d{1,7}|two|three|four|five|six|seven|eight|"
    r"nine|ten|eleven|twelve|"
    r"thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|"
    r"hundreds?|"
    r"thousands?|dozens?)(?P<plus>\+?)(?=\s|-)(?!(?:\s+(?:or|to)\s+|\s*[-–]\s*)\d)",
    re.I,
)


class Enumeration(msgspec.Struct, frozen=True):
    """The items that a sentence lists."""

    before: str  # the sentence up to its first item
    items: tuple[str, ...]
    is_whole: bool
    is_named: bool  # a word or sign marks where the first item begins


class Stated(msgspec.Struct, frozen=True):
    """A number of things that a sentence states."""

    said: str  # in the sentence's words: "up to 16"
    number: int | None  # None for "hundreds"
    before: str  # the sentence up to the number
    modifiers: tuple[str, ...]  # words between the number and the counted noun
    counted: str  # the number with its noun: "up to 16 Inferentia chips"


def enumerations(sentence: str) -> Iterator[Enumeration]:
    """Yield each "A, B and C" of a sentence with at least three items."""
    text = " ".join(sentence.split())
    at = 0
    for clause in _CLAUSE_END.split(text):
        start = text.index(clause, at)
        is_behind_colon = text[:start].rstrip().endswith(":")
        for join in _JOIN.finditer(clause):
            if found := _series(clause, join, is_behind_colon):
                yield _enumeration(text, start, clause, found, is_behind_colon)
        at = start + len(clause)


def _series(clause: str, join: re.Match[str], is_behind_colon: bool) -> list[str] | None:
    """Return the items around a conjunction, word for word; None if they are no series."""
    parts = _split_commas(clause[: join.start()])
    if not parts or _JOIN_FIRST.match(parts[-1].strip()):
        return None
    is_plain = is_behind_colon and not _is_sentence(parts)  # items and nothing else
    last = _CLAUSE_COMMA.split(clause[join.end() :])[0]
    items = [last if is_plain else _BEHIND_LAST.split(f"{last} ")[0]]
    for part in reversed(parts):
        ends = [] if is_plain else [found.end() for found in _BEFORE_FIRST.finditer(part)]
        items.insert(0, part[ends[-1] :] if ends else part)
        if ends:
            break
    items = [item.strip(" .") for item in items]
    return items if _are_items(items, is_plain) else None


def _are_items(items: Sequence[str], is_plain: bool) -> bool:
    most = MOST_WORDS_NAMED if is_plain else MOST_WORDS
    if len(items) < LEAST_ITEMS or not all(0 < len(item.split()) <= most for item in items):
        return False
    if any(map(_JOIN_FIRST.match, items)) or any(map(_RESULT.match, items[1:])):
        return False
    if any(item.replace(",", "").replace(".", "").isdigit() for item in items):
        return False
    return is_plain or not any(map(_CLAUSE.search, items))


def _is_sentence(parts: Sequence[str]) -> bool:
    """Whether there are words between a colon and the first item.

    Examples: "Uses: it is used in search, chat and mail", "Fit: works with A, B and C".
    """
    leads, *others = [bool(_BEFORE_FIRST.search(part)) for part in parts]
    opens = any(_OPEN_END.match(f"{part.split()[0]} ") for part in parts[1:])
    return bool(_CLAUSE.search(parts[0])) or (leads and not any(others)) or opens


def _enumeration(
    text: str, start: int, clause: str, items: list[str], is_behind_colon: bool
) -> Enumeration:
    at = text.index(items[0], start)
    before = text[:at]
    is_open = bool(_OPEN_END.search(before) or _ETC.search(clause))
    is_named = is_behind_colon or bool(_BEFORE_FIRST.search(before[-24:])) or at == start
    if _MORE.match(items[-1]):
        items = items[:-1]
        is_open = True
    return Enumeration(before, tuple(_bare(item) for item in items), not is_open, is_named)


def _bare(item: str) -> str:
    bare = item.rstrip(". ")
    return bare.rstrip(")") if bare.count(")") > bare.count("(") else bare


def _split_commas(text: str) -> list[str]:
    return [part for part in _CLAUSE_COMMA.split(text) if part.strip()]


def stated_numbers(sentence: str, heads: frozenset[str]) -> Iterator[Stated]:
    """Yield the numbers of a sentence that count a noun with one of these stems."""
    text = " ".join(sentence.split())
    for match in _NUMBER.finditer(text):
        before = text[: match.start()].rstrip()
        qualifier = _QUALIFIER.search(text[: match.start()])
        if not qualifier and before and _NOT_COUNTED.search(before.split()[-1]):
            continue
        behind = text[match.end() :]
        clause = re.split(r"[,;:.()]", behind)[0]
        words = clause.split()[:NEAR]
        for i, word in enumerate(words):
            bare = word.strip("'\"’”")
            if is_plural(bare) and any(noun_stem(each) in heads for each in words_in(bare)):
                said = (qualifier["said"] if qualifier else "") + match["number"] + match["plus"]
                counted = " ".join((said, *words[: i + 1]))
                yield Stated(said, _value(match["number"]), before, tuple(words[:i]), counted)
                break


def _value(number: str) -> int | None:
    plain = number.replace(",", "")
    return int(plain) if plain.isdigit() else number_of(plain)


def terms_before(sentence: str, enumeration: Enumeration) -> set[str]:
    """Return the terms of a sentence without those of the enumerated items."""
    rest = sentence
    for item in enumeration.items:
        rest = rest.replace(item, " ")
    return set(terms_of(rest))
