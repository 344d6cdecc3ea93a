"""Names of indexes in, open guides out, each on the newest generation."""

import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ragguide.config import Settings
from ragguide.errors import RagguideError
from ragguide.guide import Guide
from ragguide.serve.faults import HiddenFolders, ServeFault

REFRESH_S = 1.0  # between looks for a newer generation
WARM_UP = "What is this about?"  # the first question reads files and fills caches

_log = logging.getLogger(__name__)


class Shelf:
    """The guides that a server answers from. They share their models."""

    def __init__(self, guides: Sequence[Guide]) -> None:
        """Take open guides on different indexes; the first is the default."""
        self._guides = {guide.settings.index: guide for guide in guides}
        self._reported: dict[str, str] = {}  # index → the fault that was logged last

    @classmethod
    def open(cls, settings: Settings, indexes: Sequence[str], *, quotes_only: bool) -> "Shelf":
        """Open the indexes and load their models.

        Raises:
            IndexMissing, IndexCorrupt, IndexMismatch, ModelError: as `Guide.open`.
        """
        first, *others = indexes or [settings.index]
        settings = msgspec.structs.replace(settings, index=first)
        guide = Guide.open(settings=settings, generator=not quotes_only)
        guide.warm_up()
        shelf = cls([guide, *(guide.beside(name) for name in dict.fromkeys(others))])
        for each in shelf:
            each.query(WARM_UP, quotes_only=True)
        return shelf

    def __iter__(self) -> Iterator[Guide]:
        return iter(list(self._guides.values()))

    @property
    def names(self) -> list[str]:
        return list(self._guides)

    def guide(self, name: str | None = None) -> Guide:
        """Return the guide of an index; the default one without a name.

        Raises:
            ServeFault: the server has no such index.
        """
        if name is None:
            return next(iter(self._guides.values()))
        if name not in self._guides:
            known = ", ".join(self._guides)
            raise ServeFault(
                404, f"there is no index {name[:64]!r} here. Use: {known}.", code="model_not_found"
            )
        return self._guides[name]

    def refresh(self) -> None:
        """Replace guides whose index has a newer generation; answers that run keep theirs.

        A generation that cannot be opened is logged once, and the old one stays.
        """
        for name, guide in list(self._guides.items()):
            try:
                if guide.is_current():
                    continue
                newer = guide.beside()
                newer.query(WARM_UP, quotes_only=True)
            except RagguideError as exc:
                if self._reported.get(name) != str(exc):
                    _log.warning("still serving %s: %s", guide.index_name, exc)
                self._reported[name] = str(exc)
                continue
            self._reported.pop(name, None)
            self._guides[name] = newer
            _log.info("serving %s", newer.index_name)

    async def stay_current(self) -> None:
        """Look for newer generations until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_S)
            await asyncio.to_thread(self.refresh)

    def hidden_folders(self) -> HiddenFolders:
        """Return what takes this server's folders out of messages."""
        settings = self.guide().settings
        folders = {Path.cwd(), Path.home(), Path(sys.prefix)}
        folders |= {settings.indexes_dir, settings.models_dir, settings.cache_dir}
        folders |= {path.absolute() for path in (settings.indexes_dir, settings.models_dir)}
        folders |= {Path(each.path).parent for guide in self for each in guide.manifest.sources}
        return HiddenFolders(folder for folder in folders if folder.is_absolute())
