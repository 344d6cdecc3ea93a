"""Settings in, the embedder's files and the checksum of its weights out."""

import msgspec

from ragguide.config import Settings
from ragguide.models.find import EmbedderFiles, find_embedder
from ragguide.models.verify import embedder_sha256
from ragguide.types import Manifest


class Weights(msgspec.Struct, frozen=True):
    """An embedder's files and the checksum of its weights."""

    files: EmbedderFiles
    sha256: str

    def built(self, manifest: Manifest) -> bool:
        """Whether these weights computed the generation's vectors."""
        return (manifest.embedder, manifest.embedder_sha256) == (self.files.name, self.sha256)


def weights_of(settings: Settings) -> Weights:
    """Find the embedder that the settings name.

    Raises:
        ModelError: it is missing or damaged.
    """
    files = find_embedder(settings.embedder)
    return Weights(files, embedder_sha256(files))
