"""English words and phrases, adapted to the sentence they are moved into. No I/O."""

import re

from ragguide.evaluate.draft.names import IsName

ARTICLE = re.compile(r"^(a|an|the) ", re.IGNORECASE)
NUMBER = re.compile(r"\b\d[\d,.]*(?:[-/]\d+)*(?:\s?%|\b)")
NO_ITEM = re.compile(
    r"^(when|where|if|in|on|at|for|such as)\b|\b(is|are|was|were)\b", re.IGNORECASE
)
_VAGUE = frozenset(
    "list number kind set part way sort form type piece group share measure series sum opposite "
    "same usual reason half rest first second last one thing mixture".split()
)
_THIRD = {  # a verb after "it" → the verb after "does"
    "has": "have", "does": "do", "goes": "go", "reaches": "reach", "catches": "catch",
    "matches": "match", "searches": "search", "passes": "pass", "processes": "process",
    "watches": "watch", "carries": "carry", "applies": "apply", "tries": "try", "uses": "use",
}  # fmt: skip


def inside(subject: str, is_name: IsName) -> str:
    """Return a sentence's subject as it is written in mid-sentence."""
    first, _, rest = subject.partition(" ")
    is_article = first in ("The", "A", "An")
    has_capitals = first[1:] != first[1:].lower() or (rest != rest.lower() and not is_article)
    if is_article or not (has_capitals or is_name(first)):
        first = first.lower()
    return f"{first} {rest}".strip()


def outside(text: str, is_name: IsName) -> str:
    return text if is_name(text.split()[0]) else text.lower()


def first_lower(text: str) -> str:
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def mine(text: str) -> str:
    """Change "your bucket" to "my bucket"."""
    text = re.sub(r"\byour\b", "my", text)
    return re.sub(r"\byou are\b", "I am", re.sub(r"\byou\b", "I", text))


def base(verb: str) -> str:
    return _THIRD.get(verb, verb.removesuffix("s"))


def core_of(meaning: str) -> str | None:
    """Return the core of a definition, "managed search service"; None if it is vague."""
    stop = r" (?:that|which|who|for|in|with|to|by|on|whose|where|and)\b|[.,;:(]"
    core = ARTICLE.sub("", re.split(stop, meaning)[0].strip())
    first = core.split()[0].lower() if core else ""
    if first not in _VAGUE:
        return core.partition(" of ")[0] or None
    return core if " of " in core else None
