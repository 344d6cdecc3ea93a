"""Texts by which an export is compared with its model: vectors of both in, an error out."""

from typing import TYPE_CHECKING

from ragguide.errors import ModelError

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

LEAST_COSINE = 0.9999  # between an exported vector and the model's own

# Texts that expose errors of tokenizing, truncation, padding and pooling.
SAMPLES = (
    "How much do Spot Instances save?",
    "",
    "s3:GetObject, P3dn.24xlarge & F1 — naïve “quotes”, 日本語 🙂",
    "UPPER CASE and lower case\nwith a second line",
    "A feature store keeps features for training and for inference. " * 6,
    "word " * 600,  # longer than most models' limit
)


def require_equal(vectors: "FloatMatrix", expected: "FloatMatrix") -> None:
    """Compare an export's vectors of `SAMPLES` with the model's: unit vectors `(n, dim)`.

    Raises:
        ModelError: one differs.
    """
    least = float((vectors * expected).sum(axis=1).min())
    if not least >= LEAST_COSINE:  # also true for NaN
        raise ModelError(f"its export gives other vectors: cosine {least:.4f}")
