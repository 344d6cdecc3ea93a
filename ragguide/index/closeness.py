"""The vectors of a generation in, how close two of its passages are on average out. No I/O."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

FEWEST = 32  # passages; fewer may all be about one thing
MOST = 4096  # passages compared


def closeness_of(vectors: "FloatMatrix") -> float | None:
    """Return the mean cosine of two of the `(n, dim)` vectors; None: too few to tell."""
    n = len(vectors)
    if n < FEWEST:
        return None
    some = np.asarray(vectors[:: -(-n // MOST)], np.float64)
    n = len(some)
    # The sum over all pairs of two rows, without computing each.
    return float((np.square(some.sum(axis=0)).sum() - n) / (n * (n - 1)))
