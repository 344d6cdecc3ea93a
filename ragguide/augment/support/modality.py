"""Must, should, may and need not: does the claim demand and allow what the evidence does?"""

from collections.abc import Iterable, Sequence
from itertools import product

from ragguide.augment.support.alignment import Alignment
from ragguide.augment.support.clauses import Clause, Modal
from ragguide.augment.support.synonyms import same_meaning

_STRENGTH: tuple[Modal, ...] = ("must", "should", "may", "optional")
_NAMES: dict[Modal | None, str] = {
    "must": '"must"',
    "should": '"should"',
    "may": '"may"',
    "optional": '"need not"',
    None: "no such thing",
}


def wrong_modal(found: Alignment) -> str:
    """Say where the claim demands or allows something else; nowhere: an empty string."""
    for clause in found.claim.clauses:
        stated = found.clause_for(clause)
        if stated is None:
            continue
        for claimed, said in _compared(clause, stated):
            if claimed == said or (claimed is None and said != "optional"):
                continue
            denials = {clause.denies_modal, stated.denies_modal}
            if "" not in denials and denials != {"no"} and {claimed, said} <= {"must", "may"}:
                continue  # "must not" and "cannot" are one, and so is "no one may"
            if said is None and claimed != "optional":
                continue
            return f"the evidence says {_NAMES[said]}, the claim says {_NAMES[claimed]}"
    return ""


def _compared(clause: Clause, stated: Clause) -> list[tuple[Modal | None, Modal | None]]:
    """Modals that stand before the same word in both; if none do, the strongest of each.

    Two may stand before one word, as in "may have to wait": then both texts must have both.
    """
    same: list[tuple[Modal | None, Modal | None]] = []
    for key in dict.fromkeys(key for _, key in clause.modals if key):
        same += _pairs(_before(clause, key), _before(stated, key))
    if same:
        return same
    if {modal for modal, _ in clause.modals} & {modal for modal, _ in stated.modals}:
        return []
    return [(_strongest(clause), _strongest(stated))]


def _pairs(claimed: Sequence[Modal], said: Sequence[Modal]) -> Iterable[tuple[Modal, Modal]]:
    return zip(claimed, said, strict=True) if claimed == said else product(claimed, said)


def _before(clause: Clause, key: str) -> list[Modal]:
    """Modals of a clause before a word or one that means the same, the strongest first."""
    found = {modal for modal, other in clause.modals if other and same_meaning(key, other)}
    return [modal for modal in _STRENGTH if modal in found]


def _strongest(clause: Clause) -> Modal | None:
    modals = {modal for modal, _ in clause.modals}
    return next((modal for modal in _STRENGTH if modal in modals), None)
