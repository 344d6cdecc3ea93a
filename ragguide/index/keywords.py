"""Texts in, keyword postings out; a question in, BM25 scores out.

bm25s computes every term's score in every text when the index is built, so that a search only sums
columns, which needs numpy alone.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import Stemmer
from numpy.typing import NDArray

from ragguide.errors import IndexCorrupt
from ragguide.index.generation import REBUILD, Bytes

VOCABULARY = "keywords.json"
POSTINGS = "keywords.npz"

FloatVector = NDArray[np.float32]

# Anserini's (Yang, Fang & Lin, SIGIR 2017). Measured against 1.5 and .75: benchmarks/README.md.
K1, B = 0.9, 0.4

# A word keeps its inner signs, so that s3:GetObject and P3dn.24xlarge can be found as they are.
_WORD = re.compile(r"[^\W_]+(?:[.:/_'+-][^\W_]+)*")
_SIGN = re.compile(r"[\W_]+")
_PARTS = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)?")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
STOP_WORDS = frozenset(
    """
    a about all also an and any are as at be been but by can could did do does doing for from get
    had has have he her here his how i if in into is it its just may me more most much my no not of
    on one or our out over own shall she should so some such than that the their them then there
    these they this those to too up us use used using very was we were what when where which while
    who whom why will with would you your
    """.split()
)
# The stemmer takes no plural off a word without an earlier vowel, nor off -us: LLMs, KPIs, GPUs.
_PLURAL_NAME = re.compile(r"(?<=[A-Z]{2})s\b")
stem = Stemmer.Stemmer("english").stemWord


def terms_of(text: str) -> list[str]:
    """Return the terms that a text is found by: stemmed words, and the parts of compound ones."""
    return [term for word in _WORD.findall(text) for term in _terms_of_word(word)]


def words_of(text: str) -> list[str]:
    """Return the words of a text that it is found by, as they stand there, each once."""
    return list(dict.fromkeys(word for word in _WORD.findall(text) if _terms_of_word(word)))


@lru_cache(maxsize=16_384)  # a search looks at all words of its hits, most of them over and over
def _terms_of_word(word: str) -> tuple[str, ...]:
    word = _PLURAL_NAME.sub("", word)
    whole = word.casefold().removesuffix("'s")
    if whole in STOP_WORDS:
        return ()
    pieces = _SIGN.split(word)
    finer = _PARTS.findall(_CAMEL.sub(" ", word))
    parts = dict.fromkeys(part.casefold() for part in (*pieces, *finer))
    kept = (p for p in parts if p != whole and len(p) > 1 and p not in STOP_WORDS)
    return (stem(whole), *map(stem, kept))


class KeywordIndex:
    """BM25 postings: for each term, the rows that hold it and its score in each of them."""

    def __init__(
        self,
        vocabulary: dict[str, int],
        starts: NDArray[np.int64],  # (n_terms + 1,) where each term's postings begin
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
        """Index texts by their row. Source: Robertson & Zaragoza 2009, as bm25s 'lucene' has it."""
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
        """Return `(n_rows,)` scores, 0 where no term matches. `weights` are those of the terms."""
        columns: dict[int, float] = {}
        for term, weight in weights.items():
            column = self._column(term)
            if column is not None:
                columns[column] = max(weight, columns.get(column, 0.0))
        totals = np.zeros(self.n_rows, np.float32)
        for column, weight in columns.items():
            at = slice(self._starts[column], self._starts[column + 1])
            totals[self._rows[at]] += (
                np.float32(weight) * self._scores[at]
            )  # a row stands there once
        return totals

    def matched_words(self, text: str, terms: Iterable[str]) -> tuple[str, ...]:
        """Return the words of a text that the terms find, as they stand there, each once."""
        columns = {column for term in terms if (column := self._column(term)) is not None}
        return tuple(
            dict.fromkeys(
                word
                for word in _WORD.findall(text)
                if any(self._vocabulary.get(term) in columns for term in _terms_of_word(word))
            )
        )

    def _column(self, term: str) -> int | None:
        column = self._vocabulary.get(term)
        if column is None:  # as people type: "which gpus", "llms"
            column = self._vocabulary.get(term.removesuffix("s"))
        return column

    def rarity(self) -> dict[str, float]:
        """Inverse document frequency of every term, above 0. Source: Robertson & Zaragoza 2009."""
        n_with = np.diff(self._starts)  # (n_terms,)
        values = np.log1p((self.n_rows - n_with + 0.5) / (n_with + 0.5))
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
        """Take the bytes of the two files that `save` wrote. The caller has verified them.

        Raises:
            IndexCorrupt: they are something else, or do not fit one another.
        """
        try:
            words = msgspec.json.decode(vocabulary.data, type=list[str])
            with np.load(io.BytesIO(postings.data), allow_pickle=False) as arrays:
                starts, rows, scores = (arrays[name] for name in ("starts", "rows", "scores"))
                n_rows = int(arrays["n_rows"])
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as exc:
            raise IndexCorrupt(
                f"{VOCABULARY} or {POSTINGS} holds something else: {exc}. {REBUILD}"
            ) from exc
        if not (len(words) == len(set(words)) and _fit(len(words), starts, rows, scores, n_rows)):
            raise IndexCorrupt(f"{VOCABULARY} and {POSTINGS} do not fit one another. {REBUILD}")
        return cls({word: i for i, word in enumerate(words)}, starts, rows, scores, n_rows)


def _fit(
    n_terms: int, starts: NDArray[Any], rows: NDArray[Any], scores: NDArray[Any], n_rows: int
) -> bool:
    """Whether each term has its postings, and each posting a row that there is."""
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
