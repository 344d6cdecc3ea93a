"""A question and those before it in, a question that needs no context out. English; no I/O.

"And what does it cost?" finds nothing: the question before names what "it" is. A small model takes
seconds to rewrite such a question, and invents. People mostly leave out the thing that they talk
about, so this puts that thing back.
"""

import re

from ragguide.retrieve.past import (
    ABOUT,
    ARTICLE,
    ASKING,
    CLAUSE,
    PLURAL,
    WITH_NOUN,
    Past,
    Read,
    WordsOf,
    same,
)
from ragguide.retrieve.several import ask_of_list, ask_of_several
from ragguide.retrieve.topic import (
    ATTRIBUTE,
    MOST_WORDS,
    activity_in,
    names_in,
    noun_at,
    plural_in,
    things_in,
    topic_of,
)

_OPENING = re.compile(
    r"\A(?:(?:and|but|or|so|then|also|okay|ok|well|now|yes|no|thanks?|thank you|great|cool|good|"
    r"perfect|fine|nice|sorry|actually|hm+|please|i mean|i meant)\b[\s,:;.!]*)+",
    re.I,
)
_FOR = re.compile(r"\A(?:for|with|of)\s+", re.I)
_PLACE = re.compile(
    r"\A(?P<preposition>in|on|at|about|from|to|by|before|after|during|without|with|per|for|of|"
    r"under|over|until|since|near)\s+(?P<thing>.+)",
    re.I,
)
# Times without their preposition: "what about Sundays?".
_TIMES = (
    (
        "on",
        re.compile(r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun|holi|week)days?|weekends?)", re.I),
    ),
    (
        "in",
        re.compile(
            r"(?:january|february|march|april|may|june|july|august|september|october|november|"
            r"december|spring|summer|autumn|winter|(?:19|20)\d\d)",
            re.I,
        ),
    ),
)
_ASKS = re.compile(rf"\b(?:{ASKING})\b|\A(?:wh\w+|how)\b", re.I)
_NUMBER = re.compile(r"\d[\d.,]*")
_LETTER = re.compile(r"[A-Z\d]{1,3}")  # of "Plan B"
_POSSESSIVE = re.compile(r"\b(?:its|their)\b", re.I)
# Pronouns for a thing. "That" mostly is none: "the model that answers".
_PRONOUN = re.compile(
    rf"""\b(?:it|they|them|these|those|this|both|that(?=
        \s*(?:[?.!,]|\Z)
      | \s+(?:is|are|was|were|do|does|did|can|could|will|would|has|have|costs?|means?|works?|needs?|
              takes?|includes?|happens?|for|in|on|with|about|at|to|from|only|too|also|not)\b
    ))\b(?!\s+(?:{ASKING})\s+(?:i|we|you)\b)""",
    re.I | re.X,
)
_COUNTED = re.compile(r"\bhow many\s+(\w+s)\b", re.I)
_THAT_NOUN = re.compile(rf"\A(?:{ASKING})\s+that\s+(?=[a-z])", re.I)
# "Do I need one?", "how much is a new one?"
_ONE = re.compile(
    rf"\A(?:{ASKING})\b.*\s(?:one|some|any)\Z|.*\b(?:an?|the|another)\s+(?:\w+\s+)?one\Z", re.I
)
MOST_THING = 5  # words of a thing that replaces another: "what about the big kiln?"

