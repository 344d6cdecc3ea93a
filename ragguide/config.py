"""Flags, environment and TOML files in, one frozen `Settings` out.

Precedence: flag > `RAGGUIDE_*` > `ragguide.toml` of the project > the user's file > default. The
project's file is the nearest `ragguide.toml` at or above the working folder. It is untrusted, so no
setting can run a program or start a download, and this file cannot name a server as generator,
store or scheduler, which would receive the user's guide, or permit private addresses.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
import platformdirs

from ragguide.base.groups import Groups, read_groups
from ragguide.base.machine import n_cores
from ragguide.errors import SettingsError, UsageError
from ragguide.types import is_lance, is_server, is_store_url

PROJECT_FILE = "ragguide.toml"
ENV_PREFIX = "RAGGUIDE_"
LEAST_CONTEXT_TOKENS = 64
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SCHEDULER = re.compile(r"(?:tcp|tls|wss?)://[^\s/@]+:[0-9]+")

# Read by commands, scripts and tests; listed here so that they are not refused as typos.
_OTHER_ENV = frozenset(
    {
        "RAGGUIDE_LLM_KEY",
        "RAGGUIDE_PASSWORD",
        "RAGGUIDE_REAL_GUIDE",
        "RAGGUIDE_TOKEN",
        "RAGGUIDE_TOKENS",
        "RAGGUIDE_VENV",
    }
)

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]
Device = Annotated[str, msgspec.Meta(pattern=r"^(auto|cpu|cuda(:[0-9]{1,3})?)$")]
DeviceOrNone = Annotated[str, msgspec.Meta(pattern=r"^(|auto|cpu|cuda(:[0-9]{1,3})?)$")]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of a user. Paths stay as given; all other values are checked on creation."""

    index: str = "default"
    indexes_dir: Path = Path("indexes")
    store: str = ""  # URL of a database, bucket or folder of Lance tables; "": `indexes_dir`
    groups: str = ""  # of the reader, separated by commas, for indexes with access rights
    runs_dir: Path = Path("runs")  # of evaluations
    models_dir: Path = platformdirs.user_cache_path("ragguide") / "models"
    cache_dir: Path = platformdirs.user_cache_path("ragguide")  # deletable at any time
    data_dir: Path = platformdirs.user_data_path("ragguide")  # where the user's indexes are
    vectors_kept_mb: NotNegative = 512  # size of the vector cache; one vector takes 1.7 kB; 0: off

    keep: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 3  # number of generations to keep

    embedder: str = "all-MiniLM-L6-v2"  # a catalogue name, or a sentence-transformers folder
    # onnxruntime, after one export; or sentence-transformers, which takes seconds to load. On a GPU
    # the sentence-transformers model always embeds the passages.
    encoder: Literal["onnx", "sentence-transformers"] = "onnx"
    reranker: str = ""  # folder of a sentence-transformers CrossEncoder; none is included
    # A catalogue name, a .gguf file, hf:owner/repo/file, or the URL of an OpenAI-compatible server.
    generator: str = "qwen2.5-coder-1.5b-instruct"
    # Whether to use a generator that failed the self-test of `models optimise`.
    allow_failed_generator: bool = False

    device: Device = "auto"  # for all three parts; "auto" uses a GPU if possible
    embedding_device: DeviceOrNone = ""  # for one part; "": the same as `device`
    generation_device: DeviceOrNone = ""
    search_device: DeviceOrNone = ""
    # For passages on a GPU; "auto" takes the fastest that stays close to float32.
    embedding_precision: Literal["auto", "float16", "bfloat16", "float32"] = "auto"
    kv_cache: Literal["f16", "q8_0"] = "f16"  # of the generator; q8_0 halves its memory
    gpu_layers: Annotated[
        int, msgspec.Meta(ge=-1)
    ] = -1  # of the generator on the GPU; -1: all that fit
    when_too_large: Literal["split", "refuse"] = (
        "split"  # for a generator larger than the GPU's memory
    )

    chunk_tokens: Annotated[int, msgspec.Meta(ge=16, le=8192)] = 160  # in tokens of the embedder
    chunk_strategy: Literal["sections", "pages", "tokens"] = (
        "sections"  # where chunks may end early
    )
    chunk_overlap: NotNegative = 32  # in tokens of the embedder

    # How to index the vectors; 0: chosen from their number.
    index_type: Literal["auto", "flat", "hnsw", "ivf", "ivfpq"] = "auto"
    hnsw_m: Annotated[int, msgspec.Meta(ge=0, le=128)] = 0  # links of a vector in the graph
    ef_construction: Annotated[int, msgspec.Meta(ge=0, le=4096)] = 0  # candidates while linking it
    ef_search: Annotated[int, msgspec.Meta(ge=0, le=4096)] = 0  # candidates while searching
    nlist: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0  # lists of vectors
    nprobe: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0  # lists searched
    pq_m: Annotated[int, msgspec.Meta(ge=0, le=4096)] = 0  # pieces of a vector
    pq_bits: Annotated[int, msgspec.Meta(ge=0, le=12)] = 0  # of the code of a piece
    target_recall: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.98  # of approximate search

    top_k: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    dense_weight: Share = 0.5  # weight of vectors in the fused score; keywords get the rest
    statement_weight: Share = 0.3  # weight of the best statement in a passage's vector score
    rank_statements: bool = True  # by the ranker of this package, in English guides
    # Share of answerable questions that may be refused, by the calibration. 0: refuse no question
    # that has search results.
    false_refusals: Share = 0.04

    # Evidence in the prompt; 0: as many tokens as this machine reads in 3.4 s.
    context_tokens: Annotated[int, msgspec.Meta(ge=0, le=3072)] = 0
    answer_tokens: Annotated[int, msgspec.Meta(ge=8, le=512)] = 160  # maximum length of an answer
    threads: NotNegative = 0  # for the models; 0: one per core
    seed: NotNegative = 0

    parse_timeout_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 600.0  # per document
    ocr_languages: str = "eng"  # of scanned pages, in tesseract's notation: "deu+eng"
    parse_memory_mb: Positive = 4096  # memory limit of the PDF reader
    fetch_limit_mb: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 200  # of a URL's document
    private_addresses: bool = False  # whether URLs may lead to private networks
    # Processes that read and embed documents; 0: this process does. Or a Dask cluster.
    workers: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    scheduler: str = ""  # address of a Dask scheduler, whose workers get the documents

    def device_of(self, part: Literal["embedding", "generation", "search"]) -> str:
        """Return the setting for one part: "auto", "cpu", "cuda" or "cuda:N"."""
        own: str = getattr(self, f"{part}_device")
        return own or self.device

    @property
    def reader(self) -> Groups:
        """The groups whose documents may be read."""
        return frozenset(read_groups(self.groups, where="groups"))

    @property
    def n_threads(self) -> int:
        """`threads`, or the number of cores that this process may use."""
        if self.threads:
            return self.threads
        return n_cores()


