"""Processor, memory and core count, as the operating system reports them."""

import os
import platform
import re
from pathlib import Path

# The processor features that llama.cpp and onnxruntime have kernels for.
FEATURES = ("avx", "avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16",
            "amx_int8", "asimd", "asimddp", "i8mm", "sve")  # fmt: skip


def n_cores() -> int:
    """Number of cores that this process may use; a container may allow only some of them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Return the processor's model name, or its architecture if the system reports no model."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def features() -> tuple[str, ...]:
    """Return the `FEATURES` of this processor; empty if the system does not report any."""
    reported = {*_cpuinfo("flags").split(), *_cpuinfo("Features").split()}
    return tuple(name for name in FEATURES if name in reported)


def memory_bytes() -> int:
    """Return the total memory; 0 if the system does not report it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def free_memory_bytes() -> int | None:
    """Return the memory available without swapping; None if the system does not report it."""
    try:
        meminfo = Path("/proc/meminfo").read_text("utf-8")
    except OSError:
        return None
    found = re.search(r"^MemAvailable: +(\d+) kB", meminfo, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _cpuinfo(key: str) -> str:
    """Return the first value of a key in /proc/cpuinfo; "" if the key is missing."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return ""
    return next(
        (line.partition(":")[2].strip() for line in lines if line.partition("\t")[0] == key), ""
    )
