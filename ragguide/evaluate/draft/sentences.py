"""A sentence of a guide in, a question that it answers out, by the first rule that fits. No I/O."""

import re
from collections.abc import Callable

from ragguide.evaluate.draft.english import (
    ARTICLE,
    NO_ITEM,
    NUMBER,
    base,
    core_of,
    inside,
    mine,
    outside,
)
from ragguide.evaluate.draft.names import IsName
from ragguide.evaluate.draft.phrased import Phrased, answered, facts_of

Rule = Callable[[str, IsName], Phrased | None]

# A noun phrase: a few words without a verb.
_NP = (
    r"(?:(?:The|A|An|Amazon|AWS) )?[A-Z][\w./+-]*(?: (?!is\b|are\b|can\b|and\b|or\b)[\w./+-]+){0,4}"
)
_COUNT = r"(?P<about>up to |at most |at least |about |only |more than )?(?P<n>\d[\d,.]*)"
_UNIT = r"(?P<unit>(?:(?!per\b)[a-z][\w-]* ){0,2}?[a-z][\w-]*s(?: (?:of|per) [\w-]+)?)"
_MONTHS = "January February March April May June July August September October November December"
_MONTH = rf"(?:(?:{_MONTHS.replace(' ', '|')}) )?"
# Words that no subject begins with, and words that no subject contains.
_NO_SUBJECT = re.compile(
    r"^(if|when|where|while|with|without|by|in|on|for|from|to|at|as|after|before|because|since|"
    r"under|over|until|every|any|no|not|only|what|which|who|how|why|your|you|we|our)\b|"
    r"\b(that|which|who|you|if|when|there|here|such)\b",
    re.IGNORECASE,
)
_IMPERATIVE = (
    r"use|choose|call|set|add|enable|turn|create|run|open|start|store|put|attach|give|send|write|"
    r"take|make|keep|split|train|apply|configure|define|look|check|measure|reserve|remove|drop|"
    r"replace|try|raise|lower|increase|reduce|compare|pass|let|pick|begin|stop|ask|grant|tag|watch"
)
_VERBS = (
    "accepts|adds|allows|answers|applies|carries|catches|checks|collects|combines|contains|costs|"
    "covers|creates|detects|encrypts|expects|finds|gives|governs|groups|grows|handles|has|helps|"
    "holds|keeps|lasts|learns|lets|limits|listens|makes|manages|matches|measures|moves|needs|"
    "offers|predicts|processes|protects|provides|publishes|reaches|reads|records|reduces|removes|"
    "replaces|requires|returns|runs|saves|searches|sends|serves|shares|shows|sleeps|sorts|splits|"
    "starts|stops|stores|supports|takes|tells|trains|translates|tries|turns|uses|waits|watches|writes"
)

_PRONOUNS = frozenset("it them this these those one".split())


def _match(pattern: str, text: str) -> re.Match[str] | None:
    """Match from the start; None too if the group `s` cannot be a subject."""
    match = re.match(pattern, text)
    if match is not None and "s" in match.re.groupindex and _NO_SUBJECT.search(match["s"]):
        return None
    return match


def _how_many(text: str, is_name: IsName) -> Phrased | None:
    """`S can return up to 100 passages for a query`."""
    match = _match(
        rf"(?P<s>{_NP}) (?P<aux>can|may|must|will|could) (?P<v>[a-z]+) {_COUNT} "
        rf"{_UNIT}(?P<rest>[^,;:]*)",
        text,
    )
    if match is None or NUMBER.search(match["rest"]):
        return None
    subject, rest = inside(match["s"], is_name), match["rest"].rstrip(". ")
    question = f"How many {match['unit']} {match['aux']} {subject} {match['v']}{rest}?"
    return _numbered(question, match["about"], match["n"], match["unit"])


