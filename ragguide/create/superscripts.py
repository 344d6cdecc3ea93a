"""Lists and patterns only: digits and signs, and the characters that show them raised. No I/O."""

import re

RAISED = str.maketrans("0123456789+-−–()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾")
PLAIN_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
# A raised number behind a word, a number or a sign: the mark of a note, or a power.
RAISED_NUMBER = re.compile(r"(?<=[^\W\d_]|[\d.,;:)\"'”’])[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}(?![⁰¹²³⁴⁵⁶⁷⁸⁹])")
# What stands before a power: 10⁶, 40 m². Before any other raised number a note may be meant.
BEFORE_POWER = re.compile(r"\d\s?(?:[cdkmµ]?m|ft|in|yd|s)$|(?<![\d.,])10$")
