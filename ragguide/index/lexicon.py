"""Texts in, their words and acronyms out; a question in, the question as it is searched for out.

People mistype names, and ask for an acronym where the guide writes it out, or the other way round.
Both are mended from what the documents themselves say: a word that they do not hold, and that is
no other word either, is read as the one of theirs nearest to it; an acronym that they explain
stands for its long form, and this for the acronym.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from ragguide.errors import IndexCorrupt
from ragguide.index.generation import REBUILD, Bytes
from ragguide.index.keywords import STOP_WORDS, stem, terms_of

LEXICON = "lexicon.json"

MIN_LETTERS = 5  # of a word that may be mistyped: shorter ones have too many neighbours
LONG_WORD = 8  # letters from which two slips are mended; below, one. Elasticsearch has 6
LONG_FORM_WEIGHT = 2.0  # of all words together that an acronym adds to a question, or of itself
# How much more often than the form that was asked for the other must be written before it joins
# what is embedded too. Where both are usual, the model knows them, and more words only blur it.
RARER = 2.0

_WORD = re.compile(r"[^\W\d_]+")
# Words of a question that may be mistyped: no part of a name such as 24xlarge, nor of "needn't".
_ASKED = re.compile(r"\b[^\W\d_]+\b(?!['’][tT]\b)")
_SHORT_FORM = re.compile(r"\w[\w&/-]*")
_IN_BRACKETS = re.compile(r"\(([^\W\d_][\w&/-]{1,9})\)")
_CLAUSE_END = re.compile(r"[.;:!?()\n•]")

IsWord = Callable[[str], bool]


class Reading(msgspec.Struct, frozen=True):
    """A question as it is searched for."""

    text: str  # what is embedded
    weights: dict[str, float]  # term → its weight among the keywords
    corrected: dict[str, str]  # as it was typed → as it is read
    expanded: dict[str, str]  # what stands in the question → what was added for it

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person who asked should know of it."""
        return tuple(f'"{typed}" was read as "{right}".' for typed, right in self.corrected.items())


class _Stored(msgspec.Struct, frozen=True):
    words: dict[str, int]  # word in its usual spelling → number of texts that hold it
    acronyms: dict[str, str]  # as written, without a plural's s → its long form, in small letters
    n_with_acronym: dict[str, int]
    n_with_long_form: dict[str, int]


class Lexicon:
    """The words and acronyms of an index's documents."""

    def __init__(self, stored: _Stored) -> None:
        """Use `build` or `load`."""
        self._stored = stored
        self._usual = {word.casefold(): word for word in stored.words}
        self._counts = {word.casefold(): count for word, count in stored.words.items()}
        self._candidates = [word for word in self._usual if len(word) >= MIN_LETTERS - 1]
        self._acronyms = {_key(short): short for short in stored.acronyms}

    @classmethod
    def build(cls, texts: Sequence[str]) -> "Lexicon":
        """Learn from the texts that are indexed."""
        spellings: Counter[str] = Counter()
        for text in texts:
            spellings.update(set(_WORD.findall(text)))
        usual: dict[str, str] = {}
        for word, _ in sorted(spellings.items(), key=lambda item: (-item[1], item[0])):
            usual.setdefault(word.casefold(), word)
        counts: Counter[str] = Counter()
        for word, count in spellings.items():
            counts[usual[word.casefold()]] += count
        acronyms = _acronyms(texts)
        folded = [text.casefold() for text in texts]
        keys = Counter(key for text in texts for key in _keys_in(text))
        return cls(
            _Stored(
                words=dict(sorted(counts.items())),
                acronyms=acronyms,
                n_with_acronym={short: keys[_key(short)] for short in acronyms},
                n_with_long_form={
                    long: sum(_holds(text, long) for text in folded) for long in acronyms.values()
                },
            )
        )

    def read(self, question: str, is_word: IsWord) -> Reading:
        """Correct and expand a question.

        Args:
            question: as it was asked.
            is_word: whether a word that the documents do not hold is one all the same, and so not
                mistyped; asked of few words, and of their stems, since "inspects" is one too.
        """
        corrected = {
            word: right
            for word in dict.fromkeys(_ASKED.findall(question))
            if (right := self._correct(word, is_word))
        }
        text = question
        for wrong, right in corrected.items():
            text = re.sub(rf"\b{wrong}\b", right, text)
        weights = dict.fromkeys(terms_of(text), 1.0)
        added = []
        expanded: dict[str, str] = {}
        for form, other, is_rarer in self._expansions(text):
            expanded[form] = other
            terms = terms_of(other)
            for term in terms:
                weights[term] = max(weights.get(term, 0.0), LONG_FORM_WEIGHT / len(terms))
            if is_rarer:
                added.append(f" ({other})")
        return Reading("".join((text, *added)), weights, corrected, expanded)

    def _correct(self, word: str, is_word: IsWord) -> str | None:
        """The documents' word that a mistyped one is nearest to; of equals, the most frequent."""
        folded = word.casefold()
        if len(folded) < MIN_LETTERS or folded in self._usual or folded in STOP_WORDS:
            return None
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        n_slips = 1 if len(folded) < LONG_WORD else 2
        found = process.extract(
            folded, self._candidates, scorer=OSA.distance, score_cutoff=n_slips, limit=None
        )
        # The first letter is seldom mistyped, and never besides another one.
        near = [(right, n) for right, n, _ in found if n == 1 or right[0] == folded[0]]
        if not near or (root := stem(folded)) in self._stems or is_word(folded) or is_word(root):
            return None
        best, _ = min(
            near, key=lambda at: (at[1], at[0][0] != folded[0], -self._counts[at[0]], at[0])
        )
        return self._usual[best]

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(map(stem, self._usual))

    def _expansions(self, text: str) -> Iterator[tuple[str, str, bool]]:
        """Each acronym or long form in a text, the other one, and whether that is more usual."""
        folded = text.casefold()
        shorts = {self._acronyms.get(key) for key in _keys_in(text)}
        for short, long in self._stored.acronyms.items():
            if (short in shorts) == _holds(folded, long):
                continue
            n_short = self._stored.n_with_acronym[short]
            n_long = self._stored.n_with_long_form[long]
            if short in shorts:
                yield short, long, n_long >= RARER * n_short
            else:
                yield long, short, n_short >= RARER * n_long

    def save(self, folder: Path) -> None:
        """Write `lexicon.json`."""
        (folder / LEXICON).write_bytes(msgspec.json.encode(self._stored))

    @classmethod
    def load(cls, data: Bytes) -> "Lexicon":
        """Take the bytes of the file that `save` wrote. The caller has verified them.

        Raises:
            IndexCorrupt: they are something else.
        """
        try:
            return cls(msgspec.json.decode(data.data, type=_Stored))
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise IndexCorrupt(f"{LEXICON} holds something else: {exc}. {REBUILD}") from exc


# ── acronyms ────────────────────────────────────────────────────────────────────────────────────


def _acronyms(texts: Sequence[str]) -> dict[str, str]:
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


def _holds(folded: str, long: str) -> bool:
    """Whether a text in small letters holds a long form or its plural, not within other words."""
    return long in folded and bool(re.search(rf"(?<!\w){re.escape(long)}s?(?!\w)", folded))


def _keys_in(text: str) -> set[str]:
    """What the acronyms of a text may be looked up by; "aws" may be one, and the plural of one."""
    forms = _SHORT_FORM.findall(text)
    return {_key(each) for form in forms for each in (form, _singular(form))}


def _key(short: str) -> str:
    """What an acronym is looked up by; people write one of three letters or more small as well."""
    return short.casefold() if len(short) > 2 else short