class Origin(msgspec.Struct, frozen=True):
    """Where the value of a setting comes from."""

    kind: Literal["default", "file", "environment", "flag"]
    place: str = ""  # the path of the file, or the name of the variable


class SettingsFiles(msgspec.Struct, frozen=True):
    """The files that settings are read from."""

    project: Path | None  # the nearest one at or above the working folder; None: there is none
    user: Path  # may not exist


def find_settings_files(cwd: Path | None = None) -> SettingsFiles:
    """Locate the settings files, without reading them."""
    user_file = platformdirs.user_config_path("ragguide") / PROJECT_FILE
    return SettingsFiles(_project_file(cwd or Path.cwd()), user_file)


def load_settings(
    flags: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user_file: Path | None = None,
) -> Settings:
    """Merge all layers in the precedence of the module's docstring.

    A flag of None counts as absent. `indexes_dir` and `runs_dir` in the project's file are relative
    to its folder, elsewhere to the working folder.

    Raises:
        SettingsError: a file is not TOML, a key is unknown, or a value is out of range.
    """
    return trace_settings(flags, environ=environ, cwd=cwd, user_file=user_file)[0]


def trace_settings(
    flags: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user_file: Path | None = None,
) -> tuple[Settings, dict[str, Origin]]:
    """Return what `load_settings` returns, and the origin of each setting. Raises the same."""
    merged: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.__struct_fields__, Origin("default"))
    files = find_settings_files(cwd)
    user_file = user_file or files.user
    if user_file.is_file():
        merged |= (layer := _file_layer(user_file))
        origins |= dict.fromkeys(layer, Origin("file", str(user_file)))
    if files.project is not None:
        merged |= (layer := _file_layer(files.project))
        origins |= dict.fromkeys(layer, Origin("file", str(files.project)))
        _refuse_server(layer, files.project, user_file)
        for key in {"indexes_dir", "runs_dir"} & layer.keys():
            merged[key] = files.project.parent / layer[key]
    merged |= (layer := _env_layer(os.environ if environ is None else environ))
    origins |= {key: Origin("environment", ENV_PREFIX + key.upper()) for key in layer}
    for key, value in (flags or {}).items():
        if value is not None:
            require_setting(key, where="the command line")
            merged[key] = value
            origins[key] = Origin("flag")
    return _checked(_convert(merged, "the command line", strict=False)), origins


