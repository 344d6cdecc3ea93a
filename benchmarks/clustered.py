"""A number of vectors in; unit vectors that lie as those of passages do, and held-out queries, out.

A vector is its topic, a little of a second topic, a place in the few directions of its own topic,
noise, and what all texts share. Topics number n / 40, with sizes by a power law. The weights were
set so that 8,000 vectors are much like MiniLM's of as many passages, other passages being queries:
cosine of two at random .10 (MiniLM .14), to the nearest .65 (.67), to the tenth .55 (.51); local
intrinsic dimension 17 (20); recall@10 of HNSW, M 16, efConstruction 40, at ef_search 10, 32, 128:
.86, .96, .99 (.84, .96, .99). Their codes are harder to learn than MiniLM's.
"""

import numpy as np
from numpy.typing import NDArray

FloatMatrix = NDArray[np.float32]

PER_TOPIC = 40  # vectors, on average
SIZE_POWER = 0.8  # the i-th largest topic holds a share of i ** -0.8
OWN_DIRECTIONS = 24  # of a topic
SECOND_TOPIC, INSIDE, NOISE, SHARED = 0.3, 0.9, 0.8, 0.5  # lengths beside a topic's 1
SPECTRUM_POWER = 0.35  # by which later dimensions vary less


def clustered(
    n: int, n_queries: int, *, dim: int = 384, seed: int = 0
) -> tuple[FloatMatrix, FloatMatrix]:
    """Return `(n, dim)` vectors and `(n_queries, dim)` others of the same kind, all of length 1."""
    rng = np.random.default_rng(seed)
    total = n + n_queries
    n_topics = max(8, n // PER_TOPIC)
    spectrum = np.arange(1, dim + 1, dtype=np.float32) ** -SPECTRUM_POWER
    spectrum /= np.linalg.norm(spectrum)

    def directions(*shape: int) -> FloatMatrix:
        return rng.standard_normal((*shape, dim), np.float32) * spectrum

    share = np.arange(1, n_topics + 1) ** -SIZE_POWER
    first, second = rng.choice(n_topics, (2, total), p=share / share.sum())
    topics = directions(n_topics)
    steps = np.arange(1, OWN_DIRECTIONS + 1, dtype=np.float32) ** -0.5
    steps *= INSIDE / np.linalg.norm(steps)
    shared = directions(1)
    vectors = NOISE * directions(total)
    vectors += SHARED * shared / np.linalg.norm(shared)
    vectors += topics[first]
    vectors += rng.uniform(0, 2 * SECOND_TOPIC, (total, 1)).astype(np.float32) * topics[second]
    ordered = np.argsort(first, kind="stable")
    ends = np.cumsum(np.bincount(first, minlength=n_topics))
    for members in np.split(ordered, ends[:-1]):
        own = directions(OWN_DIRECTIONS)  # (r, dim)
        places = rng.standard_normal((len(members), OWN_DIRECTIONS), np.float32) * steps
        vectors[members] += places @ own
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors[:n], vectors[n:]
