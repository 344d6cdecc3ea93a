"""Words in, noun stems, plurals and numbers out. English; no I/O."""

import re
from collections.abc import Iterator

from ragguide.index.keywords import stem

NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
_WORD = re.compile(r"[^\W_]+(?:[.:/_'’+-][^\W_]+)*")
PREPOSITIONS = frozenset("for of in on with to from by at that which besides when".split())
# Words that end a noun phrase.
PHRASE_END = frozenset(
    """
    is are was were be been do does did can could may might must should shall will would has have
    had in on at from to for with without by via into over under per between among during of that
    which who whom whose when where while if because as than and or but not there it its they you i
    we he she this these those each every about according besides
    """.split()
)
KINDS = frozenset("kind kinds type types sort sorts form forms variety varieties".split())
_MORE_KINDS = frozenset("families family classes class categories category".split())
_IRREGULAR = frozenset(
    "people data criteria media indices children men women feet analyses bases".split()
)
_PLURAL_NAME = re.compile(r"\w*[A-Z]{2}s|(?i:[gct]pu|llm|api|sdk|kpi|ami|url)s")
_SINGULAR_ENDS = ("ss", "us", "is", "'s", "’s")
# Adjectives that exclude no item.
ANY_ADJECTIVE = frozenset(
    """main key different separate distinct major basic common possible available important built-in
    pre-built primary essential core such whole general following these several various
    many""".split()
)
# Nouns with the same meaning in a list's lead.
ALIKE = tuple(
    tuple(group.split())
    for group in (
        "way method technique strategy approach option mode",
        "step stage phase",
        "benefit advantage",
        "drawback disadvantage limitation",
        "application use case",
        "part component element",
        "kind type sort form variety",
    )
)
ALIKE_TERMS = tuple(frozenset(map(stem, group)) for group in ALIKE)  # as terms


def split_words(text: str) -> list[str]:
    """Return the words of a text; compound words stay whole."""
    return _WORD.findall(text)


def words_in(text: str) -> Iterator[str]:
    """Yield the words of a text, and the parts of compound ones."""
    for word in split_words(text):
        yield word
        parts = re.split(r"[-/]", word)
        if len(parts) > 1:
            yield from parts


def noun_stem(word: str) -> str:
    """Return the stem that a noun's forms share: strategies and Strategy, GPUs and gpu.

    It is stricter than a stemmer, which gives transformers and transformations the same stem.
    """
    folded = word.casefold().removesuffix("'s").removesuffix("’s")
    if is_plural(word):
        if folded.endswith("ies") and len(folded) > 4:
            return f"{folded[:-3]}y"
        folded = folded[: -2 if folded.endswith(("sses", "xes", "ches", "shes")) else -1]
    return folded.removesuffix("e")


def heads_of(word: str) -> frozenset[str]:
    """Return the stem of a noun, and the stems of its synonyms in a list's lead."""
    root = noun_stem(word)
    groups = (frozenset(map(noun_stem, group)) for group in ALIKE)
    return next((group for group in groups if root in group), frozenset((root,)))


def is_plural(word: str) -> bool:
    """Whether a word looks like a noun's plural."""
    folded = word.casefold()
    if folded in _IRREGULAR or _PLURAL_NAME.fullmatch(word):
        return True
    return len(folded) > 3 and folded.endswith("s") and not folded.endswith(_SINGULAR_ENDS)


def is_kind_word(word: str) -> bool:
    """Whether a word stands for kinds: "types of", "families of"."""
    return word.casefold() in KINDS | _MORE_KINDS


def number_of(word: str) -> int | None:
    """Return the value of a number word or numeral, "twelve" or "12"; None for other words."""
    folded = word.casefold()
    if folded in NUMBER_WORDS:
        return NUMBER_WORDS.index(folded)
    return int(folded) if re.fullmatch(r"\d{1,4}", folded) else None
