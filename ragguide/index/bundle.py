"""An index in, one file that carries it to another machine out; and back, trusting nothing.

    bundle.json                 size and sha256 of every member; the embedder by name and sha256
    manifest.json               of the generation, as it was
    documents.jsonl  chunks.jsonl  vectors.npy  statements.npy
    calibration.json            if the index has one of its own
    models/…                    if they come along (bundled_models.py)

It is a zip file. What can be made of these, postings, words and whatever FAISS reads, does not
travel: it is built anew, so no parser but JSON's and the head of an array sees a stranger's bytes.
"""

import hashlib
import logging
import os
import stat
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock, OnStage
from ragguide.config import Settings, change_settings
from ragguide.embed.weights import weights_of
from ragguide.errors import (
    BundleRefused,
    IndexFault,
    IndexMismatch,
    StorageError,
    UsageError,
)
from ragguide.index.build import Contents, write_generation
from ragguide.index.bundled_models import MODEL_MEMBER, model_members, place_models
from ragguide.index.calibration import check_calibration, decode_calibration, save_calibration
from ragguide.index.recipe import TEXT_VERSION
from ragguide.index.store import CALIBRATION
from ragguide.types import Manifest

if TYPE_CHECKING:
    from ragguide.index.calibration import Calibration
    from ragguide.index.generation import StoredGeneration
    from ragguide.index.store import OnWait

FORMAT_VERSION = 1  # of bundles
LIST = "bundle.json"
MEMBERS = ("manifest.json", "documents.jsonl", "chunks.jsonl", "vectors.npy", "statements.npy")
LARGEST_LIST = 65_536  # bytes
MOST_EXPANSION = 100  # members' bytes for one of the bundle; JSON lines have 10 or less
_BLOCK_BYTES = 1 << 20

_log = logging.getLogger(__name__)


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    size_bytes: int
    sha256: str


class BundleList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a bundle says that it holds."""

    format_version: int
    ragguide_version: str
    index: str
    embedder: str
    embedder_sha256: str  # of the weights that made the vectors
    members: dict[str, Member]


# ── export ──────────────────────────────────────────────────────────────────────────────────────


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle was made into."""

    index: str
    manifest: Manifest
    models: tuple[Path, ...]  # that were not here before
    embedder: str  # the setting that the index is searched with


