"""A bundle in, an index of it out; the import validates every byte and trusts none."""

import logging
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock, OnStage
from ragguide.config import Settings, change_settings
from ragguide.embed.weights import Weights, weights_of
from ragguide.errors import BundleRefused, IndexFault, IndexMismatch, UsageError
from ragguide.index.build import Contents, write_generation
from ragguide.index.bundle import MEMBERS, BundleList
from ragguide.index.bundle_check import unpack
from ragguide.index.bundled_models import place_models
from ragguide.index.calibration import decode_calibration, save_calibration
from ragguide.index.notes import CALIBRATION
from ragguide.index.recipe import TEXT_VERSION
from ragguide.types import Manifest

if TYPE_CHECKING:
    from ragguide.index.calibration import Calibration
    from ragguide.index.generation import StoredGeneration
    from ragguide.index.stores.protocols import OnWait, Store

_log = logging.getLogger(__name__)


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an import."""

    index: str
    manifest: Manifest
    models: tuple[Path, ...]  # newly installed
    embedder: str  # the setting for searches in this index


class _Unpacked(msgspec.Struct, frozen=True):
    """The verified contents of a bundle."""

    listing: BundleList
    stored: "StoredGeneration"
    calibration: "Calibration | None"


def import_bundle(
    path: Path,
    settings: Settings,
    *,
    name: str | None = None,
    on_stage: OnStage | None = None,
    on_wait: "OnWait | None" = None,
) -> Imported:
    """Import a bundle as a new generation, switch to it, and install its models.

    The import embeds nothing. A refused bundle leaves nothing behind.

    Args:
        path: of the bundle.
        settings: name the embedder, and the folder of indexes.
        name: of the index; default: the bundle's.
        on_stage: reports progress.
        on_wait: as in `Store.writing`.

    Raises:
        BundleRefused: the file is not a bundle, or its contents contradict each other.
        IndexMismatch: the settings' embedder has other weights than those of the vectors.
        SettingsError, RecallTooLow: its settings for the vector index are invalid here.
        IndexLocked, StorageError: the index cannot be written.
    """
    clock = Clock(on_stage)
    with TemporaryDirectory(prefix="ragguide-", ignore_cleanup_errors=True) as temporary:
        unpacked = Path(temporary)
        with clock.stage("unpack", 1):
            bundle = _read(path, unpacked)
        index = name or bundle.listing.index
        store = _store(path, settings, index, is_own_name=bool(name))
        manifest = bundle.stored.manifest
        built_with, models = place_models(
            path,
            unpacked,
            {name: member.sha256 for name, member in bundle.listing.members.items()},
            manifest.embedder_sha256,
            _settings_of(manifest, settings, path),
        )
        weights = weights_of(built_with)
        _require_weights(path, bundle.listing, manifest, weights)
        bundle = _with_embedder(bundle, weights.files.name)
        _require_dim(path, bundle.stored.manifest, settings)
        contents = _contents(bundle.stored)
        with store.writing(on_wait=on_wait):
            new, _ = write_generation(store, bundle.stored, contents, weights, built_with, clock)
            if bundle.calibration is not None:
                save_calibration(store.notes, bundle.calibration)
    return Imported(index=index, manifest=new, models=tuple(models), embedder=weights.files.name)


def _read(path: Path, unpacked: Path) -> _Unpacked:
    listing = unpack(path, unpacked)
    return _Unpacked(listing, _stored(path, unpacked), _calibration(path, unpacked))


def _stored(path: Path, folder: Path) -> "StoredGeneration":
    """Return the unpacked generation after checking that its files match each other."""
    from ragguide.index.generation import StoredGeneration, map_checked, read_manifest
    from ragguide.index.verify import content_faults

    try:
        manifest = read_manifest(folder)
        names = [name for name in MEMBERS if name in manifest.files]
        files = {name: map_checked(folder / name, manifest.files[name]) for name in names}
        stored = StoredGeneration(folder, manifest, files)
        faults = content_faults(stored) if manifest.n_chunks > 0 else ["it has no passages"]
    except IndexMismatch as exc:
        raise IndexMismatch(str(exc).replace(str(folder), str(path))) from exc
    except IndexFault as exc:
        faults = [str(exc)]
    if faults:
        fault = faults[0].replace(f"{folder}{os.sep}", "").replace(str(folder), "its generation")
        raise BundleRefused(f"{path} is inconsistent: {fault}")
    if manifest.text_version != TEXT_VERSION:
        raise IndexMismatch(
            f"{path} was made by ragguide {manifest.ragguide_version}, which splits documents "
            "differently. Ingest the documents here, or export the index with this version."
        )
    return stored


def _calibration(path: Path, folder: Path) -> "Calibration | None":
    """Return the index's own calibration; None if there is none for this version."""
    own = folder / CALIBRATION
    if not own.is_file():
        return None
    try:
        calibration = decode_calibration(own.read_bytes())
    except ValueError as exc:
        raise BundleRefused(f"{path}: {CALIBRATION} is not a calibration: {exc}.") from exc
    if calibration is None:
        _log.warning("skipping the calibration in %s: it is for another ragguide version.", path)
    return calibration


