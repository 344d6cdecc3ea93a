"""Build llama.cpp with CUDA for an NVIDIA GPU, and install it with the matching PyTorch.

The build runs in `build/cuda`, so an interrupted build resumes. Standard library only: this may
run before anything is installed.
"""

import argparse
import re
import shlex
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cuda_toolkit import (
    CUDA,
    PACKAGE,
    ROOT,
    WORK,
    Failure,
    Toolkit,
    driver_stub,
    make_toolkit,
    run,
    say,
)

if TYPE_CHECKING:
    from ragguide.base.devices import Card

RUNTIME = "cublas,cudart"  # the parts of the toolkit that llama.cpp needs to run
TORCH_INDEX = "https://download.pytorch.org/whl/cu{}{}"
# The oldest driver on Linux for a CUDA of that major version: CUDA Toolkit release notes, table 2.
OLDEST_DRIVER = {12: 525, 13: 580}
OLDEST_ARCH = {12: 50, 13: 75}  # the oldest that its nvcc compiles for

# Where a wheel finds CUDA: in the packages that torch installs, else in the system.
RPATH = "$ORIGIN/../../nvidia/cu{}/lib"
# Flash-attention kernels for the KV cache types that the setting `kv_cache` allows.
FA_QUANTS = "f16-f16;q8_0-q8_0"


# ── the GPUs ───────────────────────────────────────────────────────────────────────────────


def cards_here() -> "tuple[Card, ...]":
    """Ask the driver for the GPUs of this machine.

    Raises:
        Failure: there is no driver, or it finds no GPU.
    """
    sys.path.insert(0, str(ROOT))  # imported here: a build for another machine needs no ragguide
    from ragguide.base.devices import find_cards

    found = find_cards()
    if not found.cards:
        raise Failure(
            f"{found.fault}. {found.fix} and run this again. To build for another machine, e.g. "
            "for compute capability 8.0, use --wheel DIR --arch 80."
        )
    return found.cards


def arch_of(card: "Card") -> int:
    """The number that compilers use: 86 for compute capability 8.6."""
    return int(card.compute_capability.replace(".", ""))


# ── llama.cpp ───────────────────────────────────────────────────────────────────────────────────


def pinned(package: str) -> str:
    """The version of a package in constraints.txt."""
    text = (ROOT / "constraints.txt").read_text("utf-8")
    found = re.search(rf"^{re.escape(package)}==(\S+)$", text, re.MULTILINE)
    assert found, f"constraints.txt does not name {package}"
    return found[1]


def cmake_args(toolkit: Toolkit, archs: Sequence[int], *, portable: bool) -> str:
    """Return CMAKE_ARGS for these GPUs; `portable` allows other processors than this one."""
    stubs = driver_stub(toolkit.root)
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
        "-DLLAVA_BUILD=OFF",  # image input is not used
    ])  # fmt: skip


def build_wheel(toolkit: Toolkit, archs: Sequence[int], folder: Path, *, portable: bool) -> Path:
    """Build llama-cpp-python into `folder`, reusing what was compiled before."""
    version = pinned("llama_cpp_python")
    source = WORK / f"llama_cpp_python-{version}"
    if not (source / "pyproject.toml").is_file():
        say(f"downloading the source of llama-cpp-python {version}")
        run([
            sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet",
            "--no-binary", ":all:", "--no-deps", "--dest", str(WORK),
            f"llama-cpp-python=={version}",
        ])  # fmt: skip
        with tarfile.open(WORK / f"llama_cpp_python-{version}.tar.gz") as archive:
            archive.extractall(WORK, filter="data")
    capabilities = ", ".join(f"{arch / 10:.1f}" for arch in archs)
    say(f"building for compute capability {capabilities}; this takes 10 minutes to an hour")
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
    """Raise Failure unless the wheel contains llama.cpp's CUDA back end."""
    with zipfile.ZipFile(wheel) as archive:
        sizes = {Path(each.filename).name: each.file_size for each in archive.infolist()}
    if "libggml-cuda.so" not in sizes:
        raise Failure(
            f"{wheel} contains no libggml-cuda.so: CMake built it without CUDA. Its output above "
            "says why."
        )
    say(
        f"{wheel}: {wheel.stat().st_size / 1e6:.0f} MB, "
        f"libggml-cuda.so {sizes['libggml-cuda.so'] / 1e6:.0f} MB"
    )


# ── install ─────────────────────────────────────────────────────────────────────────────────────


def install(wheel: Path, version: tuple[int, int]) -> None:
    """Install the wheel, and torch for the same CUDA version, into the current environment."""
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    say(f"installing PyTorch for CUDA {version[0]}.{version[1]}: downloads about 2 GB")
    run([*pip, *torch_arguments(version)])
    run([*pip, PACKAGE.format(RUNTIME, *version)])
    run([*pip, "--force-reinstall", "--no-deps", str(wheel)])


def torch_arguments(version: tuple[int, int]) -> list[str]:
    """The arguments that make pip install the right build of torch; `===` excludes all others."""
    torch = f"torch==={pinned('torch')}"
    if version == CUDA:  # the build on the package index
        return [torch]
    index = TORCH_INDEX.format(*version)
    return ["--extra-index-url", index, f"{torch}+cu{version[0]}{version[1]}"]


def require(card: "Card", version: tuple[int, int]) -> None:
    """Raise Failure if a GPU or its driver is too old for this CUDA version."""
    need = OLDEST_DRIVER.get(version[0], 0)
    if int(card.driver.split(".")[0]) < need:
        raise Failure(
            f"driver {card.driver} of {card.name} is too old for CUDA {version[0]}, which needs "
            f"{need} or newer. Update the driver, or choose an older toolkit with --toolkit."
        )
    if arch_of(card) < OLDEST_ARCH.get(version[0], 0):
        raise Failure(
            f"{card.name} has compute capability {card.compute_capability}; CUDA {version[0]} "
            f"supports {OLDEST_ARCH[version[0]] / 10:.1f} and newer. Choose a CUDA 12 toolkit with "
            "--toolkit."
        )


def main(words: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="install_cuda", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--arch", type=int, action="append", metavar="N",
        help="build for this compute capability, e.g. 80 for 8.0; repeatable "
        "(default: that of the GPUs here)",
    )  # fmt: skip
    parser.add_argument(
        "--wheel", type=Path, metavar="DIR", help="build a wheel into DIR, without installing it"
    )
    parser.add_argument(
        "--toolkit", type=Path, metavar="DIR", help="build with the CUDA toolkit in DIR"
    )
    parser.add_argument(
        "--check", action="store_true", help="only check that each part computes on the GPU"
    )
    asked = parser.parse_args(words)
    if asked.wheel and not asked.arch:
        parser.error("--wheel needs --arch, the compute capability to build for")
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
