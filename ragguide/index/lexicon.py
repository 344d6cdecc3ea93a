"""Texts in, a lexicon out: words with their counts, and acronyms with their long forms.

`retrieve/question.py` uses it to correct and expand questions.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec

from ragguide.errors import IndexCorrupt
from ragguide.index.acronyms import find_acronyms, has_long_form, key_of, keys_in
from ragguide.index.generation import REBUILD, Bytes
from ragguide.index.keywords import stem
from ragguide.index.slips import count_slips

LEXICON = "lexicon.json"

MIN_LETTERS = 5  # of a word that may be corrected: shorter ones have too many neighbours
LONG_WORD = 8  # letters; from here two typos are corrected, below one. Elasticsearch has 6
# The other form of an acronym joins the embedded question only if it is this many times as common.
# If both forms are common, the model knows them, and extra words only blur the vector.
RARER = 2.0

_WORD = re.compile(r"[^\W\d_]+")


class _Stored(msgspec.Struct, frozen=True):
    words: dict[str, int]  # word in its usual spelling → number of texts with it
    acronyms: dict[str, str]  # singular, as written → its long form in lower case
    n_with_acronym: dict[str, int]
    n_with_long_form: dict[str, int]


class Lexicon:
    """The words and acronyms of an index."""

    def __init__(self, stored: _Stored) -> None:
        """Use `build` or `load`."""
        self._stored = stored
        self._usual = {word.casefold(): word for word in stored.words}
        self._counts = {word.casefold(): count for word, count in stored.words.items()}
        self._candidates = [word for word in self._usual if len(word) >= MIN_LETTERS - 1]
        self._acronyms = {key_of(short): short for short in stored.acronyms}

    @classmethod
    def build(cls, texts: Iterable[str]) -> "Lexicon":
        """Count the words and find the acronyms of the indexed texts, which are read four times."""
        acronyms = find_acronyms(texts)
        shorts = {key_of(short) for short in acronyms}
        keys = Counter(key for text in texts for key in keys_in(text) & shorts)
        longs = dict.fromkeys(acronyms.values())
        n_with_long_form = Counter(
            long
            for text in texts
            for folded in (text.casefold(),)
            for long in longs
            if has_long_form(folded, long)
        )
        return cls(
            _Stored(
                words=_count_words(texts),
                acronyms=acronyms,
                n_with_acronym={short: keys[key_of(short)] for short in acronyms},
                n_with_long_form={long: n_with_long_form[long] for long in longs},
            )
        )

    def usual_form(self, word: str) -> str | None:
        """Return the documents' usual spelling of a word; None if they lack the word."""
        return self._usual.get(word.casefold())

    def has_stem(self, root: str) -> bool:
        """Whether any word of the documents has this stem."""
        return root in self._stems

    def commonest(self, n: int) -> list[str]:
        """Return the `n` words of the most texts, in small letters; none shorter than 5 letters."""
        long = (word for word in self._counts if len(word) >= MIN_LETTERS)
        return sorted(long, key=lambda word: (-self._counts[word], word))[:n]

    def nearest(self, word: str, *, n_slips: int) -> str | None:
        """Return the nearest word of the documents within `n_slips` typos; prefer frequent words.

        `count_slips` says what a typo is. With two typos the first letter must match, because
        people rarely mistype it.
        """
        folded = word.casefold()
        near = [
            (right, n)
            for right in self._similar(folded, n_slips)
            if (n := count_slips(folded, right, most=n_slips)) is not None
            and (n == 1 or right[0] == folded[0])
        ]
        if not near:
            return None
        best, _ = min(
            near, key=lambda at: (at[1], at[0][0] != folded[0], -self._counts[at[0]], at[0])
        )
        return self._usual[best]

    def nearest_typed(self, word: str) -> str | None:
        """Return the word of the documents that a word may be mistyped for, as `nearest` does."""
        return self.nearest(word, n_slips=1 if len(word) < LONG_WORD else 2)

    def has_similar(self, word: str, *, n_letters: int) -> bool:
        """Whether up to `n_letters` changed letters of any kind give a word of the documents.

        With more than one, the first letter must match. Such a word is not foreign to the
        documents: jsonl, where they have JSON.
        """
        folded = word.casefold()
        return any(right[0] == folded[0] for right in self._similar(folded, n_letters)) or bool(
            self._similar(folded, 1)
        )

    def _similar(self, folded: str, n_letters: int) -> list[str]:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        found = process.extract(
            folded, self._candidates, scorer=OSA.distance, score_cutoff=n_letters, limit=None
        )
        return [right for right, _, _ in found]

    def other_forms(self, text: str) -> Iterator[tuple[str, str, bool]]:
        """Yield each acronym or long form in a text, its other form, and if that is more common.

        This skips acronyms that the text has in both forms.
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

    def to_json(self) -> bytes:
        """Return what `load` reads."""
        return msgspec.json.encode(self._stored)

    def save(self, folder: Path) -> None:
        """Write `lexicon.json`."""
        (folder / LEXICON).write_bytes(self.to_json())

    @classmethod
    def load(cls, data: Bytes) -> "Lexicon":
        """Read the bytes of the file that `save` wrote. The caller must verify them.

        Raises:
            IndexCorrupt: the file is invalid.
        """
        try:
            return cls(msgspec.json.decode(data.data, type=_Stored))
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise IndexCorrupt(f"{LEXICON} is invalid: {exc}. {REBUILD}") from exc


def _count_words(texts: Iterable[str]) -> dict[str, int]:
    """Return the number of texts with each word, by the word's most frequent spelling."""
    spellings: Counter[str] = Counter()
    for text in texts:
        spellings.update(set(_WORD.findall(text)))
    usual: dict[str, str] = {}
    for word, _ in sorted(spellings.items(), key=lambda item: (-item[1], item[0])):
        usual.setdefault(word.casefold(), word)
    counts: Counter[str] = Counter()
    for word, count in spellings.items():
        counts[usual[word.casefold()]] += count
    return dict(sorted(counts.items()))
