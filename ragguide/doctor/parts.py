"""ragguide's own part of the doctor: models, indexes, folders, and what goes to the network."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from ragguide.base.devices import has_driver
from ragguide.config import Settings
from ragguide.doctor.check import Check, note, problem
from ragguide.embed.load import find_exported
from ragguide.errors import ModelError
from ragguide.generate.run import place_generator
from ragguide.generate.speed_record import find_measured
from ragguide.index.open import open_index
from ragguide.models.find import GeneratorFile, find_embedder, find_generator
from ragguide.models.verify import embedder_sha256, record_path
from ragguide.types import is_server

LITTLE_BYTES = 1 << 30  # of room on a disk
_SHOWN = 12  # characters of a sha256: enough to compare by eye


# ── models ──────────────────────────────────────────────────────────────────────────────────────


def embedder(settings: Settings) -> Iterator[Check]:
    files = find_embedder(settings.embedder)
    sha256 = embedder_sha256(files)
    told = f"{files.name}, sha256 {sha256[:_SHOWN]}…"
    if settings.encoder != "onnx":
        yield Check("embedder", f"{told}, run by sentence-transformers")
    elif find_exported(files.name, sha256, settings) is None:
        mend = "The next ingest or search does that, once"
        yield note("embedder", f"{told}, not optimised yet", mend)
    else:
        yield Check("embedder", f"{told}, optimised for onnxruntime")


def generator(settings: Settings) -> Iterator[Check]:
    if is_server(settings.generator):
        yield Check("generator", f"the server {settings.generator}")
        return
    try:
        file = find_generator(settings.generator, models_dir=settings.models_dir)
    except ModelError as exc:
        if settings.generator != Settings().generator:
            raise
        yield note("generator", f"quotes only: {exc}")  # the default one need not be here
        return
    record = record_path(file.path)
    if file.spec is not None:
        sha256 = file.spec.sha256
    else:
        sha256 = record.read_text("utf-8").split()[0] if record.is_file() else ""
    told = f"{file.name}, {file.path.stat().st_size / 1e9:.2f} GB, "
    told += f"sha256 {sha256[:_SHOWN]}…" if sha256 else "of the user's own"
    yield Check("generator", told)
    yield from _measured(file, settings)
    if has_driver() and settings.device_of("generation") != "cpu":
        placed = place_generator(file, settings)
        told = f"{placed.n_gpu_layers} layers, a context of {placed.n_context:,} tokens"
        yield note("on the GPU", placed.note) if placed.note else Check("on the GPU", told)


def _measured(file: GeneratorFile, settings: Settings) -> Iterator[Check]:
    """Tell what `models optimise` found of the generator on this machine."""
    found = find_measured(file, models_dir=settings.models_dir)
    mend = f"Run `ragguide models optimise {file.name}`"
    if found is None:
        yield note("optimised", "no: it is run as it was fetched, untested on this machine", mend)
        return
    told = (
        f"{'requantised, ' if found.optimised_sha256 else 'as fetched, which is fastest, '}"
        f"{found.used.prompt_tokens_s:.0f} tokens read a second; self-test {found.used.n_right} of "
        f"{found.n_asked}"
    )
    if found.passes or settings.allow_failed_generator:
        yield Check("optimised", told)
    elif settings.generator == Settings().generator:
        yield note("optimised", f"{told}: it fails, so the guide is quoted alone")
    else:
        yield problem("optimised", f"{told}: it fails", "Name another generator")


def reranker(settings: Settings) -> Iterator[Check]:
    if settings.reranker:
        from ragguide.retrieve.rerank import check_reranker

        check_reranker(Path(settings.reranker))
        yield Check("reranker", settings.reranker)


# ── indexes ─────────────────────────────────────────────────────────────────────────────────────


def index(settings: Settings) -> Iterator[Check]:
    from ragguide.index.plan import describe
    from ragguide.index.store import IndexFolder
    from ragguide.update.staleness import stale_note

    folder = IndexFolder(settings.indexes_dir, settings.index)
    if not folder.exists() and settings.index == Settings().index:
        told = f"none in {settings.indexes_dir.absolute()} yet"
        yield note("index", told, "Run `ragguide ingest FILE…`")
        return
    # Every byte is hashed. What keeps a search from a GPU is told with the machine.
    opened = open_index(msgspec.structs.replace(settings, search_device="cpu"))
    manifest = opened.generation.manifest
    yield Check(
        "index",
        f"{opened.label(settings.index)}: {len(manifest.sources)} documents, "
        f"{manifest.n_chunks:,} passages, {describe(manifest.vector_index.parameters)}, whole",
    )
    weights = embedder_sha256(find_embedder(settings.embedder))
    if weights != manifest.embedder_sha256 and opened.embedder is None:
        yield problem(
            "weights",
            f"the index was made by {manifest.embedder_sha256[:_SHOWN]}…, which are neither in the "
            "embedder's folder nor in the cache",
            "Run `ragguide ingest --rebuild`",
        )
    if stale := stale_note(manifest, settings.index, folder.path):
        yield note("sources", stale)
    if opened.calibration is None:
        told = "no calibration fits this index, so nothing that was found is refused"
        yield note("refusals", told, "Run `ragguide calibrate QUESTIONS`")


def other_indexes(settings: Settings) -> Iterator[Check]:
    from ragguide.index.overview import list_rows

    rows = [row for row in list_rows(settings.indexes_dir) if row.name != settings.index]
    for row in rows:
        if row.fault:
            yield note(row.name, row.fault)
    if whole := [row.name for row in rows if not row.fault]:
        yield Check("others", f"{', '.join(whole[:5])}{' …' if len(whole) > 5 else ''}")


# ── folders ─────────────────────────────────────────────────────────────────────────────────────


def folders(settings: Settings) -> Iterator[Check]:
    good = []
    for name in ("indexes_dir", "runs_dir", "models_dir", "cache_dir"):
        path: Path = getattr(settings, name)
        nearest = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
        try:
            with TemporaryFile(dir=nearest):
                pass
            free_bytes = shutil.disk_usage(nearest).free
        except OSError as exc:
            mend = f"Set another {name}, or change the folder's permissions"
            yield problem(name, f"{nearest} cannot be written: {exc.strerror}", mend)
            continue
        if free_bytes < LITTLE_BYTES:
            told = f"{path} has {free_bytes / 1e9:.2f} GB left on its disk"
            yield note(name, told, "Make room there")
        good.append(str(path))
    if good:
        yield Check("writable", ", ".join(dict.fromkeys(good)))


# ── network ─────────────────────────────────────────────────────────────────────────────────────


def network(settings: Settings) -> Iterator[Check]:
    if is_server(settings.generator):
        told = f"questions and quotes of the guide go to {settings.generator}, and nowhere else"
        yield note("offline", told)
        return
    told = "only `models pull` opens a connection"
    if os.environ.get("HF_HUB_OFFLINE", "").strip() not in {"", "0"}:
        told += ", and HF_HUB_OFFLINE keeps it from the hub"
    yield Check("offline", told)
