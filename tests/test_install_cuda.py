"""The installer for GPUs, as far as it runs without one; a complete build takes an hour."""

import ctypes
import importlib
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import get_args, get_type_hints

import pytest

from ragguide import Settings
from ragguide.base.devices import Card, find_cards
from tests.conftest import ROOT

HEADER = """
#define cuMemAlloc                          cuMemAlloc_v2
#define cuGetProcAddress                    cuGetProcAddress_v2
#define cuStreamBeginCapture                __CUDA_API_PTSZ(cuStreamBeginCapture_v2)
CUresult CUDAAPI cuInit(unsigned int Flags);
CUresult CUDAAPI cuDeviceGet(CUdevice *device, int ordinal);
CUresult CUDAAPI cuMemAlloc(CUdeviceptr *dptr, size_t bytesize);
"""


@pytest.fixture(scope="module")
def recipe() -> Iterator[ModuleType]:
    """The module scripts/install_cuda.py."""
    with scripts_on_path():
        yield importlib.import_module("install_cuda")


@pytest.fixture(scope="module")
def tools() -> Iterator[ModuleType]:
    """The module scripts/cuda_toolkit.py."""
    with scripts_on_path():
        yield importlib.import_module("cuda_toolkit")


@contextmanager
def scripts_on_path() -> Iterator[None]:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        yield
    finally:
        sys.path.remove(str(ROOT / "scripts"))


def card(capability: str, driver: str) -> Card:
    return Card(
        number=0, uuid="GPU-1", name="NVIDIA T4", compute_capability=capability,
        total_bytes=None, free_bytes=None, driver=driver,
    )  # fmt: skip


def test_the_version_of_the_compiler_is_parsed(tools: ModuleType) -> None:
    shown = "nvcc: NVIDIA (R) Cuda compiler driver\nCuda compilation tools, release 13.0, V13.0.88"
    assert tools.nvcc_version(shown) == (13, 0)
    assert tools.nvcc_version("nothing") is None


def test_an_old_driver_or_card_is_refused_with_a_fix(recipe: ModuleType) -> None:
    recipe.require(card("7.5", "580.65.06"), (13, 0))
    recipe.require(card("6.1", "550.54"), (12, 4))
    with pytest.raises(
        recipe.Failure, match=r"driver 550\.54\.14 of NVIDIA T4 is too old for CUDA 13"
    ):
        recipe.require(card("7.5", "550.54.14"), (13, 0))
    with pytest.raises(recipe.Failure, match=r"capability 6\.1; CUDA 13 supports 7\.5 and newer"):
        recipe.require(card("6.1", "580.65.06"), (13, 0))


def test_without_a_card_another_machines_build_is_offered(recipe: ModuleType) -> None:
    if find_cards().cards:
        pytest.skip("there is a GPU here")
    with pytest.raises(recipe.Failure, match=r"no NVIDIA driver .* use --wheel DIR --arch 80\.$"):
        recipe.cards_here()


def test_a_wheel_without_an_architecture_is_refused(recipe: ModuleType, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        recipe.main(["--wheel", "out"])
    assert "--wheel needs --arch" in capsys.readouterr().err


def test_a_folder_without_a_compiler_is_no_toolkit(tools: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(tools.Failure, match="Name a CUDA toolkit's folder"):
        tools.find_nvcc(tmp_path)


def test_kernels_are_built_for_the_kv_caches_that_can_be_set(recipe: ModuleType) -> None:
    kinds = get_args(get_type_hints(Settings)["kv_cache"])
    assert ";".join(f"{kind}-{kind}" for kind in kinds) == recipe.FA_QUANTS


def test_cmake_gets_the_cards_the_stub_and_the_path_of_cuda(
    recipe: ModuleType, tmp_path: Path
) -> None:
    stub = tmp_path / "a b" / "lib64" / "stubs" / "libcuda.so"
    stub.parent.mkdir(parents=True)
    stub.touch()
    toolkit = recipe.Toolkit(tmp_path / "a b", (13, 0))
    words = shlex.split(recipe.cmake_args(toolkit, [80, 89], portable=True))
    assert "-DCMAKE_CUDA_ARCHITECTURES=80-real;89-real" in words
    assert f"-DCUDA_cuda_driver_LIBRARY={stub}" in words
    assert "-DGGML_NATIVE=OFF" in words
    (flags,) = (word for word in words if word.startswith("-DCMAKE_SHARED_LINKER_FLAGS="))
    # As a shell reads them, which must not take $ORIGIN for a variable of its own.
    linker = shlex.split(flags.partition("=")[2])
    assert "-Wl,-rpath,$ORIGIN/../../nvidia/cu13/lib" in linker


def test_torch_is_the_pinned_one_with_the_same_cuda_and_no_other_build(recipe: ModuleType) -> None:
    pin = recipe.pinned("torch")
    assert recipe.torch_arguments((13, 0)) == [f"torch==={pin}"]  # not met by 2.13.0+cpu
    assert recipe.torch_arguments((12, 6)) == [
        "--extra-index-url", "https://download.pytorch.org/whl/cu126", f"torch==={pin}+cu126",
    ]  # fmt: skip


def test_versions_are_those_that_are_tested_together(recipe: ModuleType) -> None:
    pins = (ROOT / "constraints.txt").read_text("utf-8")
    for package in ("llama_cpp_python", "torch"):
        assert f"\n{package}=={recipe.pinned(package)}\n" in pins
    assert re.fullmatch(r"\d+\.\d+\.\d+", recipe.pinned("torch"))


def test_a_stub_replaces_the_driver_when_linking(tools: ModuleType, tmp_path: Path) -> None:
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler here")
    (tmp_path / "cuda.h").write_text(HEADER)
    library = tools.make_stub(tmp_path / "cuda.h", tmp_path / "stubs")
    loaded = ctypes.CDLL(str(library))
    assert loaded.cuInit(0) == loaded.cuMemAlloc_v2() == loaded.cuStreamBeginCapture_v2() == 100
    named = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=False)
    assert named.returncode or "[libcuda.so.1]" in named.stdout
    assert (tmp_path / "stubs" / "libcuda.so.1").resolve() == library


def test_two_toolkits_are_joined_and_the_first_one_wins(tools: ModuleType, tmp_path: Path) -> None:
    for part, files in {
        "own": ("bin/nvcc", "lib64/libcudart.so.13"),
        "more": ("lib/libcudart.so.13", "lib/libcublas.so.13", "include/cublas_v2.h"),
    }.items():
        for name in files:
            path = tmp_path / part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(part)
        tools._link_all(tmp_path / part, tmp_path / "root")
    root = tmp_path / "root"
    assert (root / "bin/nvcc").read_text() == (root / "lib64/libcudart.so.13").read_text() == "own"
    assert (root / "lib64/libcublas.so.13").read_text() == "more"
    assert tools._has_cublas(root)
    assert not tools._has_cublas(tmp_path / "own")


def test_a_wheel_that_was_built_without_cuda_is_refused(recipe: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "llama.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("llama_cpp/lib/libggml-cpu.so", b"")
    with pytest.raises(recipe.Failure, match=r"contains no libggml-cuda\.so"):
        recipe.check_wheel(wheel)
