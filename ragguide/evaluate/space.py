"""Settings with the values to try in, trials in the order to run them out. No I/O.

dense_weight=0.3,0.5,0.7     these values only
dense_weight=0.2..0.8        any value in between, for a random search
index_type=flat,hnsw         words, for settings with words as values
"""

import random
import re
from collections.abc import Iterable, Sequence
from itertools import product
from typing import TypeAlias

import msgspec

from ragguide.config import Settings, change_settings
from ragguide.errors import SettingsError, UsageError
from ragguide.types import IndexRequest

Value: TypeAlias = str | int | float
CHUNKING = ("chunk_tokens", "chunk_overlap", "chunk_strategy")  # a change makes other passages
INDEXING = IndexRequest.__struct_fields__  # a change indexes the same passages in another way
# Either no result depends on these, or they set the models and the index, which a sweep keeps.
_FIXED = frozenset(
    "index store indexes_dir runs_dir models_dir cache_dir data_dir vectors_kept_mb keep embedder "
    "encoder reranker generator threads seed parse_timeout_s parse_memory_mb ocr_languages device "
    "embedding_device generation_device search_device embedding_precision kv_cache gpu_layers "
    "when_too_large allow_failed_generator groups workers scheduler fetch_limit_mb "
    "private_addresses".split()
)
_WHERE = "--grid"
_RANGE = re.compile(r"(\d*\.?\d+)\.\.(\d*\.?\d+)")
_TRIES = 50  # draws for each random trial, to find a new one


class Axis(msgspec.Struct, frozen=True):
    """A setting, with a list of values to try, or the two ends of a range."""

    name: str
    values: tuple[str, ...] = ()
    ends: tuple[str, str] | None = None


class Trial(msgspec.Struct, frozen=True):
    """One combination of values. The first trial of a sweep has the current settings."""

    number: int
    values: dict[str, Value]  # of every setting in the sweep
    n_changed: int  # how many of them differ from the current settings

    @property
    def name(self) -> str:
        return f"t{self.number:03d}"

    def __str__(self) -> str:
        return _in_words(self.values)


class Space(msgspec.Struct, frozen=True):
    """The combinations to try, and the invalid ones."""

    trials: tuple[Trial, ...]  # grouped by index; the first has the current settings
    left_out: dict[str, str]  # a combination → why it is invalid


def read_axes(texts: Iterable[str]) -> tuple[Axis, ...]:
    """Read `name=value,value` and `name=low..high`.

    Raises:
        UsageError: one has another form, is named twice, or cannot be swept.
    """
    axes: dict[str, Axis] = {}
    for text in texts:
        axis = _read_axis(text)
        if axis.name in axes:
            raise UsageError(f"{_WHERE} names {axis.name} twice. List all its values in one.")
        axes[axis.name] = axis
    if not axes:
        raise UsageError(f"no values to try. Add e.g. {_WHERE} dense_weight=0.3,0.5,0.7.")
    return tuple(axes.values())


def _read_axis(text: str) -> Axis:
    name, sign, rest = (part.strip() for part in text.partition("="))
    values = tuple(value.strip() for value in rest.split(",") if value.strip())
    if not (sign and name and values):
        raise UsageError(f"{_WHERE} {text!r} is not of the form setting=value,value.")
    if name in _FIXED:
        raise UsageError(
            f"{_WHERE} {text!r}: a sweep cannot change {name}. Start a run for each value: "
            "ragguide eval run"
        )
    match = _RANGE.fullmatch(rest)
    if match is None:
        return Axis(name, values)
    if float(match[1]) >= float(match[2]):
        raise UsageError(f"{_WHERE} {text!r}: the range must end above its start.")
    return Axis(name, ends=(match[1], match[2]))