_WANTED = re.compile(
    rf"\A(?:an?\s+|the\s+)?(?P<what>(?:[\w-]+\s+)?{ATTRIBUTE})(?P<owner>\s+(?:of|for)\s+.+)?\Z",
    re.I,
)
_ASKED_WANTED = re.compile(
    rf"\A(?:what|how\s+\w+)(?:['’]s|\s+(?:is|are|was|were))\s+the\s+(?:[\w-]+\s+)?{ATTRIBUTE}\Z",
    re.I,
)
_FRAGMENT = re.compile(
    r"(?:(?:since|until|till|from|by|for|at|with|to)\s+)?(?:how(?:\s+\w+)?|what|who|whom|whose|which|"
    r"when|where|what time)(?:\s+exactly|\s+else)?",
    re.I,
)
_WH = re.compile(rf"\A(?:how(?:\s+\w+)?|what|who|when|where|why|which)(?=\s+(?:{ASKING})\b)", re.I)
_MORE = re.compile(
    r"(?:please\s+)?(?:(?:can|could)\s+you\s+)?(?:tell\s+me\s+more|"
    r"(?:explain|describe)(?:\s+(?:it|that|this))?\s+(?:further|(?:in\s+)?more(?:\s+detail)?)|(?:some\s+|any\s+)?more(?:\s+details?|"
    r"\s+information|\s+info)?|give\s+me\s+(?:more|details)(?:\s+details?)?|details|go\s+on|continue|"
    r"elaborate|anything\s+else|what\s+else|say\s+more)(?:\s+please)?",
    re.I,
)
_EXAMPLE = re.compile(
    r"(?:please\s+)?(?:for\s+example|for\s+instance|like\s+what|such\s+as|(?:(?:can|could)\s+you\s+)?"
    r"(?:give\s+me\s+)?(?:an|any|some)?\s*examples?)(?:\s+please)?",
    re.I,
)


def resolve_follow_up(question: str, past: Past | None, words_of: WordsOf) -> Read:
    """Put back what a follow-up leaves out; leave the text of any other question unchanged.

    Args:
        question: as the user asked it.
        past: None for the first question.
        words_of: returns the words of a text that a search uses.
    """
    question = " ".join(question.split())
    found = None if past is None else _follow(question, past, words_of)
    if found is not None:
        return found
    topic = topic_of(question)
    if not topic:  # "do I need one?" has no topic of its own
        topic = past.topic if past else " ".join(words_of(question)[:MOST_WORDS])
    return Read(text=question, topic=topic, things=things_in(question))


def _follow(question: str, past: Past, words_of: WordsOf) -> Read | None:
    """Return a follow-up's question; None if it needs no context."""
    rest = _OPENING.sub("", question)
    if not rest:
        return same(past, past.question)
    found = ask_of_list(rest, past)
    if found is not None:
        return found
    if (text := ask_of_several(rest, past)) is not None:
        return same(past, text)
    if not past.topic:
        return None
    if (text := _ask_on(rest, past)) is not None:
        return same(past, text)
    pronoun = _POSSESSIVE.search(rest) or _PRONOUN.search(rest)
    if pronoun is not None:
        text = _replace_pronoun(rest, pronoun, past, words_of)
        return None if text is None else same(past, text)
    if _THAT_NOUN.match(rest):
        return same(past, f"{rest} ({past.topic})")
    return _replace_thing(question, rest, past)


# ── one thing ───────────────────────────────────────────────────────────────────────────────────


def _ask_on(rest: str, past: Past) -> str | None:
    """Resolve what names no thing at all: "since when?", "an example"; None if it names one."""
    bare = rest.rstrip("?.! ")
    forms = (
        (_FRAGMENT.fullmatch, _ask_for(bare, past.question)),
        (_EXAMPLE.fullmatch, f"an example of {past.topic}"),
        (_MORE.fullmatch, f"tell me more about {past.topic}"),
        (_ASKED_WANTED.fullmatch, f"{bare} of {past.topic}?"),
        (_ONE.match, f"{rest} ({past.topic})"),
    )
    return next((text for matches, text in forms if matches(bare)), None)


def _ask_for(fragment: str, before: str) -> str:
    """Ask for another circumstance of what the question before asked: "how often?", "when?"."""
    if activity_in(before) and _WH.match(before):
        return _WH.sub(fragment, before, count=1)
    return f"{fragment}: {before}"


def _replace_pronoun(
    rest: str, pronoun: "re.Match[str]", past: Past, words_of: WordsOf
) -> str | None:
    """Put the topic in place of a pronoun; None if the question itself names what it means."""
    before, after = rest[: pronoun.start()], rest[pronoun.end() :]
    is_possessive = _POSSESSIVE.fullmatch(pronoun[0]) is not None
    if _is_named(before, words_of, by_name=is_possessive):
        return None
    takes = re.match(r"\s+(?:takes?|took)\b", after, re.I)
    if takes and (activity := activity_in(past.question)):
        return f"{before}{pronoun[0]}{takes[0]} to {activity}{after[takes.end() :]}"
    topic = past.topic
    if PLURAL.fullmatch(pronoun[0]):
        topic = _plural_topic(past)
    if WITH_NOUN.match(rest, pronoun.start()):
        return f"{rest} ({topic})"  # "these limits" says what, but not whose
    return f"{before}{topic}'s{after}" if is_possessive else f"{before}{topic}{after}"


