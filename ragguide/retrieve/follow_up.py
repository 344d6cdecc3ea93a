"""A question and the one before it in, a question that needs no context out. No I/O.

"And what does it cost?" finds nothing: the question before names what "it" is. A small model takes
seconds to rewrite such a question, and invents. People mostly leave out the thing that they talk
about, so this puts that thing back.
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
# Pronouns for a thing. "That" mostly is none: "the model that answers".
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
MAX_REPLACEMENT = 3  # words of a thing that replaces another: "what about OpenSearch?"
_NAME = re.compile(r"[A-Z0-9][\w.:/+-]*|\w*[a-z][A-Z]\w*")
_FIRST_WORDS = frozenset(
    "what which who whom whose when where why how is are was were do does did can could may might "
    "should would will shall has have had the a an in on of for with if tell explain describe list "
    "name give show define compare i my we our you your any some each every".split()
)


def resolve_follow_up(question: str, before: str | None, words_of: WordsOf) -> str:
    """Put back what a follow-up leaves out; return any other question unchanged.

    Args:
        question: as the user asked it.
        before: the question before it, resolved; None: there is none.
        words_of: returns the words of a text that a search uses.
    """
    question = " ".join(question.split())
    if not before:
        return question
    rest = _OPENING.sub("", question)
    if not rest:
        return before
    topic = topic_of(before, words_of)
    if not topic:
        return question
    if _PLURAL.search(rest):
        topic = _counted_topic(before, topic)
    if pronoun := _POSSESSIVE.search(rest) or _PRONOUN.search(rest):
        resolved = _replace_pronoun(rest, pronoun, topic, words_of)
        return question if resolved is None else resolved
    if not words_of(rest):  # "why?"
        return f"{rest.rstrip('?. ')}: {before}"
    return _replace_thing(question, rest, before, topic)


def topic_of(question: str, words_of: WordsOf) -> str:
    """The thing that a question is about: its first name, or else its words."""
    names = _names(question)
    return names[0] if names else " ".join(words_of(question))


def _counted_topic(before: str, topic: str) -> str:
    """The topic for "they": after "how many passages can Kendra return", the passages of Kendra."""
    counted = _COUNTED.search(before)
    return f"the {counted[1]} of {topic}" if counted and _names(before) else topic


def _replace_pronoun(
    rest: str, pronoun: "re.Match[str]", topic: str, words_of: WordsOf
) -> str | None:
    """Put the topic in place of a pronoun; None if the question itself names what it means."""
    before, after = rest[: pronoun.start()], rest[pronoun.end() :]
    is_possessive = _POSSESSIVE.fullmatch(pronoun[0]) is not None
    if _is_named(before, words_of, by_name=is_possessive):
        return None
    if _WITH_NOUN.match(rest, pronoun.start()):
        return f"{rest} ({topic})"  # "these limits" says what, but not whose
    return f"{before}{topic}'s{after}" if is_possessive else f"{before}{topic}{after}"


def _replace_thing(question: str, rest: str, before: str, topic: str) -> str:
    """Ask the question before about another thing: "and for Bedrock?"."""
    thing = _ABOUT.sub("", rest).rstrip("?.! ")
    has_opening = rest != question or thing != rest.rstrip("?.! ")
    if not has_opening or len(thing.split()) > MAX_REPLACEMENT:
        return question
    if not _ARTICLE.match(thing) and topic in before:
        return before.replace(topic, thing, 1)
    return f"{rest} ({topic})"


def _is_named(opening: str, words_of: WordsOf, *, by_name: bool) -> bool:
    """Whether the text before a pronoun names what it means: "a model, and what it costs"."""
    clause = _CLAUSE.search(opening)
    in_clause = clause is not None and bool(words_of(opening[: clause.start()]))
    return in_clause or (by_name and bool(_names(f"{opening}.")))


def _names(question: str) -> list[str]:
    """Runs of words with a capital or a digit, except for the question's first word."""
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
