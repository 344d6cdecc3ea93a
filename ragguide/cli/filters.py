"""The values of options in; a filter, a page range, tags and access rights out."""

import glob
import re
from collections.abc import Sequence
from pathlib import Path

from ragguide.base.groups import read_groups
from ragguide.errors import UsageError
from ragguide.types import AllowRule, Filter, is_remote


def read_filter(pairs: Sequence[str], pages: str | None) -> Filter | None:
    """Parse `--filter` and `--pages`; return None if neither is given.

    Raises:
        UsageError: one of them is malformed.
    """
    if not pairs and pages is None:
        return None
    values: dict[str, list[str]] = {}
    for pair in pairs:
        name, sign, value = (part.strip() for part in pair.partition("="))
        if not (sign and name and value):
            raise UsageError(
                f"--filter {pair!r} is not in the form NAME=VALUE, e.g. document=guide, "
                "section=security or team=ml."
            )
        values.setdefault(name, []).append(value)
    first, last = read_range(pages)
    return Filter(
        documents=tuple(values.pop("document", ())),
        sections=tuple(values.pop("section", ())),
        tags={name: tuple(each) for name, each in values.items()},
        page_first=first,
        page_last=last,
    )


def read_range(pages: str | None) -> tuple[int, int | None]:
    """Parse `--pages` into first and last page, from 1; None as last: to the end.

    Raises:
        UsageError: it is not a page or a range.
    """
    if pages is None:
        return 1, None
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", pages.strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last:
        raise UsageError(f"--pages {pages!r} is not a page or a range of pages, e.g. 3 or 20-40.")
    return first, last


def read_tags(pairs: Sequence[str]) -> dict[str, str]:
    """Parse the `NAME=VALUE` pairs of `--tag`.

    Raises:
        UsageError: a pair has no `=`, no name before it, or unprintable characters.
    """
    tags = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not (sign and name.strip()):
            raise UsageError(f"--tag {pair!r} is not in the form NAME=VALUE, e.g. team=ml.")
        if not pair.isprintable():
            raise UsageError(f"--tag {pair!r} contains unprintable characters. Remove them.")
        tags[name.strip()] = value.strip()
    return tags


def read_allow(values: Sequence[str]) -> tuple[AllowRule, ...]:
    """Parse the `GROUPS` and `DOCUMENTS=GROUPS` of `--allow`.

    A pattern with a slash is of paths, relative to the working folder; `hr/` is all below a folder.

    Raises:
        UsageError: one of them names no group, or has an invalid name.
    """
    rules = []
    for value in values:
        pattern, sign, names = (part.strip() for part in value.rpartition("="))
        groups = read_groups(names, where=f"--allow {value}")
        if not groups or (sign and not pattern) or not value.isprintable():
            raise UsageError(
                f"--allow {value!r} is not in the form GROUP,GROUP or DOCUMENTS=GROUP,GROUP, e.g. "
                "staff or 'salaries*=hr'."
            )
        rules.append(AllowRule(documents=_absolute(pattern), groups=groups))
    return tuple(rules)


def _absolute(pattern: str) -> str:
    """Return a pattern of paths as one of absolute paths; leave one of names unchanged."""
    if "/" not in pattern:
        return pattern
    below = pattern + "*" if pattern.endswith("/") else pattern
    if is_remote(below) or Path(below).is_absolute():
        return below
    return f"{glob.escape(Path.cwd().as_posix())}/{below}"
