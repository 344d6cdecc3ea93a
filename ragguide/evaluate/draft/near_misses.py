"""Chunks in, questions that the guide almost answers out.

Each question asks for a fact about one of the guide's own names. It is proposed only if no passage
on that name has a word that such a fact would need. A person confirms that the guide is silent.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ragguide.evaluate.draft.names import names_of, sentences_of
from ragguide.evaluate.draft.proposal import Proposal
from ragguide.evaluate.records import UNANSWERABLE, Case
from ragguide.types import Chunk

MIN_LETTERS = 4  # of a name
USES = range(2, 13)  # sentences with the name: not a slip, and not the topic of the whole guide

_PROPER = re.compile(r"\b[A-Z][\w-]*(?: [A-Z][\w-]*){0,2}\b")
# A question about a name, and the words of which a passage with the answer would have one.
_QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("How much does {} cost?", ("cost", "price", "pay", "charge", "free", "$", "fee", "billed")),
    ("In which year was {} first released?", ("19", "20", "released", "launched", "introduced")),
    ("Who invented {}?", ("invented", "developed by", "founded", "created by", "proposed")),
    ("Who should I contact when {} fails?", ("support", "contact", "help desk", "phone", "e-mail")),
    ("What is the oldest supported version of {}?", ("version", "release", "compatible")),
    ("How many people use {}?", ("users", "customers", "people", "million", "popular")),
    ("What will replace {}?", ("replace", "successor", "deprecated", "discontinued", "instead")),
    ("How long does it take to set up {}?", ("minutes", "hours", "days", "seconds", "set up")),
)


def near_misses(
    chunks: Sequence[Chunk], n_documents: int, rng: random.Random
) -> Iterator[Proposal]:
    """Yield unanswerable questions about the guide's names, in random order."""
    asked = [(name, *question) for name in _names(chunks) for question in _QUESTIONS]
    rng.shuffle(asked)
    for name, question, words in asked:
        about = [chunk for chunk in chunks if name in chunk.text]
        if not _any_has(about, words):
            yield _proposal(question.format(name), about[0], n_documents)


def _names(chunks: Sequence[Chunk]) -> list[str]:
    """Return the names that a few sentences use, sorted."""
    counted: Counter[str] = Counter()
    for sentence in sentences_of(chunks):
        counted.update(set(_PROPER.findall(sentence)))
    is_name = names_of(chunks)
    return sorted(
        name
        for name, n in counted.items()
        if len(name) >= MIN_LETTERS and n in USES and all(map(is_name, name.split()))
    )


def _any_has(chunks: Sequence[Chunk], words: Sequence[str]) -> bool:
    texts = [chunk.text.casefold() for chunk in chunks]
    return any(word in text for text in texts for word in words)


def _proposal(question: str, chunk: Chunk, n_documents: int) -> Proposal:
    return Proposal(
        case=Case(
            id="",
            question=question,
            kind=UNANSWERABLE,
            answer="Not stated in the guide.",
            document=chunk.document if n_documents > 1 else "",
        ),
        by="near miss",
        section=chunk.section,
    )
