"""Names of indexes and readers in, open guides out, each on the newest generation."""

import asyncio
import logging
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from ragguide.base.groups import Groups
from ragguide.config import Settings
from ragguide.errors import RagguideError
from ragguide.guide import Guide
from ragguide.index.rights import is_for_all
from ragguide.index.stores.choose import store_of
from ragguide.serve.faults import HiddenFolders, ServeFault

REFRESH_S = 1.0  # between looks for a newer generation
WARM_UP = "What is this about?"  # the first question reads files and fills caches

_log = logging.getLogger(__name__)


class Shelf:
    """The guides that one reader gets answers from."""

    def __init__(self, guides: Iterable[Guide]) -> None:
        """Take open guides on different indexes; the first is the default."""
        self._guides = {guide.settings.index: guide for guide in guides}

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

    def replace(self, guide: Guide) -> None:
        """Answer from a newer generation from now on; answers that run keep theirs."""
        self._guides[guide.settings.index] = guide

    def hidden_folders(self) -> HiddenFolders:
        """Return what takes this server's folders out of messages."""
        settings = self.guide().settings
        folders = {Path.cwd(), Path.home(), Path(sys.prefix)}
        folders |= {settings.indexes_dir, settings.models_dir, settings.cache_dir}
        folders |= {path.absolute() for path in (settings.indexes_dir, settings.models_dir)}
        folders |= {Path(each.path).parent for guide in self for each in guide.manifest.sources}
        return HiddenFolders(folder for folder in folders if folder.is_absolute())


class Library:
    """A shelf for each reader. All share their models; readers who may read the same, a guide."""

    def __init__(self, shelves: Mapping[Groups, Shelf]) -> None:
        """Take the shelf of each reader, by its groups; all have the same indexes."""
        self.shelves = shelves
        self._reported: dict[str, str] = {}  # index → the fault that was logged last

    @classmethod
    def open(
        cls,
        settings: Settings,
        indexes: Sequence[str],
        readers: Collection[Groups],
        *,
        quotes_only: bool,
    ) -> "Library":
        """Open the indexes for each reader, and load their models.

        Raises:
            IndexMissing, IndexCorrupt, IndexMismatch, ModelError: as `Guide.open`.
            UsageError: no reader may read anything of the default index.
        """
        names = list(dict.fromkeys(indexes or [settings.index]))
        settings = msgspec.structs.replace(
            settings, index=names[0], groups=_spelt(frozenset().union(*readers))
        )
        guide = Guide.open(settings=settings, generator=not quotes_only)
        guide.warm_up()
        opened = [_for_readers(guide.beside(name), readers) for name in names[1:]]
        opened.insert(0, _for_readers(guide, readers))
        for each in _distinct(opened):
            each.query(WARM_UP, quotes_only=True)
        return cls({groups: Shelf(each[groups] for each in opened) for groups in readers})

    def __iter__(self) -> Iterator[Guide]:
        """Yield a guide on each index."""
        return iter(next(iter(self.shelves.values())))

    @property
    def settings(self) -> list[Settings]:
        """The settings of each index, for a reader with the groups of all."""
        every = _spelt(frozenset().union(*self.shelves))
        return [msgspec.structs.replace(guide.settings, groups=every) for guide in self]

    def refresh(self) -> None:
        """Replace guides whose index has a newer generation; answers that run keep theirs.

        A generation that cannot be opened is logged once, and the old one stays.
        """
        for guide in self:
            name = guide.settings.index
            try:
                if guide.is_current():
                    continue
                newer = _for_readers(guide.beside(), list(self.shelves))
                for each in _distinct([newer]):
                    each.query(WARM_UP, quotes_only=True)
            except RagguideError as exc:
                if self._reported.get(name) != str(exc):
                    _log.warning("still serving %s: %s", guide.index_name, exc)
                self._reported[name] = str(exc)
                continue
            self._reported.pop(name, None)
            for groups, shelf in self.shelves.items():
                shelf.replace(newer[groups])
            _log.info("serving %s", next(iter(newer.values())).index_name)

    async def stay_current(self) -> None:
        """Look for newer generations until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_S)
            await asyncio.to_thread(self.refresh)


def _for_readers(guide: Guide, readers: Collection[Groups]) -> dict[Groups, Guide]:
    """Return a guide for each reader, on the index of a guide that is open for some groups."""
    if is_for_all(guide.manifest):
        return dict.fromkeys(readers, guide)
    store = store_of(guide.settings)
    found: dict[Groups, Guide] = {}
    for groups in readers:
        manifest = store.manifest_for(groups)  # opening a part takes a millisecond a passage
        same = (each for each in (guide, *found.values()) if each.manifest == manifest)
        found[groups] = next(same, None) or guide.beside(groups=_spelt(groups))
    return found


def _distinct(opened: Iterable[Mapping[Groups, Guide]]) -> list[Guide]:
    return list({id(guide): guide for each in opened for guide in each.values()}.values())


def _spelt(groups: Groups) -> str:
    """Return groups as the setting has them."""
    return ",".join(sorted(groups))
