"""Texts in, the lexicon of an index out: its words with their counts, and its acronyms.

`retrieve/question.py` corrects and expands questions with it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from ragguide.errors import IndexCorrupt
from ragguide.index.acronyms import find_acronyms, has_long_form, key_of, keys_in
from ragguide.index.generation import REBUILD, Bytes
from ragguide.index.keywords import stem

LEXICON = "lexicon.json"

MIN_LETTERS = 5  # of a word that may be mistyped: shorter ones have too many neighbours
# How much more often than the form that was asked for the other must be written before it joins
# what is embedded too. Where both are usual, the model knows them, and more words only blur it.
RARER = 2.0

_WORD = re.compile(r"[^\W\d_]+")


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
        self._acronyms = {key_of(short): short for short in stored.acronyms}

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
        acronyms = find_acronyms(texts)
        folded = [text.casefold() for text in texts]
        keys = Counter(key for text in texts for key in keys_in(text))
        return cls(
            _Stored(
                words=dict(sorted(counts.items())),
                acronyms=acronyms,
                n_with_acronym={short: keys[key_of(short)] for short in acronyms},
                n_with_long_form={
                    long: sum(has_long_form(text, long) for text in folded)
                    for long in acronyms.values()
                },
            )
        )

    def usual_form(self, word: str) -> str | None:
        """The documents' usual spelling of a word; None if they do not use it."""
        return self._usual.get(word.casefold())

    def has_stem(self, root: str) -> bool:
        """Whether a word of the documents has this stem."""
        return root in self._stems

    def nearest(self, word: str, *, n_slips: int) -> str | None:
        """The documents' word within so many slips of this one; of equals, the most frequent.

        A slip is a letter dropped, added, replaced or swapped with its neighbour. A second slip
        never changes the first letter, which is seldom mistyped.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        folded = word.casefold()
        found = process.extract(
            folded, self._candidates, scorer=OSA.distance, score_cutoff=n_slips, limit=None
        )
        near = [(right, n) for right, n, _ in found if n == 1 or right[0] == folded[0]]
        if not near:
            return None
        best, _ = min(
            near, key=lambda at: (at[1], at[0][0] != folded[0], -self._counts[at[0]], at[0])
        )
        return self._usual[best]

    def other_forms(self, text: str) -> Iterator[tuple[str, str, bool]]:
        """Each acronym or long form in a text, its other form, and whether that is far more usual.

        Forms of which the text has both are left out.
        """
        folded = text.casefold()
        shorts = {self._acronyms.get(key) for key in keys_in(text)}
        for short, long in self._stored.acronyms.items():
            if (short in shorts) == has_long_form(folded, long):
                continue
            n_short = self._stored.n_with_acronym[short]
            n_long = self._stored.n_with_long_form[long]
            if short in shorts:
                yield short, long, n_long >= RARER * n_short
            else:
                yield long, short, n_short >= RARER * n_long

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(map(stem, self._usual))

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
