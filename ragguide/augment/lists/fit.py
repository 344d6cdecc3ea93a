"""A question and the lists of a document in, the fitting lists with scores out. No I/O."""

import re
from collections.abc import Iterable, Iterator, Sequence

from ragguide.augment.kinds import Kind
from ragguide.augment.lists.asked import Asked
from ragguide.augment.lists.found import FoundList, Shape
from ragguide.augment.lists.leads import counted_heads, lead_heads
from ragguide.augment.lists.nouns import (
    ANY_ADJECTIVE,
    heads_of,
    is_kind_word,
    noun_stem,
    number_of,
    words_in,
)
from ragguide.augment.lists.values import Item, Listing, Match
from ragguide.augment.lists.word_weights import Weights
from ragguide.index.keywords import terms_of

LEAST_COVERED = 0.8  # share of the question's words, by weight, in the list's lead and section
LEAST_COVERED_OF_NUMBER = 0.6  # the same, if the list has the number of items in the question
LEAST_TO_THE_POINT = 0.4  # share of a title's words, by weight, in the question
LEAST_OF_COUNT = 0.5  # the same for a count question
LEAST_BARE = 0.7  # the same for a question with a noun alone: "how many alarms are there"
COMMON = 1.5  # highest inverse document frequency of a name that a lead may lack
STEPS = heads_of("steps")
# Heads whose items may be whole sentences. A sentence about services may be half an item.
_HEADS_OF_SENTENCES = frozenset(
    map(
        noun_stem,
        """
        steps stages phases features benefits advantages challenges considerations reasons
        questions rules principles tasks requirements limitations limits tips cases practices goals
        purposes problems conditions things points drawbacks disadvantages precautions
        guidelines recommendations settings actions
        """.split(),
    )
)
_LABEL = re.compile(r"\((?P<label>[^()]{2,30})\)\W*\Z")
_REFERS_BACK = re.compile(r"(?:this|these|that|those|it|they|such|however|also|then|here)\b", re.I)
_AND_MORE = re.compile(r"\s+and\s+(?:what|where|how|when|who|their|its)\b.*", re.I)
# A lead-in that announces its items: "these policies:", "Requirements:"
_ANNOUNCES = re.compile(
    r"\b(?:these|those|following|below|there are|several|various|are|include[sd]?|including|"
    r"one of)\b|"
    r"\A(?:\S+\s+){0,3}\S+:\Z",
    re.I,
)


def fitting_lists(
    asked: Asked,
    kind: Kind,
    lists: Sequence[FoundList],
    spans: Sequence[tuple[int, int]],
    weights: Weights,
) -> Iterator[Match]:
    """Yield the lists that fit, including those far from all hits: they may be meant, too."""
    if asked.is_measured:
        return
    for found in lists:
        listing = listing_of(found, kind, asked)
        score = _fit(asked, kind, found, weights) if listing else None
        if listing and score is not None:
            yield Match(score, listing, is_near(found, spans))


