"""A question and the one before it in, a question that stands alone out. No I/O.

"And what does it cost?" finds nothing: what "it" is stands in the question before. A small model
that is asked to rewrite such a question takes seconds and invents; what people leave out is mostly
the thing that they speak of, and that is what is put back here.
"""

import re
from collections.abc import Callable, Sequence

WordsOf = Callable[[str], Sequence[str]]

_OPENING = re.compile(
    r"\A(?:(?:and|but|or|so|then|also|okay|ok|well|now|yes|no|thanks?|thank you)\b[\s,:;.!]*)+",
    re.I,
)
_ABOUT = re.compile(r"\A(?:what|how)\s+about\s+|\A(?:for|with|in|on|of)\s+", re.I)
_ARTICLE = re.compile(r"\A(?:an?|the|its?|their|any)\b", re.I)
_POSSESSIVE = re.compile(r"\b(?:its|their)\b", re.I)
# What stands for a thing. "That" mostly does not: "the model that answers".
_PRONOUN = re.compile(
    r"""\b(?:it|they|them|these|those|this|that(?=
        \s*(?:[?.!,]|\Z)
      | \s+(?:is|are|was|were|do|does|did|can|could|will|would|has|have|costs?|means?|works?|
              happens?|for|in|on|with|about|at|to|from|only|too|also|not)\b
    ))\b""",
    re.I | re.X,
)
_PLURAL = re.compile(r"\b(?:they|them|these|those|their)\b", re.I)
_COUNTED = re.compile(r"\bhow many\s+(\w+s)\b", re.I)
_CLAUSE = re.compile(r"\b(?:and|but|so|that|which|if|when|while|because|before|after)\b", re.I)
_WITH_NOUN = re.compile(r"(?:this|these|those)\s+(?=[a-z])", re.I)
MOST_EXCHANGED = 3  # words of a thing that takes another's place
_NAME = re.compile(r"[A-Z0-9][\w.:/+-]*|\w*[a-z][A-Z]\w*")
_FIRST_WORDS = frozenset(
    "what which who whom whose when where why how is are was were do does did can could may might "
    "should would will shall has have had the a an in on of for with if tell explain describe list "
    "name give show define compare i my we our you your any some each every".split()
)


def stand_alone(question: str, before: str | None, words_of: WordsOf) -> str:
    """Put back what a follow-up leaves out; a question that stands alone stays as it is.

    Args:
        question: as it was asked.
        before: the question before it, standing alone; None: there is none.
        words_of: the words that a text is searched by.
    """
    question = " ".join(question.split())
    if not before:
        return question
    said = _OPENING.sub("", question)
    topic = topic_of(before, words_of)
    if not said or not topic:
        return question if said else before
    if _PLURAL.search(said) and (counted := _COUNTED.search(before)) and _names(before):
        topic = f"the {counted[1]} of {topic}"
    thing = _ABOUT.sub("", said).rstrip("?.! ")
    was_led_in = said != question or thing != said.rstrip("?.! ")
    match = (owner := _POSSESSIVE.search(said)) or _PRONOUN.search(said)
    if match is not None and _is_named(said[: match.start()], words_of, by_name=bool(owner)):
        return question
    if match is not None and _WITH_NOUN.match(said, match.start()):
        return f"{said} ({topic})"  # "these limits" says what, but not whose
    if match is not None:
        put = f"{topic}'s" if owner else topic
        return f"{said[: match.start()]}{put}{said[match.end() :]}"
    if not words_of(said):  # "why?"
        return f"{said.rstrip('?. ')}: {before}"
    if was_led_in and len(thing.split()) <= MOST_EXCHANGED:
        if not _ARTICLE.match(thing) and topic in before:
            return before.replace(topic, thing, 1)
        return f"{said} ({topic})"
    return question


def topic_of(question: str, words_of: WordsOf) -> str:
    """The thing that a question is about: its first name, or else its words."""
    names = _names(question)
    return names[0] if names else " ".join(words_of(question))


def _is_named(opening: str, words_of: WordsOf, *, by_name: bool) -> bool:
    """Whether what a pronoun stands for is named before it: "a model, and what it costs"."""
    clause = _CLAUSE.search(opening)
    in_clause = clause is not None and bool(words_of(opening[: clause.start()]))
    return in_clause or (by_name and bool(_names(f"{opening}.")))


def _names(question: str) -> list[str]:
    """Runs of words with a capital or a figure, but for the question's first word."""
    names: list[str] = []
    run: list[str] = []
    for i, word in enumerate([*question.split(), ""]):
        bare = word.strip("?!.,;:()\"'“”")
        is_first = i == 0 and (bare.casefold() in _FIRST_WORDS or bare.istitle())
        if bare and _NAME.fullmatch(bare) and not is_first and not bare.isdigit():
            run.append(bare)
        elif run:
            names.append(" ".join(run))
            run = []
        if run and word != bare and word.rstrip("?!.,;:)\"'”") != word:  # a comma ends a name
            names.append(" ".join(run))
            run = []
    return names
