"""An embedder's files in, the loaded embedder out: its ONNX export, or torch.

The first command that embeds exports the model and caches the export under the sha256 of its
weights. So a search never loads torch, and uses exactly the weights that built its index.

    cache_dir/encoders/<sha256 of the embedder's weights>-<version of the export>/
"""

import logging
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from ragguide.base.clock import Stage, no_stage
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

_WRITING = ".writing-"

_log = logging.getLogger(__name__)


def find_exported(name: str, sha256: str, settings: Settings) -> "OnnxEmbedder | None":
    """Open the export of an embedder's weights; None if there is no usable one.

    Args:
        name: of the embedder.
        sha256: of its weights, from `embedder_sha256`.
        settings: name the cache, and may disable exports.
    """
    folder = _home(sha256, settings)
    if settings.encoder != "onnx" or not folder.is_dir():
        return None
    try:
        return _open(name, folder, settings)
    except ModelError as exc:
        _log.warning("%s. Exporting it again.", exc)
        return None


def make_embedder(
    files: EmbedderFiles, sha256: str, settings: Settings, *, stage: Stage = no_stage
) -> "LoadedEmbedder":
    """Load an embedder with sentence-transformers, export it, and open the export.

    If the export fails, log a warning and return the loaded model.

    Raises:
        DeviceMissing: the settings ask for a GPU without an export, and no GPU can be used.
        ModelError: sentence-transformers cannot load the folder.
    """
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder

    device = "cpu"  # for tracing
    if settings.encoder != "onnx":
        device = choose("embedding", settings.device_of("embedding"), library=torch_fault).name
    with stage("load", 1, of="embedder"):
        loaded = SentenceTransformerEmbedder(files.name, files.folder, device=device)
    if settings.encoder != "onnx":
        return loaded
    with stage("export", 1, of="embedder"):
        return _open_export(loaded, sha256, settings) or loaded


def _open_export(
    loaded: "SentenceTransformerEmbedder", sha256: str, settings: Settings
) -> "OnnxEmbedder | None":
    """Export a model and open the export; None, after a warning, if that fails."""
    home = _home(sha256, settings)
    try:
        _export(loaded, sha256, home)
        return _open(loaded.name, home, settings)
    except ModelError as exc:
        _log.warning(
            "onnxruntime cannot run %s (%s), so each command takes seconds longer. "
            'To skip this attempt, set encoder = "sentence-transformers".',
            loaded.name,
            exc,
        )
    except OSError as exc:
        _log.warning(
            "cannot write %s (%s), so each command takes seconds longer. "
            "Free some space there, or set another cache_dir.",
            exc.filename or settings.cache_dir,
            exc.strerror or exc,
        )
    return None


def _open(name: str, folder: Path, settings: Settings) -> "OnnxEmbedder":
    from ragguide.embed.onnx_encoder import OnnxEmbedder

    return OnnxEmbedder(name, folder, threads=settings.n_threads)


def _home(sha256: str, settings: Settings) -> Path:
    from ragguide.embed.onnx_encoder import FORMAT_VERSION

    return settings.cache_dir / "encoders" / f"{sha256}-{FORMAT_VERSION}"


def _export(loaded: "SentenceTransformerEmbedder", sha256: str, home: Path) -> None:
    """Write an export to a temporary folder, then rename it: it is complete or absent."""
    import filelock

    from ragguide.embed.export import export
    from ragguide.embed.onnx_encoder import is_valid

    home.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(home.parent / "write.lock"):
        if is_valid(home):  # another process was faster
            return
        for stray in home.parent.glob(f"{_WRITING}*"):  # left by a killed process
            shutil.rmtree(stray, ignore_errors=True)
        draft = Path(mkdtemp(prefix=_WRITING, dir=home.parent))
        try:
            export(loaded, draft, sha256=sha256)
            shutil.rmtree(home, ignore_errors=True)  # a damaged export
            draft.rename(home)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
