"""The built wheel: the same bytes each time, and everything inside that the commands need."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ragguide import __version__
from tests.conftest import ROOT

pytest.importorskip("hatchling")


def build(folder: Path, target: str, source: Path = ROOT) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder],
        cwd=source, check=True, capture_output=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"},
    )  # fmt: skip
    (file,) = folder.iterdir()
    return file


@pytest.mark.parametrize("target", ["wheel", "sdist"])
def test_two_builds_give_the_same_bytes(target: str, tmp_path: Path) -> None:
    first, second = build(tmp_path / "first", target), build(tmp_path / "second", target)
    assert first.name == second.name
    assert first.name.startswith(f"ragguide-{__version__}")
    assert first.read_bytes() == second.read_bytes()


def test_the_wheel_holds_the_guide_of_the_demo_and_all_data_of_the_package(tmp_path: Path) -> None:
    with zipfile.ZipFile(build(tmp_path / "wheel", "wheel")) as wheel:
        names = set(wheel.namelist())
        assert wheel.read("ragguide/guide.pdf") == (ROOT / "data" / "guide.pdf").read_bytes()
    package = ROOT / "ragguide"
    files = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - names == set()
    assert "ragguide/py.typed" in names


def test_the_container_copies_what_the_build_needs(tmp_path: Path) -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:] for line in lines if re.match(r"COPY (?!--)", line)]
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    for *sources, target in copied:
        for name in sources:
            assert name in allowed
            place = tmp_path / "source" / (name if target == "./" else target)
            place.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, place)
            else:
                shutil.copy(ROOT / name, place)
    assert build(tmp_path / "out", "wheel", tmp_path / "source").suffix == ".whl"
