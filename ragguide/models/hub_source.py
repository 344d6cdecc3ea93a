"""A generator in, its file from the Hugging Face hub out; interrupted downloads resume."""

import shutil
from pathlib import Path

import msgspec

from ragguide.base.disk import require_space
from ragguide.models.child import largest_file, run_python
from ragguide.models.find import GeneratorFile
from ragguide.models.source import Download, OnProgress, SourceError, hash_files, reporter

_SCRIPT = str(Path(__file__).with_name("hub.py"))
_DESCRIBE_TIMEOUT_S = 15.0  # name resolution alone may hang for longer


class _HubFile(msgspec.Struct, frozen=True):
    """A file as the hub describes it; None: not stated."""

    size_bytes: int | None
    sha256: str | None
    license: str | None


def download_from_hub(wanted: GeneratorFile, staging: Path, on_progress: OnProgress) -> Download:
    """Download the file into `staging`, or resume its download there.

    Raises:
        SourceError: the hub does not have the file, has other bytes, or states no checksum.
        StorageError: the disk has too little space.
    """
    if wanted.hub is None:
        raise SourceError("does not have it")
    folder = staging / "hub"
    folder.mkdir(exist_ok=True)
    # One cheap request first, without retries: offline, the library would retry for a long time.
    output = run_python(
        [_SCRIPT, "describe", *wanted.hub], scratch=folder, timeout_s=_DESCRIBE_TIMEOUT_S
    )
    stated = msgspec.json.decode(output, type=_HubFile)
    expected = _expected_sha256(wanted, stated)
    part = folder / f"{expected}.part"
    _delete_others(folder, part)
    size = stated.size_bytes
    require_space(folder, (size or 0) - largest_file(folder), what="this download")
    downloading = reporter(on_progress, "hub", size, f"downloading {wanted.hub[1]}")
    run_python([_SCRIPT, "download", *wanted.hub, str(part)], scratch=folder, on_growth=downloading)
    sha256 = hash_files([part], reporter(on_progress, "disk", size, "verifying"))
    return Download(file=part, sha256=sha256, expected=expected, license=stated.license)


def _expected_sha256(wanted: GeneratorFile, stated: _HubFile) -> str:
    """Return the catalogue's checksum, or else the hub's; both must agree."""
    size, sha256 = stated.size_bytes, stated.sha256
    if wanted.spec is None:
        if sha256 is None:
            raise SourceError("states no sha256 for it, so it cannot be verified")
        return sha256
    if size not in (None, wanted.spec.size_bytes):
        raise SourceError(f"has {size:,} bytes, expected {wanted.spec.size_bytes:,}")
    if sha256 not in (None, wanted.spec.sha256):
        raise SourceError(f"states sha256 {sha256}, expected {wanted.spec.sha256}")
    return wanted.spec.sha256


def _delete_others(folder: Path, part: Path) -> None:
    """Delete unfinished downloads of a file that has since changed on the hub."""
    for other in folder.iterdir():
        if other != part:
            shutil.rmtree(other) if other.is_dir() else other.unlink()
