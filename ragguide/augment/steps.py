"""Chosen candidates in, procedures completed with what was not chosen, out. No I/O."""

import re
from collections.abc import Mapping, Sequence

from ragguide.augment.evidence import Candidate
from ragguide.augment.kinds import last_sentence
from ragguide.augment.repeats import merge
from ragguide.index.keywords import STOP_WORDS

MIN_CHOSEN = 3  # steps; fewer may answer alone
MIN_SHARE = 0.5  # of the steps, if there are few
MOST_CHOSEN = 5  # steps that are enough evidence in a longer procedure
MOST_WORDS = 170  # of a completed procedure
INSTRUCTION_WORDS = 40  # of an instruction that is quoted with what it does

_MANNER = re.compile(
    r"\bhow\s+(?:is|are|can|could|do|does|should|must|may|might|to|will|would)\b", re.I
)
_INSTRUCTION = re.compile(
    r"(?P<verb>[A-Z][a-z]+)\s+(?:\w+\s+and\s+\w+\s+)?(?:the|a|an|your|its|all|both|each|it|them)\b"
)
_NO_VERB = re.compile(r"(?:(?<!s)s|ed|ing|ly)\Z")


def complete_steps(
    chosen: Mapping[int, Candidate], places: Sequence[int], candidates: Sequence[Candidate]
) -> dict[int, Candidate]:
    """Add the missing steps of numbered lists of which most steps are chosen.

    A procedure that lacks a step is wrong, even if the step has no word of the question.

    Args:
        chosen: candidates after merging, by the index of the first of each.
        places: indices of all chosen candidates before merging.
        candidates: all of them.
    """
    completed = dict(chosen)
    for at, candidate in chosen.items():
        own = [
            candidates[place] for place in places if candidates[place].own_piece in candidate.pieces
        ]
        steps = _steps(next(filter(_is_step, own), None), candidates)
        n_chosen = sum(place in steps for place in places)
        if n_chosen < max(MIN_CHOSEN, min(MIN_SHARE * len(steps), MOST_CHOSEN)):
            continue
        whole = candidate
        for i in steps:
            whole = merge(whole, candidates[i])
        if len(whole.quote.split()) <= MOST_WORDS:
            completed[at] = whole
    return completed


def put_instruction(
    question: str, chosen: Mapping[int, Candidate], candidates: Sequence[Candidate]
) -> dict[int, Candidate]:
    """Add the instruction right before the first quote, if the question asks how something is done.

    "The turbine stops within nine seconds" says what "Press the red lever" does, and not how.
    """
    if not chosen or not _MANNER.search(last_sentence(question)):
        return dict(chosen)
    at, quoted = next(iter(chosen.items()))
    if quoted.statement.kind != "paragraph" or _instructs(quoted):
        return dict(chosen)
    before = next((each for each in candidates if _is_right_before(each, quoted)), None)
    if before is None or not _instructs(before):
        return dict(chosen)
    others = {i: each for i, each in chosen.items() if i != at and each is not before}
    return {at: merge(quoted, before), **others}


def _is_right_before(candidate: Candidate, quoted: Candidate) -> bool:
    return (
        candidate.hit.chunk.document == quoted.hit.chunk.document
        and candidate.statement.kind == "paragraph"
        and candidate.statement.section == quoted.statement.section
        and quoted.pieces[0].follows(candidate.own_piece)
    )


def _instructs(candidate: Candidate) -> bool:
    """Whether a sentence tells the reader what to do: "Press the red lever"."""
    found = _INSTRUCTION.match(candidate.text)
    if not found or len(candidate.text.split()) > INSTRUCTION_WORDS:
        return False
    verb = found["verb"]
    return verb.casefold() not in STOP_WORDS and not _NO_VERB.search(verb)


def _steps(step: Candidate | None, candidates: Sequence[Candidate]) -> list[int]:
    """Return the indices of all steps of the procedure that a step belongs to."""
    if step is None:
        return []
    return [
        i
        for i, other in enumerate(candidates)
        if _is_step(other)
        and other.leads == step.leads
        and other.hit.chunk.document == step.hit.chunk.document
    ]


def _is_step(candidate: Candidate) -> bool:
    """Whether this is an item that starts with a number, with the lead of its list."""
    is_item = candidate.statement.kind == "item" and bool(candidate.leads)
    return is_item and candidate.text[0].isdigit()
