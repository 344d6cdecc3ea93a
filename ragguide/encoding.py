"""An embedder's files in, what embeds out, and passages' vectors: each made once on this machine.

Whoever embeds first exports the model and keeps that, by the sha256 of what it was made of. So a
search loads no torch, and opens the export of just those weights that its index was made with.
Vectors of passages are kept too, whatever index they are for.

    cache_dir/encoders/<the embedder's sha256>-<version of the export>/
    cache_dir/vectors.sqlite
"""

import logging
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Protocol

from ragguide.config import Settings
from ragguide.devices import choose, torch_fault
from ragguide.errors import ModelError
from ragguide.models import EmbedderFiles

if TYPE_CHECKING:
    from ragguide.create.embed import SentenceTransformerEmbedder
    from ragguide.create.onnx_encoder import OnnxEmbedder
    from ragguide.create.torch_encoder import TorchEmbedder
    from ragguide.create.vector_cache import FloatVector

    LoadedEmbedder = OnnxEmbedder | SentenceTransformerEmbedder
    FastEmbedder = SentenceTransformerEmbedder | TorchEmbedder

AT_ONCE = 256  # passages embedded before their vectors are kept: what an interrupt can cost
AT_ONCE_ON_GPU = 16_384  # the same: seconds of a card, and enough to keep it busy
PRECISION = "float32"  # of vectors that a processor computes
FEWEST_ON_GPU = 512  # texts; to load torch for fewer takes longer than to embed them

_WRITING = ".writing-"

_log = logging.getLogger(__name__)


class Stage(Protocol):
    """Is entered while something is done, and told how much of it."""

    def __call__(
        self, name: str, total: int, /, *, of: str = ""
    ) -> AbstractContextManager[Callable[[int, int], None]]: ...


def _untold(
    _name: str, _total: int, /, **_of: str
) -> AbstractContextManager[Callable[[int, int], None]]:
    return nullcontext(lambda _done, _total: None)


def embed_passages(
    texts: Mapping[str, str],
    files: EmbedderFiles,
    sha256: str,
    settings: Settings,
    *,
    stage: Stage = _untold,
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
    from ragguide.create.vector_cache import VectorCache, key_of

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
    from ragguide.create.embed import SentenceTransformerEmbedder
    from ragguide.create.export import has_fast_tokenizer
    from ragguide.create.torch_encoder import TorchEmbedder

    loaded = SentenceTransformerEmbedder(files.name, files.folder, device=device)
    if not has_fast_tokenizer(loaded.model):
        _log.info("%s has no fast tokenizer, so its own code embeds, in float32", files.name)
        return loaded
    return TorchEmbedder(loaded, device=device, precision=settings.embedding_precision)


def _counting(tell: Callable[[int, int], None], before: int, total: int) -> Callable[[int], None]:
    return lambda n_done: tell(before + n_done, total)


def find_exported(name: str, sha256: str, settings: Settings) -> "OnnxEmbedder | None":
    """Open the export of an embedder's weights; None if there is none that can be used.

    Args:
        name: the embedder's.
        sha256: of its weights, as `models.embedder_sha256` tells it.
        settings: name the cache, and may forbid its use.
    """
    folder = _home(sha256, settings)
    if settings.encoder != "onnx" or not folder.is_dir():
        return None
    try:
        return _open(name, folder, settings)
    except ModelError as exc:
        _log.warning("%s. It is made anew.", exc)
        return None


def make_embedder(
    files: EmbedderFiles, sha256: str, settings: Settings, *, stage: Stage = _untold
) -> "LoadedEmbedder":
    """Load an embedder by sentence-transformers, export it, and open that.

    Where it cannot be exported the loaded model itself is returned, after a warning.

    Raises:
        DeviceMissing: it is not to be exported but run on a GPU, and that cannot be used.
        ModelError: the folder holds no model that sentence-transformers can load.
    """
    from ragguide.create.embed import SentenceTransformerEmbedder

    device = "cpu"  # where it is traced
    if settings.encoder != "onnx":
        device = choose("embedding", settings.device_of("embedding"), library=torch_fault).name
    with stage("load", 1, of="embedder"):
        loaded = SentenceTransformerEmbedder(files.name, files.folder, device=device)
    if settings.encoder != "onnx":
        return loaded
    home = _home(sha256, settings)
    with stage("export", 1, of="embedder"):
        try:
            _export(loaded, sha256, home)
            return _open(files.name, home, settings)
        except ModelError as exc:
            _log.warning(
                "%s cannot be run by onnxruntime (%s), so each command takes seconds longer. "
                'Set encoder = "sentence-transformers" to have it not tried again.',
                files.name,
                exc,
            )
        except OSError as exc:
            _log.warning(
                "%s cannot be written (%s), so each command takes seconds longer. "
                "Make room there, or set another cache_dir.",
                exc.filename or settings.cache_dir,
                exc.strerror or exc,
            )
    return loaded


def _open(name: str, folder: Path, settings: Settings) -> "OnnxEmbedder":
    from ragguide.create.onnx_encoder import OnnxEmbedder

    return OnnxEmbedder(name, folder, threads=settings.n_threads)


def _home(sha256: str, settings: Settings) -> Path:
    from ragguide.create.onnx_encoder import FORMAT_VERSION

    return settings.cache_dir / "encoders" / f"{sha256}-{FORMAT_VERSION}"


def _export(loaded: "SentenceTransformerEmbedder", sha256: str, home: Path) -> None:
    """Write an export beside its place, then move it there, so that it is whole or absent."""
    import filelock

    from ragguide.create.export import export
    from ragguide.create.onnx_encoder import is_whole

    home.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(home.parent / "write.lock"):
        if is_whole(home):  # another process was faster
            return
        for stray in home.parent.glob(f"{_WRITING}*"):  # of one that was killed
            shutil.rmtree(stray, ignore_errors=True)
        draft = Path(mkdtemp(prefix=_WRITING, dir=home.parent))
        try:
            export(loaded, draft, sha256=sha256)
            shutil.rmtree(home, ignore_errors=True)  # what is damaged
            draft.rename(home)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