def change_settings(settings: Settings, changes: Mapping[str, object], *, where: str) -> Settings:
    """Return settings with some values changed; values may be text.

    Raises:
        SettingsError: a setting is unknown or out of range; `where` names its source.
    """
    for key in changes:
        require_setting(key, where=where)
    return _checked(_convert(msgspec.structs.asdict(settings) | dict(changes), where, strict=False))


def _checked(settings: Settings) -> Settings:
    if settings.store:
        _check_store(settings.store)
    try:
        read_groups(settings.groups, where="groups")
    except UsageError as exc:
        raise SettingsError(str(exc)) from exc
    if settings.scheduler and not _SCHEDULER.fullmatch(settings.scheduler):
        raise SettingsError(
            f"scheduler = {settings.scheduler[:40]!r} is not the address of a Dask scheduler. Use "
            "one like tcp://HOST:8786."
        )
    if settings.workers and settings.scheduler:
        raise SettingsError(
            f"workers = {settings.workers} and scheduler = {settings.scheduler!r} are both set. "
            "Use `--workers 0` for the scheduler, or `--scheduler ''` for processes here."
        )
    if 0 < settings.context_tokens < LEAST_CONTEXT_TOKENS:
        raise SettingsError(
            f"context_tokens ({settings.context_tokens}) is too small for a sentence. Set it to "
            f"{LEAST_CONTEXT_TOKENS} or more, or to 0 for the number that this machine reads fast."
        )
    if settings.chunk_overlap >= settings.chunk_tokens:
        raise SettingsError(
            f"chunk_overlap ({settings.chunk_overlap}) must be less than chunk_tokens "
            f"({settings.chunk_tokens}). Lower it, or raise chunk_tokens."
        )
    return settings


def _check_store(store: str) -> None:
    """Refuse what is no store, and a password, which would show up in many places."""
    from urllib.parse import parse_qs, urlsplit

    if not is_store_url(store):
        raise SettingsError(
            f"store = {store[:40]!r} is not the URL of a store. Use "
            "postgresql://USER@HOST/DATABASE, s3://BUCKET/PREFIX or lance:FOLDER, or leave it "
            "empty for the folder indexes_dir."
        )
    if is_lance(store):
        _check_lance(store)
        return
    try:
        parts = urlsplit(store)
        has_password = parts.password is not None
    except ValueError:
        parts, has_password = None, True  # nothing of it may be shown
    if parts is None or has_password or {"password", "sslpassword"} & parse_qs(parts.query).keys():
        raise SettingsError(
            "store contains a password, or is not a valid URL. Give the password in PGPASSWORD or "
            "in the file that PGPASSFILE names, and only postgresql://USER@HOST/DATABASE here."
        )


