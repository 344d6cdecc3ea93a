"""A question and its hits in, an answer in the guide's own words out, if one exists.

Such an answer needs no generator. Definitions come from a sentence that defines the term; counts
and lists, see `listing.py`, from the guide's structure.
"""

import msgspec

from ragguide.augment.definitions import best_definition
from ragguide.augment.kinds import subject_of, topic_of
from ragguide.augment.quotes import Quoted
from ragguide.index.keywords import terms_of
from ragguide.types import Citation


class Direct(msgspec.Struct, frozen=True):
    """An answer with its marks, and the quotes."""

    text: str
    quotes: tuple[Citation, ...]
    n_cited: int  # quotes that the marks refer to; they come first

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The quotes that the marks refer to."""
        return self.quotes[: self.n_cited]


def look_up_directly(question: str, quoted: Quoted) -> Direct | None:
    """Answer yes if the best quote mentions the question's topic; else return None."""
    topic = topic_of(question)
    quotes = quoted.quotes
    if topic is None or not quotes:
        return None
    words = set(terms_of(topic))
    if not words or not words <= set(terms_of(f"{quotes[0].section} {quotes[0].quote}")):
        return None
    return Direct(f"Yes, for example: {' '.join(quotes[0].quote.split())} [1]", quotes, 1)


def define_directly(question: str, quoted: Quoted) -> Direct | None:
    """Answer with the sentence that defines the question's term; None if there is none.

    Args:
        question: in the form used for search.
        quoted: the sentences that may answer it.
    """
    subject = subject_of(question)
    if subject is None:
        return None
    found = best_definition(subject, quoted.candidates, quoted.weights)
    if found is None:
        return None
    others = [place for place in quoted.places if place != found.place]
    places = [found.place, *others][: max(len(quoted.places), 1)]
    quotes = msgspec.structs.replace(quoted, places=places).quotes
    text = f"{_naming(subject, found.text)} {found.more}".strip()
    return Direct(f"{text} [1]", quotes, 1)


def _naming(subject: str, text: str) -> str:
    """Return a definition that its title names, "Turns text into speech.", with its subject."""
    if not {*terms_of(subject)}.isdisjoint(terms_of(text)):
        return text
    is_word = text[1:2].islower()
    return (
        f"{subject[:1].upper()}{subject[1:]}: {text[:1].lower() if is_word else text[:1]}{text[1:]}"
    )