def is_near(found: FoundList, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a list overlaps one of some spans of its document."""
    return any(start < found.end and found.start < end for start, end in spans)


def _fit(asked: Asked, kind: Kind, found: FoundList, weights: Weights) -> float | None:
    """Score how well a list's lead fits the question; None if it does not."""
    own = _terms_of_all(found.about)
    all_terms = own | _terms_of_all(found.context) | _terms_of_all(map(_label_of, found.names))
    named = [text for text in found.about if _names_head(asked, text, found, weights)]
    if not named or _lists_other(asked, found) or has_missing_name(asked, all_terms, weights):
        return None
    named = _with_caption(named, found)
    covered = weights.coverage(asked, all_terms)
    to_the_point = max(_to_the_point(asked, text, weights) for text in named)
    if covered < _least_covered(asked, found) or to_the_point < _least_to_the_point(asked, kind):
        return None
    is_same = any(asked.head in lead_heads(text, is_kind=asked.is_kind) for text in named)
    names_kinds = asked.is_kind and any(map(is_kind_word, words_in(" ".join(named))))
    fit = 0.4 + 0.25 * to_the_point + 0.25 * weights.coverage(asked, own)
    fit += 0.1 * is_same + 0.1 * _place(asked, found, weights) + 0.15 * names_kinds
    return covered**2 * fit


def _with_caption(named: list[str], found: FoundList) -> list[str]:
    """Replace a table's column name by the caption, which says which things are listed."""
    if found.shape is not Shape.ROWS or not (caption := found.context[-1]):
        return named
    column, title = found.about
    return [caption if title else f"{column} {caption}"]


def _label_of(name: str) -> str:
    match = _LABEL.search(name)
    return match["label"] if match else ""


def _terms_of_all(texts: Iterable[str]) -> set[str]:
    return {term for text in texts for term in terms_of(text)}


def _least_covered(asked: Asked, found: FoundList) -> float:
    return LEAST_COVERED_OF_NUMBER if asked.number == len(found.items) else LEAST_COVERED


def _least_to_the_point(asked: Asked, kind: Kind) -> float:
    if not asked.words:
        return LEAST_BARE
    return LEAST_OF_COUNT if kind is Kind.COUNT else LEAST_TO_THE_POINT


def _place(asked: Asked, found: FoundList, weights: Weights) -> float:
    """Return how well a title above the list matches the question and nothing else."""
    above = [title for title in found.context if not _is_own(title, found)]
    return max((_to_the_point(asked, title, weights) for title in above), default=0.0)


def _is_own(title: str, found: FoundList) -> bool:
    return any(text.rstrip(": ") in title for text in found.about)


def _names_head(asked: Asked, text: str, found: FoundList, weights: Weights) -> bool:
    """Whether a lead names the wanted things, in the plural or as a table column.

    The items of a numbered list about the question also count as steps.
    """
    if found.shape is Shape.ROWS and text == found.about[0]:
        return bool(text) and noun_stem(text.split()[-1]) in asked.heads
    has_steps = found.is_numbered and found.is_direct and asked.heads == STEPS
    if has_steps and weights.coverage(asked, set(terms_of(text))) >= LEAST_COVERED:
        return True
    return not lead_heads(text, is_kind=asked.is_kind).isdisjoint(asked.heads)


def _lists_other(asked: Asked, found: FoundList) -> bool:
    """Whether a lead announces other things: five steps, or kinds of the wanted thing."""
    counted = counted_heads(found.about[0]) if found.is_introduced else set()
    if counted and counted.isdisjoint(asked.heads):
        return True
    if asked.is_kind or is_kind_word(asked.head):
        return False
    titles = (*found.about, found.context[-1] if found.shape is Shape.ROWS else "")
    return any(is_kind_word(title.split()[0]) and " of " in title for title in titles if title)


def has_missing_name(asked: Asked, terms: set[str], weights: Weights) -> bool:
    """Whether the question contains a name that the lead and its section lack."""
    return any(
        not weights.covers(word, terms) and weights.of(word) >= min(COMMON, weights.highest)
        for word in asked.words
        if word[:1].isupper() or any(map(str.isdigit, word))
    )


def _to_the_point(asked: Asked, text: str, weights: Weights) -> float:
    """Return the share of a lead's words in the question; in a sentence, only near the head."""
    words = [word for word in words_in(_AND_MORE.sub("", text)) if _narrows(asked, word)]
    if text.rstrip().endswith((":", ".")):
        at = next((i for i, word in enumerate(words) if noun_stem(word) in asked.heads), 0)
        words = words[max(0, at - 2) : at + 1]
    wanted = _terms_of_all(asked.words) | asked.heads
    total = shared = 0.0
    for word in words:
        weight = weights.of(word)
        total += weight
        if weights.covers(word, wanted) or noun_stem(word) in asked.heads:
            shared += weight
    return shared / total if total else 0.0


def _narrows(asked: Asked, word: str) -> bool:
    """Whether a word of a lead narrows down its items."""
    if not terms_of(word) or number_of(word) is not None or word.casefold() in ANY_ADJECTIVE:
        return False
    return not (asked.is_kind and is_kind_word(word))


def listing_of(found: FoundList, kind: Kind, asked: Asked) -> Listing | None:
    """Return a list as an answer; None if its items are unclear or their number is wrong."""
    if asked.number not in (None, len(found.items)):
        return None
    is_sure = asked.number is not None or _states_number(found)
    must_be_items = kind is Kind.COUNT or found.shape is Shape.SENTENCES
    if must_be_items and not is_sure and not _is_countable(found, asked):
        return None
    if found.has_gap and kind is Kind.COUNT:
        return None
    is_open = not is_sure and any(map(_is_open, found.about))
    items = _labelled(tuple(map(Item, found.names, found.items)), asked)
    return Listing(found.lead[-1], items, is_whole=not is_open and not found.has_gap)


def _labelled(items: tuple[Item, ...], asked: Asked) -> tuple[Item, ...]:
    """Keep the items with the label that the question names: "Oars (required)"."""
    words = [{*terms_of(_label_of(item.text))} for item in items]
    kinds = {frozenset(label) for label in words}
    named = _terms_of_all(asked.words)
    kept = tuple(item for item, label in zip(items, words, strict=True) if label and label <= named)
    return kept if kept and all(kinds) and len(kinds) < len(items) else items


def _states_number(found: FoundList) -> bool:
    """Whether a lead states the number of items correctly."""
    return any(number_of(word) == len(found.items) for word in words_in(" ".join(found.about)))


def _is_countable(found: FoundList, asked: Asked) -> bool:
    """Whether each item of a list is exactly one thing."""
    if found.shape is Shape.MIXED:
        return False
    if found.shape is Shape.ROWS:
        return not any("," in name for name in found.names)
    if found.shape is Shape.TITLES and not found.is_numbered:
        return not any(_is_several(name) or is_question(name) for name in found.names)
    return found.shape is not Shape.SENTENCES or _are_items(found, asked)


def _are_items(found: FoundList, asked: Asked) -> bool:
    """Whether sentences are the items of a list, not just a section's points."""
    if found.is_numbered or (found.is_introduced and _ANNOUNCES.search(found.about[0])):
        return True
    has_sentences = asked.head in _HEADS_OF_SENTENCES and found.is_direct
    return has_sentences and not any(map(_REFERS_BACK.match, found.names))


def _is_several(name: str) -> bool:
    return any(word in ("and", "or", "&") for word in name.split()) or "," in name


def is_question(name: str) -> bool:
    first = name.split()[0].casefold()
    return name.endswith("?") or first in ("what", "why", "how", "when", "where", "who")


def _is_open(text: str) -> bool:
    """Whether a lead says that its list is incomplete: "including:", "such as:"."""
    words = text.casefold().rstrip(": ").split()
    return bool(words) and (
        words[-1] in ("including", "include", "includes", "example", "examples", "like", "e.g.")
        or words[-2:] == ["such", "as"]
        or words[0] in ("examples", "example", "some", "popular", "common", "typical", "frequent")
    )
