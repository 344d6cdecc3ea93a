"""A models folder in, a row for each embedder and generator out."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from ragguide.errors import ModelError
from ragguide.models.catalogue import CATALOGUE, EMBEDDERS, EmbedderSpec
from ragguide.models.find import find_embedder, find_generator
from ragguide.models.verify import license_of


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: Literal["embedder", "generator"]
    role: Literal["default", "fast", "tests", "own"]
    license: str | None
    installed: bool
    size_bytes: int | None
    path: Path | None  # None: not installed


def list_models(*, models_dir: Path) -> list[ModelRow]:
    """List the catalogue's embedders and generators, then the `hf:` generators on this machine."""
    return [
        *(_embedder_row(spec) for spec in EMBEDDERS.values()),
        *(_generator_row(name, models_dir) for name in generator_names(models_dir)),
    ]


def generator_names(models_dir: Path) -> list[str]:
    """Return the catalogue's generators, then the `hf:` generators on this machine."""
    hub_dir = models_dir / "hf"
    pulled = sorted(path.relative_to(hub_dir).as_posix() for path in hub_dir.glob("*/*/**/*.gguf"))
    return [*CATALOGUE, *(f"hf:{name}" for name in pulled)]


def _embedder_row(spec: EmbedderSpec) -> ModelRow:
    folder = _path_if_found(lambda: find_embedder(spec.name).folder)
    return ModelRow(
        name=spec.name,
        kind="embedder",
        role="default",
        license=spec.license,
        installed=folder is not None,
        size_bytes=sum((folder / f).stat().st_size for f in spec.sha256) if folder else None,
        path=folder,
    )


def _generator_row(name: str, models_dir: Path) -> ModelRow:
    spec = CATALOGUE.get(name)
    path = _path_if_found(lambda: find_generator(name, models_dir=models_dir).path)
    size = path.stat().st_size if path else None
    return ModelRow(
        name=name,
        kind="generator",
        role=spec.role if spec else "own",
        license=spec.license if spec else license_of(path) if path else None,
        installed=path is not None,
        size_bytes=spec.size_bytes if spec else size,
        path=path,
    )


def _path_if_found(find: Callable[[], Path]) -> Path | None:
    try:
        return find()
    except ModelError:
        return None
