"""The values that drafting passes around."""

from typing import Literal

import msgspec

from ragguide.evaluate.answers import fold
from ragguide.evaluate.records import Case

By = Literal["rule", "model", "near miss"]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A question for a person to accept, edit or skip."""

    case: Case  # with an empty id
    by: By
    section: tuple[str, ...]

    @property
    def key(self) -> str:
        """What identifies the proposal in a later session."""
        return f"{fold(self.case.question)}\n{fold(self.case.evidence)}"
