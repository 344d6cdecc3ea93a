"""A count or list question and the guide's outline in, the list that it asks for out. No I/O.

No model is involved: the items come from the guide's structure, and code counts them. A wrong
count is worse than none, so there is no answer if it is unclear which list is meant.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from ragguide.augment.citations import citation_of, with_marks
from ragguide.augment.direct import Direct
from ragguide.augment.kinds import Kind, spelt_word
from ragguide.augment.lists.asked import what_is_listed
from ragguide.augment.lists.fit import fitting_lists, is_near
from ragguide.augment.lists.letters import spelt_listing
from ragguide.augment.lists.nearby import Nearby, nearby_listings
from ragguide.augment.lists.nouns import NUMBER_WORDS
from ragguide.augment.lists.sentences import enumerated_listings, stated_listings
from ragguide.augment.lists.structure import Outline
from ragguide.augment.lists.values import Listing, Match
from ragguide.augment.lists.word_weights import Weights
from ragguide.index.keywords import terms_of
from ragguide.types import Evidence, Hit, locator_of

LISTED_HITS = 10  # hits searched for lists; a list must overlap one
MOST_CITED = 4  # lines cited of a list; of a longer one: lead, first and last item
MOST_PAGES = 2  # of a list that is quoted whole
MOST_QUOTED = 40  # items of a list that is quoted whole
CLEAR_LEAD = 0.05  # least lead of the best score over the next one
MOST_INLINE = 4  # items of a list that fit on one line
MOST_INLINE_COUNT = 12  # the same for a count question
MOST_INLINE_WORDS = 6  # words of an item that fits on one line
MOST_ITEM_WORDS = 24
_OVERVIEW = re.compile(
    r"(?:an?\s+|the\s+)?(?:overview|list|summary|introduction)\s+(?:of|to)\s+", re.I
)
_CODE = re.compile(r"\w+[_./(]\w")


class ListSearch:
    """The search for the list that a question counts or asks for."""

    def __init__(
        self,
        question: str,
        kind: Kind,
        hits: Sequence[Hit],
        outline_of: Callable[[str], Outline],
        rarity: Mapping[str, float],
        long_forms: Mapping[str, str] | None = None,
    ) -> None:
        """Read what the question asks for.

        Args:
            question: with typing errors corrected.
            kind: `COUNT` or `LIST`; any other has no listing.
            hits: passages for the question, best first. A list must overlap one of them.
            outline_of: returns the outline of a document by its name. Building one takes about
                0.3 ms per chunk, so the caller should cache it.
            rarity: inverse document frequency of the guide's terms.
            long_forms: of the question's acronyms.
        """
        self.kind = kind
        self._asked = what_is_listed(question) if kind in (Kind.COUNT, Kind.LIST) else None
        self._spelt = spelt_word(question)
        self._hits = hits
        self._outline_of = outline_of
        self._weights = Weights(rarity, long_forms or {})

    @property
    def things(self) -> str:
        """What the question counts or asks to list: "payment options"."""
        return self._asked.phrase if self._asked else ""

    def find(self) -> Listing | None:
        """Return the one list that the question asks for; None if it is unclear which."""
        if self._spelt and (listing := self._spelling(self._spelt)):
            return listing
        asked, weights = self._asked, self._weights
        if asked is None:
            return None
        matches: list[Match] = []
        for document in dict.fromkeys(hit.chunk.document for hit in self._hits):
            outline = self._outline_of(document)
            chunks = [hit.chunk for hit in self._hits if hit.chunk.document == document]
            spans = [(chunk.start, chunk.end) for chunk in chunks]
            near = [line for line in outline.lines if any(a <= line.at < b for a, b in spans)]
            found = [*fitting_lists(asked, self.kind, outline.lists, spans, weights)]
            if self.kind is Kind.COUNT:
                matches += stated_listings(asked, near, found, weights)
            matches += found
            matches += enumerated_listings(asked, self.kind, near, weights)
        return _clear_best(matches)

    def _spelling(self, word: str) -> Listing | None:
        """Return the list near a hit whose items begin with the letters of a word."""
        for hit in self._hits:
            chunk = hit.chunk
            lists = self._outline_of(chunk.document).lists
            near = [each for each in lists if is_near(each, [(chunk.start, chunk.end)])]
            if listing := spelt_listing(word, near):
                return listing
        return None

    def nearby(self) -> list[Nearby]:
        """Return the lists that may be the one; a generator chooses among them."""
        if self._asked is None:
            return []
        lists = nearby_listings(self._asked, self.kind, self._hits, self._outline_of, self._weights)
        return [each for each in lists if not _names_itself(self.things, each)]


def _names_itself(phrase: str, nearby: Nearby) -> bool:
    """Whether an item names the wanted things themselves: then they are below that item.

    So does "Overview of pumps" where pumps are wanted.
    """
    head = terms_of(phrase)[-1:]
    for item in nearby.listing.items:
        overview = _OVERVIEW.match(item.text)
        if item.text.casefold() == phrase.casefold():
            return True
        if overview and head and terms_of(item.text[overview.end() :])[-1:] == head:
            return True
    return False


def _clear_best(matches: Sequence[Match]) -> Listing | None:
    """Return the best match, unless a different one scores about as high."""
    if not matches:
        return None
    best = max(matches, key=lambda match: match.score)
    if not best.is_near:
        return None
    for other in matches:
        if other.score + CLEAR_LEAD > best.score and not _agree(best.listing, other.listing):
            return None
    return best.listing


def _agree(listing: Listing, other: Listing) -> bool:
    """Whether two listings give the same answer: the same items, or as many from shared lines."""
    if not (listing.items and other.items):
        return _number(listing) == _number(other)
    ours = {item.text.casefold() for item in listing.items}
    theirs = {item.text.casefold() for item in other.items}
    return ours == theirs or (
        len(ours) == len(theirs)
        and bool({i.line.at for i in listing.items} & {i.line.at for i in other.items})
    )


def _number(listing: Listing) -> str:
    return listing.stated.casefold() or _count_word(len(listing.items)).casefold()


def list_directly(kind: Kind, listing: Listing, *, is_quoted: bool = False) -> Direct:
    """Answer how many items a list has, or which.

    Args:
        kind: of the question.
        listing: the one list that it counts or asks for.
        is_quoted: quote the whole list, for an answer that consists of quotes.
    """
    evidence = _cited(listing)
    first, *lines = answer_of_listing(kind, listing).split("\n")
    text = "\n".join((with_marks(first, evidence), *lines))
    quotes = _whole(listing) if is_quoted and _is_compact(listing) else evidence
    return Direct(text, tuple(map(citation_of, quotes)), len(quotes))


def _cited(listing: Listing) -> tuple[Evidence, ...]:
    lines = listing.lines
    if len(lines) > MOST_CITED:
        lead = listing.lead
        items = [line for line in lines if line.at != lead.at]
        lines = (lead, items[0], items[-1])
    return tuple(line.evidence(mark) for mark, line in enumerate(lines, start=1))


def _is_compact(listing: Listing) -> bool:
    """Whether the items stand in one place, not as headings of long sections."""
    lines = listing.lines
    is_near = lines[-1].page - lines[0].page < MOST_PAGES
    return is_near and not any(line.is_heading for line in lines[1:])


def _whole(listing: Listing) -> tuple[Evidence, ...]:
    """Return the lead and all items as one quote."""
    lines = listing.lines[: MOST_QUOTED + 1]
    first, last = lines[0].evidence(1), lines[-1].evidence(1)
    unit, numbers = lines[0].chunk.unit, [line.line for line in lines if line.line is not None]
    whole = msgspec.structs.replace(
        first,
        text="\n".join(line.signed_text for line in lines),
        page_last=last.page_last,
        locator=locator_of(unit, first.page_first, last.page_last, first.page_label, numbers),
    )
    return (whole,)


def answer_of_listing(kind: Kind, listing: Listing) -> str:
    """Return a listing as an answer: "Three: A, B and C.", or one line for each item."""
    texts = [_cut(item.text) for item in listing.items]
    if not texts:
        return f"{_capital(listing.counted)}."
    is_short = all(len(text.split()) <= MOST_INLINE_WORDS for text in texts)
    opening = _opening(kind, listing)
    most = MOST_INLINE_COUNT if kind is Kind.COUNT else MOST_INLINE
    if is_short and len(texts) <= most:
        return f"{opening}: {_series(texts)}." if opening else f"{_capital(_series(texts))}."
    lines = "\n".join(f"- {text}" for text in texts)
    return f"{opening}:\n{lines}" if opening else lines


def _opening(kind: Kind, listing: Listing) -> str:
    """Return the words before the items: their number, and a page if there may be more."""
    n_items = len(listing.items)
    if listing.is_whole:
        return _capital(listing.stated or _count_word(n_items)) if kind is Kind.COUNT else ""
    locator = listing.items[-1].line.evidence(1).locator
    if kind is Kind.COUNT:
        return f"At least {_count_word(n_items)}" + (f", see {locator}" if locator else "")
    return "Among others" + (f" ({locator})" if locator else "")


def _count_word(number: int) -> str:
    return NUMBER_WORDS[number] if number < len(NUMBER_WORDS) else str(number)


def _series(texts: Sequence[str]) -> str:
    """Join texts with commas, or with semicolons if a text contains a comma."""
    *others, last = texts
    if any("," in text for text in texts):
        return "; ".join((*others, f"and {last}"))
    return f"{', '.join(others)} and {last}"


def _cut(text: str) -> str:
    """Return an item's text; cut a long one after its first sentence or at the word limit."""
    words = text.split()
    if len(words) <= MOST_ITEM_WORDS:
        return text
    first = text.split(". ")[0]
    if len(first.split()) <= MOST_ITEM_WORDS:
        return first.rstrip(".") + "."
    return " ".join(words[:MOST_ITEM_WORDS]).rstrip(",;:") + " …"


def _capital(text: str) -> str:
    """Return a text with a capital first, unless it begins with code: "model_fn"."""
    return text if _CODE.match(text) else text[:1].upper() + text[1:]
