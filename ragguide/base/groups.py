"""Text in, the names of groups out. A reader may read what one of its groups may."""

import re

from ragguide.errors import UsageError

Groups = frozenset[str]

EVERYONE = "everyone"  # the group of all readers
LONGEST = 54  # characters; with its prefix, it must be the name of a role in PostgreSQL
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def read_groups(text: str, *, where: str) -> tuple[str, ...]:
    """Parse "hr,board" into its groups, each once.

    Raises:
        UsageError: a name is invalid; `where` names the source of the text.
    """
    groups = tuple(dict.fromkeys(filter(None, (each.strip() for each in text.split(",")))))
    for group in groups:
        if not _GROUP.fullmatch(group) or len(group) > LONGEST:
            raise UsageError(
                f"{where}: {group[:80]!r} is not a valid group name: use up to {LONGEST} letters, "
                "digits, '.', '_', '-'. Commas separate groups."
            )
    return groups
