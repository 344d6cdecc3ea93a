"""Settings and the number of vectors in, the GPU for searches out, if any."""

import logging

from ragguide.base.devices import Card, Fault, choose
from ragguide.config import Settings
from ragguide.errors import DeviceMissing

_log = logging.getLogger(__name__)

# Vectors. With fewer, a search takes under ten milliseconds, and a GPU does not help.
FEWEST_ON_GPU = 200_000
# Searches of an open index before `auto` copies it to a GPU: CUDA takes half a second to start.
COLD_QUERIES = 16


def search_gpu(settings: Settings, n_rows: int, dim: int) -> int | None:
    """Return the number of the card that searches `(n_rows, dim)` vectors; None: the CPU.

    A FAISS build without GPU support is an error only if `search_device` names a card.

    Raises:
        DeviceMissing: the settings ask for a card that is missing or cannot be used.
    """
    asked, own = settings.device_of("search"), settings.search_device
    if asked == "cpu" or (asked == "auto" and n_rows < FEWEST_ON_GPU):
        return None
    chosen = choose("search", asked, library=faiss_fault if own else lambda: None)
    if chosen.card is None:
        return None
    if n_rows < FEWEST_ON_GPU:
        if own:
            _log.info("search on the CPU: a GPU does not help below %d vectors", FEWEST_ON_GPU)
        return None
    from ragguide.index.gpu import needed_bytes

    fault = faiss_fault() or _memory_fault(chosen.card, n_rows, needed_bytes(n_rows, dim))
    if fault is None:
        return chosen.card.number
    if own.startswith("cuda"):
        raise DeviceMissing(f"search cannot run on {own}: {fault.reason}. {fault.fix}.")
    _log.info("search on the CPU: %s", fault.reason)
    return None


def _memory_fault(card: Card, n_rows: int, needed: int) -> Fault | None:
    if card.free_bytes is None or needed <= card.free_bytes:
        return None
    return Fault(
        f"{card} has {card.free_bytes / 1e9:.2f} GB free, but {n_rows:,} vectors need "
        f"{needed / 1e9:.2f} GB",
        "Stop other programs that use it",
    )


def faiss_fault() -> Fault | None:
    """Why FAISS cannot use a card; None if it can."""
    from ragguide.index.gpu import has_gpu_build

    if has_gpu_build():
        return None
    return Fault(
        "FAISS was built without GPU support",
        "Run `pip uninstall faiss-cpu` and `pip install faiss-gpu`",
    )
