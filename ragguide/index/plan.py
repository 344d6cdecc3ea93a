"""A request and the number of vectors in, the index type and its parameters out.

This module chooses every parameter that the request leaves at 0, by the measurements in
benchmarks/README.md.
"""

import math
from collections.abc import Mapping
from typing import Literal

import msgspec

from ragguide.errors import SettingsError
from ragguide.types import Flat, Hnsw, IndexParameters, IndexRequest, Ivf, IvfPq

FLAT_UP_TO = 50_000  # vectors; for more, `auto` chooses a graph
HNSW_M, EF_CONSTRUCTION = 32, 200
POINTS_PER_CENTRE = 39  # FAISS warns of poor training below this
PIECE_DIMS = 6  # dimensions per PQ code, or more if 6 does not divide the vector
PQ_BITS, LEAST_PQ_BITS = 8, 4
RECALL_AT = 10  # recall is the share of this many nearest vectors that a search finds

_PARAMETERS: Mapping[str, tuple[str, ...]] = {  # allowed for each type
    "auto": ("hnsw_m", "ef_construction", "ef_search", "nlist", "nprobe", "pq_m", "pq_bits"),
    "flat": (),
    "hnsw": ("hnsw_m", "ef_construction", "ef_search"),
    "ivf": ("nlist", "nprobe"),
    "ivfpq": ("nlist", "nprobe", "pq_m", "pq_bits"),
}
FILE_TYPES = frozenset(_PARAMETERS)  # that a store can build
LANCE_TYPES, DATABASE_TYPES = (
    frozenset({"auto", "flat", "ivf"}),
    frozenset({"auto", "flat", "hnsw"}),
)


class Plan(msgspec.Struct, frozen=True):
    """The index to build, and the reason."""

    parameters: IndexParameters
    why: str
    to_tune: bool  # `ef_search` or `nprobe` is at its minimum, and tuning may raise it


def check(request: IndexRequest) -> None:
    """Refuse a request that is invalid for any number of vectors.

    Raises:
        SettingsError: a parameter is out of range, or belongs to another index type.
    """
    for name in _PARAMETERS["auto"]:
        value = getattr(request, name)
        if value and name not in _PARAMETERS[request.index_type]:
            owners = [kind for kind, own in _PARAMETERS.items() if name in own and kind != "auto"]
            raise SettingsError(
                f"{name} = {value} does not apply to index_type = {request.index_type!r}. "
                f"Set {name} = 0, or index_type = {' or '.join(map(repr, owners))}."
            )
    if request.hnsw_m == 1:
        raise SettingsError(
            "hnsw_m = 1 gives no graph. Set it to 2 or more, or to 0 for the default."
        )
    if 0 < request.pq_bits < LEAST_PQ_BITS:
        raise SettingsError(
            f"pq_bits = {request.pq_bits} is too coarse. Set it to {LEAST_PQ_BITS} or more, "
            "or to 0 for the default."
        )
    if 0 < request.nlist < request.nprobe:
        raise SettingsError(
            f"nprobe = {request.nprobe} is more than nlist = {request.nlist}. Lower it."
        )


def choose(request: IndexRequest, n_rows: int, dim: int) -> Plan:
    """Choose the type and all parameters for `(n_rows, dim)` vectors.

    Raises:
        SettingsError: as `check`, or there are too few vectors for the request.
    """
    check(request)
    if n_rows == 0:
        return Plan(Flat(), "there are no vectors", to_tune=False)
    kind, why = request.index_type, "as requested"
    if kind == "auto":
        kind, why = _by_size(n_rows)
    if kind == "flat":
        return Plan(Flat(), why, to_tune=False)
    if kind == "hnsw":
        graph = Hnsw(
            hnsw_m=request.hnsw_m or HNSW_M,
            ef_construction=request.ef_construction or EF_CONSTRUCTION,
            ef_search=request.ef_search or RECALL_AT,
        )
        return Plan(graph, why, to_tune=not request.ef_search)
    nlist = _nlist(request, n_rows)
    lists = Ivf(nlist=nlist, nprobe=min(request.nprobe or 1, nlist))
    why += _thinly_trained(f"{nlist:,} lists", nlist, n_rows)
    if kind == "ivf":
        return Plan(lists, why, to_tune=not request.nprobe)
    pq_bits = _pq_bits(request, n_rows)
    why += _thinly_trained(f"codes of {pq_bits} bits", 2**pq_bits, n_rows)
    coded = IvfPq(nlist=lists.nlist, nprobe=lists.nprobe, pq_m=_pq_m(request, dim), pq_bits=pq_bits)
    return Plan(coded, why, to_tune=not request.nprobe)


