"""Settings in, the embedder that an index was built with out: loaded when it is first needed."""

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
        """Take the settings that name it.

        Args:
            settings: of the open index.
            sha256: of the weights that the index was built with.
            loaded: the embedder, if it is loaded already.
        """
        self._settings = settings
        self._sha256 = sha256
        self._loaded = loaded

    def under(self, settings: Settings, *, loaded: "Embedder | None" = None) -> "LazyEmbedder":
        """The same embedder under other settings."""
        return LazyEmbedder(settings, sha256=self._sha256, loaded=loaded or self._loaded)

    def get(self) -> "Embedder":
        """Return the embedder; export it first if that was never done on this machine.

        Raises:
            IndexMismatch: its folder has changed since the index was built.
            ModelError: it is missing or does not load.
        """
        if self._loaded is None:
            settings = self._settings
            files = find_embedder(settings.embedder)
            sha256 = embedder_sha256(files)
            if sha256 != self._sha256:
                raise IndexMismatch(
                    f"{files.folder} has changed since the index {settings.index!r} was built "
                    f"with it: its sha256 is {sha256[:12]}…, it was {self._sha256[:12]}…. "
                    "Run `ragguide ingest --rebuild`."
                )
            if settings.encoder == "onnx":
                _log.info("exporting %s for fast searches, once: about ten seconds …", files.name)
            self._loaded = make_embedder(files, sha256, settings)
        return self._loaded
