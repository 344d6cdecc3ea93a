"""What one check of the doctor found."""

from typing import Literal, TypeAlias

import msgspec

# A note is worth knowing, and everything works; with a problem something configured cannot work.
State: TypeAlias = Literal["ok", "note", "problem"]


class Check(msgspec.Struct, frozen=True):
    """One line of the report."""

    name: str
    told: str  # what was found
    state: State = "ok"
    mend: str = ""  # what to do, without a full stop; "" if nothing, or if `told` ends with it


def note(name: str, told: str, mend: str = "") -> Check:
    return Check(name, told, "note", mend)


def problem(name: str, told: str, mend: str = "") -> Check:
    return Check(name, told, "problem", mend)
