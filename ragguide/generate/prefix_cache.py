"""Tokens that prompts begin with in, what a model computed of them out, from the disk.

The instructions before the evidence are the same for every question, and reading them costs the
default generator more than a second. What it computed is a few megabytes. It is data of the user's
own cache: its bytes are checked, and whatever is wrong with it is as if it were not there.
"""

import logging
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

KEPT = 16  # states; the oldest go first
_DIGEST_BYTES = 32

_log = logging.getLogger(__name__)


class PrefixStore:
    """Keeps states of one model file, as one build of llama.cpp computes them."""

    def __init__(self, folder: Path, model: Path, run_as: str) -> None:
        """Take the folder of all states, and what else they hang on.

        Args:
            folder: of all models' states; need not exist.
            model: the GGUF file: another size or date is another model.
            run_as: how llama.cpp runs it, in any words.
        """
        self._folder = folder
        status = model.stat()
        file = (str(model.resolve()), status.st_size, status.st_mtime_ns)
        self._key = f"{file} {version('llama-cpp-python')} {run_as}"

    def read(self, tokens: Sequence[int]) -> bytes | None:
        """Return the state after these tokens, or None if it is not there, whole."""
        try:
            data = self._path(tokens).read_bytes()
        except OSError:
            return None
        digest, state = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
        return state if sha256(state).digest() == digest else None

    def write(self, tokens: Sequence[int], state: bytes) -> None:
        """Keep a state. A disk that does not take it costs time, not the answer."""
        path = self._path(tokens)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
                file.write(sha256(state).digest() + state)
            Path(file.name).replace(path)
            self._prune()
        except OSError as exc:
            _log.info("cannot keep what prompts begin with: %s", exc)

    def _path(self, tokens: Sequence[int]) -> Path:
        return self._folder / f"{sha256(f'{self._key} {list(tokens)}'.encode()).hexdigest()}.state"

    def _prune(self) -> None:
        """Remove all but the newest states, and what an interrupted process left half-written."""
        files = sorted(self._folder.iterdir(), key=lambda file: -file.stat().st_mtime)
        for file in files[KEPT:]:
            file.unlink(missing_ok=True)
