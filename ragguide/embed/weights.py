"""Settings in, the embedder's files with the checksum of its weights out."""

import msgspec

from ragguide.config import Settings
from ragguide.models.find import EmbedderFiles, find_embedder
from ragguide.models.verify import embedder_sha256
from ragguide.types import (
    Manifest,
)


class Weights(msgspec.Struct, frozen=True):
    """The embedder that a generation is made with."""

    files: EmbedderFiles
    sha256: str

    def made(self, manifest: Manifest) -> bool:
        """Whether the generation's vectors come of these very weights."""
        return (manifest.embedder, manifest.embedder_sha256) == (self.files.name, self.sha256)


def weights_of(settings: Settings) -> Weights:
    """Find the embedder that the settings name.

    Raises:
        ModelError: it is missing.
    """
    files = find_embedder(settings.embedder)
    return Weights(files, embedder_sha256(files))
