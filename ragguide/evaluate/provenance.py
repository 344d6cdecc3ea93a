"""A guide and questions in, the record of everything that a run's results depend on out."""

import hashlib
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path

import msgspec

from ragguide import __version__
from ragguide.augment import prompt
from ragguide.base.disk import sha256_of_file
from ragguide.base.machine import memory_bytes, n_cores, processor
from ragguide.evaluate.records import Case, Machine, Mode, ModelRecord, Run, encode_lines
from ragguide.generate.run import plan_run
from ragguide.guide import Guide
from ragguide.models.find import find_generator
from ragguide.types import is_server

SCHEMA_VERSION = 1
PACKAGES = (
    "bm25s", "faiss-cpu", "llama-cpp-python", "numpy", "onnxruntime", "pypdf", "pystemmer",
    "sentence-transformers", "sentencex", "tokenizers", "torch", "transformers",
)  # fmt: skip
# Settings that no result depends on, or that the record has under another name. Folders are left
# out too.
_LEFT_OUT = frozenset(
    "index store embedder generator seed parse_timeout_s parse_memory_mb ocr_languages".split()
)
_NO_EFFECT = frozenset({"cli"})  # parts of ragguide that only display results


def record_of(
    guide: Guide, cases: Sequence[Case], *, cases_name: str, mode: Mode, depth: int
) -> Run:
    """Return the record of a run that is about to start.

    Raises:
        ModelError: the mode is "answers" and the generator is not installed.
    """
    settings, manifest = guide.settings, guide.manifest
    run = Run(
        schema_version=SCHEMA_VERSION,
        fingerprint="",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=_machine(),
        ragguide_version=__version__,
        code_sha256=_code_sha256(),
        packages=_packages(),
        mode=mode,
        depth=depth,
        cases_name=cases_name,
        cases_sha256=_sha256(encode_lines(cases)),
        n_cases=len(cases),
        index=settings.index,
        generation=manifest.generation,
        index_sha256=_sha256(_encode(manifest.files)),
        sources={source.name: source.sha256 for source in manifest.sources},
        embedder=ModelRecord(name=manifest.embedder, sha256=manifest.embedder_sha256),
        generator=_generator(guide) if mode == "answers" else None,
        prompt_version=prompt.VERSION,
        seed=settings.seed,
        settings=_settings(guide, mode),
        reranker=_reranker(settings.reranker),
        calibration_sha256=_sha256(_encode(guide.calibration)) if guide.calibration else None,
    )
    return msgspec.structs.replace(run, fingerprint=fingerprint_of(run))


def fingerprint_of(run: Run) -> str:
    """Return the sha256 of a record without its time and machine."""
    fields = msgspec.structs.asdict(run)
    for name in ("fingerprint", "created", "machine"):
        del fields[name]
    return _sha256(_encode(fields))


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _settings(guide: Guide, mode: Mode) -> dict[str, str | int | float | bool | None]:
    """Return the settings in effect; how the index was chunked comes from its manifest."""
    settings: dict[str, str | int | float | bool | None] = {
        name: value
        for name, value in msgspec.structs.asdict(guide.settings).items()
        if name not in _LEFT_OUT and not isinstance(value, Path)
    }
    if mode == "answers":
        settings["context_tokens"] = guide.evidence_tokens()
    manifest = guide.manifest
    settings |= msgspec.structs.asdict(manifest.vector_index.asked)
    settings |= msgspec.to_builtins(manifest.vector_index.parameters)
    return settings | {
        "chunk_tokens": manifest.chunk_tokens,
        "chunk_overlap": manifest.chunk_overlap,
        "chunk_strategy": manifest.chunk_strategy,
        "text_version": manifest.text_version,
    }


def _generator(guide: Guide) -> ModelRecord:
    settings = guide.settings
    if is_server(settings.generator):
        return ModelRecord(name=guide.generator().name, sha256=None)
    file = find_generator(settings.generator, models_dir=settings.models_dir)
    run = plan_run(file, settings)
    if run.sha256 is not None:
        return ModelRecord(name=file.name, sha256=run.sha256)
    return ModelRecord(name=file.name, sha256=sha256_of_file(run.path))


def _reranker(folder: str) -> ModelRecord | None:
    """Return the name of a reranker's folder, and the sha256 of its files' names and contents."""
    if not folder:
        return None
    root = Path(folder)
    files = sorted(path for path in root.rglob("*") if path.is_file())
    contents = {path.relative_to(root).as_posix(): sha256_of_file(path) for path in files}
    return ModelRecord(name=root.name, sha256=_sha256(_encode(contents)))


@cache
def _code_sha256() -> str:
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if place.parts[0] not in _NO_EFFECT:
            digest.update(f"{place.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _machine() -> Machine:
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        processor=processor(),
        n_cores=n_cores(),
        memory_gb=round(memory_bytes() / 2**30, 1),
        python=platform.python_version(),
    )
