"""A sentence or table row of a guide in, a question that it answers out. English only; no I/O.

Rules turn the sentence around: "Kendra can return up to 100 passages" → "How many passages can
Kendra return?" So the question keeps the guide's words, which makes it easier to find than what
people ask: a person should say it in other words.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

IsName = Callable[[str], bool]  # whether a word is written with a capital in mid-sentence too

MIN_WORDS, MAX_WORDS = 5, 45  # of a sentence that says something by itself
MAX_QUESTION_WORDS = 22


class Phrased(msgspec.Struct, frozen=True):
    """A question, and what of the sentence answers it."""

    question: str
    answer: str
    kind: str  # of the question, as the default set names kinds
    facts: tuple[str, ...]  # words of the sentence that an answer must hold


# What points elsewhere says nothing by itself.
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
_ARTICLE = re.compile(r"^(a|an|the) ", re.IGNORECASE)
_NUMBER = re.compile(r"\b\d[\d,.]*(?:[-/]\d+)*(?:\s?%|\b)")
_NAME = re.compile(r"\b[A-Z][\w-]*(?: [A-Z][\w-]*)*\b")
# Someone or something, in a few words without a verb of its own.
_NP = (
    r"(?:(?:The|A|An|Amazon|AWS) )?[A-Z][\w./+-]*(?: (?!is\b|are\b|can\b|and\b|or\b)[\w./+-]+){0,4}"
)
_COUNT = r"(?P<about>up to |at most |at least |about |only |more than )?(?P<n>\d[\d,.]*)"
_UNIT = r"(?P<unit>(?:(?!per\b)[a-z][\w-]* ){0,2}?[a-z][\w-]*s(?: (?:of|per) [\w-]+)?)"
_MONTHS = "January February March April May June July August September October November December"
_MONTH = rf"(?:(?:{_MONTHS.replace(' ', '|')}) )?"
# Begins no subject, or stands in none, though a capital and a few words follow.
_NO_SUBJECT = re.compile(
    r"^(if|when|where|while|with|without|by|in|on|for|from|to|at|as|after|before|because|since|"
    r"under|over|until|every|any|no|not|only|what|which|who|how|why|your|you|we|our)\b|"
    r"\b(that|which|who|you|if|when|there|here|such)\b",
    re.IGNORECASE,
)
_VAGUE = frozenset(
    "list number kind set part way sort form type piece group share measure series sum opposite "
    "same usual reason half rest first second last one thing mixture".split()
)
_IMPERATIVE = (
    r"use|choose|call|set|add|enable|turn|create|run|open|start|store|put|attach|give|send|write|"
    r"take|make|keep|split|train|apply|configure|define|look|check|measure|reserve|remove|drop|"
    r"replace|try|raise|lower|increase|reduce|compare|pass|let|pick|begin|stop|ask|grant|tag|watch"
)
_THIRD = {  # a verb as it stands after "it" → as it stands after "does"
    "has": "have", "does": "do", "goes": "go", "reaches": "reach", "catches": "catch",
    "matches": "match", "searches": "search", "passes": "pass", "processes": "process",
    "watches": "watch", "carries": "carry", "applies": "apply", "tries": "try", "uses": "use",
}  # fmt: skip
_VERBS = (
    "accepts|adds|allows|answers|applies|carries|catches|checks|collects|combines|contains|costs|"
    "covers|creates|detects|encrypts|expects|finds|gives|governs|groups|grows|handles|has|helps|"
    "holds|keeps|lasts|learns|lets|limits|listens|makes|manages|matches|measures|moves|needs|"
    "offers|predicts|processes|protects|provides|publishes|reaches|reads|records|reduces|removes|"
    "replaces|requires|returns|runs|saves|searches|sends|serves|shares|shows|sleeps|sorts|splits|"
    "starts|stops|stores|supports|takes|tells|trains|translates|tries|turns|uses|waits|watches|writes"
)


_ROW = re.compile(r"[^:;]{1,40}: [^;]+; [^:;]{1,40}: ")
_GLOSSARY = frozenset("meaning definition description explanation".split())
# Heads of columns that are verbs, and words that make one no noun.
_HEAD_VERBS = frozenset(
    "does sees fits suits compares concerns watches records reaches returns needs".split()
)
_NOT_NOUNS = frozenset(
    "what who how why when where which it for in to by first if also used".split()
)


_PRONOUNS = frozenset("it them this these those one".split())
_NO_ITEM = re.compile(
    r"^(when|where|if|in|on|at|for|such as)\b|\b(is|are|was|were)\b", re.IGNORECASE
)
_NO_VALUE = frozenset("yes no none any both all same n/a".split())


def phrase(text: str, is_name: IsName) -> Phrased | None:
    """Turn a sentence or row around, by the first rule that fits; None if none does."""
    text = " ".join(text.split())
    if _ROW.match(text):
        return _row(text, is_name)
    if not says_something(text):
        return None
    for rule in _RULES:
        found = rule(text, is_name)
        if found is not None and len(found.question.split()) <= MAX_QUESTION_WORDS:
            return found
    return None


def says_something(text: str) -> bool:
    """Whether a sentence can be understood without those around it."""
    return (
        MIN_WORDS <= len(text.split()) <= MAX_WORDS
        and not _ROW.match(text)
        and text[0].isupper()
        and text.endswith(".")
        and not _POINTING.match(text)
        and not _ELSEWHERE.search(text)
        and text.count("(") == text.count(")")
    )


def facts_of(text: str, question: str) -> tuple[str, ...]:
    """Numbers and names of a text that the question does not give away; at most three."""
    asked = question.casefold()
    names = [name for name in _names(text) if name.casefold() not in asked]
    numbers = [n.strip(".,") for n in _NUMBER.findall(text)]
    found = [each for each in dict.fromkeys([*numbers, *names]) if each.casefold() not in asked]
    return tuple(found[:3])


def _names(text: str) -> Iterator[str]:
    """Names that a text holds, the first word of it excepted."""
    for match in _NAME.finditer(text):
        if match.start() > 0 or " " in match[0] or match[0].isupper():
            yield match[0]


def _match(pattern: str, text: str) -> re.Match[str] | None:
    """Match from the start, if what is then called the subject can be one."""
    match = re.match(pattern, text)
    if match is not None and "s" in match.re.groupindex and _NO_SUBJECT.search(match["s"]):
        return None
    return match


# ── rules ───────────────────────────────────────────────────────────────────────────────────────


def _how_many(text: str, is_name: IsName) -> Phrased | None:
    """`S can return up to 100 passages for a query`."""
    match = _match(
        rf"(?P<s>{_NP}) (?P<aux>can|may|must|will|could) (?P<v>[a-z]+) {_COUNT} "
        rf"{_UNIT}(?P<rest>[^,;:]*)",
        text,
    )
    if match is None or _NUMBER.search(match["rest"]):
        return None
    subject, rest = _inside(match["s"], is_name), match["rest"].rstrip(". ")
    question = f"How many {match['unit']} {match['aux']} {subject} {match['v']}{rest}?"
    return _numbered(question, match["about"], match["n"], match["unit"])


def _how_many_does(text: str, is_name: IsName) -> Phrased | None:
    """`S keeps 90 days of history`."""
    match = _match(
        rf"(?P<s>{_NP}) (?P<v>{_VERBS}) {_COUNT} {_UNIT}(?P<rest>[^,;:]*)",
        text,
    )
    if match is None or _NUMBER.search(match["rest"]):
        return None
    subject, rest = _inside(match["s"], is_name), match["rest"].rstrip(". ")
    question = f"How many {match['unit']} does {subject} {_base(match['v'])}{rest}?"
    return _numbered(question, match["about"], match["n"], match["unit"])


def _numbered(question: str, about: str | None, n: str, unit: str) -> Phrased:
    n = n.rstrip(".,")
    answer = f"{about or ''}{n} {unit}."
    return Phrased(question, answer[0].upper() + answer[1:], "numeric", (n,))


def _when(text: str, is_name: IsName) -> Phrased | None:
    """`S was renamed in December 2024`."""
    match = _match(
        rf"(?P<s>{_NP}) (?P<be>was|were) (?P<v>[a-z]+(?:ed|n|t))(?P<rest> [^,;:]*?)? in "
        rf"(?P<date>{_MONTH}(?:19|20)\d\d)\b",
        text,
    )
    if match is None:
        return None
    subject, rest = _inside(match["s"], is_name), match["rest"] or ""
    question = f"When {match['be']} {subject} {match['v']}{rest}?"
    return Phrased(question, f"In {match['date']}.", "factoid", (match["date"],))


def _stands_for(text: str, _is_name: IsName) -> Phrased | None:
    """`Remote Direct Memory Access (RDMA)`, with just those initials."""
    for match in re.finditer(r"\b((?:[A-Z][\w-]+ ){2,5})\(([A-Z]{2,6})\)", text):
        words = match[1].split()
        if "".join(word[0] for word in words).upper() == match[2]:
            name = " ".join(words)
            return Phrased(f"What does {match[2]} stand for?", f"{name}.", "factoid", (name,))
    return None


def _definition(text: str, is_name: IsName) -> Phrased | None:
    """`A kestrel is a bird that hovers`."""
    match = _match(rf"(?P<s>{_NP}) (?P<be>is|are) (?P<o>(?:an?|the|one of the) .+)\.$", text)
    if match is None:
        return None
    subject = _inside(match["s"], is_name)
    core = _core_of(match["o"])
    if core is None:
        return None
    return Phrased(f"What {match['be']} {subject}?", text, "definition", (core,))


def _core_of(meaning: str) -> str | None:
    """What something is, in a few words: "managed search service"; None if that says nothing."""
    stop = r" (?:that|which|who|for|in|with|to|by|on|whose|where|and)\b|[.,;:(]"
    core = _ARTICLE.sub("", re.split(stop, meaning)[0].strip())
    first = core.split()[0].lower() if core else ""
    if first not in _VAGUE:
        return core.partition(" of ")[0] or None
    return core if " of " in core else None


def _how_to(text: str, is_name: IsName) -> Phrased | None:
    """`To see what was said, open the transcript`."""
    match = _match(rf"To (?P<goal>[a-z][^,;:]+), (?P<do>(?:{_IMPERATIVE}) .+)\.$", text)
    if match is None:
        return None
    question = f"How do I {_mine(match['goal'])}?"
    facts = facts_of(match["do"], question) or _object(match["do"], is_name)
    return _answered(question, match["do"], "howto", facts)


def _what_if(text: str, is_name: IsName) -> Phrased | None:
    """`If the disk is full, remove old generations`."""
    match = _match(rf"(?P<w>If|When) (?P<case>[^,;:]+), (?P<do>(?:{_IMPERATIVE}) .+)\.$", text)
    if match is None:
        return None
    question = f"What should I do {match['w'].lower()} {_mine(match['case'])}?"
    facts = facts_of(match["do"], question) or _object(match["do"], is_name)
    return _answered(question, match["do"], "howto", facts)


def _use_for(text: str, is_name: IsName) -> Phrased | None:
    """`Use Spot Instances for work that can wait`."""
    match = _match(
        r"(?P<v>Use|Choose|Take) (?P<o>[^,;:]{3,50}?) (?P<link>to|for|when|if|where) "
        r"(?P<rest>[^;:]+)\.$",
        text,
    )
    if match is None:
        return None
    if match["o"].split()[0].lower() in _PRONOUNS:
        return None
    question = f"What should I {match['v'].lower()} {match['link']} {_mine(match['rest'])}?"
    thing = _ARTICLE.sub("", match["o"])
    facts = facts_of(f"x {match['o']}", question) or (_outside(thing, is_name),)
    return _answered(question, match["o"], "factoid", facts)


def _lists(text: str, is_name: IsName) -> Phrased | None:
    """`S supports CSV, JSON and Parquet`."""
    match = _match(
        rf"(?P<s>{_NP}) (?P<v>{_VERBS}) "
        r"(?P<items>[^.;:]+(?:, [^.;:,]+)+ (?:and|or) [^.;:,]+)\.$",
        text,
    )
    if match is None:
        return None
    items = [item.strip() for item in re.split(r", | and | or ", match["items"])]
    if not all(0 < len(item.split()) <= 4 and not _NO_ITEM.search(item) for item in items):
        return None
    question = f"What does {_inside(match['s'], is_name)} {_base(match['v'])}?"
    facts = tuple(_ARTICLE.sub("", item) for item in items)
    return _answered(question, match["items"], "list", facts)


def _which(text: str, is_name: IsName) -> Phrased | None:
    """`AWS Lake Formation governs a data lake`: which does?"""
    match = _match(rf"(?P<s>{_NP}) (?P<v>{_VERBS}) (?P<o>[^.;:]+)\.$", text)
    if match is None:
        return None
    subject = _ARTICLE.sub("", match["s"])
    if not any(map(is_name, subject.split())) or not 3 <= len(match["o"].split()) <= 14:
        return None
    if re.search(r", (so|and|but|which|of which|for instance)\b", match["o"]):
        return None
    return Phrased(f"What {match['v']} {match['o']}?", f"{match['s']}.", "factoid", (subject,))


def _why(text: str, is_name: IsName) -> Phrased | None:
    """`S is scarce because everybody wants it`."""
    match = _match(
        rf"(?P<s>{_NP}) (?P<be>is|are|can|must|should) (?P<rest>[^,;:]+?),? because "
        r"(?P<why>[^;:]+)\.$",
        text,
    )
    if match is None:
        return None
    question = f"Why {match['be']} {_inside(match['s'], is_name)} {match['rest']}?"
    return _answered(question, f"because {match['why']}", "factoid", facts_of(text, question))


def _means(text: str, is_name: IsName) -> Phrased | None:
    """`S means that data must fit a table`."""
    match = _match(rf"(?P<s>{_NP}) means (?:that )?(?P<o>[^;:]+)\.$", text)
    if match is None:
        return None
    question = f"What does {_inside(match['s'], is_name)} mean?"
    return _answered(question, match["o"], "definition", facts_of(match["o"], question))


def _row(text: str, is_name: IsName) -> Phrased | None:
    """`Instance: p5; Memory: 80 GB`: a cell by its row and its column."""
    cells = [cell.partition(": ") for cell in text.split("; ")]
    if len(cells) < 2 or not all(value.strip() for _, _, value in cells):
        return None
    (_, _, subject), *others = cells
    if others[0][0].strip().lower() in _GLOSSARY:
        return _glossed(subject.strip(), others[0][2].strip(), is_name)
    for head, _, value in others:
        question = _cell_question(head.strip(), subject.strip(), is_name)
        facts = _cell_facts(value.strip())
        if question and facts:
            return _answered(question, value.strip(), "table", facts)
    return None


def _glossed(term: str, meaning: str, is_name: IsName) -> Phrased | None:
    core = _core_of(meaning)
    if core is None:
        return None
    question = f"What is {_outside(term, is_name)}?"
    return _answered(question, meaning, "definition", (core,))


def _cell_question(head: str, subject: str, is_name: IsName) -> str | None:
    words = head.lower().split()
    if (
        len(subject.split()) > 6
        or len(words) > 3
        or _NOT_NOUNS & set(words)
        or "?" in head + subject
    ):
        return None
    if len(words) == 1 and words[0] in _HEAD_VERBS:
        return f"What does {_inside(subject, is_name)} {_base(words[0])}?"
    if is_name(head.split()[0]):  # the table is turned: its columns are what it tells of
        head, subject = subject, head
        if _NOT_NOUNS & set(head.lower().split()):
            return None
    verb = "are" if head.endswith("s") and not head.endswith("ss") else "is"
    return f"What {verb} the {_first_lower(head)} of {_inside(subject, is_name)}?"


def _cell_facts(value: str) -> tuple[str, ...]:
    """Numbers of a cell, or its few words, or the items that it lists."""
    if numbers := [n.strip(".,") for n in _NUMBER.findall(value)]:
        return tuple(dict.fromkeys(numbers))[:3]
    if value.strip(" .").lower() in _NO_VALUE:
        return ()
    items = [_ARTICLE.sub("", item.strip(" .")) for item in value.split(",")]
    items = [item for item in items if not _NO_ITEM.search(item)]
    return tuple(items) if items and all(0 < len(item.split()) <= 4 for item in items) else ()


_RULES: tuple[Callable[[str, IsName], Phrased | None], ...] = (
    _how_many,
    _how_many_does,
    _when,
    _stands_for,
    _lists,
    _how_to,
    _what_if,
    _use_for,
    _means,
    _why,
    _definition,
    _which,
)


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def _answered(question: str, answer: str, kind: str, facts: tuple[str, ...]) -> Phrased | None:
    if not facts or not all(facts):
        return None
    return Phrased(question, f"{answer[0].upper()}{answer[1:].rstrip('.')}.", kind, facts)


def _inside(subject: str, is_name: IsName) -> str:
    """A sentence's subject as it stands inside another one."""
    first, _, rest = subject.partition(" ")
    is_article = first in ("The", "A", "An")
    has_capitals = first[1:] != first[1:].lower() or (rest != rest.lower() and not is_article)
    if is_article or not (has_capitals or is_name(first)):
        first = first.lower()
    return f"{first} {rest}".strip()


def _outside(text: str, is_name: IsName) -> str:
    return text if is_name(text.split()[0]) else text.lower()


def _first_lower(text: str) -> str:
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def _mine(text: str) -> str:
    """From "your bucket" to "my bucket"."""
    text = re.sub(r"\byour\b", "my", text)
    return re.sub(r"\byou are\b", "I am", re.sub(r"\byou\b", "I", text))


def _base(verb: str) -> str:
    return _THIRD.get(verb, verb.removesuffix("s"))


def _object(do: str, _is_name: IsName) -> tuple[str, ...]:
    """What an imperative is done to: its words up to the first that begins something new."""
    words = re.split(
        r" (?:and|or|so|to|for|in|on|with|before|after|by|from|until|at|of)\b|[,;:(]", do
    )
    thing = _ARTICLE.sub("", words[0].partition(" ")[2].strip())
    return (thing,) if thing else ()
