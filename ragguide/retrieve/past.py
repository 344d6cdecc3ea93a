"""What a conversation was about before a question, and words that follow-ups have in common."""

import re
from collections.abc import Callable, Sequence

import msgspec

from ragguide.retrieve.topic import AUXILIARY

WordsOf = Callable[[str], Sequence[str]]  # the words of a text that a search uses
ASKING = "|".join(AUXILIARY)
ABOUT = re.compile(
    r"\A(?:(?:(?:what|how)\s+about|what\s+of)\s+|(?:is\s+it\s+)?(?:the\s+)?same\s+(?=(?:for|with|in|on|"
    r"at)\s))",
    re.I,
)
ARTICLE = re.compile(r"\A(?:an?|the|its?|their|any|my|our|your)\s+", re.I)
PLURAL = re.compile(r"\b(?:they|them|these|those|their|both)\b", re.I)
CLAUSE = re.compile(r"\b(?:and|but|so|that|which|if|when|while|because|before|after)\b", re.I)
WITH_NOUN = re.compile(rf"(?:this|these|those)\s+(?!(?:{ASKING})\b)(?=[a-z])", re.I)


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation was about before a question."""

    question: str  # the one before, as it was read
    topic: str = ""  # what "it" means
    things: tuple[str, ...] = ()  # what "them" means: things that the same was asked about
    items_of: Callable[[], Sequence[str]] = tuple  # returns the items of the last list


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A question that needs no context."""

    text: str
    topic: str
    things: tuple[str, ...]

    def past(self, items_of: Callable[[], Sequence[str]] = tuple) -> Past:
        """Return the past of the next question."""
        return Past(question=self.text, topic=self.topic, things=self.things, items_of=items_of)


def same(past: Past, text: str) -> Read:
    """Return a question about the same things."""
    return Read(text=text, topic=past.topic, things=past.things)