def _by_size(n_rows: int) -> tuple[Literal["flat", "hnsw"], str]:
    if n_rows <= FLAT_UP_TO:
        return "flat", f"auto: exact search, fast at {n_rows:,} vectors"
    return (
        "hnsw",
        f"auto: approximate search, since {n_rows:,} vectors are more than {FLAT_UP_TO:,}",
    )


def _nlist(request: IndexRequest, n_rows: int) -> int:
    """Return FAISS's advice for up to a million vectors, with enough of them for each centre."""
    if request.nlist > n_rows:
        raise SettingsError(
            f"nlist = {request.nlist:,} is more than the {n_rows:,} vectors. Set it to "
            f"{max(1, n_rows // POINTS_PER_CENTRE):,} or less, or to 0 for the default."
        )
    chosen = min(int(4 * math.sqrt(n_rows)), n_rows // POINTS_PER_CENTRE)
    return request.nlist or max(1, chosen)


def _pq_bits(request: IndexRequest, n_rows: int) -> int:
    """Return the most bits, up to 8, that the number of vectors can train."""
    learnable = int(math.log2(max(1, n_rows // POINTS_PER_CENTRE)))
    pq_bits = request.pq_bits or min(PQ_BITS, max(LEAST_PQ_BITS, learnable))
    if n_rows < 2**pq_bits:
        raise SettingsError(
            f"ivfpq trains {2**pq_bits:,} codes (pq_bits = {pq_bits}), but there are only "
            f"{n_rows:,} vectors. Set index_type = 'flat', which is exact and fast at this size."
        )
    return pq_bits


def _pq_m(request: IndexRequest, dim: int) -> int:
    if request.pq_m and dim % request.pq_m:
        divisors = [m for m in range(1, dim + 1) if dim % m == 0]
        nearest = sorted(divisors, key=lambda m: abs(m - request.pq_m))[:3]
        raise SettingsError(
            f"pq_m = {request.pq_m} does not divide a vector's {dim} dimensions. Set it to "
            f"{', '.join(map(str, sorted(nearest)))}, or to 0."
        )
    piece_dims = next((d for d in range(PIECE_DIMS, dim) if dim % d == 0), dim)
    return request.pq_m or dim // piece_dims


def _thinly_trained(what: str, n_centres: int, n_rows: int) -> str:
    """Return a warning where FAISS would print one, else ""."""
    if n_centres == 1 or n_rows >= POINTS_PER_CENTRE * n_centres:
        return ""
    return (
        f"; only {n_rows:,} vectors train {what}, {n_rows / n_centres:.0f} for each centre, "
        f"where FAISS advises {POINTS_PER_CENTRE}"
    )


def effort_of(parameters: IndexParameters) -> int:
    """Return the `ef_search` or `nprobe` of an index; 0 for a flat one."""
    if isinstance(parameters, Flat):
        return 0
    return parameters.ef_search if isinstance(parameters, Hnsw) else parameters.nprobe


def with_effort(parameters: IndexParameters, effort: int) -> IndexParameters:
    """Return the same parameters with another `ef_search` or `nprobe`."""
    if isinstance(parameters, Flat):
        return parameters
    name = "ef_search" if isinstance(parameters, Hnsw) else "nprobe"
    return msgspec.structs.replace(parameters, **{name: effort})


def describe(parameters: IndexParameters) -> str:
    """Return type and parameters: "hnsw (hnsw_m 32, ef_construction 200, ef_search 48)"."""
    listed = ", ".join(
        f"{name} {value}" for name, value in msgspec.structs.asdict(parameters).items()
    )
    return f"{kind_of(parameters)} ({listed})" if listed else kind_of(parameters)


def kind_of(parameters: IndexParameters) -> str:
    """Return the index type, such as "hnsw"."""
    return str(type(parameters).__struct_config__.tag)
