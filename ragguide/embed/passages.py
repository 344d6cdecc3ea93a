"""Texts in, their vectors out; each text is embedded once on this machine, for whatever index.

cache_dir/vectors.sqlite
"""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ragguide.base.devices import choose, torch_fault
from ragguide.config import Settings
from ragguide.models.find import EmbedderFiles

if TYPE_CHECKING:
    from ragguide.embed.onnx_encoder import OnnxEmbedder
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.embed.torch_encoder import TorchEmbedder
    from ragguide.embed.vector_cache import FloatVector

    LoadedEmbedder = OnnxEmbedder | SentenceTransformerEmbedder
    FastEmbedder = SentenceTransformerEmbedder | TorchEmbedder
from ragguide.base.clock import Stage, no_stage
from ragguide.embed.load import find_exported, make_embedder

_log = logging.getLogger(__name__)

AT_ONCE = 256  # passages embedded before their vectors are kept: what an interrupt can cost
AT_ONCE_ON_GPU = 16_384  # the same: seconds of a card, and enough to keep it busy
PRECISION = "float32"  # of vectors that a processor computes
FEWEST_ON_GPU = 512  # texts; to load torch for fewer takes longer than to embed them


def embed_passages(
    texts: Mapping[str, str],
    files: EmbedderFiles,
    sha256: str,
    settings: Settings,
    *,
    stage: Stage = no_stage,
) -> "tuple[dict[str, FloatVector], int]":
    """Return the vector of each text by the text's sha256, and how many had to be made for it.

    The model is loaded only if there is a text that it has not embedded before, for any index. What
    was embedded when this is interrupted is not embedded again.

    Args:
        texts: by their sha256.
        files: the embedder's.
        sha256: of its weights, as `models.embedder_sha256` tells it.
        settings: name the cache, and the device.
        stage: is told of what takes long.

    Raises:
        DeviceMissing: a GPU is asked for, and cannot be used.
        ModelError: the folder holds no model that sentence-transformers can load.
    """
    from ragguide.embed.vector_cache import VectorCache, key_of

    device = _device(len(texts), settings)
    # Vectors of another precision are others, though near enough to be compared.
    precision = PRECISION if device == "cpu" else f"cuda {settings.embedding_precision}"

    max_bytes = settings.vectors_kept_mb * 1_000_000
    with VectorCache(settings.cache_dir / "vectors.sqlite", max_bytes=max_bytes) as cache:
        keys = {text_sha: key_of(sha256, precision, text_sha) for text_sha in texts}
        kept = cache.get(list(keys.values()))
        vectors = {name: kept[key] for name, key in keys.items() if key in kept}
        # Those of like length go together, and the longest first: what is left then takes less.
        new = sorted(texts.keys() - vectors.keys(), key=lambda name: (-len(texts[name]), name))
        if new:
            embedder: LoadedEmbedder | FastEmbedder | None = find_exported(
                files.name, sha256, settings
            )
            embedder = embedder or make_embedder(files, sha256, settings, stage=stage)
            at_once = AT_ONCE
            if device != "cpu":  # questions will still be embedded by the one above
                with stage("load", 1, of="embedder"):
                    embedder = _on_gpu(files, device, settings)
                at_once = AT_ONCE_ON_GPU
            with stage("embed", len(new)) as tell:
                for at in range(0, len(new), at_once):
                    names = new[at : at + at_once]
                    made = embedder.embed(
                        [texts[name] for name in names],
                        on_done=_counting(tell, at, len(new)),
                    )
                    vectors |= dict(zip(names, made, strict=True))
                    cache.put({keys[name]: vectors[name] for name in names})
    return vectors, len(new)


def _device(n_texts: int, settings: Settings) -> str:
    asked = settings.device_of("embedding")
    if asked == "auto" and n_texts < FEWEST_ON_GPU:
        return "cpu"
    return choose("embedding", asked, library=torch_fault).name


def _on_gpu(files: EmbedderFiles, device: str, settings: Settings) -> "FastEmbedder":
    """Load an embedder onto a card, in the precision that is set."""
    from ragguide.embed.export import has_fast_tokenizer
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.embed.torch_encoder import TorchEmbedder

    loaded = SentenceTransformerEmbedder(files.name, files.folder, device=device)
    if not has_fast_tokenizer(loaded.model):
        _log.info("%s has no fast tokenizer, so its own code embeds, in float32", files.name)
        return loaded
    return TorchEmbedder(loaded, device=device, precision=settings.embedding_precision)


def _counting(tell: Callable[[int, int], None], before: int, total: int) -> Callable[[int], None]:
    return lambda n_done: tell(before + n_done, total)
