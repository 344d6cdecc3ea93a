"""ragguide's own part of the doctor: models, indexes, folders, and what goes to the network."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from ragguide.config import Settings
from ragguide.devices import has_driver
from ragguide.doctor.check import Check, State
from ragguide.encoding import find_exported
from ragguide.errors import ModelError
from ragguide.loading import place_generator
from ragguide.models import embedder_sha256, find_embedder, find_generator, record_path
from ragguide.opening import open_index
from ragguide.types import is_server

LITTLE_BYTES = 1 << 30  # of room on a disk
_SHOWN = 12  # characters of a sha256: enough to compare by eye


# ── models ──────────────────────────────────────────────────────────────────────────────────────


def embedder(settings: Settings) -> Iterator[Check]:
    files = find_embedder(settings.embedder)
    sha256 = embedder_sha256(files)
    told = f"{files.name}, sha256 {sha256[:_SHOWN]}…"
    if settings.encoder != "onnx":
        yield Check(section="models", name="embedder", told=f"{told}, run by sentence-transformers")
    elif find_exported(files.name, sha256, settings) is None:
        yield Check(
            section="models",
            name="embedder",
            state="note",
            told=f"{told}, not optimised yet",
            mend="The next ingest or search does that, once",
        )
    else:
        yield Check(section="models", name="embedder", told=f"{told}, optimised for onnxruntime")


def generator(settings: Settings) -> Iterator[Check]:
    if is_server(settings.generator):
        yield Check(section="models", name="generator", told=f"the server {settings.generator}")
        return
    try:
        file = find_generator(settings.generator, models_dir=settings.models_dir)
    except ModelError as exc:
        # The default one need not be here: the guide is then quoted.
        is_default = settings.generator == Settings().generator
        state: State = "note" if is_default else "problem"
        quoted = "quotes only: " if is_default else ""
        yield Check(section="models", name="generator", state=state, told=f"{quoted}{exc}")
        return
    if file.spec is not None:
        sha256 = file.spec.sha256
    else:
        record = record_path(file.path)
        sha256 = record.read_text("utf-8").split()[0] if record.is_file() else ""
    told = f"{file.name}, {file.path.stat().st_size / 1e9:.2f} GB, "
    told += f"sha256 {sha256[:_SHOWN]}…" if sha256 else "of the user's own"
    yield Check(section="models", name="generator", told=told)
    if has_driver() and settings.device_of("generation") != "cpu":
        placed = place_generator(file, settings)
        yield Check(
            section="models",
            name="on the GPU",
            state="note" if placed.note else "ok",
            told=placed.note
            or f"{placed.n_gpu_layers} layers, a context of {placed.n_context:,} tokens",
        )


def reranker(settings: Settings) -> Iterator[Check]:
    if settings.reranker:
        from ragguide.rerank import check_reranker

        check_reranker(Path(settings.reranker))
        yield Check(section="models", name="reranker", told=settings.reranker)


# ── indexes ─────────────────────────────────────────────────────────────────────────────────────


def index(settings: Settings) -> Iterator[Check]:
    from ragguide.index.plan import describe
    from ragguide.index.store import IndexFolder
    from ragguide.update.staleness import stale_note

    folder = IndexFolder(settings.indexes_dir, settings.index)
    if not folder.exists() and settings.index == Settings().index:
        told = f"none in {settings.indexes_dir.absolute()} yet"
        mend = "Run `ragguide ingest FILE…`"
        yield Check(section="index", name="index", state="note", told=told, mend=mend)
        return
    # Every byte is hashed. What keeps a search from a GPU is told with the machine.
    opened = open_index(msgspec.structs.replace(settings, search_device="cpu"))
    manifest = opened.generation.manifest
    told = (
        f"{opened.label(settings.index)}: {len(manifest.sources)} documents, "
        f"{manifest.n_chunks:,} passages, {describe(manifest.vector_index.parameters)}, whole"
    )
    yield Check(section="index", name="index", told=told)
    weights = embedder_sha256(find_embedder(settings.embedder))
    if weights != manifest.embedder_sha256 and opened.embedder is None:
        yield Check(
            section="index",
            name="embedder",
            state="problem",
            told=f"the index was made by weights {manifest.embedder_sha256[:_SHOWN]}…, which are "
            "neither in the embedder's folder nor in the cache",
            mend="Run `ragguide ingest --rebuild`",
        )
    if note := stale_note(manifest, settings.index, folder.path):
        yield Check(section="index", name="sources", state="note", told=note)
    if opened.calibration is None:
        yield Check(
            section="index",
            name="refusals",
            state="note",
            told="no calibration fits this index, so nothing that was found is refused",
            mend="Run `ragguide calibrate QUESTIONS`",
        )


def other_indexes(settings: Settings) -> Iterator[Check]:
    from ragguide.index.overview import list_rows

    rows = [row for row in list_rows(settings.indexes_dir) if row.name != settings.index]
    faults = [row for row in rows if row.fault]
    for row in faults:
        yield Check(section="index", name=row.name, state="note", told=str(row.fault))
    if whole := [row.name for row in rows if not row.fault]:
        told = f"{', '.join(whole[:5])}{' …' if len(whole) > 5 else ''}"
        yield Check(section="index", name="others", told=told)


# ── folders ─────────────────────────────────────────────────────────────────────────────────────


def folders(settings: Settings) -> Iterator[Check]:
    names = ("indexes_dir", "runs_dir", "models_dir", "cache_dir")
    good = []
    for name in names:
        path: Path = getattr(settings, name)
        nearest = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
        mend = f"Set another {name}, or change the folder's permissions"
        try:
            with TemporaryFile(dir=nearest):
                pass
            free_bytes = shutil.disk_usage(nearest).free
        except OSError as exc:
            told = f"{nearest} cannot be written: {exc.strerror}"
            yield Check(section="folders", name=name, state="problem", told=told, mend=mend)
            continue
        if free_bytes < LITTLE_BYTES:
            told = f"{path} has {free_bytes / 1e9:.2f} GB left on its disk"
            mend = "Make room there"
            yield Check(section="folders", name=name, state="note", told=told, mend=mend)
        good.append(str(path))
    if good:
        yield Check(section="folders", name="writable", told=", ".join(dict.fromkeys(good)))


# ── network ─────────────────────────────────────────────────────────────────────────────────────


def network(settings: Settings) -> Iterator[Check]:
    if is_server(settings.generator):
        told = f"questions and quotes of the guide go to {settings.generator}, and nowhere else"
        yield Check(section="network", name="offline", state="note", told=told)
        return
    told = "only `models pull` opens a connection"
    if os.environ.get("HF_HUB_OFFLINE", "").strip() not in {"", "0"}:
        told += ", and HF_HUB_OFFLINE keeps it from the hub"
    yield Check(section="network", name="offline", told=told)
