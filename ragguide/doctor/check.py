"""The result of one check of the doctor."""

from typing import Literal, TypeAlias

import msgspec

# "note": everything works, but something could be better. "problem": something configured fails.
State: TypeAlias = Literal["ok", "note", "problem"]


class Check(msgspec.Struct, frozen=True, rename={"finding": "told", "fix": "mend"}):
    """One line of the report. Scripts read its JSON, so the names there stay as they were."""

    name: str
    finding: str
    state: State = "ok"
    fix: str = ""  # what to do, without a full stop; "" if nothing, or if `finding` ends with it


def note(name: str, finding: str, fix: str = "") -> Check:
    return Check(name, finding, "note", fix)


def problem(name: str, finding: str, fix: str = "") -> Check:
    return Check(name, finding, "problem", fix)
