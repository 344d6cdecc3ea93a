"""An index in, a bundle of it out."""

import hashlib
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.errors import StorageError, UsageError
from ragguide.index.bundle import BLOCK_BYTES, FORMAT_VERSION, LIST, MEMBERS, BundleList, Member
from ragguide.index.bundled_models import model_members
from ragguide.index.calibration import check_calibration, read_own
from ragguide.index.notes import CALIBRATION
from ragguide.index.stores.choose import store_of
from ragguide.index.stores.copy import copy_generation

if TYPE_CHECKING:
    from ragguide.index.generation import StoredGeneration


def export_bundle(settings: Settings, path: Path, *, with_models: bool = False) -> BundleList:
    """Write the active generation, and its models if asked, into one file.

    Raises:
        IndexMissing, IndexCorrupt, IndexMismatch: the index cannot be opened.
        ModelError: a model is not on this machine, or cannot be bundled.
        UsageError: the file exists already.
        StorageError: the file cannot be written.
    """
    if path.exists():
        raise UsageError(f"{path} exists already. Name another file, or remove it.")
    if not settings.store:
        return _export(settings, path, with_models=with_models)
    with TemporaryDirectory(prefix="ragguide-") as folder:
        files = msgspec.structs.replace(settings, store="", indexes_dir=Path(folder))
        target = store_of(files)
        with target.writing():
            generation = store_of(settings).open()
            copy_generation(generation, target, keep=1, clock=Clock(None))
        return _export(files, path, with_models=with_models)


def _export(settings: Settings, path: Path, *, with_models: bool) -> BundleList:
    from ragguide import __version__
    from ragguide.index.store import IndexFolder

    generation = IndexFolder(settings.indexes_dir, settings.index).open()
    files = _files(generation, settings, with_models=with_models)
    listing = BundleList(
        format_version=FORMAT_VERSION,
        ragguide_version=__version__,
        index=settings.index,
        embedder=generation.manifest.embedder,
        embedder_sha256=generation.manifest.embedder_sha256,
        members={
            name: Member(size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
            for name, data in files.items()
        },
    )
    draft = path.with_name(f".writing-{path.name}")
    try:
        _write(draft, listing, files)
        draft.replace(path)
    except OSError as exc:
        raise StorageError(f"cannot write {path}: {exc.strerror or exc}.") from exc
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return listing


def _files(
    generation: "StoredGeneration", settings: Settings, *, with_models: bool
) -> dict[str, memoryview]:
    """Return the members' bytes by name."""
    from ragguide.index.generation import MANIFEST, map_file

    files = {name: generation.file(name).data for name in MEMBERS if name != MANIFEST}
    files[MANIFEST] = memoryview((generation.folder / MANIFEST).read_bytes())
    if (calibration := read_own(generation.notes)) is not None:
        check_calibration(generation.notes)
        files[CALIBRATION] = memoryview(calibration)
    if with_models:
        for name, model in model_members(settings).items():
            files[name] = memoryview(map_file(model))
    return files


def _write(path: Path, listing: BundleList, files: Mapping[str, memoryview]) -> None:
    with zipfile.ZipFile(path, "w") as bundle:
        listed = msgspec.json.format(msgspec.json.encode(listing), indent=2)
        bundle.writestr(zipfile.ZipInfo(LIST), listed)
        for name, data in files.items():
            member = zipfile.ZipInfo(name)  # without a date: the same index gives the same bytes
            member.file_size = len(data)  # zipfile needs it to choose 64-bit sizes
            if name.endswith((".json", ".jsonl")):
                member.compress_type = zipfile.ZIP_DEFLATED
            with bundle.open(member, "w") as target:
                for start in range(0, len(data), BLOCK_BYTES):
                    target.write(data[start : start + BLOCK_BYTES])
