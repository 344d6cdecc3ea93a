"""Texts in, their vectors out; a cache makes sure that this machine embeds each text only once.

cache_dir/vectors.sqlite
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np

from ragguide.base.clock import Stage, no_stage
from ragguide.base.devices import choose, torch_fault
from ragguide.config import Settings
from ragguide.embed.load import find_exported, make_embedder
from ragguide.embed.weights import Weights, weights_of
from ragguide.errors import ModelError, WorkersDown

if TYPE_CHECKING:
    from ragguide.base.workers import Workers
    from ragguide.embed.onnx_encoder import OnnxEmbedder
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.embed.torch_encoder import TorchEmbedder
    from ragguide.embed.vector_cache import VectorCache
    from ragguide.types import FloatMatrix

    LoadedEmbedder = OnnxEmbedder | SentenceTransformerEmbedder
    FastEmbedder = SentenceTransformerEmbedder | TorchEmbedder

_log = logging.getLogger(__name__)

AT_ONCE = 256  # passages embedded between two writes to the cache: what an interrupt can lose
AT_ONCE_ON_GPU = 16_384  # the same: enough to keep a card busy for seconds
PRECISION = "float32"  # of vectors computed on the CPU
FEWEST_ON_GPU = 512  # texts; for fewer, loading torch takes longer than embedding them


class Take(Protocol):
    """Takes the `(n, dim)` vectors of some texts, which are named by their sha256."""

    def __call__(self, names: Sequence[str], vectors: "FloatMatrix", /) -> None: ...


def embed_passages(
    texts: Mapping[str, str],
    weights: Weights,
    settings: Settings,
    *,
    take: Take,
    stage: Stage = no_stage,
    workers: "Workers | None" = None,
) -> int:
    """Give `take` the vector of each text, some at a time; return how many texts were embedded.

    The model loads only if the cache lacks a text. An interrupted call keeps its finished vectors
    in the cache.

    Args:
        texts: by their sha256.
        weights: of the embedder.
        settings: name the cache and the device.
        take: gets each vector once, those of the cache first.
        stage: reports progress.
        workers: that embed on the CPU; None: this process does. They get the batches that it would
            embed, so the vectors are the same, bit by bit.

    Raises:
        DeviceMissing: the settings ask for a GPU that cannot be used.
        ModelError: sentence-transformers cannot load the folder, or a worker has another embedder.
        WorkersDown: workers end while they embed, or their cluster does not answer any more.
    """
    from ragguide.embed.vector_cache import VectorCache, key_of

    device = _device(len(texts), settings)
    # The precision changes vectors slightly: cache them apart, though they stay comparable.
    precision = PRECISION if device == "cpu" else f"cuda {settings.embedding_precision}"
    max_bytes = settings.vectors_kept_mb * 1_000_000

    key_of_text = partial(key_of, weights.sha256, precision)
    with VectorCache(settings.cache_dir / "vectors.sqlite", max_bytes=max_bytes) as cache:
        new = _take_cached(list(texts), key_of_text, cache, take)
        # Similar lengths together save padding; with the longest first, the rest gets faster.
        new.sort(key=lambda name: (-len(texts[name]), name))
        if new:
            batches = _in_batches(new, AT_ONCE if device == "cpu" else AT_ONCE_ON_GPU)
            as_texts = [[texts[name] for name in names] for names in batches]
            for number, made in _embed(as_texts, weights, device, settings, stage, workers):
                take(batches[number], made)
                keys = map(key_of_text, batches[number])
                cache.put(dict(zip(keys, made, strict=True)))
    return len(new)


def _take_cached(
    names: Sequence[str], key_of_text: Callable[[str], bytes], cache: "VectorCache", take: Take
) -> list[str]:
    """Give `take` the vectors that are cached; return the names of the other texts."""
    new: list[str] = []
    for some in _in_batches(names, AT_ONCE):
        keys = dict(zip(some, map(key_of_text, some), strict=True))
        cached = cache.get(list(keys.values()))
        found = [name for name in some if keys[name] in cached]
        if found:
            take(found, np.array([cached[keys[name]] for name in found]))
        new += (name for name in some if keys[name] not in cached)
    return new


def _in_batches(names: Sequence[str], at_once: int) -> list[Sequence[str]]:
    return [names[start : start + at_once] for start in range(0, len(names), at_once)]


def _embed(
    batches: Sequence[Sequence[str]],
    weights: Weights,
    device: str,
    settings: Settings,
    stage: Stage,
    workers: "Workers | None",
) -> "Iterator[tuple[int, FloatMatrix]]":
    """Yield the number of each batch and its vectors, as they are done."""
    if workers is not None and device == "cpu":
        return _embed_there(batches, weights, settings, workers, stage)
    return _embed_here(batches, _load(weights, device, settings, stage), stage)


def _embed_here(
    batches: Sequence[Sequence[str]], embedder: "LoadedEmbedder | FastEmbedder", stage: Stage
) -> "Iterator[tuple[int, FloatMatrix]]":
    """Yield the number of each batch and its vectors."""
    total, n_done = sum(map(len, batches)), 0
    with stage("embed", total) as report:
        for number, texts in enumerate(batches):
            yield number, embedder.embed(texts, on_done=_counting(report, n_done, total))
            n_done += len(texts)


# ── in a worker ─────────────────────────────────────────────────────────────────────────────────


class _Batch(msgspec.Struct, frozen=True):
    """Texts that a worker embeds with its own copy of the embedder."""

    texts: Sequence[str]
    sha256: str  # of the embedder's weights
    settings: Settings


def _embed_there(
    batches: Sequence[Sequence[str]],
    weights: Weights,
    settings: Settings,
    workers: "Workers",
    stage: Stage,
) -> "Iterator[tuple[int, FloatMatrix]]":
    """Let workers embed; yield the number of each batch and its vectors, as they are done."""
    from ragguide.base.workers import WorkerDied, spread

    if weights.files.spec is None:  # its export needs torch: write it once, not in each worker
        _load(weights, "cpu", settings, stage)
    settings = msgspec.structs.replace(settings, threads=workers.threads_each)
    tasks = (_Batch(texts, weights.sha256, settings) for texts in batches)
    total, n_done = sum(map(len, batches)), 0
    with stage("embed", total) as report:
        for number, vectors in spread(workers, embed_batch, tasks):
            if isinstance(vectors, WorkerDied):
                raise WorkersDown(
                    f"each worker that tried to embed {len(batches[number])} texts ended "
                    f"({vectors}). Use fewer workers if memory is short; finished embeddings are "
                    "cached."
                )
            n_done += len(vectors)
            report(n_done, total)
            yield number, vectors


def embed_batch(batch: _Batch) -> "FloatMatrix":
    """Embed texts in a worker, which loads its embedder once.

    Raises:
        ModelError: the embedder is missing, or has other weights than that of the ingest.
    """
    return _loaded(batch.sha256, batch.settings).embed(batch.texts)


@lru_cache(maxsize=1)
def _loaded(sha256: str, settings: Settings) -> "LoadedEmbedder | FastEmbedder":
    weights = weights_of(settings)
    if weights.sha256 != sha256:
        raise ModelError(
            f"{weights.files.folder} of a worker has sha256 {weights.sha256[:12]}…, that of this "
            f"machine {sha256[:12]}…. Install the same embedder on all machines."
        )
    return _load(weights, "cpu", settings, no_stage)


# ── load ────────────────────────────────────────────────────────────────────────────────────────


def _load(
    weights: Weights, device: str, settings: Settings, stage: Stage
) -> "LoadedEmbedder | FastEmbedder":
    """Load the embedder for a device; on first use, also export it for later questions."""
    exported = find_exported(weights.files.name, weights.sha256, settings)
    embedder = exported or make_embedder(weights.files, weights.sha256, settings, stage=stage)
    if device == "cpu":
        return embedder
    with stage("load", 1, of="embedder"):
        return _on_gpu(weights, device, settings)


def _device(n_texts: int, settings: Settings) -> str:
    asked = settings.device_of("embedding")
    if asked == "auto" and n_texts < FEWEST_ON_GPU:
        return "cpu"
    return choose("embedding", asked, library=torch_fault).name


def _on_gpu(weights: Weights, device: str, settings: Settings) -> "FastEmbedder":
    """Load an embedder onto a card, in the precision of the settings."""
    from ragguide.embed.export import has_fast_tokenizer
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.embed.torch_encoder import TorchEmbedder

    files = weights.files
    loaded = SentenceTransformerEmbedder(files.name, files.folder, device=device)
    if not has_fast_tokenizer(loaded.model):
        _log.info(
            "%s has no fast tokenizer, so sentence-transformers embeds, in float32", files.name
        )
        return loaded
    return TorchEmbedder(loaded, device=device, precision=settings.embedding_precision)


def _counting(report: Callable[[int, int], None], before: int, total: int) -> Callable[[int], None]:
    return lambda n_done: report(before + n_done, total)
