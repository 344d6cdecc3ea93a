"""A question in, the thing that it is about out. English; no I/O.

A follow-up leaves out the thing that people talk about: a name ("Plan B"), or what the question's
grammar makes its subject or object ("the kiln" in "what does the kiln cost?").
"""

import re
from collections.abc import Callable, Sequence

MOST_WORDS = 8  # of a thing; more would be a clause

AUXILIARY = (
    "is are was were am do does did can could may might must should shall will would has have had"
).split()
_BE = frozenset("is are was were am be".split())
_PEOPLE = frozenset("i we you one people someone somebody anyone anybody users".split())
_PRONOUNS = frozenset("it they them he she this that these those both i we you one".split())
_DETERMINERS = frozenset(
    "the a an my our your his her their this that these those any some every each all".split()
)
# Words that end a noun phrase.
_BOUNDARIES = frozenset(
    "of in on at for from by with without to into onto during before after per between under over "
    "about than as like within until since via near through against among "
    "and or but if when while because so that which who whose where what how why "
    "then now here there also too only still ever always usually normally again not no often "
    "please instead".split()
)
_VERBS = frozenset(
    "cost costs need needs take takes hold holds mean means work works get gets make makes "
    "run runs last lasts open opens close closes start starts end ends allow allows support "
    "supports require requires include includes contain contains offer offers give gives "
    "return returns keep keeps store stores weigh weighs measure measures go goes come comes "
    "look looks cover covers apply applies expire expires pay pays charge charges produce "
    "produces send sends read reads write writes show shows accept accepts reach reaches "
    "provide provides serve serves belong belongs depend depends consist happen happens "
    "differ differs stop stops help helps use uses have do stand stay stays begin begins be "
    "been change changes handle handles let lets".split()
)
_AFTER_NOUN = _VERBS | _BOUNDARIES | _DETERMINERS | frozenset(AUXILIARY)
# Words after a noun that say something about it: "is the lathe free", "are backups included".
_PREDICATE = re.compile(
    r"\w{2,}(?:ed|en|able|ible|ive|ous|ful|less)|found|made|kept|held|sent|paid|built|cut|set|put|"
    r"read|sold|bought|left|lost|met|shown|known|done|run|meant|valid|open|closed|free|due|safe|"
    r"big|"
    r"large|long|high|deep|wide|heavy|old|fast|good|for|like|called|worth",
    re.I,
)
_PLURAL_NOUN = re.compile(r"[a-z]{2,}(?<![sui])s")
_WH = re.compile(r"(?:what|which|how|when|where|why|who|whose|whom)\b", re.I)
# Things of a thing: "and the price?" asks for its price.
ATTRIBUTE = (
    r"(?:price|cost|fee|charge|rate|limit|size|default|maximum|minimum|duration|weight|height|"
    r"width|length|depth|speed|colou?r|name|number|address|phone|e-?mail|deadline|date|time|age|"
    r"warranty|temperature|capacity|purpose|reason|advantage|disadvantage|drawback|benefit|difference|"
    r"requirement|rule|exception|opening hour|hour|version|location)s?"
)
_BARE = "?!.,;:()\"'“”‘’"

_NAME = re.compile(r"[A-Z0-9][\w.:/+-]*|\w*[a-z][A-Z]\w*")
_THING = r"(?:(?:the|an?|my|our|your)\s+{more}[\w-]+|[A-Z][\w.-]*(?:\s+[A-Z0-9][\w.-]*)*)"
_SIDE_BY_SIDE = re.compile(
    rf"\b(?P<first>{_THING.format(more='(?:[A-Za-z-]+ )?')}),?\s+(?:and|or|vs\.?|versus|than)\s+"
    rf"(?P<second>{_THING.format(more='')})"
)
_FIRST_WORDS = frozenset(
    "what which who whom whose when where why how is are was were do does did can could may might "
    "should would will shall has have had the a an in on of for with if tell explain describe list "
    "name give show define compare i my we our you your any some each every must at to from by "
    "and but or so no yes please".split()
)
CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april "
    "may june july august september october november december".split()
)
_DATES = CALENDAR | {"christmas", "easter"}
# In "Plan I" the "I" is a numeral.
_NUMBERED = frozenset(
    "plan part phase type class level tier volume chapter section appendix stage grade model "
    "option version step zone group category annex table unit war".split()
)


