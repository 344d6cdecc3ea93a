"""Texts in, keyword postings out; a question in, BM25 scores out.

bm25s computes the score of every term in every text when the index is built. So a search only adds
up columns, with numpy alone.
"""

import io
import re
import zipfile
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import Stemmer
from numpy.typing import NDArray

from ragguide.errors import IndexCorrupt
from ragguide.index.bm25 import K1, B, rarity_of
from ragguide.index.generation import REBUILD, Bytes
from ragguide.index.notation import (
    CJK,
    GROUPED,
    is_cjk,
    joined_numbers,
    letter_names,
    names_of_stop_words,
    options_in,
    pairs_of,
    with_spaced_numbers_joined,
    with_usual_letters,
    without_asking,
    without_groups,
)

VOCABULARY = "keywords.json"
POSTINGS = "keywords.npz"

FloatVector = NDArray[np.float32]

# A word keeps its inner punctuation, so that s3:GetObject and P3dn.24xlarge match exactly.
_LETTER = rf"[^\W_{CJK}]"
_WORD = re.compile(
    rf"(?P<grouped>{GROUPED}(?:\.\d+)?[^\W\d_{CJK}]*)|[{CJK}]+|{_LETTER}+(?:[.:/_'’+-]{_LETTER}+)*"
)
_GROUPS = re.compile(GROUPED)
_SIGN = re.compile(r"[\W_]+")
_PARTS = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)?")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
STOP_WORDS = frozenset(
    """
    a about all also am an and any are as at be been but by can could did do does doing for from get
    had has have he her here his how i if in into is it its just may me more most much my no not of
    on one or our out over own shall she should so some such than that the their them then there
    these they this those to too up us use used using very was we were what when where which while
    who whom why will with would you your
    """.split()
)
# "I'd", "isn't", "won't": the words before the apostrophe; "dont" as it is typed in haste.
_CONTRACTED = re.compile(r"(?P<word>[a-z]+?)(?:'(?:d|ll|m|re|s|ve)|n't)")
_SHORTENED = frozenset({"ca", "wo", "sha", "ai", "let"})
_HASTY = frozenset("arent couldnt didnt doesnt dont hasnt isnt ive thats wasnt whats".split())
# The stemmer keeps the plural of words without an earlier vowel and in -us: LLMs, KPIs, GPUs.
_PLURAL_NAME = re.compile(r"(?<=[A-Z]{2})s\b")
stem = Stemmer.Stemmer("english").stemWord


def terms_of(text: str) -> list[str]:
    """Return the search terms of a text: stemmed words, and the parts of compound words.

    A letter or stop word that is a name is a term, too: `plan A` for Plan A, `WHO`; so is an
    option of one letter, in its case: `-R`.
    """
    return list(_terms_of_text(text))


@lru_cache(maxsize=8_192)  # an answer reads each sentence of its hits several times, the next again
def _terms_of_text(text: str) -> tuple[str, ...]:
    terms = [term for word in _words(text) for term in _terms_of_word(word)]
    terms += joined_numbers(text)
    terms += options_in(text)
    names = names_of_stop_words(text, STOP_WORDS)
    terms += (_name_term(before, name) for before, name in names)
    return tuple(terms)


def _name_term(before: str, name: str) -> str:
    return f"{stem(before.casefold())} {name}".strip()


def names_by_letter(text: str) -> dict[str, str]:
    """Return what single letters name in a text, with its term: "Plan D" → "plan D"."""
    names = letter_names(text, STOP_WORDS)
    return {f"{before} {name}": _name_term(before, name) for before, name in names}


def words_of(text: str) -> list[str]:
    """Return the distinct searchable words of a text, as written."""
    text = with_spaced_numbers_joined(text)
    return list(dict.fromkeys(word for word in _words(text) if _terms_of_word(word)))


def _words(text: str) -> list[str]:
    return [
        word
        for match in _WORD.finditer(text)
        for word in (without_asking(match[0]) if is_cjk(match[0]) else (match[0],))
    ]


@lru_cache(maxsize=16_384)  # a search reads all words of its hits, most of them repeatedly
def _terms_of_word(word: str) -> tuple[str, ...]:
    word = with_usual_letters(word)
    if is_cjk(word):
        return tuple(pairs_of(word))
    word = _GROUPS.sub(lambda match: without_groups(match[0]), word)
    word = _PLURAL_NAME.sub("", word)
    word = word.replace("’", "'")
    if _is_contracted(word.casefold()):
        return ()
    whole = word.casefold().removesuffix("'s")
    if whole in STOP_WORDS:
        return ()
    pieces = _SIGN.split(word)
    finer = _PARTS.findall(_CAMEL.sub(" ", word))
    parts = dict.fromkeys(part.casefold() for part in (*pieces, *finer))
    kept = (p for p in parts if p != whole and len(p) > 1 and p not in STOP_WORDS)
    return (stem(whole), *map(stem, kept))


def _is_contracted(word: str) -> bool:
    """Whether a word in lower case is a stop word with another one, such as "I'd" or "isn't"."""
    match = _CONTRACTED.fullmatch(word)
    return word in _HASTY or (
        match is not None and (match["word"] in STOP_WORDS or match["word"] in _SHORTENED)
    )


def known_form(term: str, vocabulary: Container[str]) -> str | None:
    """Return the form of a question's term that the vocabulary has; None if it has none."""
    if term in vocabulary:
        return term
    singular = term.removesuffix("s")  # people type "which gpus", "llms"
    return singular if singular in vocabulary else None


