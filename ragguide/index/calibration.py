"""An index in, the calibration of its refusals out: its own, or the shipped one.

indexes/<name>/calibration.json    written by `ragguide calibrate`, for all generations
ragguide/index/calibration.json    shipped; fitted on several guides, see benchmarks/refusals.py
"""

import logging
from math import exp, fsum
from pathlib import Path

import msgspec

from ragguide.errors import IndexCorrupt, StorageError
from ragguide.index.notes import CALIBRATION, Notes
from ragguide.types import Manifest

SIGNS_VERSION = 4  # raise it when a sign changes its meaning
SHIPPED = Path(__file__).parent / CALIBRATION

_log = logging.getLogger(__name__)


class Signs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Features of the search results that predict whether the guide answers."""

    stated: float  # how much of the question one statement covers, by meaning and words
    foreign: float  # strength of the word that is most foreign to the guide, 0 to 1
    length: float  # logarithm of the number of the question's terms


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fitted model of the chance that a guide answers, and its measured quality."""

    signs_version: int
    embedder: str
    chunk_tokens: int
    means: Signs
    scales: Signs
    weights: Signs  # of the standardised signs
    bias: float
    # All below is cross-validated, on questions or guides that the fold's model has not seen.
    answerable_chances: tuple[float, ...]  # rising
    unanswerable_chances: tuple[float, ...]  # rising
    auroc: float | None  # of answerable against unanswerable questions; None: no unanswerable ones
    risk_curve: tuple[tuple[float, float], ...]  # (share answered, share of it wrongly), rising
    n_hidden: int  # answerable questions, asked again with their evidence hidden

    def chance(self, signs: Signs) -> float:
        """Return the chance that the guide answers, if it answers half of all questions."""
        terms = zip(*map(_numbers, (signs, self.means, self.scales, self.weights)), strict=True)
        logit = self.bias + fsum(w * (sign - mean) / scale for sign, mean, scale, w in terms)
        return 1 / (1 + exp(-min(max(logit, -700.0), 700.0)))

    def refused(self, false_refusals: float) -> float:
        """Return the share of unanswerable questions that this threshold refuses."""
        least = self.threshold(false_refusals)
        n_refused = sum(chance < least for chance in self.unanswerable_chances)
        return n_refused / len(self.unanswerable_chances) if self.unanswerable_chances else 0.0

    def threshold(self, false_refusals: float) -> float:
        """Return the highest chance at which at most this share of answerable questions is refused.

        0 if none of them may be refused.
        """
        if not false_refusals or not self.answerable_chances:
            return 0.0
        n_refused = int(false_refusals * len(self.answerable_chances) + 1e-9)
        return (*self.answerable_chances, 1.0)[n_refused]


def find_calibration(notes: Notes, manifest: Manifest) -> Calibration | None:
    """Return the calibration for an index; None if there is none for its embedder.

    Raises:
        IndexCorrupt: the index's own calibration is damaged.
    """
    if (own := read_own(notes)) is not None:
        found = _decode(own, notes.place_of(CALIBRATION))
        if found and _fits(found, manifest) and found.chunk_tokens == manifest.chunk_tokens:
            return found
        _log.warning(
            "ignoring %s: it was fitted for another index or ragguide version. "
            "Run `ragguide calibrate QUESTIONS`.",
            notes.place_of(CALIBRATION),
        )
    shipped = _decode(SHIPPED.read_bytes(), str(SHIPPED))
    return shipped if shipped and _fits(shipped, manifest) else None


def shipped_weights() -> tuple[float, ...]:
    """Return the shipped weights of the standardised signs."""
    shipped = _decode(SHIPPED.read_bytes(), str(SHIPPED))
    assert shipped is not None, "the shipped calibration is for other signs"
    return _numbers(shipped.weights)


def read_own(notes: Notes) -> bytes | None:
    """Return the bytes of an index's own calibration; None if it has none.

    Raises:
        IndexCorrupt: the calibration cannot be read.
    """
    try:
        return notes.read(CALIBRATION)
    except OSError as exc:
        raise _damaged(notes.place_of(CALIBRATION), exc) from exc


def check_calibration(notes: Notes) -> None:
    """Check that an index's own calibration can be read, if it has one.

    Raises:
        IndexCorrupt: the calibration is damaged.
    """
    if (own := read_own(notes)) is not None:
        _decode(own, notes.place_of(CALIBRATION))


def save_calibration(notes: Notes, calibration: Calibration) -> str:
    """Write an index's own calibration; return its place.

    Raises:
        StorageError: it cannot be written.
    """
    data = msgspec.json.format(msgspec.json.encode(calibration), indent=1)
    place = notes.place_of(CALIBRATION)
    try:
        notes.write(CALIBRATION, data)
    except OSError as exc:
        raise StorageError(f"cannot write {place}: {exc.strerror or exc}.") from exc
    return place


def decode_calibration(data: bytes) -> Calibration | None:
    """Parse a calibration; None if another ragguide version fitted it on other signs.

    Raises:
        ValueError: the data are not a calibration.
    """
    if msgspec.json.decode(data, type=_Versioned).signs_version != SIGNS_VERSION:
        return None
    return msgspec.json.decode(data, type=Calibration)


def _fits(calibration: Calibration, manifest: Manifest) -> bool:
    return calibration.embedder == manifest.embedder


class _Versioned(msgspec.Struct):
    """The part of a calibration that all versions share."""

    signs_version: int


def _decode(data: bytes, place: str) -> Calibration | None:
    try:
        return decode_calibration(data)
    except ValueError as exc:  # what msgspec raises is a ValueError
        raise _damaged(place, exc) from exc


def _damaged(place: str, exc: Exception) -> IndexCorrupt:
    return IndexCorrupt(
        f"{place} cannot be read: {exc}. Delete it, then run `ragguide calibrate QUESTIONS`."
    )


def _numbers(signs: Signs) -> tuple[float, ...]:
    values: tuple[float, ...] = msgspec.structs.astuple(signs)
    return values