def topic_of(question: str) -> str:
    """Return the thing that a question is about: its first name, or its noun; "" if none."""
    names = names_in(question)
    return names[0] if names else definite(thing_in(question))


def definite(thing: str) -> str:
    """Return a thing that was mentioned: "a desk" becomes "the desk"."""
    first, _, rest = thing.partition(" ")
    return f"the {rest}" if rest and first.casefold() in _DETERMINERS - {"the"} else thing


def names_in(question: str) -> list[str]:
    """Return runs of words with a capital or a digit, except for the question's first word."""
    names: list[str] = []
    run: list[str] = []
    for at, word in enumerate([*question.split(), ""]):
        bare = word.strip(_BARE)
        is_part = _is_name(bare, is_first=at == 0) and not _is_pronoun(bare, run)
        if is_part:
            run.append(bare)
        if run and (not is_part or _ends_phrase(word)):
            names.append(" ".join(run))
            run = []
    return [name for name in names if name.casefold() not in _DATES]


def _is_name(word: str, *, is_first: bool) -> bool:
    if is_first and (word.istitle() or word.casefold() in _FIRST_WORDS):
        return False
    return _NAME.fullmatch(word) is not None and not word.isdigit()


def _ends_phrase(word: str) -> bool:
    """Whether a comma or the like follows a word, and not just an apostrophe."""
    return word.rstrip(_BARE.replace("'", "")) != word


def _is_pronoun(word: str, run: Sequence[str]) -> bool:
    """Whether a word is the pronoun I, and not a numeral as in "Plan I"."""
    if word.partition("'")[0].partition("’")[0] != "I":
        return False
    return not (run and run[-1].casefold() in _NUMBERED)


def things_in(question: str) -> tuple[str, ...]:
    """Return the two things that a question names side by side: "the kiln or the lathe"."""
    match = _SIDE_BY_SIDE.search(question)
    if match is None:
        return ()
    names = names_in(question) if match["first"][0].isupper() else [match["first"]]
    first = next((name for name in names if match["first"].endswith(name)), "")
    return (definite(first), definite(match["second"])) if first else ()


def thing_in(question: str) -> str:
    """Return the thing that a question's grammar makes its subject or object; "" if none."""
    words = [word for word in question.split() if word.strip(_BARE)]
    lower = [word.strip(_BARE).casefold() for word in words]
    if "about" in lower[1:]:  # "what does the guide say about drainage?"
        return _noun(words, lower, lower.index("about", 1) + 1)
    at = next((i for i, word in enumerate(lower) if word in AUXILIARY), None)
    asked = _asked(words, lower)
    found = _told(words, lower) if at is None else _after(words, lower, at)
    has_article = found.partition(" ")[0].casefold() in _DETERMINERS
    return found if has_article or not asked else asked


def _told(words: Sequence[str], lower: Sequence[str]) -> str:
    """Return the thing of a question without an auxiliary: "explain the press"."""
    if _WH.match(" ".join(lower)) and _DETERMINERS.isdisjoint(lower):
        return ""
    return _noun(words, lower, 0)


def _after(words: Sequence[str], lower: Sequence[str], at: int) -> str:
    """Return the subject after an auxiliary; where people do something, its object."""
    start = at + 1
    while lower[start : start + 1] in (["there"], ["not"]):
        start += 1
    if _PEOPLE.issuperset(lower[start : start + 1]):
        return _noun(words, lower, start + 2)
    found = _subject(words, lower, start, is_be=lower[at] in _BE)
    if found or _DETERMINERS.isdisjoint(lower[start:]):
        return found
    return _noun(words, lower, start)  # "what does it cost to hire the hall?"


