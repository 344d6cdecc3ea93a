"""Settings with the values to try in, trials in the order to run them out. No I/O.

dense_weight=0.3,0.5,0.7     just these
dense_weight=0.2..0.8        anything in between, for a random search
index_type=flat,hnsw         words, where the setting has them
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
CHUNKING = ("chunk_tokens", "chunk_overlap", "chunk_strategy")  # another one: other passages
INDEXING = IndexRequest.__struct_fields__  # another one: the same passages, indexed otherwise
# No result hangs on these, or another one is another experiment: other models, another index.
_FIXED = frozenset(
    "index indexes_dir runs_dir models_dir cache_dir vectors_kept_mb keep embedder encoder "
    "reranker generator threads seed parse_timeout_s parse_memory_mb ocr_languages device "
    "embedding_device generation_device search_device embedding_precision kv_cache gpu_layers "
    "when_too_large allow_failed_generator".split()
)
_WHERE = "--grid"
_RANGE = re.compile(r"(\d*\.?\d+)\.\.(\d*\.?\d+)")
_TRIES = 50  # for each random trial, until it is one that is not there yet


class Axis(msgspec.Struct, frozen=True):
    """A setting and what is tried of it: values, or all between two ends."""

    name: str
    values: tuple[str, ...] = ()
    ends: tuple[str, str] | None = None


class Trial(msgspec.Struct, frozen=True):
    """One combination of values. The first trial of a sweep is the settings as they are."""

    number: int
    values: dict[str, Value]  # of every setting that is swept
    n_changed: int  # of which so many are not as they are now

    @property
    def name(self) -> str:
        return f"t{self.number:03d}"

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.values.items())


class Space(msgspec.Struct, frozen=True):
    """What is to be tried, and what cannot be."""

    trials: tuple[Trial, ...]  # those of one index beside each other, the first as it is now
    left_out: dict[str, str]  # a combination → why it makes no sense


def read_axes(texts: Iterable[str]) -> tuple[Axis, ...]:
    """Read `name=value,value` and `name=low..high`.

    Raises:
        UsageError: one is of another form, named twice, or cannot be swept.
    """
    axes: dict[str, Axis] = {}
    for text in texts:
        name, sign, rest = (part.strip() for part in text.partition("="))
        values = tuple(value.strip() for value in rest.split(",") if value.strip())
        if not (sign and name and values):
            raise UsageError(f"{_WHERE} {text!r} is not of the form setting=value,value.")
        if name in _FIXED:
            raise UsageError(f"{_WHERE} {text!r}: {name} is not swept. Run each by itself.")
        if name in axes:
            raise UsageError(f"{_WHERE} names {name} twice. Give all its values at once.")
        match = _RANGE.fullmatch(rest)
        if match and float(match[1]) >= float(match[2]):
            raise UsageError(f"{_WHERE} {text!r}: the range ends where it begins, or before.")
        axes[name] = Axis(name, ends=(match[1], match[2])) if match else Axis(name, values)
    if not axes:
        raise UsageError(f"nothing is to be tried. Give {_WHERE} dense_weight=0.3,0.5,0.7.")
    return tuple(axes.values())


def trials_of(
    axes: Sequence[Axis], settings: Settings, *, n_random: int | None = None, seed: int = 0
) -> Space:
    """All combinations, or so many random ones; and first, the settings as they are.

    Raises:
        SettingsError: a setting is unknown, or a value out of its range.
        UsageError: a range is given without a number of random trials.
    """
    for axis in axes:
        for value in axis.values or axis.ends or ():
            _check(settings, axis.name, value)
    names = [axis.name for axis in axes]
    present = {name: getattr(settings, name) for name in names}
    rng = random.Random(seed)  # noqa: S311  no secret
    combined = _all(axes) if n_random is None else _random(axes, settings, n_random, rng)
    found: dict[tuple[Value, ...], dict[str, Value]] = {tuple(present.values()): present}
    left_out: dict[str, str] = {}
    for texts in combined:
        try:
            changed = change_settings(settings, texts, where=_WHERE)
        except SettingsError as exc:
            left_out[", ".join(f"{name} {value}" for name, value in texts.items())] = str(exc)
            continue
        values = {name: getattr(changed, name) for name in names}
        found.setdefault(tuple(values.values()), values)
    return Space(
        tuple(
            Trial(number, values, sum(values[name] != present[name] for name in names))
            for number, values in enumerate(_grouped(list(found.values())))
        ),
        left_out,
    )


def index_key(trial: Trial) -> tuple[Value, ...]:
    """What of a trial makes its index; trials of one key share it."""
    return _index_of(trial.values)


def _check(settings: Settings, name: str, value: str) -> None:
    """A single value out of range is a slip; two that do not go together are left out later."""
    try:
        change_settings(settings, {name: value}, where=_WHERE)
    except SettingsError as exc:
        if "must be less than" not in str(exc):
            raise


def _all(axes: Sequence[Axis]) -> Iterable[dict[str, str]]:
    for axis in axes:
        if axis.ends:
            raise UsageError(
                f"{_WHERE} {axis.name}={axis.ends[0]}..{axis.ends[1]} has no end of values. Give "
                "--random N to try so many, or the values themselves."
            )
    for values in product(*(axis.values for axis in axes)):
        yield dict(zip([axis.name for axis in axes], values, strict=True))


def _random(
    axes: Sequence[Axis], settings: Settings, n: int, rng: random.Random
) -> list[dict[str, str]]:
    """At most n different ones; fewer if there are no more."""
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
    """Those of one index beside each other, those of one chunking too; else as they come.

    The first stays first.
    """

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
