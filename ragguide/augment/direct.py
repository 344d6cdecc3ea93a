"""A question and its hits in, an answer in the guide's own words out, if one exists.

Such an answer needs no generator. Counts and lists come from the guide's structure, and
definitions from a sentence that defines the term.
"""

import msgspec

from ragguide.augment.citations import citation_of, with_marks
from ragguide.augment.definitions import best_definition
from ragguide.augment.kinds import Kind, subject_of, topic_of
from ragguide.augment.listing import answer_of_listing
from ragguide.augment.lists.values import Listing
from ragguide.augment.quotes import Quoted
from ragguide.index.keywords import terms_of
from ragguide.types import Citation, Evidence

LISTED_HITS = 10  # hits searched for lists; a list must overlap one
MOST_CITED = 4  # lines cited of a list; of a longer one: lead, first and last item


class Direct(msgspec.Struct, frozen=True):
    """An answer with its marks, and the quotes."""

    text: str
    quotes: tuple[Citation, ...]
    n_cited: int  # quotes that the marks refer to; they come first

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The quotes that the marks refer to."""
        return self.quotes[: self.n_cited]


def list_directly(kind: Kind, listing: Listing) -> Direct:
    """Answer how many items a list has, or which.

    Args:
        kind: of the question.
        listing: the one list that it counts or asks for.
    """
    evidence = _cited(listing)
    first, *lines = answer_of_listing(kind, listing).split("\n")
    text = "\n".join((with_marks(first, evidence), *lines))
    return Direct(text, tuple(map(citation_of, evidence)), len(evidence))


def _cited(listing: Listing) -> tuple[Evidence, ...]:
    lines = listing.lines
    if len(lines) > MOST_CITED:
        lead = listing.lead
        items = [line for line in lines if line.at != lead.at]
        lines = (lead, items[0], items[-1])
    return tuple(line.evidence(mark) for mark, line in enumerate(lines, start=1))


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
    text = f"{found.text} {found.more}".strip()
    return Direct(f"{text} [1]", quotes, 1)
