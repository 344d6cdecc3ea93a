"""A CUDA toolkit's folder or none in, a toolkit that can build llama.cpp out.

The toolkit is the one installed on this machine. Parts that it lacks, or all of it, come from the
package index; they are linked together in `build/cuda`. Standard library only: this may run before
anything is installed.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "cuda"

CUDA = (13, 0)  # the version that the pinned torch on the package index is built with
PACKAGE = "cuda-toolkit[{}]=={}.{}.*"  # on the package index
BUILD_PARTS = "cccl,crt,cublas,cudart,culibos,nvcc,nvvm"  # the parts that build llama.cpp


class Failure(Exception):
    """One line: what is wrong, and how to fix it."""


@dataclass(frozen=True)
class Toolkit:
    """A folder with bin/nvcc, include/cublas_v2.h and lib64/libcublas.so."""

    root: Path
    version: tuple[int, int]


def run(command: Sequence[str], environ: dict[str, str] | None = None) -> None:
    """Run a program and show its output.

    Raises:
        Failure: the program fails.
    """
    done = subprocess.run(command, env=os.environ | (environ or {}), check=False)
    if done.returncode:
        raise Failure(
            f"a command failed with exit code {done.returncode}; its output is above: "
            f"{shlex.join(command)}"
        )


def say(text: str) -> None:
    print(f"==> {text}", file=sys.stderr, flush=True)


# ── find the compiler ───────────────────────────────────────────────────────────────────────────


def nvcc_version(shown: str) -> tuple[int, int] | None:
    """Parse `nvcc --version`."""
    found = re.search(r"release (\d+)\.(\d+)", shown)
    return (int(found[1]), int(found[2])) if found else None


def find_nvcc(named: Path | None) -> Path | None:
    """The compiler of the toolkit named, else the one on PATH; None: there is none.

    Raises:
        Failure: the toolkit named has no compiler.
    """
    if named is not None:
        if not (named / "bin" / "nvcc").is_file():
            raise Failure(f"{named / 'bin' / 'nvcc'} does not exist. Name a CUDA toolkit's folder.")
        return named / "bin" / "nvcc"
    found = shutil.which("nvcc")
    return Path(found) if found else None


def real_root(nvcc: Path) -> Path:
    """The toolkit's folder as nvcc reports it; nvcc may be a script or a link."""
    shown = subprocess.run(
        [str(nvcc), "--dryrun", "-x", "cu", "-c", "/dev/null"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"^#\$ TOP=(.+)$", shown.stderr, re.MULTILINE)
    return Path(found[1]).resolve() if found else nvcc.resolve().parent.parent


# ── put the toolkit together ────────────────────────────────────────────────────────────────────


def make_toolkit(named: Path | None) -> Toolkit:
    """Find the toolkit, and add the parts that it lacks by links in `WORK`.

    Raises:
        Failure: the folder named is not a toolkit.
    """
    nvcc = find_nvcc(named)
    if nvcc is None:
        say(f"no nvcc found: installing CUDA {CUDA[0]}.{CUDA[1]} from the package index")
        return _join([_from_index(BUILD_PARTS, CUDA)], CUDA)
    shown = subprocess.run([str(nvcc), "--version"], capture_output=True, text=True, check=True)
    version = nvcc_version(shown.stdout) or CUDA
    own = real_root(nvcc)
    say(f"using nvcc {version[0]}.{version[1]} in {own}")
    if not _has_cublas(own):
        return _join([own, _from_index("cublas", version)], version)
    if driver_stub(own) is None:
        return _join([own], version)
    return Toolkit(own, version)


def _join(parts: Sequence[Path], version: tuple[int, int]) -> Toolkit:
    """Link the files of all parts into one folder; of equal names the first part's is used."""
    root = WORK / "toolkit"
    shutil.rmtree(root, ignore_errors=True)
    for part in parts:
        _link_all(part, root)
    # Packages from the index contain libcublas.so.13 only; a linker asks for libcublas.so.
    for library in sorted((root / "lib64").glob("lib*.so.*")):
        plain = library.with_name(library.name.partition(".so.")[0] + ".so")
        if not plain.exists():
            plain.symlink_to(library.name)
    if driver_stub(root) is None:
        say("no libcuda.so to link with (the driver is not installed): building a stub from cuda.h")
        make_stub(root / "include" / "cuda.h", root / "lib64" / "stubs")
    return Toolkit(root, version)


def _has_cublas(root: Path) -> bool:
    return any(root.glob("include/cublas_v2.h")) and any(root.glob("lib*/libcublas.so*"))


def driver_stub(root: Path) -> Path | None:
    """The libcuda.so of a toolkit, for linking only; None: it has none."""
    return next(iter(root.glob("lib*/stubs/libcuda.so")), None)


def _from_index(parts: str, version: tuple[int, int]) -> Path:
    """Install parts of the toolkit from the package index, outside of any environment."""
    target = WORK / "packages"
    run([
        sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
        "--quiet", "--upgrade", "--target", str(target), PACKAGE.format(parts, *version),
    ])  # fmt: skip
    return target / "nvidia" / f"cu{version[0]}"


def _link_all(source: Path, root: Path) -> None:
    """Link every file below `source` into `root`, unless one is there; `lib` becomes `lib64`."""
    for folder in ("bin", "include", "nvvm", "lib", "lib64"):
        if not (source / folder).is_dir() or (folder == "lib64" and (source / folder).is_symlink()):
            continue
        target = root / ("lib64" if folder == "lib" else folder)
        for path in sorted((source / folder).rglob("*")):
            place = target / path.relative_to(source / folder)
            if path.is_dir():
                place.mkdir(parents=True, exist_ok=True)
            elif not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.symlink_to(path.resolve())


def stub_names(header: str) -> list[str]:
    """The names under which a library exports the functions that cuda.h declares."""
    declared = re.findall(r"CUresult\s+CUDAAPI\s+(cu\w+)\s*\(", header)
    renamed = re.findall(r"#define\s+cu\w+\s+(?:__CUDA_API_\w+\()?(cu\w+?)\)?\s*$", header, re.M)
    return sorted({*declared, *renamed})


def make_stub(header: Path, folder: Path) -> Path:
    """Build a libcuda.so that reports "no device", to link with where no driver is installed."""
    folder.mkdir(parents=True, exist_ok=True)
    names = stub_names(header.read_text("utf-8", "replace"))
    source, library = folder / "stub.c", folder / "libcuda.so"
    # 100 is CUDA_ERROR_NO_DEVICE
    source.write_text("".join(f"int {name}(void) {{ return 100; }}\n" for name in names), "utf-8")
    run(["cc", "-shared", "-fPIC", "-w", "-Wl,-soname,libcuda.so.1", "-o", str(library),
         str(source)])  # fmt: skip
    named = folder / "libcuda.so.1"
    named.unlink(missing_ok=True)
    named.symlink_to(library.name)
    return library