def known_weights(weights: Mapping[str, float], vocabulary: Container[str]) -> dict[str, float]:
    """Return the weights of a question's terms by the form that the vocabulary has."""
    known: dict[str, float] = {}
    for term, weight in weights.items():
        form = known_form(term, vocabulary)
        if form is not None:
            known[form] = max(weight, known.get(form, 0.0))
    return known


def matched_words(text: str, terms: Iterable[str], vocabulary: Container[str]) -> tuple[str, ...]:
    """Return the distinct words of an indexed text that match a question's terms, as written."""
    known = {known_form(term, vocabulary) for term in terms}
    return tuple(
        dict.fromkeys(word for word in _words(text) if not known.isdisjoint(_terms_of_word(word)))
    )


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Return a pattern for words one after the other, also in the plural."""
    words = r"[\s-]+".join(map(re.escape, phrase.split()))
    return re.compile(rf"(?<!\w){words}s?(?!\w)", re.I)


class KeywordIndex:
    """BM25 postings: for each term, the rows that contain it and its score in each."""

    def __init__(
        self,
        vocabulary: dict[str, int],
        starts: NDArray[np.int64],  # (n_terms + 1,) start of each term's postings
        rows: NDArray[np.int32],  # (n_postings,)
        scores: FloatVector,  # (n_postings,)
        n_rows: int,
    ) -> None:
        self._vocabulary = vocabulary
        self._starts = starts
        self._rows = rows
        self._scores = scores
        self.n_rows = n_rows

    @classmethod
    def build(cls, texts: Sequence[str]) -> "KeywordIndex":
        """Index texts by row. Source: Robertson & Zaragoza 2009 (bm25s 'lucene')."""
        import bm25s

        termed = [terms_of(text) for text in texts]
        vocabulary = {
            term: i for i, term in enumerate(sorted({t for terms in termed for t in terms}))
        }
        if not vocabulary:
            return cls({}, np.zeros(1, np.int64), _empty(np.int32), _empty(np.float32), len(texts))
        model = bm25s.BM25(method="lucene", k1=K1, b=B)
        ids = [[vocabulary[term] for term in terms] for terms in termed]
        model.index((ids, vocabulary), show_progress=False, create_empty_token=False)
        columns = model.scores
        return cls(
            vocabulary,
            np.asarray(columns["indptr"], np.int64),
            np.asarray(columns["indices"], np.int32),
            np.asarray(columns["data"], np.float32),
            len(texts),
        )

    def scores(self, weights: Mapping[str, float]) -> FloatVector:
        """Return `(n_rows,)` scores, 0 where no term matches. `weights` maps terms to weights."""
        totals = np.zeros(self.n_rows, np.float32)
        for term, weight in known_weights(weights, self._vocabulary).items():
            column = self._vocabulary[term]
            at = slice(self._starts[column], self._starts[column + 1])
            # A term lists each row once, so += misses no duplicates.
            totals[self._rows[at]] += np.float32(weight) * self._scores[at]
        return totals

    def rarity(self) -> dict[str, float]:
        """Return the inverse document frequency of every term, above 0."""
        values = rarity_of(np.diff(self._starts), self.n_rows)
        return dict(zip(self._vocabulary, values.tolist(), strict=True))

    def save(self, folder: Path) -> None:
        """Write `keywords.json` (the vocabulary) and `keywords.npz` (the postings)."""
        (folder / VOCABULARY).write_bytes(msgspec.json.encode(list(self._vocabulary)))
        np.savez(
            folder / POSTINGS,
            starts=self._starts,
            rows=self._rows,
            scores=self._scores,
            n_rows=np.int64(self.n_rows),
        )

    @classmethod
    def load(cls, vocabulary: Bytes, postings: Bytes) -> "KeywordIndex":
        """Read the bytes of the two files that `save` wrote. The caller must verify them.

        Raises:
            IndexCorrupt: the files are invalid, or do not match each other.
        """
        try:
            words = msgspec.json.decode(vocabulary.data, type=list[str])
            with np.load(io.BytesIO(postings.data), allow_pickle=False) as arrays:
                starts, rows, scores = (arrays[name] for name in ("starts", "rows", "scores"))
                n_rows = int(arrays["n_rows"])
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as exc:
            raise IndexCorrupt(f"{VOCABULARY} or {POSTINGS} is invalid: {exc}. {REBUILD}") from exc
        if not (len(words) == len(set(words)) and _match(len(words), starts, rows, scores, n_rows)):
            raise IndexCorrupt(f"{VOCABULARY} and {POSTINGS} do not match. {REBUILD}")
        return cls({word: i for i, word in enumerate(words)}, starts, rows, scores, n_rows)


def _match(
    n_terms: int, starts: NDArray[Any], rows: NDArray[Any], scores: NDArray[Any], n_rows: int
) -> bool:
    """Whether each term has its postings, and each posting an existing row."""
    return bool(
        [each.dtype.name for each in (starts, rows, scores)] == ["int64", "int32", "float32"]
        and starts.shape == (n_terms + 1,)
        and starts[0] == 0
        and (np.diff(starts) >= 0).all()
        and rows.shape == scores.shape == (starts[-1],)
        and (rows >= 0).all()
        and (rows < n_rows).all()
    )


def _empty(dtype: Any) -> NDArray[Any]:
    return np.zeros(0, dtype)
