"""An embedder's files in, the embedder out: its export, or torch.

The first command that embeds exports the model and keeps the export by the sha256 of its weights.
So a search loads no torch, and opens the export of the very weights that its index was built with.

    cache_dir/encoders/<sha256 of the embedder's weights>-<version of the export>/
"""

import logging
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from ragguide.base.devices import choose, torch_fault
from ragguide.config import Settings
from ragguide.errors import ModelError
from ragguide.models.find import EmbedderFiles

if TYPE_CHECKING:
    from ragguide.embed.onnx_encoder import OnnxEmbedder
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.embed.torch_encoder import TorchEmbedder

    LoadedEmbedder = OnnxEmbedder | SentenceTransformerEmbedder
    FastEmbedder = SentenceTransformerEmbedder | TorchEmbedder
from ragguide.base.clock import Stage, no_stage

_WRITING = ".writing-"

_log = logging.getLogger(__name__)


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
    files: EmbedderFiles, sha256: str, settings: Settings, *, stage: Stage = no_stage
) -> "LoadedEmbedder":
    """Load an embedder by sentence-transformers, export it, and open that.

    Where it cannot be exported the loaded model itself is returned, after a warning.

    Raises:
        DeviceMissing: it is not to be exported but run on a GPU, and that cannot be used.
        ModelError: the folder holds no model that sentence-transformers can load.
    """
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder

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
    from ragguide.embed.onnx_encoder import OnnxEmbedder

    return OnnxEmbedder(name, folder, threads=settings.n_threads)


def _home(sha256: str, settings: Settings) -> Path:
    from ragguide.embed.onnx_encoder import FORMAT_VERSION

    return settings.cache_dir / "encoders" / f"{sha256}-{FORMAT_VERSION}"


def _export(loaded: "SentenceTransformerEmbedder", sha256: str, home: Path) -> None:
    """Write an export beside its place, then move it there, so that it is whole or absent."""
    import filelock

    from ragguide.embed.export import export
    from ragguide.embed.onnx_encoder import is_whole

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
