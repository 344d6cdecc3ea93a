"""A generator's file in, how it runs on this machine out: which form, how much on a GPU."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ragguide.base.devices import choose, llama_fault
from ragguide.config import Settings
from ragguide.generate.speed_record import (
    MAX_EVIDENCE_TOKENS,
    find_speed_record,
    optimised_path,
    speed_record_path,
)

if TYPE_CHECKING:
    from ragguide.generate.placement import Placement
    from ragguide.generate.speed_record import SpeedRecord
    from ragguide.models.find import GeneratorFile

_log = logging.getLogger(__name__)

FRAME_TOKENS = 512  # room for the instructions, the template and a question


class GeneratorRun(NamedTuple):
    """Which file of a generator runs, and how."""

    path: Path
    sha256: str | None  # None: unknown without reading the file
    repack: bool
    placement: "Placement"
    speed_record: "SpeedRecord | None"  # None: there is none, or a GPU runs it, which has none


def plan_run(file: "GeneratorFile", settings: Settings) -> GeneratorRun:
    """Choose the file that answers fastest on this machine, if `models optimise` measured it.

    Raises:
        DeviceMissing, ModelError: as `place_generator`.
    """
    placement = place_generator(file, settings)
    record = find_speed_record(file, models_dir=settings.models_dir)
    sha256 = file.spec.sha256 if file.spec else None
    if record is None or placement.n_gpu_layers:  # a record describes the CPU
        return GeneratorRun(file.path, sha256, True, placement, None)
    repack = record.used.repack
    if record.optimised_sha256 is None:
        return GeneratorRun(file.path, sha256, repack, placement, record)
    path = optimised_path(speed_record_path(file, models_dir=settings.models_dir))
    return GeneratorRun(path, record.optimised_sha256, repack, placement, record)


def place_generator(file: "GeneratorFile", settings: Settings) -> "Placement":
    """Choose the layers that go to a GPU; log a warning about what does not fit.

    Raises:
        DeviceMissing: the settings ask for a GPU that cannot be used, or forbid a split that is
            needed.
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
    if free_bytes is None:  # it shares the machine's memory, and takes as much as it needs
        free_bytes = sys.maxsize
    placement = fit(
        layout,
        free_bytes,
        gpu=chosen.card.number,
        n_context=N_CONTEXT,
        least_context=(settings.context_tokens or MAX_EVIDENCE_TOKENS)
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
