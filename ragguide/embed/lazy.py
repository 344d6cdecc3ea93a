"""Settings in, the embedder that built an index out; it loads on first use."""

import logging
from typing import TYPE_CHECKING

from ragguide.config import Settings
from ragguide.embed.load import make_embedder
from ragguide.errors import IndexMismatch
from ragguide.models.find import find_embedder
from ragguide.models.verify import embedder_sha256

if TYPE_CHECKING:
    from ragguide.types import Embedder

_log = logging.getLogger(__name__)


class LazyEmbedder:
    """The embedder of one open index."""

    def __init__(
        self, settings: Settings, *, sha256: str, loaded: "Embedder | None" = None
    ) -> None:
        """Remember what to load.

        Args:
            settings: name the embedder.
            sha256: checksum of the weights that built the index.
            loaded: the embedder, if it is loaded already.
        """
        self._settings = settings
        self._sha256 = sha256
        self._loaded = loaded

    def under(self, settings: Settings, *, loaded: "Embedder | None" = None) -> "LazyEmbedder":
        """The same embedder under other settings."""
        return LazyEmbedder(settings, sha256=self._sha256, loaded=loaded or self._loaded)

    def get(self) -> "Embedder":
        """Return the embedder; its first use on this machine writes its export.

        Raises:
            IndexMismatch: its folder has changed since the index was built.
            ModelError: it is missing or cannot be loaded.
        """
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _load(self) -> "Embedder":
        settings = self._settings
        files = find_embedder(settings.embedder)
        sha256 = embedder_sha256(files)
        if sha256 != self._sha256:
            raise IndexMismatch(
                f"{files.folder} has changed since the index {settings.index!r} was built with "
                f"it: its sha256 is {sha256[:12]}…, it was {self._sha256[:12]}…. "
                "Run `ragguide ingest --rebuild`."
            )
        if settings.encoder == "onnx" and files.spec is None:
            _log.info("exporting %s for fast searches, once: about ten seconds …", files.name)
        return make_embedder(files, sha256, settings)
