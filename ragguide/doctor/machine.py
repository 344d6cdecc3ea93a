"""The machine's part of the doctor: Python, processor, memory, packages, GPU."""

import platform
import sys
from collections.abc import Callable, Iterator
from importlib import metadata

from ragguide import __version__
from ragguide import machine as here
from ragguide.config import Settings
from ragguide.create.ocr import ocr_available
from ragguide.devices import Cards, Fault, Part, choose, find_cards, llama_fault, torch_fault
from ragguide.doctor.check import Check
from ragguide.errors import DeviceMissing
from ragguide.opening import faiss_fault

OLDEST_PYTHON = (3, 11)
# What embeds, indexes, generates and reads, beside what they bring along.
PACKAGES = ("torch", "sentence-transformers", "onnxruntime", "tokenizers", "llama-cpp-python",
            "pypdf", "numpy")  # fmt: skip
FAISS = ("faiss-cpu", "faiss-gpu", "faiss-gpu-cuvs")  # one of them
LITTLE_BYTES = 1 << 30  # of memory: less than any generator but the smallest takes with its guide


def python(_settings: Settings) -> Iterator[Check]:
    told = f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Check(section="machine", name="ragguide", told=f"{__version__} on Python {told}")
    if sys.version_info < OLDEST_PYTHON:
        yield Check(
            section="machine",
            name="python",
            state="problem",
            told=f"{platform.python_version()} is older than {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]}",
            mend="Install a newer Python",
        )


def processor(settings: Settings) -> Iterator[Check]:
    features = ", ".join(here.features()) or "features unknown"
    yield Check(section="machine", name="processor", told=f"{here.processor()} ({features})")
    n_cores = here.n_cores()
    told = f"{settings.n_threads} for models, of {n_cores} cores that this process may use"
    if settings.n_threads > n_cores:
        yield Check(
            section="machine",
            name="threads",
            state="note",
            told=f"{told}: they wait for each other",
            mend="Set threads = 0",
        )
    else:
        yield Check(section="machine", name="threads", told=told)


def memory(_settings: Settings) -> Iterator[Check]:
    free_bytes = here.free_memory_bytes()
    told = f"{here.memory_bytes() / 1e9:.1f} GB"
    if free_bytes is None:
        yield Check(section="machine", name="memory", told=told)
        return
    told += f", {free_bytes / 1e9:.1f} available"
    if free_bytes < LITTLE_BYTES:
        mend = "End other programs, or ask for quotes alone (--quotes)"
        yield Check(section="machine", name="memory", state="note", told=told, mend=mend)
    else:
        yield Check(section="machine", name="memory", told=told)


def packages(_settings: Settings) -> Iterator[Check]:
    found = {name: version for name in PACKAGES if (version := _version(name))}
    faiss = {name: version for name in FAISS if (version := _version(name))}
    missing = [name for name in PACKAGES if name not in found] + ([] if faiss else [FAISS[0]])
    yield Check(
        section="machine",
        name="packages",
        state="problem" if missing else "ok",
        told=f"missing: {', '.join(missing)}" if missing else _listed(found | faiss),
        mend=f"Run `pip install {' '.join(missing)}`" if missing else "",
    )
    if len(faiss) > 1:
        yield Check(
            section="machine",
            name="faiss",
            state="note",
            told=f"{_listed(faiss)} overwrite each other's files",
            mend="Uninstall all of them, then install one",
        )
    broken = None if "llama-cpp-python" in missing else _broken_llama()
    if broken:
        yield Check(section="machine", name="llama.cpp", state="problem", told=broken)
    absent = ocr_available()
    yield Check(
        section="machine",
        name="ocr",
        state="note" if absent else "ok",
        told=f"none, so scanned pages are not read: {absent}" if absent else "Tesseract is here",
    )


def gpu(settings: Settings) -> Iterator[Check]:
    found = find_cards()
    told = "; ".join(
        f"{card}, compute capability {card.compute_capability}, driver {card.driver}"
        + ("" if card.free_bytes is None else f", {card.free_bytes / 1e9:.1f} GB free")
        for card in found.cards
    )
    yield Check(section="machine", name="gpu", told=told or f"none: {found.fault}")
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
        yield Check(section="machine", name="devices", told="; ".join(places))


def _placed(settings: Settings, part: Part, fault: Fault | None, found: Cards) -> Check | str:
    """Where a part runs, or why what is set cannot be."""
    asked = settings.device_of(part)
    if part == "search" and not settings.search_device and asked != "cpu" and found.cards:
        asked = "auto"  # without a GPU build the CPU searches, which `device` does not forbid
    try:
        chosen = choose(part, asked, library=lambda: fault, find=lambda: found)
    except DeviceMissing as exc:
        return Check(section="machine", name=part, state="problem", told=str(exc))
    where = "CPU" if chosen.card is None else chosen.name
    if chosen.card is None and found.cards and asked == "auto":
        mend = fault.mend if fault else ""
        return Check(section="machine", name=part, state="note", told=str(chosen), mend=mend)
    return f"{part} {where}"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _broken_llama() -> str:
    """Why llama.cpp's library does not load; "" if it does."""
    from ragguide.augment.generate import load_llama_cpp
    from ragguide.errors import ModelError

    try:
        load_llama_cpp()
    except ModelError as exc:
        return str(exc)
    return ""
