"""Settings and a number of vectors in, the GPU to search them on out, if any."""

import logging

from ragguide.base.devices import Fault, choose
from ragguide.config import Settings
from ragguide.errors import DeviceMissing

_log = logging.getLogger(__name__)

# Vectors, of which a GPU makes a search that takes ten milliseconds or more quicker.
FEWEST_ON_GPU = 200_000
# Searches of an open index before it is copied to a GPU unasked: to begin CUDA takes half a second.
COLD_QUERIES = 16


def search_gpu(settings: Settings, n_rows: int, dim: int) -> int | None:
    """The number of the card to search `(n_rows, dim)` vectors on; None: the CPU does it.

    That FAISS has no GPU is an error only if `search_device` itself asks for one.

    Raises:
        DeviceMissing: a card is asked for, and is not there or cannot be used.
    """
    asked, own = settings.device_of("search"), settings.search_device
    if asked == "cpu" or (asked == "auto" and n_rows < FEWEST_ON_GPU):
        return None
    chosen = choose("search", asked, library=faiss_fault if own else lambda: None)
    if chosen.card is None:
        return None
    if n_rows < FEWEST_ON_GPU:
        if own:
            _log.info("search on the CPU: so few vectors gain nothing (under %d)", FEWEST_ON_GPU)
        return None
    from ragguide.index.gpu import needed_bytes

    need, free_bytes = needed_bytes(n_rows, dim), chosen.card.free_bytes
    fault = faiss_fault()
    if fault is None and free_bytes is not None and need > free_bytes:
        fault = Fault(
            f"{chosen.card} has {free_bytes / 1e9:.2f} GB free, and {n_rows:,} vectors take "
            f"{need / 1e9:.2f}",
            "End what else uses it",
        )
    if fault is None:
        return chosen.card.number
    if own.startswith("cuda"):
        raise DeviceMissing(f"search is to run on {own}, but {fault.reason}. {fault.mend}.")
    _log.info("search on the CPU: %s", fault.reason)
    return None


def faiss_fault() -> Fault | None:
    """What keeps FAISS from using a card."""
    from ragguide.index.gpu import has_gpu_build

    if has_gpu_build():
        return None
    return Fault(
        "FAISS is a build without GPU",
        "Run `pip uninstall faiss-cpu` and `pip install faiss-gpu`",
    )
