"""The values of `--filter`, `--pages` and `--tag` in; a filter, a page range and tags out."""

import re
from collections.abc import Sequence

from ragguide.errors import UsageError
from ragguide.types import Filter


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
