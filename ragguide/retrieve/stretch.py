"""How close passages are in, the factor that spreads an embedder's cosines out. No I/O.

Some embedders, such as E5, give any two texts a cosine of .7 or more. Added to keyword scores as
they are, such cosines hardly differ, so words alone would decide. Stretching their distance to 1
makes unrelated passages as far apart as with the embedder for which the weights were tuned.
"""

import numpy as np
from numpy.typing import NDArray

# The mean cosine of two passages from which on cosines are stretched. With all-MiniLM-L6-v2 it is
# .24 and .32 on two guides, so its cosines stay as they are.
UNRELATED = 0.4


def stretch_of(closeness: float | None) -> float:
    """Return the factor for cosines with an index's passages; 1: none.

    `closeness` is the mean cosine of two passages; None: unknown.
    """
    if closeness is None:
        return 1.0
    return max(1.0, (1.0 - UNRELATED) / max(1.0 - closeness, 1e-3))


def stretch(cosines: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Multiply the distance of each cosine to 1; none falls below −1."""
    if factor == 1.0:
        return cosines
    stretched = 1.0 - (1.0 - cosines) * np.float32(factor)
    return stretched.clip(-1.0)
