"""How often terms occur in a passage in, its BM25 score out. No I/O.

bm25s computes the same when it builds the postings of files.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# From Anserini (Yang, Fang & Lin, SIGIR 2017); benchmarks/README.md compares 1.5 and .75.
K1, B = 0.9, 0.4


def rarity_of(n_with: "NDArray[np.int64]", n_passages: int) -> "NDArray[np.float64]":
    """Return the inverse document frequency of terms, above 0, by the passages with each."""
    rarity: NDArray[np.float64] = np.log1p((n_passages - n_with + 0.5) / (n_with + 0.5))
    return rarity


def gain_of(
    counts: "NDArray[np.int64]", lengths: "NDArray[np.int64]", mean_length: float
) -> "NDArray[np.float64]":
    """Return what a term adds to a passage's score, for a rarity of 1.

    Args:
        counts: (n,) of the term in each passage.
        lengths: (n,) of the passages, in terms.
        mean_length: of all passages of the generation.

    Source: Robertson & Zaragoza 2009 (bm25s 'lucene').
    """
    gain: NDArray[np.float64] = counts / (counts + K1 * (1 - B + B * lengths / mean_length))
    return gain
