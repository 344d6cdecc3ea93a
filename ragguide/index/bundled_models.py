"""Models in, members of a bundle out; and unpacked members in, installed models out.

    models/generator/<file>.gguf       from the catalogue, which has its sha256
    models/embedder/<file of its folder>

A catalogue embedder is part of the installation, so it is not bundled. Code and pickles are
refused; weights must be safetensors.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ragguide.config import Settings
from ragguide.embed.weights import weights_of
from ragguide.errors import BundleRefused, ModelError, StorageError
from ragguide.models.catalogue import CATALOGUE
from ragguide.models.find import EmbedderFiles, find_embedder, find_generator
from ragguide.models.verify import embedder_sha256

GENERATOR, EMBEDDER = "models/generator/", "models/embedder/"
_PART = r"[A-Za-z0-9_-][A-Za-z0-9_.-]*"  # of a path; excludes hidden files and ..
_SUFFIXES = ("safetensors", "json", "txt", "model")
MODEL_MEMBER = re.compile(
    rf"{GENERATOR}{_PART}\.gguf|{EMBEDDER}(?:{_PART}/)?{_PART}\.(?:{'|'.join(_SUFFIXES)})"
)


def model_members(settings: Settings) -> dict[str, Path]:
    """Return the paths of the settings' models by their names in a bundle.

    Raises:
        ModelError: a model is not on this machine, or cannot be bundled.
    """
    generator = find_generator(settings.generator, models_dir=settings.models_dir)
    if generator.spec is None:
        raise ModelError(
            f"the generator {generator.name} is not in the catalogue, so the other machine could "
            "not verify it. Export without --with-models, and copy the file yourself."
        )
    members = {f"{GENERATOR}{generator.spec.file_name}": generator.path}
    embedder = find_embedder(settings.embedder)
    if embedder.spec is None:
        for path in sorted(path for path in embedder.folder.rglob("*") if path.is_file()):
            name = f"{EMBEDDER}{path.relative_to(embedder.folder).as_posix()}"
            if MODEL_MEMBER.fullmatch(name):
                members[name] = path
            elif path.suffix in {".bin", ".pt", ".py"}:
                raise ModelError(
                    f"{path} is a pickle or code, which bundles cannot contain. Save the model "
                    "with safetensors, or export without --with-models."
                )
    return members


def place_models(
    bundle: Path,
    unpacked: Path,
    sha256s: Mapping[str, str],
    embedder_wanted: str,
    settings: Settings,
) -> tuple[Settings, list[Path]]:
    """Install bundled models; return the settings that use them, and the new paths.

    Models that exist already are left alone.

    Args:
        bundle: path of the bundle, for messages.
        unpacked: the folder of its members.
        sha256s: of the members, already verified.
        embedder_wanted: sha256 of the weights that computed the vectors.
        settings: name the embedder, and the folder of models.

    Raises:
        BundleRefused: a generator is not in the catalogue, or the embedder is another one.
        StorageError: a model cannot be written.
    """
    placed = []
    for name in (name for name in sha256s if name.startswith(GENERATOR)):
        pinned = {spec.sha256: spec.file_name for spec in CATALOGUE.values()}
        if pinned.get(sha256s[name]) != name.removeprefix(GENERATOR):
            raise BundleRefused(f"{bundle}: {name} is not a generator of the catalogue.")
        placed += _copy(unpacked / name, settings.models_dir / name.removeprefix(GENERATOR))
    folder = unpacked / EMBEDDER
    if folder.is_dir() and not _is_installed(embedder_wanted, settings):
        if embedder_sha256(EmbedderFiles(name="", folder=folder, spec=None)) != embedder_wanted:
            raise BundleRefused(f"{bundle} has another embedder than the one of its vectors.")
        home = settings.models_dir.absolute() / "embedders" / embedder_wanted[:16]
        placed += _copy(folder, home)
        settings = msgspec.structs.replace(settings, embedder=str(home))
    return settings, placed


def _is_installed(sha256: str, settings: Settings) -> bool:
    try:
        return weights_of(settings).sha256 == sha256
    except ModelError:
        return False


def _copy(source: Path, target: Path) -> list[Path]:
    """Copy a file or folder, completely or not at all; return it if it is new."""
    if target.exists():
        return []
    draft = target.with_name(f".writing-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(source, draft)
        else:
            shutil.copyfile(source, draft)
        draft.rename(target)
    except OSError as exc:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)
        raise StorageError(f"cannot write {target}: {exc.strerror or exc}.") from exc
    return [target]