def _asked(words: Sequence[str], lower: Sequence[str]) -> str:
    """Return the noun after "which", "what" or "how many"; "" if another word follows."""
    start = 2 if lower[:2] in (["how", "many"], ["how", "much"]) else 1
    if lower[:1] not in (["which"], ["what"]) and start == 1:
        return ""
    ends = (i for i in range(start, len(lower)) if lower[i] in _AFTER_NOUN)
    end = next(ends, len(lower))
    noun = " ".join(word.strip(_BARE) for word in words[start:end])
    return f"the {noun}" if noun and end < len(lower) and end - start < MOST_WORDS else ""


def plural_in(question: str) -> str:
    """Return the last word in the plural that is no name; "" if there is none."""
    words = [word.strip(_BARE) for word in question.split()[1:]]
    found = [word for word in words if _PLURAL_NOUN.fullmatch(word) and word not in _VERBS]
    return found[-1] if found else ""


def activity_in(question: str) -> str:
    """Return what a question asks how to do: "clean the press"; "" if nothing."""
    match = re.search(
        rf"\b(?:{'|'.join(AUXILIARY)})\s+(?:{'|'.join(_PEOPLE)})\s+(?P<verb>[^?!.,;:]+)",
        question,
        re.I,
    )
    words = match["verb"].split() if match else []
    while words and words[-1].casefold() in _BOUNDARIES:
        words.pop()
    return " ".join(words) if 1 < len(words) <= MOST_WORDS else ""


def noun_at(text: str) -> str:
    """Return the words at the beginning of a text up to the end of its first noun phrase."""
    words = text.split()
    lower = [word.strip(_BARE).casefold() for word in words]
    end = _end(words, lower, 0)
    verbs = (at for at in range(1, end) if lower[at] in _VERBS)
    return " ".join(words[: next(verbs, end)]).rstrip(_BARE)


def _noun(words: Sequence[str], lower: Sequence[str], begin: int) -> str:
    """Return the first noun phrase with an article; else the words up to a preposition."""
    start = next((i for i in range(begin, len(lower)) if lower[i] in _DETERMINERS), begin)
    return _phrase(words, lower, start, lambda phrase, _: phrase)


def _subject(words: Sequence[str], lower: Sequence[str], start: int, *, is_be: bool) -> str:
    """Return the noun phrase after an auxiliary, without the verb or adjective after it."""
    end = _end(words, lower, start)
    if end < len(lower) and lower[end] in _DETERMINERS and end < start + 2:
        start = end  # "does cleaning the press take"

    def cut(phrase: list[str], least: int) -> list[str]:
        if is_be:
            while len(phrase) > least and _PREDICATE.fullmatch(phrase[-1]):
                phrase = phrase[:-1]
            return phrase
        verbs = (i for i in range(least, len(phrase)) if phrase[i].casefold() in _VERBS)
        return phrase[: max(next(verbs, len(phrase) - 1), least)]

    return _phrase(words, lower, start, cut)


def _phrase(
    words: Sequence[str],
    lower: Sequence[str],
    start: int,
    cut: Callable[[list[str], int], list[str]],
) -> str:
    """Return the noun phrase at `start`; of "the price of the kiln", the kiln."""
    while start + 1 < len(lower) and {lower[start], lower[start + 1]} <= _DETERMINERS:
        start += 1  # "all the formats"
    end = _end(words, lower, start)
    phrase = [word.strip(_BARE) for word in words[start:end]]
    least = 1 + (bool(phrase) and phrase[0].casefold() in _DETERMINERS)
    if len(phrase) < least or phrase[0].casefold() in _PRONOUNS:
        return ""
    if re.fullmatch(ATTRIBUTE, phrase[-1], re.I) and lower[end : end + 1] in (["of"], ["for"]):
        return _phrase(words, lower, end + 1, cut)
    phrase = cut(phrase, least)
    return " ".join(phrase) if len(phrase) <= MOST_WORDS else ""


def _end(words: Sequence[str], lower: Sequence[str], start: int) -> int:
    """Return where the noun phrase that begins at `start` ends."""
    for at in range(start, len(words)):
        if at > start and (lower[at] in _BOUNDARIES or lower[at] in _DETERMINERS):
            return at
        if _ends_phrase(words[at]):
            return at + 1
    return len(words)
