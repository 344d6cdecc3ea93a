"""Sentences of hits in, the one that defines a subject out. English; no I/O.

That sentence, word for word, answers "what is X" without a model.
"""

import re
from collections.abc import Sequence

import msgspec

from ragguide.augment.defining import defines, defining_part, ends_sentence
from ragguide.augment.evidence import LABEL_WORDS, Candidate
from ragguide.augment.subjects import is_subject, names_of

LEAST = 0.5  # score from which a sentence counts as a definition
MOST_WITH_MORE = 20  # words per sentence, if two of them make the definition
BY_WEIGHT = 0.15  # share of the weight for the question; decides between similar definitions
UNDER_QUESTION = 0.55  # score of the first sentence below the title "What is X?"
UNDER_TITLE = 0.5  # the same below the title "X"
_WHAT_IS = re.compile(
    r"(?:\w+\s+)?(?:what|who)\s+(?:is|are)\s+(?:an?\s+|the\s+)?(?P<name>[^?]+?)\s*\??\Z", re.I
)
_GOES_ON = re.compile(r"(?:it|they|these|such)\b", re.I)
_REFERS_BACK = re.compile(r"(?:this|these|that|those|it|they|if|when|to|see|for|you)\b", re.I)
_SENTENCE_END = re.compile(r"(?<=[a-z0-9)][.!])\s+(?=[A-Z])")


class Definition(msgspec.Struct, frozen=True):
    """The sentence that defines a subject."""

    place: int  # index of its candidate
    text: str  # the sentence word for word, without number, label or column names
    more: str  # the next sentence, if it continues a short definition; else ""
    score: float  # of `defines`, raised by a fitting title above


def best_definition(
    subject: str, candidates: Sequence[Candidate], weights: Sequence[float]
) -> Definition | None:
    """Return the definition of a subject; None if no candidate defines it.

    Args:
        subject: as the question names it.
        candidates: sentences of the hits.
        weights: of each candidate for the question.
    """
    scores = [_candidate_score(candidate, subject) for candidate in candidates]
    if not scores or max(scores) < LEAST:
        return None
    heaviest = max(weights) or 1.0
    best = max(
        (i for i, score in enumerate(scores) if score >= LEAST),
        key=lambda i: scores[i] + BY_WEIGHT * weights[i] / heaviest,
    )
    text = _defining_sentence(candidates[best], subject)
    return Definition(best, text, _more(candidates[best], text), scores[best])


def _defining_sentence(candidate: Candidate, subject: str) -> str:
    """Return the sentence of a candidate that defines the subject."""
    alone, whole = _alone(candidate), _labelled(candidate)
    text = whole if defines(whole, subject) > defines(alone, subject) else alone
    text = defining_part(text, subject)
    sentences = _SENTENCE_END.split(text)
    score = defines(text, subject)
    return next((each for each in sentences if defines(each, subject) >= score), text)


def _more(candidate: Candidate, text: str) -> str:
    """Return the sentence after a short definition if it starts with "It", "They" or the like."""
    chunk, statement = candidate.hit.chunk, candidate.statement
    rest = _alone(candidate).partition(text)[2].strip()
    if not rest:
        behind = (each for each in chunk.statements if each.start >= statement.end)
        after = next(behind, None)
        if after is None or after.section != statement.section:
            return ""
        rest = " ".join(chunk.text[after.start : after.end].split())
    first = _SENTENCE_END.split(rest)[0]
    n_words = max(len(text.split()), len(first.split()))
    goes_on = _GOES_ON.match(first) and ends_sentence(first)
    return first if goes_on and n_words <= MOST_WITH_MORE else ""


def _candidate_score(candidate: Candidate, subject: str) -> float:
    """Score a sentence with its label and the title above it."""
    text = _alone(candidate)
    alone, whole = defines(text, subject), _labelled(candidate)
    labelled = defines(whole, subject) if whole != text else 0.0
    return max(alone, labelled, _under_title(candidate, subject, alone))


def _alone(candidate: Candidate) -> str:
    chunk, statement = candidate.hit.chunk, candidate.statement
    return " ".join(chunk.text[statement.start : statement.end].split())


def _labelled(candidate: Candidate) -> str:
    """Return a candidate behind its label: "Linked account: …"."""
    pieces = candidate.pieces if candidate.leads else ()
    at = pieces.index(candidate.own_piece) if pieces else 0
    lead = pieces[at - 1].text.strip() if at else ""
    is_label = lead.endswith(":") and len(lead.split()) <= LABEL_WORDS
    return " ".join(f"{lead if is_label else ''} {candidate.text}".split())


def _under_title(candidate: Candidate, subject: str, alone: float) -> float:
    """Score a sentence by the title above it, "What is X?" or "X"."""
    section = candidate.statement.section
    if not section or not ends_sentence(candidate.text):
        return 0.0
    names = [name for name, _ in names_of(subject)]
    asked = _WHAT_IS.match(section[-1])
    title = asked["name"] if asked else section[-1]
    if not any(is_subject(title, name) for name in names):
        return 0.0
    if alone:
        return alone + 0.1
    if not _is_first(candidate) or _REFERS_BACK.match(candidate.text):
        return 0.0
    return UNDER_QUESTION if asked else UNDER_TITLE


def _is_first(candidate: Candidate) -> bool:
    """Whether a sentence is the first of its section in its chunk."""
    same = (
        each
        for each in candidate.hit.chunk.statements
        if each.section == candidate.statement.section
    )
    return next(same).start in (part.start for part in candidate.parts)
