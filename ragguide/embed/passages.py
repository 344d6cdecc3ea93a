"""Texts in, their vectors out; a cache makes sure that this machine embeds each text only once.

cache_dir/vectors.sqlite
"""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ragguide.base.clock import Stage, no_stage
from ragguide.base.devices import choose, torch_fault
from ragguide.config import Settings
from ragguide.embed.load import find_exported, make_embedder
from ragguide.models.find import EmbedderFiles

if TYPE_CHECKING:
    from ragguide.embed.onnx_encoder import OnnxEmbedder
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.embed.torch_encoder import TorchEmbedder
    from ragguide.embed.vector_cache import FloatVector

    LoadedEmbedder = OnnxEmbedder | SentenceTransformerEmbedder
    FastEmbedder = SentenceTransformerEmbedder | TorchEmbedder

_log = logging.getLogger(__name__)

AT_ONCE = 256  # passages embedded between two writes to the cache: what an interrupt can lose
AT_ONCE_ON_GPU = 16_384  # the same: enough to keep a card busy for seconds
PRECISION = "float32"  # of vectors computed on the CPU
FEWEST_ON_GPU = 512  # texts; for fewer, loading torch takes longer than embedding them


def embed_passages(
    texts: Mapping[str, str],
    files: EmbedderFiles,
    sha256: str,
    settings: Settings,
    *,
    stage: Stage = no_stage,
) -> "tuple[dict[str, FloatVector], int]":
    """Return the vector of each text by the text's sha256, and how many texts were embedded.

    The model loads only if the cache lacks a text. An interrupted call keeps its finished vectors
    in the cache.

    Args:
        texts: by their sha256.
        files: of the embedder.
        sha256: of its weights, from `embedder_sha256`.
        settings: name the cache and the device.
        stage: reports progress.

    Raises:
        DeviceMissing: the settings ask for a GPU that cannot be used.
        ModelError: sentence-transformers cannot load the folder.
    """
    from ragguide.embed.vector_cache import VectorCache, key_of

    device = _device(len(texts), settings)
    # The precision changes vectors slightly: cache them apart, though they stay comparable.
    precision = PRECISION if device == "cpu" else f"cuda {settings.embedding_precision}"
    max_bytes = settings.vectors_kept_mb * 1_000_000
    with VectorCache(settings.cache_dir / "vectors.sqlite", max_bytes=max_bytes) as cache:
        keys = {text_sha: key_of(sha256, precision, text_sha) for text_sha in texts}
        cached = cache.get(list(keys.values()))
        vectors = {name: cached[key] for name, key in keys.items() if key in cached}
        # Similar lengths together save padding; with the longest first, the rest gets faster.
        new = sorted(texts.keys() - vectors.keys(), key=lambda name: (-len(texts[name]), name))
        if new:
            embedder = _load(files, sha256, device, settings, stage)
            at_once = AT_ONCE if device == "cpu" else AT_ONCE_ON_GPU
            with stage("embed", len(new)) as report:
                for start in range(0, len(new), at_once):
                    names = new[start : start + at_once]
                    made = embedder.embed(
                        [texts[name] for name in names],
                        on_done=_counting(report, start, len(new)),
                    )
                    vectors |= dict(zip(names, made, strict=True))
                    cache.put({keys[name]: vectors[name] for name in names})
    return vectors, len(new)


def _load(
    files: EmbedderFiles, sha256: str, device: str, settings: Settings, stage: Stage
) -> "LoadedEmbedder | FastEmbedder":
    """Load the embedder for a device; on first use, also export it for later questions."""
    exported = find_exported(files.name, sha256, settings)
    embedder = exported or make_embedder(files, sha256, settings, stage=stage)
    if device == "cpu":
        return embedder
    with stage("load", 1, of="embedder"):
        return _on_gpu(files, device, settings)


def _device(n_texts: int, settings: Settings) -> str:
    asked = settings.device_of("embedding")
    if asked == "auto" and n_texts < FEWEST_ON_GPU:
        return "cpu"
    return choose("embedding", asked, library=torch_fault).name


def _on_gpu(files: EmbedderFiles, device: str, settings: Settings) -> "FastEmbedder":
    """Load an embedder onto a card, in the precision of the settings."""
    from ragguide.embed.export import has_fast_tokenizer
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.embed.torch_encoder import TorchEmbedder

    loaded = SentenceTransformerEmbedder(files.name, files.folder, device=device)
    if not has_fast_tokenizer(loaded.model):
        _log.info(
            "%s has no fast tokenizer, so sentence-transformers embeds, in float32", files.name
        )
        return loaded
    return TorchEmbedder(loaded, device=device, precision=settings.embedding_precision)


def _counting(report: Callable[[int, int], None], before: int, total: int) -> Callable[[int], None]:
    return lambda n_done: report(before + n_done, total)
