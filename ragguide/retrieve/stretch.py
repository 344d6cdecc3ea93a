"""Stored vectors in, the factor that spreads an embedder's cosines out. No I/O.

Some embedders, such as E5, give any two texts a cosine of .7 or more. Added to keyword scores as
they are, such cosines hardly differ, so words alone would decide. Stretching their distance to 1
makes unrelated passages as far apart as with the embedder for which the weights were tuned.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

# The mean cosine of two passages from which on cosines are stretched. With all-MiniLM-L6-v2 it is
# .24 and .32 on two guides, so its cosines stay as they are.
UNRELATED = 0.4
FEWEST = 32  # passages; fewer may all be about one thing
MOST = 4096  # passages compared


def stretch_of(vectors: "FloatMatrix") -> float:
    """Return the factor for cosines with the `(n, dim)` vectors of an index's passages; 1: none."""
    n = len(vectors)
    if n < FEWEST:
        return 1.0
    some = np.asarray(vectors[:: -(-n // MOST)], np.float64)
    n = len(some)
    mean = (np.square(some.sum(axis=0)).sum() - n) / (n * (n - 1))  # over all pairs of two rows
    return max(1.0, float((1.0 - UNRELATED) / max(1.0 - mean, 1e-3)))


def stretch(cosines: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Multiply the distance of each cosine to 1; none falls below −1."""
    if factor == 1.0:
        return cosines
    stretched = 1.0 - (1.0 - cosines) * np.float32(factor)
    return stretched.clip(-1.0)