def _plural_topic(past: Past) -> str:
    """Return what "they" means: what the question before counts, or a thing in the plural."""
    if counted := _COUNTED.search(past.question):
        return f"the {counted[1]} of {past.topic}" if names_in(past.question) else past.topic
    if past.topic.endswith("s") or names_in(f"x {past.topic}"):
        return past.topic
    return plural_in(past.question) or past.topic


def _replace_thing(question: str, rest: str, past: Past) -> Read | None:
    """Ask the question before about another thing, place or time: "and for Bedrock?"."""
    bare = rest.rstrip("?.! ")
    thing = ABOUT.sub("", bare)
    if len(thing.split()) > MOST_THING or _ASKS.search(thing):
        return None
    is_follow_up = rest != question or thing != bare
    if is_follow_up:
        thing = _with_preposition(thing)
    if place := _PLACE.match(thing):
        other = _FOR.sub("", thing)
        return _replace_place(past, place, other) or _take_place(other, rest, past)
    if match := _WANTED.match(thing):
        verb = "are" if match["what"].endswith("s") else "is"
        owner = match["owner"] or f"of {past.topic}"
        return same(past, f"what {verb} the {match['what']} {owner.strip()}?")
    if is_follow_up or (ARTICLE.match(thing) and question.endswith("?")):
        return _take_place(thing, rest, past)
    return None


def _with_preposition(thing: str) -> str:
    """Return a time with its preposition: "Sundays" becomes "on Sundays"."""
    found = (f"{word} {thing}" for word, time in _TIMES if time.fullmatch(thing))
    return next(found, thing)


def _take_place(thing: str, rest: str, past: Past) -> Read:
    return _ask_about(thing, past) or same(past, f"{rest} ({past.topic})")


def _ask_about(thing: str, past: Past) -> Read | None:
    """Ask the question before about another thing; None if it does not name its topic."""
    name = re.escape(ARTICLE.sub("", past.topic))
    old = re.search(rf"(?<!\w)(?:(?:an?|the|any|my|our|your|all)\s+)*{name}(?!\w)", past.question)
    if old is None:
        return None
    *first_words, last = past.topic.split()
    if first_words and _LETTER.fullmatch(thing) and _LETTER.fullmatch(last):
        thing = " ".join((*first_words, thing))  # "and C?" after "Plan B"
    if ARTICLE.match(past.topic) and not ARTICLE.match(thing) and not names_in(f"x {thing}"):
        thing = f"the {thing}"
    text = f"{past.question[: old.start()]}{thing}{past.question[old.end() :]}"
    things = past.things if past.topic in past.things else (*past.things, past.topic)
    return Read(text=text, topic=thing, things=tuple(dict.fromkeys((*things, thing))))


def _replace_place(past: Past, place: "re.Match[str]", other: str) -> Read | None:
    """Ask the question before for another place, time or group; None if "for X" names a thing."""
    before = past.question
    preposition = place["preposition"].casefold()
    if old_place := re.search(rf"\b{preposition}\s+", before, re.I):
        old = noun_at(before[old_place.end() :])
        if old == past.topic:
            return _ask_about(place["thing"], past)
        thing = place["thing"]
        if _NUMBER.fullmatch(thing):
            thing = _NUMBER.sub(thing, old, count=1)  # "and for 5?" after "for 2 people"
        text = f"{before[: old_place.end()]}{thing}{before[old_place.end() + len(old) :]}"
        return same(past, text)
    of_one_kind = all(
        bool(sign(other)) == bool(sign(past.topic))
        for sign in (lambda thing: names_in(f"x {thing}"), ARTICLE.match)
    )
    if preposition in ("for", "with", "of") and of_one_kind:
        return None
    return same(past, f"{before.rstrip('?. ')} {place[0]}?")


def _is_named(opening: str, words_of: WordsOf, *, by_name: bool) -> bool:
    """Whether the text before a pronoun names what it means: "a model, and what it costs"."""
    clause = CLAUSE.search(opening)
    in_clause = clause is not None and bool(words_of(opening[: clause.start()]))
    return in_clause or (by_name and bool(names_in(f"{opening}.")))