def _store(path: Path, settings: Settings, index: str, *, is_own_name: bool) -> "Store":
    from ragguide.index.stores.choose import store_of

    try:
        return store_of(settings, index)
    except UsageError as exc:
        if is_own_name:
            raise
        raise BundleRefused(f"{path}: {exc}") from None


def _settings_of(manifest: Manifest, settings: Settings, path: Path) -> Settings:
    """Return the settings that built the generation, after checking their ranges."""
    names = ("chunk_tokens", "chunk_overlap", "chunk_strategy")
    built_with = {name: getattr(manifest, name) for name in names}
    asked = msgspec.structs.asdict(manifest.vector_index.asked)
    return change_settings(settings, built_with | asked, where=str(path))


def _require_weights(path: Path, listing: BundleList, manifest: Manifest, weights: Weights) -> None:
    if weights.sha256 != manifest.embedder_sha256:
        raise IndexMismatch(
            f"{path} has vectors of {listing.embedder!r}, sha256 "
            f"{manifest.embedder_sha256[:12]}…; the embedder here is "
            f"{weights.files.name!r}, {weights.sha256[:12]}…. Set embedder to the same weights."
        )


def _with_embedder(bundle: _Unpacked, name: str) -> _Unpacked:
    """Replace the embedder's name by its name on this machine."""
    manifest = msgspec.structs.replace(bundle.stored.manifest, embedder=name)
    calibration = bundle.calibration
    if calibration is not None and calibration.embedder == bundle.listing.embedder:
        calibration = msgspec.structs.replace(calibration, embedder=name)
    stored = msgspec.structs.replace(bundle.stored, manifest=manifest)
    return _Unpacked(bundle.listing, stored, calibration)


def _require_dim(path: Path, manifest: Manifest, settings: Settings) -> None:
    """Refuse vectors of another dimension than the embedder's, if its export is here."""
    from ragguide.embed.load import find_exported

    exported = find_exported(manifest.embedder, manifest.embedder_sha256, settings)
    if exported is not None and exported.dim != manifest.dim:
        raise BundleRefused(
            f"{path} has vectors of {manifest.dim} dimensions; those of {manifest.embedder} "
            f"have {exported.dim}."
        )


def _contents(stored: "StoredGeneration") -> Contents:
    manifest = stored.manifest
    return Contents(
        request=manifest.request,
        records=manifest.sources,
        documents=stored.documents(),
        chunks=stored.chunks(),
        n_tokens=manifest.n_tokens,
        n_tokens_of={each.name: each.rights.n_tokens for each in manifest.sources if each.rights},
    )
