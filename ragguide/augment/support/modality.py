"""Must, should, may and need not: does the claim demand and allow what the evidence does?"""

from ragguide.augment.support.alignment import Alignment
from ragguide.augment.support.reading import Clause, Modal

_STRENGTH: tuple[Modal, ...] = ("must", "should", "may", "optional")


def wrong_modal(found: Alignment) -> str:
    """Say where the claim demands or allows something else; nowhere: an empty string."""
    for clause in found.claim.clauses:
        stated = found.clause_for(clause)
        if stated is None:
            continue
        claimed, said = _strongest(clause), _strongest(stated)
        if clause.modals & stated.modals or (claimed is None and said != "optional"):
            continue
        denied = clause.n_negations % 2 == 1 and stated.n_negations % 2 == 1
        if denied and {claimed, said} <= {"must", "may", None}:
            continue  # "must not" and "cannot" are one
        if said is None and claimed != "optional":
            continue
        return f"the evidence says {_named(said)}, the claim says {_named(claimed)}"
    return ""


def _strongest(clause: Clause) -> Modal | None:
    return next((modal for modal in _STRENGTH if modal in clause.modals), None)


def _named(modal: Modal | None) -> str:
    return {"must": '"must"', "should": '"should"', "may": '"may"', "optional": '"need not"'}.get(
        modal or "", "no such thing"
    )
