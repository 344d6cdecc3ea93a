"""An embedder's files in, the loaded embedder out: its ONNX export, or torch.

The first command that embeds writes the export: of a catalogue embedder from the graph in this
package and the installed weights (`join.py`), of any other by torch (`export.py`). The cache keeps
it under the sha256 of the weights. So a search never loads torch, and uses exactly the weights that
built its index.

    cache_dir/encoders/<sha256 of the embedder's weights>-<version of the export>/
"""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

from ragguide.base.clock import Stage, no_stage
from ragguide.base.devices import choose, torch_fault
from ragguide.config import Settings
from ragguide.errors import ModelError
from ragguide.models.catalogue import EmbedderSpec
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
        _log.warning("%s. Writing it again.", exc)
        return None


def make_embedder(
    files: EmbedderFiles, sha256: str, settings: Settings, *, stage: Stage = no_stage
) -> "LoadedEmbedder":
    """Write an embedder's export and open it, or load it with sentence-transformers.

    A catalogue embedder needs no torch. Any other is loaded and exported; if the export fails, log
    a warning and return the loaded model.

    Raises:
        DeviceMissing: the settings ask for a GPU without an export, and no GPU can be used.
        ModelError: sentence-transformers cannot load the folder.
    """
    if settings.encoder == "onnx" and files.spec is not None:
        with stage("load", 1, of="embedder"):
            joined = _open_joined(files.spec, files.folder, sha256, settings)
        if joined is not None:
            return joined
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


def _open_joined(
    spec: EmbedderSpec, weights_dir: Path, sha256: str, settings: Settings
) -> "OnnxEmbedder | None":
    """Join a graph with its weights and open the result; None, after a warning, if that fails."""
    from ragguide.embed.join import join

    home = _home(sha256, settings)
    try:
        try:
            _write(home, lambda folder: join(spec, weights_dir, folder))
            return _open(spec.name, home, settings)
        except OSError as exc:
            _warn_unwritable(exc, settings)
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # Windows keeps mapped files
            join(spec, weights_dir, Path(folder))
            return _open(spec.name, Path(folder), settings)
    except (ModelError, OSError) as exc:
        _log.warning("cannot use the graph of %s (%s). Loading it with torch.", spec.name, exc)
    return None


def _open_export(
    loaded: "SentenceTransformerEmbedder", sha256: str, settings: Settings
) -> "OnnxEmbedder | None":
    """Export a model and open the export; None, after a warning, if that fails."""
    from ragguide.embed.export import export

    home = _home(sha256, settings)
    try:
        _write(home, lambda folder: export(loaded, folder, sha256=sha256))
        return _open(loaded.name, home, settings)
    except ModelError as exc:
        _log.warning(
            "onnxruntime cannot run %s (%s), so each command takes seconds longer. "
            'To skip this attempt, set encoder = "sentence-transformers".',
            loaded.name,
            exc,
        )
    except OSError as exc:
        _warn_unwritable(exc, settings)
    return None


def _warn_unwritable(exc: OSError, settings: Settings) -> None:
    _log.warning(
        "cannot write %s (%s), so each command takes longer. "
        "Free some space there, or set another cache_dir.",
        exc.filename or settings.cache_dir,
        exc.strerror or exc,
    )


def _open(name: str, folder: Path, settings: Settings) -> "OnnxEmbedder":
    from ragguide.embed.onnx_encoder import OnnxEmbedder

    return OnnxEmbedder(name, folder, threads=settings.n_threads)


def _home(sha256: str, settings: Settings) -> Path:
    from ragguide.embed.onnx_encoder import FORMAT_VERSION

    return settings.cache_dir / "encoders" / f"{sha256}-{FORMAT_VERSION}"


def _write(home: Path, write: Callable[[Path], None]) -> None:
    """Write an export to a temporary folder, then rename it: it is complete or absent."""
    import filelock

    from ragguide.embed.onnx_encoder import is_valid

    home.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(home.parent / "write.lock"):
        if is_valid(home):  # another process was faster
            return
        for stray in home.parent.glob(f"{_WRITING}*"):  # left by a killed process
            shutil.rmtree(stray, ignore_errors=True)
        draft = Path(mkdtemp(prefix=_WRITING, dir=home.parent))
        try:
            write(draft)
            shutil.rmtree(home, ignore_errors=True)  # a damaged export
            draft.rename(home)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
