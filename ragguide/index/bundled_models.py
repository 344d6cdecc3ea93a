"""The models of an index as members of a bundle; and such members, unpacked, as models here.

    models/generator/<file>.gguf       one of the catalogue, which pins its sha256
    models/embedder/<file of its folder>

An embedder of the catalogue comes with the installation and does not travel. No member is code or a
pickle: weights are safetensors.
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
_PART = r"[A-Za-z0-9_-][A-Za-z0-9_.-]*"  # of a path: neither hidden nor ..
_SUFFIXES = ("safetensors", "json", "txt", "model")
MODEL_MEMBER = re.compile(
    rf"{GENERATOR}{_PART}\.gguf|{EMBEDDER}(?:{_PART}/)?{_PART}\.(?:{'|'.join(_SUFFIXES)})"
)


def model_members(settings: Settings) -> dict[str, Path]:
    """The models that the settings name, by their names in a bundle.

    Raises:
        ModelError: one is not on this machine, or cannot travel.
    """
    generator = find_generator(settings.generator, models_dir=settings.models_dir)
    if generator.spec is None:
        raise ModelError(
            f"the generator {generator.name} is not of the catalogue, so its bytes could not be "
            "trusted on arrival. Export without --with-models and carry the file yourself."
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
                    f"{path} is a pickle or code, which no bundle takes. Save the model with "
                    "safetensors, or export without --with-models."
                )
    return members


def place_models(
    bundle: Path,
    unpacked: Path,
    sha256s: Mapping[str, str],
    embedder_wanted: str,
    settings: Settings,
) -> tuple[Settings, list[Path]]:
    """Put models where they are looked for; return the settings that use them, and what was put.

    What is there already stays.

    Args:
        bundle: that they came in, to name it.
        unpacked: the folder of its members.
        sha256s: of the members, which have been checked.
        embedder_wanted: sha256 of the weights that made the vectors.
        settings: name the embedder, and the folder of models.

    Raises:
        BundleRefused: a generator is not of the catalogue, or the embedder another one.
        StorageError: they cannot be written.
    """
    placed = []
    for name in (name for name in sha256s if name.startswith(GENERATOR)):
        pinned = {spec.sha256: spec.file_name for spec in CATALOGUE.values()}
        if pinned.get(sha256s[name]) != name.removeprefix(GENERATOR):
            raise BundleRefused(f"{bundle}: {name} is no generator of the catalogue.")
        placed += _put(unpacked / name, settings.models_dir / name.removeprefix(GENERATOR))
    folder = unpacked / EMBEDDER
    if folder.is_dir() and not _is_here(embedder_wanted, settings):
        if embedder_sha256(EmbedderFiles(name="", folder=folder, spec=None)) != embedder_wanted:
            raise BundleRefused(f"{bundle} holds another embedder than that of its vectors.")
        home = settings.models_dir.absolute() / "embedders" / embedder_wanted[:16]
        placed += _put(folder, home)
        settings = msgspec.structs.replace(settings, embedder=str(home))
    return settings, placed


def _is_here(sha256: str, settings: Settings) -> bool:
    try:
        return weights_of(settings).sha256 == sha256
    except ModelError:
        return False


def _put(source: Path, target: Path) -> list[Path]:
    """Copy a file or folder, which is then whole or absent; return it, if it was not there."""
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