def _how_many_does(text: str, is_name: IsName) -> Phrased | None:
    """`S keeps 90 days of history`."""
    match = _match(
        rf"(?P<s>{_NP}) (?P<v>{_VERBS}) {_COUNT} {_UNIT}(?P<rest>[^,;:]*)",
        text,
    )
    if match is None or NUMBER.search(match["rest"]):
        return None
    subject, rest = inside(match["s"], is_name), match["rest"].rstrip(". ")
    question = f"How many {match['unit']} does {subject} {base(match['v'])}{rest}?"
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
    subject, rest = inside(match["s"], is_name), match["rest"] or ""
    question = f"When {match['be']} {subject} {match['v']}{rest}?"
    return Phrased(question, f"In {match['date']}.", "factoid", (match["date"],))


def _stands_for(text: str, _is_name: IsName) -> Phrased | None:
    """`Remote Direct Memory Access (RDMA)`, if the initials match."""
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
    subject = inside(match["s"], is_name)
    core = core_of(match["o"])
    if core is None:
        return None
    return Phrased(f"What {match['be']} {subject}?", text, "definition", (core,))


def _how_to(text: str, is_name: IsName) -> Phrased | None:
    """`To see what was said, open the transcript`."""
    match = _match(rf"To (?P<goal>[a-z][^,;:]+), (?P<do>(?:{_IMPERATIVE}) .+)\.$", text)
    if match is None:
        return None
    question = f"How do I {mine(match['goal'])}?"
    facts = facts_of(match["do"], question) or _object(match["do"], is_name)
    return answered(question, match["do"], "howto", facts)


def _what_if(text: str, is_name: IsName) -> Phrased | None:
    """`If the disk is full, remove old generations`."""
    match = _match(rf"(?P<w>If|When) (?P<case>[^,;:]+), (?P<do>(?:{_IMPERATIVE}) .+)\.$", text)
    if match is None:
        return None
    question = f"What should I do {match['w'].lower()} {mine(match['case'])}?"
    facts = facts_of(match["do"], question) or _object(match["do"], is_name)
    return answered(question, match["do"], "howto", facts)


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
    question = f"What should I {match['v'].lower()} {match['link']} {mine(match['rest'])}?"
    thing = ARTICLE.sub("", match["o"])
    facts = facts_of(f"x {match['o']}", question) or (outside(thing, is_name),)
    return answered(question, match["o"], "factoid", facts)


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
    if not all(0 < len(item.split()) <= 4 and not NO_ITEM.search(item) for item in items):
        return None
    question = f"What does {inside(match['s'], is_name)} {base(match['v'])}?"
    facts = tuple(ARTICLE.sub("", item) for item in items)
    return answered(question, match["items"], "list", facts)


def _which(text: str, is_name: IsName) -> Phrased | None:
    """`AWS Lake Formation governs a data lake`."""
    match = _match(rf"(?P<s>{_NP}) (?P<v>{_VERBS}) (?P<o>[^.;:]+)\.$", text)
    if match is None:
        return None
    subject = ARTICLE.sub("", match["s"])
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
    question = f"Why {match['be']} {inside(match['s'], is_name)} {match['rest']}?"
    return answered(question, f"because {match['why']}", "factoid", facts_of(text, question))


def _means(text: str, is_name: IsName) -> Phrased | None:
    """`S means that data must fit a table`."""
    match = _match(rf"(?P<s>{_NP}) means (?:that )?(?P<o>[^;:]+)\.$", text)
    if match is None:
        return None
    question = f"What does {inside(match['s'], is_name)} mean?"
    return answered(question, match["o"], "definition", facts_of(match["o"], question))


def _object(do: str, _is_name: IsName) -> tuple[str, ...]:
    """Return the object of an imperative: its words up to the next preposition or conjunction."""
    words = re.split(
        r" (?:and|or|so|to|for|in|on|with|before|after|by|from|until|at|of)\b|[,;:(]", do
    )
    thing = ARTICLE.sub("", words[0].partition(" ")[2].strip())
    return (thing,) if thing else ()


RULES: tuple[Rule, ...] = (  # the most specific first
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
