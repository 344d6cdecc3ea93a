"""Unit vectors that lie as embeddings do: in clusters of unequal size, each of few dimensions."""

import numpy as np
from numpy.typing import NDArray


def unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def unit_rows(n: int, dim: int, *, seed: int = 0) -> NDArray[np.float32]:
    """Directions without any order: the hardest to search."""
    return unit(np.random.default_rng(seed).standard_normal((n, dim)))


def clustered(n: int, dim: int, *, seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    n_clusters = max(1, n // 50)
    share = 1.0 / np.arange(1, n_clusters + 1)
    of = rng.choice(n_clusters, n, p=share / share.sum())
    centres = rng.standard_normal((n_clusters, dim))
    axes = rng.standard_normal((n_clusters, 6, dim)) * 0.3
    inside = np.einsum("nr,nrd->nd", rng.standard_normal((n, 6)), axes[of])
    return unit(centres[of] + inside + 0.1 * rng.standard_normal((n, dim)))
