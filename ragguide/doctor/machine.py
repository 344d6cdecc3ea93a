"""Settings in, checks of Python, processor, memory and packages out."""

import platform
import sys
from collections.abc import Iterator
from importlib import metadata

from ragguide import __version__
from ragguide.base import machine as here
from ragguide.config import Settings
from ragguide.create.pdf.ocr import ocr_available
from ragguide.doctor.check import Check, note, problem
from ragguide.errors import ModelError

OLDEST_PYTHON = (3, 11)
# The packages that embed, generate and read; their own dependencies are not listed.
PACKAGES = ("torch", "sentence-transformers", "onnxruntime", "tokenizers", "llama-cpp-python",
            "pypdf", "numpy")  # fmt: skip
FAISS = ("faiss-cpu", "faiss-gpu", "faiss-gpu-cuvs")  # exactly one is needed
LOW_MEMORY_BYTES = 1 << 30  # only the smallest generator and its guide fit into less


def python(_settings: Settings) -> Iterator[Check]:
    version, oldest = platform.python_version(), ".".join(map(str, OLDEST_PYTHON))
    found = f"{__version__} on Python {version}, {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST_PYTHON:
        yield problem("ragguide", f"{found}: too old", f"Install Python {oldest} or newer")
    else:
        yield Check("ragguide", found)


def processor(settings: Settings) -> Iterator[Check]:
    features = ", ".join(here.features()) or "features unknown"
    yield Check("processor", f"{here.processor()} ({features})")
    n_cores = here.n_cores()
    n_threads = settings.n_threads
    if n_threads > n_cores:
        found = f"{n_threads} for the models, but only {n_cores} cores are available"
        yield note("threads", found, "Set threads = 0")
    else:
        yield Check("threads", f"{n_threads} for the models, {n_cores} cores available")


def memory(_settings: Settings) -> Iterator[Check]:
    free_bytes = here.free_memory_bytes()
    found = f"{here.memory_bytes() / 1e9:.1f} GB"
    if free_bytes is None:
        yield Check("memory", found)
        return
    found += f", {free_bytes / 1e9:.1f} GB available"
    if free_bytes < LOW_MEMORY_BYTES:
        yield note("memory", found, "Close other programs, or use --quotes")
    else:
        yield Check("memory", found)


def packages(_settings: Settings) -> Iterator[Check]:
    found = {name: version for name in PACKAGES if (version := _version(name))}
    faiss = {name: version for name in FAISS if (version := _version(name))}
    missing = [name for name in PACKAGES if name not in found] + ([] if faiss else [FAISS[0]])
    if missing:
        fix = f"Run `pip install {' '.join(missing)}`"
        yield problem("packages", f"missing: {', '.join(missing)}", fix)
    else:
        yield Check("packages", _listed(found | faiss))
    if len(faiss) > 1:
        fix = "Uninstall all of them, then install one"
        yield note("faiss", f"{_listed(faiss)} overwrite each other's files", fix)
    if "llama-cpp-python" in found:
        yield from _broken_llama()
    if reason := ocr_available():
        yield note("ocr", f"not available, so scanned pages cannot be read: {reason}")
    else:
        yield Check("ocr", "Tesseract is installed")


def _broken_llama() -> Iterator[Check]:
    """Yield a problem if the llama.cpp library does not load."""
    from ragguide.generate.llama_load import load_llama_cpp

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
