"""An embedder's files in, what embeds out: by onnxruntime, if the model can be exported.

Whoever embeds first exports the model, once, and keeps it by what it was made of:

    cache_dir/encoders/<the embedder's sha256>-<version of the export>/

So a search loads no torch, and opens the export of just those weights that its index was made with.
"""

import logging
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from ragguide.config import Settings
from ragguide.errors import ModelError
from ragguide.models import EmbedderFiles

if TYPE_CHECKING:
    from ragguide.create.embed import SentenceTransformerEmbedder
    from ragguide.create.onnx_encoder import OnnxEmbedder

    LoadedEmbedder = OnnxEmbedder | SentenceTransformerEmbedder

Stage = Callable[[str], AbstractContextManager[object]]  # entered while something is done

_WRITING = ".writing-"
_STRAY_AGE_S = 86_400.0  # no export takes a day: its writer was killed

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
    from ragguide.create.onnx_encoder import OnnxEmbedder

    try:
        return OnnxEmbedder(name, folder, threads=settings.n_threads)
    except ModelError as exc:
        _log.warning("%s. It is made anew.", exc)
        return None


def make_embedder(
    files: EmbedderFiles, sha256: str, settings: Settings, *, stage: Stage | None = None
) -> "LoadedEmbedder":
    """Load an embedder by sentence-transformers, export it, and open that.

    Where it cannot be exported the loaded model itself is returned, after a warning.

    Raises:
        ModelError: the folder holds no model that sentence-transformers can load.
    """
    from ragguide.create.embed import SentenceTransformerEmbedder

    stage = stage or (lambda _name: nullcontext())
    with stage("load"):
        loaded = SentenceTransformerEmbedder(files.name, files.folder)
    if settings.encoder != "onnx":
        return loaded
    with stage("export"):
        try:
            _export(loaded, sha256, _home(sha256, settings))
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
        return find_exported(files.name, sha256, settings) or loaded


def _home(sha256: str, settings: Settings) -> Path:
    from ragguide.create.onnx_encoder import FORMAT_VERSION

    return settings.cache_dir / "encoders" / f"{sha256}-{FORMAT_VERSION}"


def _export(loaded: "SentenceTransformerEmbedder", sha256: str, home: Path) -> None:
    """Write an export beside its place, then move it there, so that it is whole or absent."""
    from ragguide.create.export import export

    home.parent.mkdir(parents=True, exist_ok=True)
    for stray in home.parent.glob(f"{_WRITING}*"):
        if time.time() - stray.stat().st_mtime > _STRAY_AGE_S:
            shutil.rmtree(stray, ignore_errors=True)
    draft = Path(mkdtemp(prefix=_WRITING, dir=home.parent))
    try:
        export(loaded, draft, sha256=sha256)
        shutil.rmtree(home, ignore_errors=True)  # one that was damaged
        draft.rename(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
