"""The quotes of a comparison and those of each side in, the quotes with both sides out. No I/O.

"Tinder or kindling?" finds sentences that have both words; what each is, the guide says elsewhere.
"""

import re
from collections.abc import Sequence

from ragguide.augment.definitions import best_definition
from ragguide.augment.kinds import Kind, sides_of, sole_kind_of
from ragguide.augment.quotes import MAX_QUOTES, Quoted
from ragguide.index.keywords import terms_of

# Words of "A vs B", "A or B, what's the difference?" and the like beside the two sides.
_ASKS_DIFFERENCE = re.compile(
    r"\b(?:what|how|is|are|do|does|the|a|an|differences?|differ|different|between|from|and|or|vs|"
    r"versus|compared?|with|to|in contrast|as opposed|tell me|explain|please|s)\b|\W+",
    re.I,
)


def bare_sides_of(question: str) -> tuple[str, ...]:
    """Return what a question compares if it asks for no property: "A vs B"; else nothing."""
    if sole_kind_of(question) is not Kind.COMPARISON:
        return ()
    sides = sides_of(question)
    if sides is None:
        return ()
    asked = {*terms_of(_ASKS_DIFFERENCE.sub(" ", question))} - {*terms_of(_before_colon(question))}
    return () if asked - {*terms_of(" ".join(sides))} - {*terms_of("one")} else sides


def _before_colon(question: str) -> str:
    """Return what a comparison is about: "GAN: generator vs discriminator"."""
    before, colon, _ = question.partition(":")
    return before if colon else ""


def with_sides(quoted: Quoted, sides: Sequence[tuple[str, Quoted]]) -> Quoted:
    """Return the quotes of a comparison, those that say what each side is first.

    Args:
        quoted: for the whole question.
        sides: each side, and the sentences that may say what it is.
    """
    candidates, weights = [*quoted.candidates], [*quoted.weights]
    places: list[int] = []
    highest = max(weights, default=1.0)
    at = {(each.hit.chunk.document, each.offsets[-1]): i for i, each in enumerate(candidates)}
    for side, found in sides:
        place = _place_of(side, found)
        if place is None:
            continue
        each = found.candidates[place]
        key = (each.hit.chunk.document, each.offsets[-1])
        if key not in at:
            at[key] = len(candidates)
            candidates.append(each)
            weights.append(highest)
        places.append(at[key])
    together = list(dict.fromkeys([*places, *quoted.places]))
    return Quoted(candidates, weights, together[:MAX_QUOTES])


def _place_of(side: str, found: Quoted) -> int | None:
    """Return the place of the sentence that defines a side, or else of the best one about it."""
    if definition := best_definition(side, found.candidates, found.weights):
        return definition.place
    terms = {*terms_of(side)}
    return next((i for i in found.places if terms <= {*terms_of(found.candidates[i].quote)}), None)
