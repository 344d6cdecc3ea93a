"""The tokens of a shared prompt prefix in, the model's state after reading them out, from disk.

The instructions before the evidence are the same for every question, and reading them takes the
default generator more than a second. Its state afterwards is a few megabytes. The cache belongs to
the user: a state with a wrong checksum counts as missing.
"""

import logging
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

MAX_STATES = 16  # the oldest are deleted first
_DIGEST_BYTES = 32

_log = logging.getLogger(__name__)


class PrefixCache:
    """Caches states of one model file, as one build of llama.cpp computes them."""

    def __init__(self, folder: Path, model: Path, run_as: str) -> None:
        """Take the folder, and everything else that a state depends on.

        Args:
            folder: shared by all models; need not exist.
            model: the GGUF file; another size or date means another model.
            run_as: how llama.cpp runs it, in any words.
        """
        self._folder = folder
        status = model.stat()
        file = (str(model.resolve()), status.st_size, status.st_mtime_ns)
        self._key = f"{file} {version('llama-cpp-python')} {run_as}"

    def read(self, tokens: Sequence[int]) -> bytes | None:
        """Return the state after these tokens; None if it is missing or damaged."""
        try:
            data = self._path(tokens).read_bytes()
        except OSError:
            return None
        digest, state = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
        return state if sha256(state).digest() == digest else None

    def write(self, tokens: Sequence[int], state: bytes) -> None:
        """Cache a state. If the disk refuses it, only time is lost."""
        path = self._path(tokens)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
                file.write(sha256(state).digest() + state)
            Path(file.name).replace(path)
            self._prune()
        except OSError as exc:
            _log.info("Cannot cache the prompt prefix: %s", exc)

    def _path(self, tokens: Sequence[int]) -> Path:
        return self._folder / f"{sha256(f'{self._key} {list(tokens)}'.encode()).hexdigest()}.state"

    def _prune(self) -> None:
        """Delete all but the newest files, which include what an interrupted process left."""
        files = sorted(self._folder.iterdir(), key=lambda file: -file.stat().st_mtime)
        for file in files[MAX_STATES:]:
            file.unlink(missing_ok=True)
