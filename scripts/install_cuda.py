"""A card, or an architecture's number, in; llama.cpp built for it out, and torch beside it.

The toolkit is the machine's own, or else `cuda-toolkit` from the package index; what the machine's
own lacks comes from there too. All is built in `build/cuda`, so a build that was interrupted goes
on. Standard library only: it may run before anything is installed.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragguide.base.devices import Card

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "cuda"

CUDA = (13, 0)  # what the pinned torch on the package index is built with
PACKAGE = "cuda-toolkit[{}]=={}.{}.*"  # on the package index
TOOLKIT = "cccl,crt,cublas,cudart,culibos,nvcc,nvvm"  # its parts that build llama.cpp
RUNTIME = "cublas,cudart"  # those that it needs to run
TORCH_INDEX = "https://download.pytorch.org/whl/cu{}{}"
# The oldest driver on Linux for a CUDA of that major version: CUDA Toolkit release notes, table 2.
OLDEST_DRIVER = {12: 525, 13: 580}
OLDEST_ARCH = {12: 50, 13: 75}  # for which its nvcc compiles

# Where a wheel finds CUDA: the packages that torch brings, else the system's own.
RPATH = "$ORIGIN/../../nvidia/cu{}/lib"
# Kernels of flash attention for the types of KV cache that `kv_cache` can name, and no others.
FA_QUANTS = "f16-f16;q8_0-q8_0"


class Failure(Exception):
    """One line: what is wrong, and what mends it."""


@dataclass(frozen=True)
class Toolkit:
    """A folder with bin/nvcc, include/cublas_v2.h and lib64/libcublas.so."""

    root: Path
    version: tuple[int, int]


# ── what is there ───────────────────────────────────────────────────────────────────────────────


def cards_here() -> "tuple[Card, ...]":
    """Ask the driver for its cards.

    Raises:
        Failure: there is no driver, or it has none.
    """
    sys.path.insert(0, str(ROOT))  # ragguide is not needed to build for another machine
    from ragguide.base.devices import find_cards

    found = find_cards()
    if not found.cards:
        raise Failure(
            f"{found.fault}. {found.mend} and run this again; or build for another machine, "
            "say one of compute capability 8.0: --wheel DIR --arch 80."
        )
    return found.cards


def arch_of(card: "Card") -> int:
    """Compute capability 8.6 is 86, as compilers count."""
    return int(card.compute_capability.replace(".", ""))


def nvcc_version(shown: str) -> tuple[int, int] | None:
    """Parse `nvcc --version`."""
    found = re.search(r"release (\d+)\.(\d+)", shown)
    return (int(found[1]), int(found[2])) if found else None


def find_nvcc(named: Path | None) -> Path | None:
    """The compiler of the toolkit that is named, else the one on PATH; None: there is none.

    Raises:
        Failure: the one that is named has none.
    """
    if named is not None:
        if not (named / "bin" / "nvcc").is_file():
            raise Failure(f"there is no {named / 'bin' / 'nvcc'}. Name a CUDA toolkit's folder.")
        return named / "bin" / "nvcc"
    found = shutil.which("nvcc")
    return Path(found) if found else None


def real_root(nvcc: Path) -> Path:
    """The toolkit's folder as nvcc itself tells it; it may be a script or a link elsewhere."""
    shown = subprocess.run(
        [str(nvcc), "--dryrun", "-x", "cu", "-c", "/dev/null"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"^#\$ TOP=(.+)$", shown.stderr, re.MULTILINE)
    return Path(found[1]).resolve() if found else nvcc.resolve().parent.parent


# ── the toolkit ─────────────────────────────────────────────────────────────────────────────────


def make_toolkit(named: Path | None) -> Toolkit:
    """Join a toolkit out of the machine's own and what that lacks; in `WORK`, by links.

    Raises:
        Failure: the one that is named is none.
    """
    nvcc = find_nvcc(named)
    if nvcc is None:
        own, version = None, CUDA
        say(f"no nvcc here: taking CUDA {version[0]}.{version[1]} from the package index")
    else:
        shown = subprocess.run([str(nvcc), "--version"], capture_output=True, text=True, check=True)
        version = nvcc_version(shown.stdout) or CUDA
        own = real_root(nvcc)
        say(f"nvcc {version[0]}.{version[1]} in {own}")
    parts = [own] if own is not None else []
    if own is None or not _has_cublas(own):
        parts.append(_from_index(TOOLKIT if own is None else "cublas", version))
    if own is not None and len(parts) == 1 and _driver_stub(own) is not None:
        return Toolkit(own, version)
    root = WORK / "toolkit"
    shutil.rmtree(root, ignore_errors=True)
    for part in parts:
        _link_all(part, root)
    # Packages from the index hold libcublas.so.13 alone; a linker asks for libcublas.so.
    for library in sorted((root / "lib64").glob("lib*.so.*")):
        plain = library.with_name(library.name.partition(".so.")[0] + ".so")
        if not plain.exists():
            plain.symlink_to(library.name)
    if _driver_stub(root) is None:
        say("no libcuda.so to link with, as the driver brings it: making a stub of cuda.h")
        make_stub(root / "include" / "cuda.h", root / "lib64" / "stubs")
    return Toolkit(root, version)


def _has_cublas(root: Path) -> bool:
    return any(root.glob("include/cublas_v2.h")) and any(root.glob("lib*/libcublas.so*"))


def _driver_stub(root: Path) -> Path | None:
    return next(iter(root.glob("lib*/stubs/libcuda.so")), None)


def _from_index(parts: str, version: tuple[int, int]) -> Path:
    """Install parts of the package index's toolkit beside, not into, any environment."""
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
    """The functions that cuda.h declares, by the names that a library exports them under."""
    declared = re.findall(r"CUresult\s+CUDAAPI\s+(cu\w+)\s*\(", header)
    renamed = re.findall(r"#define\s+cu\w+\s+(?:__CUDA_API_\w+\()?(cu\w+?)\)?\s*$", header, re.M)
    return sorted({*declared, *renamed})


def make_stub(header: Path, folder: Path) -> Path:
    """Write a libcuda.so that says "no device", to link with on a machine without the driver."""
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


# ── llama.cpp ───────────────────────────────────────────────────────────────────────────────────


def pinned(package: str) -> str:
    """The version that constraints.txt names."""
    text = (ROOT / "constraints.txt").read_text("utf-8")
    found = re.search(rf"^{re.escape(package)}==(\S+)$", text, re.MULTILINE)
    assert found, f"constraints.txt does not name {package}"
    return found[1]


def cmake_args(toolkit: Toolkit, archs: Sequence[int], *, portable: bool) -> str:
    """Return CMAKE_ARGS: CUDA for these cards; `portable`: for other processors than this one's."""
    stubs = _driver_stub(toolkit.root)
    rpath = RPATH.format(toolkit.version[0])
    return shlex.join([
        "-DGGML_CUDA=ON",
        f"-DGGML_CUDA_FA_QUANTS={FA_QUANTS}",
        "-DGGML_CUDA_NCCL=OFF",
        f"-DCMAKE_CUDA_ARCHITECTURES={';'.join(f'{arch}-real' for arch in archs)}",
        f"-DCMAKE_CUDA_COMPILER={toolkit.root / 'bin' / 'nvcc'}",
        f"-DCUDAToolkit_ROOT={toolkit.root}",
        *([f"-DCUDA_cuda_driver_LIBRARY={stubs}"] if stubs else []),
        f"-DCMAKE_SHARED_LINKER_FLAGS=-Wl,-rpath,'{rpath}'"
        + (f" -Wl,-rpath-link,{stubs.parent}" if stubs else "")
        + f" -Wl,-rpath-link,{toolkit.root / 'lib64'}",
        f"-DGGML_NATIVE={'OFF' if portable else 'ON'}",
        "-DLLAVA_BUILD=OFF",  # reads pictures
    ])  # fmt: skip


def build_wheel(toolkit: Toolkit, archs: Sequence[int], folder: Path, *, portable: bool) -> Path:
    """Build llama-cpp-python into `folder`; what was compiled before is kept."""
    version = pinned("llama_cpp_python")
    source = WORK / f"llama_cpp_python-{version}"
    if not (source / "pyproject.toml").is_file():
        say(f"fetching the source of llama-cpp-python {version}")
        run([
            sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet",
            "--no-binary", ":all:", "--no-deps", "--dest", str(WORK),
            f"llama-cpp-python=={version}",
        ])  # fmt: skip
        with tarfile.open(WORK / f"llama_cpp_python-{version}.tar.gz") as archive:
            archive.extractall(WORK, filter="data")
    say(f"building it for {', '.join(f'{arch / 10:.1f}' for arch in archs)}: 10 minutes to an hour")
    build = WORK / f"llama-{'-'.join(map(str, archs))}{'-portable' if portable else ''}"
    run(
        [
            sys.executable, "-m", "pip", "wheel", "--disable-pip-version-check", "--no-deps",
            "--verbose", "--wheel-dir", str(folder), f"--config-settings=build-dir={build}",
            str(source),
        ],
        environ={
            "CMAKE_ARGS": cmake_args(toolkit, archs, portable=portable),
            "CUDACXX": str(toolkit.root / "bin" / "nvcc"),
        },
    )  # fmt: skip
    (wheel,) = folder.glob(f"llama_cpp_python-{version}-*.whl")
    check_wheel(wheel)
    return wheel


def check_wheel(wheel: Path) -> None:
    """Raise Failure unless the wheel holds llama.cpp's CUDA back end."""
    with zipfile.ZipFile(wheel) as archive:
        sizes = {Path(each.filename).name: each.file_size for each in archive.infolist()}
    if "libggml-cuda.so" not in sizes:
        raise Failure(f"{wheel} holds no libggml-cuda.so: CMake built without CUDA. See above.")
    say(
        f"{wheel}: {wheel.stat().st_size / 1e6:.0f} MB, "
        f"libggml-cuda.so {sizes['libggml-cuda.so'] / 1e6:.0f} MB"
    )


# ── install ─────────────────────────────────────────────────────────────────────────────────────


def install(wheel: Path, version: tuple[int, int]) -> None:
    """Put the wheel, and torch with the same CUDA, into the environment that runs this."""
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    say(f"installing torch with CUDA {version[0]}.{version[1]}: some 2 GB")
    run([*pip, *torch_arguments(version)])
    run([*pip, PACKAGE.format(RUNTIME, *version)])
    run([*pip, "--force-reinstall", "--no-deps", str(wheel)])


def torch_arguments(version: tuple[int, int]) -> list[str]:
    """Tell pip which build of the pinned torch to take: `===` is met by no other one."""
    torch = f"torch==={pinned('torch')}"
    if version == CUDA:  # what the package index has for Linux
        return [torch]
    index = TORCH_INDEX.format(*version)
    return ["--extra-index-url", index, f"{torch}+cu{version[0]}{version[1]}"]


def require(card: "Card", version: tuple[int, int]) -> None:
    """Raise Failure if a card or its driver is too old for that CUDA."""
    need = OLDEST_DRIVER.get(version[0], 0)
    if int(card.driver.split(".")[0]) < need:
        raise Failure(
            f"driver {card.driver} of {card.name} is too old for CUDA {version[0]}, which needs "
            f"{need}. Update it, or name an older toolkit with --toolkit."
        )
    if arch_of(card) < OLDEST_ARCH.get(version[0], 0):
        raise Failure(
            f"{card.name} has compute capability {card.compute_capability}; CUDA {version[0]} "
            f"compiles for {OLDEST_ARCH[version[0]] / 10:.1f} and newer. Name a toolkit of CUDA 12 "
            "with --toolkit."
        )


def run(command: Sequence[str], environ: dict[str, str] | None = None) -> None:
    """Run a program with its output shown.

    Raises:
        Failure: it fails.
    """
    done = subprocess.run(command, env=os.environ | (environ or {}), check=False)
    if done.returncode:
        raise Failure(f"this failed ({done.returncode}), see above: {shlex.join(command)}")


def say(text: str) -> None:
    print(f"==> {text}", file=sys.stderr, flush=True)


def main(words: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="install_cuda", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--arch", type=int, action="append", metavar="N",
        help="compute capability to build for, 80 for 8.0; repeatable (default: this machine's)",
    )  # fmt: skip
    parser.add_argument("--wheel", type=Path, metavar="DIR", help="build into DIR; install nothing")
    parser.add_argument("--toolkit", type=Path, metavar="DIR", help="CUDA toolkit to build with")
    parser.add_argument("--check", action="store_true", help="only let each part compute")
    asked = parser.parse_args(words)
    if asked.wheel and not asked.arch:
        parser.error("--wheel needs --arch: which card is it for?")
    try:
        if not asked.check:
            _build(asked)
        if asked.wheel is None:
            run([sys.executable, str(ROOT / "scripts" / "check_cuda.py")])
    except Failure as exc:
        print(f"install_cuda: {exc}", file=sys.stderr)
        return 1
    return 0


def _build(asked: argparse.Namespace) -> None:
    cards = () if asked.wheel else cards_here()
    archs = asked.arch or sorted(set(map(arch_of, cards)))
    WORK.mkdir(parents=True, exist_ok=True)
    toolkit = make_toolkit(asked.toolkit)
    for card in cards:
        require(card, toolkit.version)
    folder = asked.wheel or WORK / "wheel"
    folder.mkdir(parents=True, exist_ok=True)
    wheel = build_wheel(toolkit, archs, folder, portable=asked.wheel is not None)
    if asked.wheel is None:
        install(wheel, toolkit.version)


if __name__ == "__main__":
    sys.exit(main())
