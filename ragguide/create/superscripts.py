"""Raised text in, signs that do not join the number before them out. No I/O.

`10` with a raised `6` reads as `10⁶`.
"""

import re

RAISED = str.maketrans("0123456789+-−–()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾")
PLAIN_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
# A raised number behind a word, a number or a sign: the mark of a note, or a power.
RAISED_NUMBER = re.compile(r"(?<=[^\W\d_]|[\d.,;:)\"'”’])[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}(?![⁰¹²³⁴⁵⁶⁷⁸⁹])")
# What stands before a power: 10⁶, 40 m². Before any other raised number a note may be meant.
BEFORE_POWER = re.compile(r"\d\s?(?:[cdkmµ]?m|ft|in|yd|s)$|(?<![\d.,])10$")

_NUMBER = re.compile(r"[-+−–(]?\d[\d,()+−–-]*")
_VARIABLE = re.compile(r"[a-df-np-zA-Z]|\(?[-+−–\d]*[a-z][-+−–\d/]+\)?")  # e, o: ordinals
_SUM = re.compile(r"[^(]+[-+−–/][^)]*$")


def raise_text(text: str) -> str:
    """Return raised text as it stands after other text: `⁶`, `^n`; ordinals stay as they are."""
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped):
        return stripped.translate(RAISED)
    if _VARIABLE.fullmatch(stripped):
        return f"^({stripped})" if _SUM.search(stripped) else "^" + stripped
    return text
