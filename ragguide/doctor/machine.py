"""The machine's part of the doctor: Python, processor, memory, packages, GPU."""

import platform
import sys
from collections.abc import Callable, Iterator
from importlib import metadata

from ragguide import __version__
from ragguide.base import machine as here
from ragguide.base.devices import Cards, Fault, Part, choose, find_cards, llama_fault, torch_fault
from ragguide.config import Settings
from ragguide.create.pdf.ocr import ocr_available
from ragguide.doctor.check import Check, note, problem
from ragguide.errors import DeviceMissing, ModelError
from ragguide.index.search_device import faiss_fault

OLDEST_PYTHON = (3, 11)
# What embeds, indexes, generates and reads, beside what they bring along.
PACKAGES = ("torch", "sentence-transformers", "onnxruntime", "tokenizers", "llama-cpp-python",
            "pypdf", "numpy")  # fmt: skip
FAISS = ("faiss-cpu", "faiss-gpu", "faiss-gpu-cuvs")  # one of them
LITTLE_BYTES = 1 << 30  # of memory: less than any generator but the smallest takes with its guide


def python(_settings: Settings) -> Iterator[Check]:
    version, oldest = platform.python_version(), ".".join(map(str, OLDEST_PYTHON))
    told = f"{__version__} on Python {version}, {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST_PYTHON:
        yield problem("ragguide", f"{told}: {oldest} is needed", "Install a newer Python")
    else:
        yield Check("ragguide", told)


def processor(settings: Settings) -> Iterator[Check]:
    features = ", ".join(here.features()) or "features unknown"
    yield Check("processor", f"{here.processor()} ({features})")
    n_cores = here.n_cores()
    told = f"{settings.n_threads} for models, of {n_cores} cores that this process may use"
    if settings.n_threads > n_cores:
        yield note("threads", f"{told}: they wait for each other", "Set threads = 0")
    else:
        yield Check("threads", told)


def memory(_settings: Settings) -> Iterator[Check]:
    free_bytes = here.free_memory_bytes()
    told = f"{here.memory_bytes() / 1e9:.1f} GB"
    if free_bytes is None:
        yield Check("memory", told)
        return
    told += f", {free_bytes / 1e9:.1f} available"
    if free_bytes < LITTLE_BYTES:
        yield note("memory", told, "End other programs, or ask for quotes alone (--quotes)")
    else:
        yield Check("memory", told)


def packages(_settings: Settings) -> Iterator[Check]:
    found = {name: version for name in PACKAGES if (version := _version(name))}
    faiss = {name: version for name in FAISS if (version := _version(name))}
    missing = [name for name in PACKAGES if name not in found] + ([] if faiss else [FAISS[0]])
    if missing:
        mend = f"Run `pip install {' '.join(missing)}`"
        yield problem("packages", f"missing: {', '.join(missing)}", mend)
    else:
        yield Check("packages", _listed(found | faiss))
    if len(faiss) > 1:
        mend = "Uninstall all of them, then install one"
        yield note("faiss", f"{_listed(faiss)} overwrite each other's files", mend)
    if "llama-cpp-python" in found:
        yield from _broken_llama()
    if absent := ocr_available():
        yield note("ocr", f"none, so scanned pages are not read: {absent}")
    else:
        yield Check("ocr", "Tesseract is here")


def gpu(settings: Settings) -> Iterator[Check]:
    found = find_cards()
    told = "; ".join(
        f"{card}, compute capability {card.compute_capability}, driver {card.driver}"
        + ("" if card.free_bytes is None else f", {card.free_bytes / 1e9:.1f} GB free")
        for card in found.cards
    )
    yield Check("gpu", told or f"none: {found.fault}")
    libraries: dict[Part, Callable[[], Fault | None]] = {
        "embedding": torch_fault,
        "generation": llama_fault,
        "search": faiss_fault,
    }
    places = []
    for part, library in libraries.items():
        place = _placed(settings, part, library(), found)
        if isinstance(place, Check):
            yield place
        else:
            places.append(place)
    if places:
        yield Check("devices", "; ".join(places))


def _placed(settings: Settings, part: Part, fault: Fault | None, found: Cards) -> Check | str:
    """Where a part runs, or why what is set cannot be."""
    asked = settings.device_of(part)
    if part == "search" and not settings.search_device and asked != "cpu" and found.cards:
        asked = "auto"  # without a GPU build the CPU searches, which `device` does not forbid
    try:
        chosen = choose(part, asked, library=lambda: fault, find=lambda: found)
    except DeviceMissing as exc:
        return problem(part, str(exc))
    if chosen.card is None and found.cards and asked == "auto":
        return note(part, str(chosen), fault.mend if fault else "")
    return f"{part} {'CPU' if chosen.card is None else chosen.name}"


def _broken_llama() -> Iterator[Check]:
    """Tell why llama.cpp's library does not load, if it does not."""
    from ragguide.generate.llama import load_llama_cpp

    try:
        load_llama_cpp()
    except ModelError as exc:
        yield problem("llama.cpp", str(exc))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
