"""A generator's file in, how it runs here out: which form of it, and how much on a GPU."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ragguide.base.devices import choose, llama_fault
from ragguide.config import Settings
from ragguide.generate.speed_record import (
    MOST_TOKENS,
    find_measured,
    optimised_path,
    record_of,
)

if TYPE_CHECKING:
    from ragguide.generate.placement import Placement
    from ragguide.generate.speed_record import Measured
    from ragguide.models.find import GeneratorFile

_log = logging.getLogger(__name__)

FRAME_TOKENS = 512  # room for the instructions, the template and a question


class GeneratorRun(NamedTuple):
    """Which file of a generator is run, and how."""

    path: Path
    sha256: str | None  # None: not known without reading it
    repack: bool
    placement: "Placement"
    measured: "Measured | None"  # None: nothing, or it runs on a GPU, of which nothing was


def plan_run(file: "GeneratorFile", settings: Settings) -> GeneratorRun:
    """Choose the file that answers fastest on this machine, if that was measured.

    Raises:
        DeviceMissing, ModelError: as `place_generator`.
    """
    placement = place_generator(file, settings)
    measured = find_measured(file, models_dir=settings.models_dir)
    sha256 = file.spec.sha256 if file.spec else None
    if measured is None or placement.n_gpu_layers:  # what was measured was the processor
        return GeneratorRun(file.path, sha256, True, placement, None)
    repack = measured.used.repack
    if measured.optimised_sha256 is None:
        return GeneratorRun(file.path, sha256, repack, placement, measured)
    path = optimised_path(record_of(file, models_dir=settings.models_dir))
    return GeneratorRun(path, measured.optimised_sha256, repack, placement, measured)


def place_generator(file: "GeneratorFile", settings: Settings) -> "Placement":
    """Choose what of a generator goes to a GPU; what does not fit is told in the log.

    Raises:
        DeviceMissing: a GPU is asked for and cannot be used, or the model is not to be split.
        ModelError: the file's header cannot be read.
    """
    from ragguide.generate.gguf import read_layout
    from ragguide.generate.llama import N_CONTEXT
    from ragguide.generate.placement import Placement, fit

    chosen = choose("generation", settings.device_of("generation"), library=llama_fault)
    if chosen.card is None or not settings.gpu_layers:
        return Placement(n_context=N_CONTEXT, kv_type=settings.kv_cache)
    layout = read_layout(file.path)
    free_bytes = chosen.card.free_bytes
    if free_bytes is None:  # it shares the machine's memory, and takes what it needs
        free_bytes = sys.maxsize
    placement = fit(
        layout,
        free_bytes,
        gpu=chosen.card.number,
        n_context=N_CONTEXT,
        least_context=(settings.context_tokens or MOST_TOKENS)
        + settings.answer_tokens
        + FRAME_TOKENS,
        kv_type=settings.kv_cache,
        gpu_layers=settings.gpu_layers,
        when_too_large=settings.when_too_large,
        name=file.name,
    )
    if placement.note:
        _log.warning("%s", placement.note)
    return placement
