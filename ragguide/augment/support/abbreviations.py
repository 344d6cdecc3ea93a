"""Texts in, the short forms that they define out: optical character recognition (OCR)."""

import re

_LONG = r"\b((?:[\w'-]+[ ]){1,8}[\w'-]+)"
_DEFINED = re.compile(rf"{_LONG}\s*\(([A-Z][A-Za-z]*[A-Z]s?)\)")
_DEFINES = re.compile(r"\b([A-Z][A-Za-z]*[A-Z])\s*\(([^()]{4,80})\)")
_SMALL = frozenset("a an and at for in of on or the to with".split())


def abbreviations(texts: list[str]) -> dict[str, str]:
    """Find long forms that texts shorten: "optical character recognition" becomes OCR."""
    found = {}
    for text in texts:
        for match in _DEFINED.finditer(text):
            long = _long_form(match[1].split(), match[2].removesuffix("s"))
            if long:
                found[long.casefold()] = match[2].removesuffix("s")
            elif not long and _shortens(match[2], match[1].split()[-1]):
                found[match[1].split()[-1].casefold()] = match[2]
        for match in _DEFINES.finditer(text):
            if _long_form(match[2].split(), match[1]) == match[2]:
                found[match[2].casefold()] = match[1]
    return found


def abbreviate(text: str, short_of: dict[str, str]) -> str:
    """Return a text with each long form replaced by its short one, and "X (X)" by X."""
    for long, short in short_of.items():
        text = re.sub(rf"\b{re.escape(long)}s?\b", short, text, flags=re.I)
        text = re.sub(rf"\b{short}s?\s*\({short}s?\)", short, text)
    return text


def _shortens(short: str, word: str) -> bool:
    """Whether a short form's letters stand in a word, in their order: ECG in electrocardiogram."""
    letters = iter(word.casefold())
    return (
        len(word) >= 3 * len(short)
        and word[0].casefold() == short[0].casefold()
        and all(letter in letters for letter in short.casefold())
    )


def _long_form(words: list[str], short: str) -> str:
    """The last words whose initials are a short form; none: an empty string."""
    letters = short.casefold()
    for n_words in range(min(len(words), len(letters) + 4), 1, -1):
        chosen = words[-n_words:]
        parts = [part for word in chosen for part in re.split(r"[-/]", word) if part]
        if parts[0].casefold() in _SMALL:
            continue
        initials = "".join(part[0] for part in parts).casefold()
        strict = "".join(part[0] for part in parts if part.casefold() not in _SMALL).casefold()
        if letters in (initials, strict):
            return " ".join(chosen)
    return ""
