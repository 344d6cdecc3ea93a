"""A generator that reads whole passages in, those of its sentences that answer out."""

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from ragguide.augment.drafts import Drafts, is_item
from ragguide.augment.judge import Judge, Said
from ragguide.create.leads import refers_back
from ragguide.index.keywords import terms_of

MOST_TOLD = 3  # sentences
MOST_ITEMS = 8  # of a list besides
_DENIES = re.compile(r"no\b[,.:;]", re.I)
_ASSENT = re.compile(r"\A(?:yes|no)\b[,.:;]\s*", re.I)


def tell(drafts: Drafts, judge: Judge) -> list[Said]:
    """Return the sentences that a model says of whole passages, or none.

    A sentence without support is left out, and so is one that refers to it. If that was the first
    one, the next must have a rarer word of the question: else it is about something else.
    """
    texts = statements(drafts.write(most_sentences=MOST_TOLD, most_items=MOST_ITEMS))
    found = list(_supported(texts, judge))
    if not found:
        return []
    n, first = found[0]
    if n and not texts[0].endswith(":") and not judge.is_about(first.text):
        return []
    said = judge.with_names(each for _, each in found)
    return said[:-1] if said[-1].text.endswith(":") else said  # its items have no support


def statements(texts: Sequence[str]) -> list[str]:
    """Return the sentences of a draft without "Yes,"; none if it answers "no", not with a fact."""
    if texts and _DENIES.match(texts[0]):
        return []
    return [_ASSENT.sub("", text) for text in texts]


def _supported(texts: Sequence[str], judge: Judge) -> Iterator[tuple[int, Said]]:
    """Yield the sentences that may stand and say something new, with their places among all."""
    is_told = True  # the sentence before stands, too
    told: set[str] = set()
    for n, text in enumerate(texts):
        found = judge.answers([text]) if is_told or not refers_back(text) else []
        is_told = bool(found)
        for each in found:
            terms = {*terms_of(each.text)}
            if terms <= told and not is_item(text):
                continue  # a small model may repeat itself
            told |= terms
            yield n, replace(each, is_line=is_item(text))
