"""A follow-up about a list or several things in, a question that needs no context out. No I/O."""

import re
from collections.abc import Sequence

from ragguide.retrieve.past import (
    ABOUT,
    ARTICLE,
    ASKING,
    CLAUSE,
    PLURAL,
    WITH_NOUN,
    Past,
    Read,
    same,
)
from ragguide.retrieve.topic import names_in

_COUNTS = re.compile(r"\bhow many\b", re.I)
_ASKS_FOR = re.compile(
    r"(?:(?:what|which)\s+are|list|name|show(?:\s+me)?|tell\s+me(?:\s+about)?)\s+(?:all\s+)?(?:of\s+)?(?:the\s+)?"
    r"(?P<rest>.+)",
    re.I,
)
_ASKS_WHICH = re.compile(rf"(?:what|which)\s+(?!(?:{ASKING})\b)(?P<rest>.+)", re.I)
_APOSTROPHE = {"their": "'s"}
_DIFFERENCE = re.compile(r"what(?:['’]s| is| are)? the differences?\W*\Z", re.I)
_HOW_MANY = re.compile(
    r"how many(?:\s+of\s+(?:them|these|those))?(?:\s+(?:are|is|were)\s+(?:there|they|it|those)"
    r"(?:\s+(?:in\s+)?(?:all|total|altogether))?|\s+in\s+(?:all|total))?",
    re.I,
)
_WHICH = re.compile(
    r"(?:and\s+)?(?:which|what)(?:\s+(?:ones?|are\s+(?:they|those|these)))?|(?:list|name|show)\s+"
    r"(?:them|these|those)(?:\s+all)?|which\s+of\s+them",
    re.I,
)
_ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3,
    "fifth": 4, "5th": 4, "sixth": 5, "6th": 5, "seventh": 6, "7th": 6, "eighth": 7, "8th": 7,
    "ninth": 8, "9th": 8, "tenth": 9, "10th": 9, "former": 0, "latter": 1, "other": 1, "last": -1,
}  # fmt: skip
_ORDINAL = re.compile(
    rf"\b(?:the\s+)?(?P<ordinal>{'|'.join(_ORDINALS)})\s+(?:one|item|point|option|entry|step)\b"
    r"(?!\s+(?:of|in|to|for)\b)|"
    rf"\bthe\s+(?P<alone>{'|'.join(_ORDINALS)})(?=\s*(?:[?.!,]|\Z)|\s+(?:{ASKING}|cost|costs)\b)|"
    r"\b(?:number|no\.|option|item|point|step)\s+(?P<number>\d\d?)\b(?!\s+(?:of|in|to|for)\b)",
    re.I,
)
_WHICH_OF = re.compile(
    r"\A(?P<which>which)(?:\s+(?:of\s+(?:them|these|those|the\s+two|both)|one|of\s+the\s+\w+))?\s+"
    rf"(?P<rest>(?:{ASKING}|costs?|takes?|needs?|lasts?|holds?|runs?|works?)\b.*)\Z",
    re.I,
)
# A guide states figures; it seldom says which is greater, and small models conclude wrongly.
_FIGURES = (
    (
        r"cheap\w*|(?:more|less|most|least) expensive|dear\w*|costs? (?:more|less)",
        "what do they cost",
    ),
    (r"fast\w+|quick\w+|slow\w+|takes? (?:longer|less|more)", "how long do they take"),
    (r"bigger|biggest|larger|largest|smaller|smallest", "how big are they"),
    (r"heavier|heaviest|lighter|lightest", "how heavy are they"),
    (r"(?:is|are) (?:the )?(?:longer|longest|shorter|shortest)", "how long are they"),
    (r"(?:is|are) (?:the )?(?:higher|highest|taller|tallest|lower|lowest)", "how high are they"),
    (r"older|oldest|newer|newest|younger|youngest", "how old are they"),
)


def ask_of_list(rest: str, past: Past) -> Read | None:
    """Resolve what asks for the number, the names or one item of a list; None if nothing does."""
    bare = rest.rstrip("?.! ")
    if _HOW_MANY.fullmatch(bare):
        return same(past, _counted(past))
    if (counted := re.match(r"(.*?)\bhow many\b", past.question, re.I)) and _WHICH.fullmatch(bare):
        return same(past, f"{counted[1]}which{past.question[counted.end() :]}")
    match = _ORDINAL.search(rest)
    if match is None:
        return None
    item = _item(match, past)
    if item is None:
        return same(past, f"{rest} ({past.topic})") if past.topic else None
    before, after = rest[: match.start()], rest[match.end() :]
    if not ABOUT.sub("", f"{before} ").strip(" ") and not after.strip("?.! "):
        text = f"what about {item}?"
    else:
        text = f"{before}{item}{after}"
    return Read(text=text, topic=item, things=past.things)


def _item(match: "re.Match[str]", past: Past) -> str | None:
    """Return the item that an ordinal means: of several topics, or of the list in the answer."""
    ordinal = match["ordinal"] or match["alone"]
    place = _ORDINALS[ordinal.casefold()] if ordinal else int(match["number"]) - 1
    things = past.things if len(past.things) > 1 else past.items_of()
    if not -len(things) <= place < len(things):
        return None
    return _names_of(things)[place]


def _counted(past: Past) -> str:
    """Ask how many there are of what the question before asked for."""
    asked = past.question.rstrip("?. ")
    if _COUNTS.search(asked):
        return past.question
    if match := _ASKS_FOR.match(asked):
        return f"how many {match['rest']} are there?"
    if match := _ASKS_WHICH.match(asked):
        return f"how many {match['rest']}?"
    return f"how many {ARTICLE.sub('', past.topic)} are there?"


def ask_of_several(rest: str, past: Past) -> str | None:
    """Resolve what asks about several things: "which of them is cheaper?"; None if nothing does."""
    if names_in(f"x {rest}"):
        return None  # the question names its own things
    if match := _WHICH_OF.match(rest):
        things = past.things if len(past.things) > 1 else _names_of(past.items_of())
        return _compare(things, match["rest"]) if len(things) > 1 else None
    if len(past.things) < 2:
        return None
    series = _series(past.things)
    if _DIFFERENCE.match(rest):
        return f"what is the difference between {series}?"
    pronoun = PLURAL.search(rest)
    if pronoun is None or CLAUSE.search(rest[: pronoun.start()]):
        return None
    before, after = rest[: pronoun.start()], rest[pronoun.end() :]
    if WITH_NOUN.match(rest, pronoun.start()):
        return f"{rest} ({series})"
    return f"{before}{series}{_APOSTROPHE.get(pronoun[0].casefold(), '')}{after}"


def _compare(things: Sequence[str], asked: str) -> str:
    """Ask which of several things is more; for the figures, where the guide may state them."""
    series = _series(things)
    for comparative, figure in _FIGURES:
        if re.search(rf"\b(?:{comparative})\b", asked, re.I):
            return f"{' vs '.join(things) if len(things) == 2 else series}: {figure}?"
    return f"which of {series} {asked}"


def _series(things: Sequence[str]) -> str:
    return f"{', '.join(things[:-1])} and {things[-1]}"


def _names_of(items: Sequence[str]) -> list[str]:
    """Return the items of a list without what is said about each."""
    return [item.partition(":")[0].rstrip(". ") for item in items]