def _check_lance(store: str) -> None:
    """Refuse what is neither a bucket nor a folder, and keys, which would show up."""
    scheme, _, rest = store.partition(":")
    bucket = rest.removeprefix("//").partition("/")[0]
    if scheme == "s3" and not _BUCKET.fullmatch(bucket):
        raise SettingsError(
            "store is not the URL of a bucket. Use s3://BUCKET/PREFIX, without keys: they belong "
            "in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if set(rest) & set("?#@%"):
        raise SettingsError(
            "store contains '?', '#', '@' or '%', which names of buckets and folders of indexes "
            "may not. Use s3://BUCKET/PREFIX or lance:FOLDER."
        )
    if not rest.strip("/"):
        raise SettingsError("store names no folder. Use lance:FOLDER, e.g. lance:/srv/library.")


def _project_file(cwd: Path) -> Path | None:
    for folder in (cwd, *cwd.parents):
        if (folder / PROJECT_FILE).is_file():
            return folder / PROJECT_FILE
    return None


def _file_layer(path: Path) -> dict[str, Any]:
    try:
        layer = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{path} is not valid TOML: {exc}. Correct that line.") from exc
    except OSError as exc:
        raise SettingsError(f"cannot read {path}: {exc.strerror}. Check its permissions.") from exc
    for key in layer:
        require_setting(key, where=str(path))
    _convert(layer, str(path), strict=True)  # an error names this file
    return layer


def _refuse_server(layer: Mapping[str, Any], project_file: Path, user_file: Path) -> None:
    for key in ("store", "scheduler"):
        if layer.get(key):
            raise SettingsError(
                f"{project_file} names a {key}, which would receive text of your guide. If you "
                f"trust it, remove that line and use --{key}, RAGGUIDE_{key.upper()}, or "
                f"{user_file}."
            )
    if layer.get("private_addresses"):
        raise SettingsError(
            f"{project_file} sets private_addresses, which lets documents come from your network. "
            f"Remove that line and use --allow-private, or {user_file}."
        )
    if is_server(layer.get("generator", "")):
        raise SettingsError(
            f"{project_file} names the server {layer['generator']!r} as generator, which would "
            "receive text of your guide. If you trust it, remove that line and use --llm, "
            f"RAGGUIDE_GENERATOR, or {user_file}."
        )


def _env_layer(environ: Mapping[str, str]) -> dict[str, Any]:
    layer = {}
    for name, value in environ.items():
        if name.startswith(ENV_PREFIX) and name not in _OTHER_ENV:
            key = name.removeprefix(ENV_PREFIX).lower()
            require_setting(key, where="the environment", shown=name)
            _convert({key: value}, f"the variable {name}", strict=False)
            layer[key] = value
    return layer


def require_setting(key: str, *, where: str, shown: str | None = None) -> None:
    """Check that there is a setting of this name.

    Raises:
        SettingsError: there is none; `where` names the source of the key, and `shown` its form.
    """
    known = Settings.__struct_fields__
    if key in known:
        return
    near = get_close_matches(key, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
    raise SettingsError(f"{where} has the unknown setting {shown or key!r}. {hint}")


def _convert(layer: Mapping[str, Any], where: str, *, strict: bool) -> Settings:
    try:
        return msgspec.convert(
            {key: str(value) if isinstance(value, Path) else value for key, value in layer.items()},
            Settings,
            strict=strict,
            dec_hook=lambda kind, value: kind(value),
        )
    except msgspec.ValidationError as exc:
        reason, _, place = str(exc).partition(" - at `$.")
        key = place.rstrip("`")
        if reason.startswith("Invalid enum value"):
            reason = f"choose one of {', '.join(get_args(get_type_hints(Settings)[key]))}."
        elif "matching regex" in reason:  # only devices have one
            reason = "choose auto, cpu, cuda, or a numbered card such as cuda:1."
        raise SettingsError(f"{where}: {key} = {layer[key]!r}: {reason}") from exc
