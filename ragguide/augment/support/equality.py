"""Does the claim call two things the same, where the evidence doesn't?"""

import re

from ragguide.augment.support.alignment import Alignment

_SAME = re.compile(
    r"\b(?:is|are|was|were|be)\s+(?:\w+ly\s+)?"
    r"(?:equivalent|identical|the\s+same|equal|interchangeable|alike|synonym(?:s|ous)?)\b",
    re.I,
)
_ALSO_SAME = re.compile(
    r"\b(?:equivalent|identical|same|equals?|interchangeable|interchangeably|alike|synonym\w*|"
    r"likewise|similar\w*|both|like|also|too|no\s+difference)\b|\bas\b.*\bas\b|=",
    re.I,
)


def wrong_equality(found: Alignment) -> str:
    """Say that the evidence doesn't call the two the same; none: an empty string."""
    match = _SAME.search(found.claim.text)
    if match is None or _ALSO_SAME.search(found.stated.text):
        return ""
    return "no evidence says that they are the same"