def export_bundle(settings: Settings, path: Path, *, with_models: bool = False) -> BundleList:
    """Write the generation in use into one file, with the models that the settings name if asked.

    Raises:
        IndexMissing, IndexCorrupt, IndexMismatch: there is none that can be opened.
        ModelError: a model is not on this machine, or cannot travel.
        UsageError: the file is there already.
        StorageError: it cannot be written.
    """
    from ragguide import __version__
    from ragguide.index.generation import MANIFEST, map_file
    from ragguide.index.store import IndexFolder

    generation = IndexFolder(settings.indexes_dir, settings.index).open()
    if path.exists():
        raise UsageError(f"{path} is there already. Name another file, or remove it.")
    files = {name: generation.file(name).data for name in MEMBERS if name != MANIFEST}
    files[MANIFEST] = memoryview((generation.folder / MANIFEST).read_bytes())
    own = generation.folder.parent / CALIBRATION
    if own.is_file():
        check_calibration(own.parent)
        files[CALIBRATION] = memoryview(own.read_bytes())
    if with_models:
        for name, model in model_members(settings).items():
            files[name] = memoryview(map_file(model))
    told = BundleList(
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
    listed = msgspec.json.format(msgspec.json.encode(told), indent=2)
    draft = path.with_name(f".writing-{path.name}")
    try:
        with zipfile.ZipFile(draft, "w") as bundle:
            bundle.writestr(zipfile.ZipInfo(LIST), listed)
            for name, data in files.items():
                member = zipfile.ZipInfo(name)  # of no date: the same index is the same bundle
                member.file_size = len(data)  # so that zipfile knows if it needs 64 bits
                if name.endswith((".json", ".jsonl")):
                    member.compress_type = zipfile.ZIP_DEFLATED
                with bundle.open(member, "w") as target:
                    for start in range(0, len(data), _BLOCK_BYTES):
                        target.write(data[start : start + _BLOCK_BYTES])
        draft.replace(path)
    except OSError as exc:
        raise StorageError(f"cannot write {path}: {exc.strerror or exc}.") from exc
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return told


# ── import ──────────────────────────────────────────────────────────────────────────────────────


def import_bundle(
    path: Path,
    settings: Settings,
    *,
    name: str | None = None,
    on_stage: OnStage | None = None,
    on_wait: "OnWait | None" = None,
) -> Imported:
    """Make a new generation of a bundle and switch to it; put its models where they belong.

    Nothing is embedded. A bundle that is refused leaves nothing behind.

    Args:
        path: of the bundle.
        settings: name the embedder, and where indexes are.
        name: of the index; else it has that of the bundle.
        on_stage: is told of what takes long.
        on_wait: as `IndexFolder.writing` takes it.

    Raises:
        BundleRefused: the file is no bundle, or not what it says of itself.
        IndexMismatch: other weights than the settings' embedder made its vectors.
        SettingsError, RecallTooLow: what it says of the vector index does not fit.
        IndexLocked, StorageError: the index cannot be written.
    """
    from ragguide.index.store import IndexFolder

    clock = Clock(on_stage)
    with TemporaryDirectory(prefix="ragguide-", ignore_cleanup_errors=True) as unpacked:
        with clock.stage("unpack", 1):
            told = _unpack(path, Path(unpacked))
            stored = _stored(path, Path(unpacked))
            calibration = _calibration(path, Path(unpacked))
        index = name or told.index
        try:
            folder = IndexFolder(settings.indexes_dir, index)
        except UsageError as exc:
            raise exc if name else BundleRefused(f"{path}: {exc}") from None
        made_by = _settings_of(stored.manifest, settings, path)
        sha256s = {name: member.sha256 for name, member in told.members.items()}
        made_by, models = place_models(
            path, Path(unpacked), sha256s, stored.manifest.embedder_sha256, made_by
        )
        weights = weights_of(made_by)
        if weights.sha256 != stored.manifest.embedder_sha256:
            raise IndexMismatch(
                f"{path} holds vectors of {told.embedder!r}, sha256 "
                f"{stored.manifest.embedder_sha256[:12]}…; the embedder here is "
                f"{weights.files.name!r}, {weights.sha256[:12]}…. Set embedder to a folder of it."
            )
        manifest = msgspec.structs.replace(stored.manifest, embedder=weights.files.name)
        stored = msgspec.structs.replace(stored, manifest=manifest)
        if calibration is not None and calibration.embedder == told.embedder:
            calibration = msgspec.structs.replace(calibration, embedder=manifest.embedder)
        _require_dim(path, manifest, settings)
        contents = Contents(
            request=manifest.request,
            records=manifest.sources,
            documents=stored.documents(),
            chunks=stored.chunks(),
            n_tokens=manifest.n_tokens,
        )
        with folder.writing(on_wait=on_wait):
            new, _ = write_generation(folder, stored, contents, weights, made_by, clock)
            if calibration is not None:
                save_calibration(folder.path, calibration)
    return Imported(index=index, manifest=new, models=tuple(models), embedder=weights.files.name)


def _require_dim(path: Path, manifest: Manifest, settings: Settings) -> None:
    """Refuse vectors that no question's vector could be compared with, if that can be told."""
    from ragguide.embed.load import find_exported

    exported = find_exported(manifest.embedder, manifest.embedder_sha256, settings)
    if exported is not None and exported.dim != manifest.dim:
        raise BundleRefused(
            f"{path} holds vectors of {manifest.dim} dimensions; those of {manifest.embedder} "
            f"have {exported.dim}."
        )


def _settings_of(manifest: Manifest, settings: Settings, path: Path) -> Settings:
    """The settings that the generation was made by, each within its range."""
    names = ("chunk_tokens", "chunk_overlap", "chunk_strategy")
    made_by = {name: getattr(manifest, name) for name in names}
    asked = msgspec.structs.asdict(manifest.vector_index.asked)
    return change_settings(settings, made_by | asked, where=str(path))


def _unpack(path: Path, folder: Path) -> BundleList:
    """Copy the members that there must be, and refuse whatever else is in the file."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as bundle:
            told = _list_of(path, bundle)
            size_bytes = sum(member.size_bytes for member in told.members.values())
            if size_bytes > MOST_EXPANSION * (path.stat().st_size + _BLOCK_BYTES):
                raise BundleRefused(f"{path} would unpack to {size_bytes:,} bytes: a zip bomb.")
            for name, wanted in told.members.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                with bundle.open(name) as member:
                    _copy(path, name, member, wanted, folder / name)
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}.") from None
    except OSError as exc:
        raise StorageError(f"cannot unpack {path}: {exc.strerror or exc}.") from exc
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as exc:
        raise BundleRefused(f"{path} is no bundle, or damaged: {exc}. Fetch it again.") from exc
    return told


def _list_of(path: Path, bundle: zipfile.ZipFile) -> BundleList:
    """Read the list, and hold the names and sizes in the file against it."""
    members = bundle.infolist()
    names = [member.filename for member in members]
    known = (LIST, *MEMBERS, CALIBRATION)
    if wrong := [name for name in names if name not in known and not MODEL_MEMBER.fullmatch(name)]:
        raise BundleRefused(f"{path} holds what no bundle does: {wrong[0][:80]!r}.")
    if len(names) != len(set(names)):
        raise BundleRefused(f"{path} holds two members of one name.")
    if missing := {LIST, *MEMBERS} - set(names):
        raise BundleRefused(f"{path} is no bundle, or not whole: it lacks {min(missing)}.")
    for member in members:
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
            raise BundleRefused(f"{path}: {member.filename} is no file but a link or device.")
    if bundle.getinfo(LIST).file_size > LARGEST_LIST:
        raise BundleRefused(f"{path}: {LIST} is larger than {LARGEST_LIST:,} bytes.")
    try:
        told = msgspec.json.decode(bundle.read(LIST), type=BundleList)
    except msgspec.DecodeError as exc:
        raise BundleRefused(f"{path}: {LIST} is no list of members: {exc}.") from exc
    if told.format_version != FORMAT_VERSION:
        raise BundleRefused(
            f"{path} has format {told.format_version}, this ragguide reads {FORMAT_VERSION}. "
            "Export it anew."
        )
    if wrong := sorted(told.members.keys() ^ (set(names) - {LIST})):
        raise BundleRefused(f"{path}: {LIST} does not name what there must be: {wrong[0][:80]!r}.")
    for name, wanted in told.members.items():
        if (found := bundle.getinfo(name).file_size) != wanted.size_bytes:
            raise BundleRefused(
                f"{path}: {name} has {found:,} bytes, and {LIST} says {wanted.size_bytes:,}."
            )
    return told


def _copy(path: Path, name: str, member: IO[bytes], told: Member, target: Path) -> None:
    """Copy one member, of which no byte more is read than it was said to have."""
    digest, left = hashlib.sha256(), told.size_bytes
    with target.open("wb") as file:
        while block := member.read(min(_BLOCK_BYTES, left + 1)):
            left -= len(block)
            if left < 0:
                raise BundleRefused(f"{path}: {name} is larger than {told.size_bytes:,} bytes.")
            digest.update(block)
            file.write(block)
    if digest.hexdigest() != told.sha256:
        raise BundleRefused(f"{path}: {name} is damaged: it has another sha256. Fetch it again.")


def _stored(path: Path, folder: Path) -> "StoredGeneration":
    """The generation that was unpacked, held against itself."""
    from ragguide.index.generation import StoredGeneration, map_checked, read_manifest
    from ragguide.index.verify import content_faults

    try:
        manifest = read_manifest(folder)
        names = [name for name in MEMBERS if name in manifest.files]
        files = {name: map_checked(folder / name, manifest.files[name]) for name in names}
        stored = StoredGeneration(folder, manifest, files)
        faults = content_faults(stored) if manifest.n_chunks > 0 else ["it holds no passage"]
    except IndexMismatch as exc:
        raise IndexMismatch(str(exc).replace(str(folder), str(path))) from exc
    except IndexFault as exc:
        faults = [str(exc)]
    if faults:
        told = faults[0].replace(f"{folder}{os.sep}", "").replace(str(folder), "its generation")
        raise BundleRefused(f"{path} contradicts itself: {told}")
    if manifest.text_version != TEXT_VERSION:
        raise IndexMismatch(
            f"{path} was cut by another version of ragguide, {manifest.ragguide_version}. "
            "Ingest the documents here, or export it by this version."
        )
    return stored


def _calibration(path: Path, folder: Path) -> "Calibration | None":
    """The index's own calibration, if one came along that can be used here."""
    own = folder / CALIBRATION
    if not own.is_file():
        return None
    try:
        calibration = decode_calibration(own.read_bytes())
    except ValueError as exc:
        raise BundleRefused(f"{path}: {CALIBRATION} is no calibration: {exc}.") from exc
    if calibration is None:
        _log.warning("the calibration in %s is of another ragguide, and is left out.", path)
    return calibration
