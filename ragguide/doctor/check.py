"""What one check of the doctor found."""

from typing import Literal, TypeAlias

import msgspec

Section: TypeAlias = Literal["machine", "models", "index", "folders", "network"]
# A note is worth knowing, and everything works; with a problem something configured cannot work.
State: TypeAlias = Literal["ok", "note", "problem"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report."""

    section: Section
    name: str
    state: State = "ok"
    told: str  # what was found
    mend: str = ""  # what to do, without a full stop; "" if nothing, or if `told` ends with it
