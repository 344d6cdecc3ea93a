"""Look-ups in a report of the doctor."""

from ragguide import Settings
from ragguide.doctor import Check, examine


def named(checks: list[Check], name: str) -> Check:
    (check,) = (check for check in checks if check.name == name)
    return check


def problems(settings: Settings) -> dict[str, str]:
    return {check.name: check.finding for check in examine(settings) if check.state == "problem"}