def trials_of(
    axes: Sequence[Axis], settings: Settings, *, n_random: int | None = None, seed: int = 0
) -> Space:
    """Return all combinations, or `n_random` random ones, after a trial of the current settings.

    Raises:
        SettingsError: a setting is unknown, or a value out of its range.
        UsageError: there is a range but no number of random trials.
    """
    for axis in axes:
        for value in axis.values or axis.ends or ():
            _check(settings, axis.name, value)
    present = {axis.name: getattr(settings, axis.name) for axis in axes}
    rng = random.Random(seed)  # noqa: S311  no secret
    combined = _all(axes) if n_random is None else _random(axes, settings, n_random, rng)
    found, left_out = _valid(combined, settings, present)
    trials = tuple(
        Trial(number, values, sum(values[name] != present[name] for name in values))
        for number, values in enumerate(_grouped(found))
    )
    return Space(trials, left_out)


def _valid(
    combined: Iterable[dict[str, str]], settings: Settings, present: dict[str, Value]
) -> tuple[list[dict[str, Value]], dict[str, str]]:
    """Return the distinct valid combinations, the present one first, and the invalid ones."""
    found: dict[tuple[Value, ...], dict[str, Value]] = {tuple(present.values()): present}
    left_out: dict[str, str] = {}
    for texts in combined:
        try:
            changed = change_settings(settings, texts, where=_WHERE)
        except SettingsError as exc:
            left_out[_in_words(texts)] = str(exc)
            continue
        values: dict[str, Value] = {name: getattr(changed, name) for name in present}
        found.setdefault(tuple(values.values()), values)
    return list(found.values()), left_out


def _in_words(values: "dict[str, Value] | dict[str, str]") -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def index_key(trial: Trial) -> tuple[Value, ...]:
    """Return the values that the index of a trial depends on; equal keys share an index."""
    return _index_of(trial.values)


def _check(settings: Settings, name: str, value: str) -> None:
    """Reject a value out of range. Values that only conflict with each other are left out later."""
    try:
        change_settings(settings, {name: value}, where=_WHERE)
    except SettingsError as exc:
        if "must be less than" not in str(exc):
            raise


def _all(axes: Sequence[Axis]) -> Iterable[dict[str, str]]:
    for axis in axes:
        if axis.ends:
            raise UsageError(
                f"{_WHERE} {axis.name}={axis.ends[0]}..{axis.ends[1]} is a range, which only a "
                "random search can use. Add --random N to try N combinations, or list the values."
            )
    for values in product(*(axis.values for axis in axes)):
        yield dict(zip([axis.name for axis in axes], values, strict=True))


def _random(
    axes: Sequence[Axis], settings: Settings, n: int, rng: random.Random
) -> list[dict[str, str]]:
    """Return n different combinations; fewer if there are no more."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for _ in range(n * _TRIES):
        if len(found) == n:
            break
        drawn = {axis.name: _draw(axis, settings, rng) for axis in axes}
        found.setdefault(tuple(drawn.values()), drawn)
    return list(found.values())


def _draw(axis: Axis, settings: Settings, rng: random.Random) -> str:
    if axis.ends is None:
        return rng.choice(axis.values)
    if isinstance(getattr(settings, axis.name), int):
        return str(rng.randint(int(axis.ends[0]), int(axis.ends[1])))
    return f"{rng.uniform(float(axis.ends[0]), float(axis.ends[1])):.3g}"


def _index_of(values: dict[str, Value]) -> tuple[Value, ...]:
    return tuple(value for name, value in values.items() if name in (*CHUNKING, *INDEXING))


def _grouped(combinations: Sequence[dict[str, Value]]) -> list[dict[str, Value]]:
    """Group combinations by chunking, then by index, in order of first appearance."""

    def chunking(values: dict[str, Value]) -> tuple[Value, ...]:
        return tuple(value for name, value in values.items() if name in CHUNKING)

    places: dict[tuple[object, ...], int] = {}
    for values in combinations:
        for key in (("chunking", chunking(values)), ("index", _index_of(values))):
            places.setdefault(key, len(places))
    return sorted(
        combinations,
        key=lambda v: (places["chunking", chunking(v)], places["index", _index_of(v)]),
    )
