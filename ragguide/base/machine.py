"""What the machine is, as the operating system tells it. Nothing is measured."""

import os
import platform
import re
from pathlib import Path

# Of those that a processor has, the ones whose kernels llama.cpp and onnxruntime are written for.
FEATURES = ("avx", "avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16",
            "amx_int8", "asimd", "asimddp", "i8mm", "sve")  # fmt: skip


def n_cores() -> int:
    """How many this process may use; a container may hold fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Name the processor's model where the system tells it; else its kind."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def features() -> tuple[str, ...]:
    """Return those of `FEATURES` that the processor has; none where the system does not tell."""
    told = {*_cpuinfo("flags").split(), *_cpuinfo("Features").split()}
    return tuple(name for name in FEATURES if name in told)


def memory_bytes() -> int:
    """Return all memory; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def free_memory_bytes() -> int | None:
    """Return what a program could take without swapping; None where the system does not tell."""
    try:
        told = Path("/proc/meminfo").read_text("utf-8")
    except OSError:
        return None
    found = re.search(r"^MemAvailable: +(\d+) kB", told, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _cpuinfo(key: str) -> str:
    """The first value of a key of /proc/cpuinfo; "" if there is none."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return ""
    return next(
        (line.partition(":")[2].strip() for line in lines if line.partition("\t")[0] == key), ""
    )
