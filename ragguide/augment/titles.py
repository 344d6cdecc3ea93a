"""A section's title in, the title without its chapter's number out."""

import re

_NUMBERED = re.compile(r"\A(?:chapter|section|part)?\s*\d+(?:\.\d+)*\.?\s+", re.I)


def unnumbered(title: str) -> str:
    """Return a title without its chapter's number, which counts nothing."""
    return _NUMBERED.sub("", title)
