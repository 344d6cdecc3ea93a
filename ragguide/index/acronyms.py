"""Texts in, their acronyms with the long forms out. No I/O."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

_SHORT_FORM = re.compile(r"\w[\w&/-]*")
_IN_BRACKETS = re.compile(r"\(([^\W\d_][\w&/-]{1,9})\)")
_CLAUSE_END = re.compile(r"[.;:!?()\n•]")


def find_acronyms(texts: Iterable[str]) -> dict[str, str]:
    """Return each acronym that the texts explain, with its most frequent long form."""
    found: dict[str, Counter[str]] = {}
    for text in texts:
        for short, long in _explained(text):
            found.setdefault(short, Counter())[long] += 1
    return {
        short: min(forms.items(), key=lambda item: (-item[1], item[0]))[0]
        for short, forms in sorted(found.items())
    }


def _explained(text: str) -> Iterator[tuple[str, str]]:
    """Yield each acronym in brackets that the words before it explain, with its long form.

    Source: Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions", 2003.
    """
    for match in _IN_BRACKETS.finditer(text):
        short = match[1]
        if sum(map(str.isupper, short)) < 2:  # "(Paris)" is a name
            continue
        words = _CLAUSE_END.split(text[: match.start()])[-1].split()
        n_words = min(len(short) + 5, 2 * len(short))  # from the paper
        long = _long_form(_singular(short), " ".join(words[-n_words:]))
        if long and len(long.split()) > 1 and short.casefold() not in long.casefold().split():
            singular = _singular(short)
            yield singular, (long if singular == short else _singular(long)).casefold()


def _long_form(short: str, text: str) -> str | None:
    """Return the end of `text` that spells out `short`; None if it does not.

    Going backwards, each letter must occur before the next one, and the first must start a word.
    """
    letters = [(i, char) for i, char in enumerate(short.casefold()) if char.isalnum()]
    position = len(text)
    for i, char in reversed(letters):
        position = _find_back(char, text, position, starts_word=i == 0)
        if position < 0:
            return None
    return text[text.rfind(" ", 0, position + 1) + 1 :]


def _find_back(char: str, text: str, end: int, *, starts_word: bool) -> int:
    """Return the last position of a letter before `end`; -1 if there is none."""
    for position in range(end - 1, -1, -1):
        if text[position].casefold() == char:
            follows_letter = position > 0 and text[position - 1].isalnum()
            if not (starts_word and follows_letter):
                return position
    return -1


def _singular(form: str) -> str:
    """Return `LLM` for `LLMs`, "large language model" for "large language models"."""
    return form[:-1] if form.endswith("s") and not form.endswith("ss") and len(form) > 2 else form


def has_long_form(folded: str, long: str) -> bool:
    """Whether a lower-case text contains a long form or its plural as whole words."""
    return long in folded and bool(re.search(rf"(?<!\w){re.escape(long)}s?(?!\w)", folded))


def keys_in(text: str) -> set[str]:
    """Return the lookup keys of all possible acronyms in a text; "aws" may also be a plural."""
    forms = _SHORT_FORM.findall(text)
    return {key_of(each) for form in forms for each in (form, _singular(form))}


def key_of(short: str) -> str:
    """Return an acronym's lookup key; people type acronyms of three or more letters in any case."""
    return short.casefold() if len(short) > 2 else short
