"""Settings in, checks of the embedder, the generator and the reranker out."""

import os
from collections.abc import Iterator
from pathlib import Path

from ragguide.base.devices import has_driver
from ragguide.config import Settings
from ragguide.doctor.check import Check, note, problem
from ragguide.embed.load import find_exported
from ragguide.errors import ModelError
from ragguide.generate.run import place_generator
from ragguide.generate.speed_record import find_speed_record
from ragguide.index.stores.choose import place_of
from ragguide.models.find import GeneratorFile, find_embedder, find_generator
from ragguide.models.verify import embedder_sha256, record_path
from ragguide.types import is_bucket, is_database, is_server

SHA_SHOWN = 12  # digits of a sha256: enough to compare by eye


def embedder(settings: Settings) -> Iterator[Check]:
    files = find_embedder(settings.embedder)
    sha256 = embedder_sha256(files)
    found = f"{files.name}, sha256 {sha256[:SHA_SHOWN]}…"
    if settings.encoder != "onnx":
        yield Check("embedder", f"{found}, run by sentence-transformers")
    elif find_exported(files.name, sha256, settings) is None:
        fix = "The next ingest or search optimises it"
        yield note("embedder", f"{found}, not optimised yet", fix)
    else:
        yield Check("embedder", f"{found}, optimised for onnxruntime")


def generator(settings: Settings) -> Iterator[Check]:
    if is_server(settings.generator):
        yield Check("generator", f"the server {settings.generator}")
        return
    try:
        file = find_generator(settings.generator, models_dir=settings.models_dir)
    except ModelError as exc:
        if settings.generator != Settings().generator:
            raise
        yield note("generator", f"quotes only: {exc}")  # the default generator is optional
        return
    yield Check("generator", _description(file))
    yield from _measured(file, settings)
    if has_driver() and settings.device_of("generation") != "cpu":
        placed = place_generator(file, settings)
        found = f"{placed.n_gpu_layers} layers, a context of {placed.n_context:,} tokens"
        yield note("on the GPU", placed.note) if placed.note else Check("on the GPU", found)


def reranker(settings: Settings) -> Iterator[Check]:
    if settings.reranker:
        from ragguide.retrieve.rerank import check_reranker

        check_reranker(Path(settings.reranker))
        yield Check("reranker", settings.reranker)


def network(settings: Settings) -> Iterator[Check]:
    """What is sent over the network: only to a server as generator, a store or a scheduler."""
    sent = []
    if is_server(settings.generator):
        sent.append(f"questions and quotes to {settings.generator}")
    if is_database(settings.store):
        sent.append(f"documents and questions to {place_of(settings)}")
    if is_bucket(settings.store):
        sent.append(f"documents to {place_of(settings)}")
    if settings.scheduler:
        sent.append(f"documents to the workers of {settings.scheduler}")
    if sent:
        yield note("offline", f"ragguide sends {' and '.join(sent)}, and nowhere else")
        return
    found = "only `ragguide models pull` and URLs that you ingest use the network"
    if os.environ.get("HF_HUB_OFFLINE", "").strip() not in {"", "0"}:
        found += ", but not the Hugging Face Hub, since HF_HUB_OFFLINE is set"
    yield Check("offline", found)


def _description(file: GeneratorFile) -> str:
    """Name, size and checksum of a generator."""
    record = record_path(file.path)
    if file.spec is not None:
        sha256 = file.spec.sha256
    else:
        sha256 = record.read_text("utf-8").split()[0] if record.is_file() else ""
    checksum = f"sha256 {sha256[:SHA_SHOWN]}…" if sha256 else "your own file"
    return f"{file.name}, {file.path.stat().st_size / 1e9:.2f} GB, {checksum}"


def _measured(file: GeneratorFile, settings: Settings) -> Iterator[Check]:
    """The result of `models optimise` for this generator on this machine."""
    measured = find_speed_record(file, models_dir=settings.models_dir)
    if measured is None:
        fix = f"Run `ragguide models optimise {file.name}`"
        yield note("optimised", "not measured on this machine yet", fix)
        return
    used = measured.used
    found = (
        f"{'requantised' if measured.optimised_sha256 else 'the original file is fastest'}, reads "
        f"{used.prompt_tokens_s:.0f} tokens/s; self-test {used.n_right} of {measured.n_asked}"
    )
    if measured.passes or settings.allow_failed_generator:
        yield Check("optimised", found)
    elif settings.generator == Settings().generator:
        yield note("optimised", f"{found}: failed, so only quotes are shown")
    else:
        yield problem("optimised", f"{found}: failed", "Choose another generator")
