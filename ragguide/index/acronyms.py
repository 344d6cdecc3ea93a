"""Texts in, the acronyms that they explain out, with their long forms. No I/O."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_SHORT_FORM = re.compile(r"\w[\w&/-]*")
_IN_BRACKETS = re.compile(r"\(([^\W\d_][\w&/-]{1,9})\)")
_CLAUSE_END = re.compile(r"[.;:!?()\n•]")


def find_acronyms(texts: Sequence[str]) -> dict[str, str]:
    """Each acronym that the texts explain, with the long form that they give most often."""
    found: dict[str, Counter[str]] = {}
    for text in texts:
        for short, long in _explained(text):
            found.setdefault(short, Counter())[long] += 1
    return {
        short: min(forms.items(), key=lambda item: (-item[1], item[0]))[0]
        for short, forms in sorted(found.items())
    }


def _explained(text: str) -> Iterator[tuple[str, str]]:
    """Each "long form (ACRONYM)" of a text.

    Source: Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions", 2003.
    """
    for match in _IN_BRACKETS.finditer(text):
        short = match[1]
        if sum(map(str.isupper, short)) < 2:  # "(Paris)" is a name
            continue
        before = _CLAUSE_END.split(text[: match.start()])[-1].split()
        n_words = min(len(short) + 5, 2 * len(short))  # theirs
        long = _long_form(_singular(short), " ".join(before[-n_words:]))
        if long and len(long.split()) > 1 and short.casefold() not in long.casefold().split():
            one = _singular(short)
            yield one, (long if one == short else _singular(long)).casefold()


def _long_form(short: str, before: str) -> str | None:
    """The end of `before` that holds the letters of `short` in order, the first opening a word."""
    at = len(before)
    for i, char in reversed(list(enumerate(short.casefold()))):
        if not char.isalnum():
            continue
        at -= 1
        while at >= 0 and not (
            before[at].casefold() == char and (i or not before[at - 1 : at].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
    return before[before.rfind(" ", 0, at + 1) + 1 :]


def _singular(form: str) -> str:
    """`LLMs` and "large language models" as one of them."""
    return form[:-1] if form.endswith("s") and not form.endswith("ss") and len(form) > 2 else form


def has_long_form(folded: str, long: str) -> bool:
    """Whether a text in small letters holds a long form or its plural, not within other words."""
    return long in folded and bool(re.search(rf"(?<!\w){re.escape(long)}s?(?!\w)", folded))


def keys_in(text: str) -> set[str]:
    """What the acronyms of a text may be looked up by; "aws" may be one, and the plural of one."""
    forms = _SHORT_FORM.findall(text)
    return {key_of(each) for form in forms for each in (form, _singular(form))}


def key_of(short: str) -> str:
    """What an acronym is looked up by; people write one of three letters or more small as well."""
    return short.casefold() if len(short) > 2 else short
