"""An index in Lance tables, in a folder or on S3, for a library without a database server.

A generation is a version of each table, and small objects beside them. Writing gives new versions;
then the pointer is replaced, if it has not changed meanwhile. A killed writer leaves versions that
no pointer names, and the next writer deletes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

from ragguide.base.clock import Clock
from ragguide.base.groups import Groups
from ragguide.errors import IndexCorrupt, IndexFault, IndexMissing, StorageError
from ragguide.index.generation import REBUILD
from ragguide.index.names import POINTER
from ragguide.index.plan import LANCE_TYPES
from ragguide.index.pointer import Pointer, decode, encode, open_active
from ragguide.index.rights import has_rights, visible
from ragguide.index.store import check_name, why_missing
from ragguide.index.stores.lance_generation import (
    DROPPED,
    KINDS,
    MANIFEST,
    PARTS,
    TABLES,
    LanceGeneration,
    LanceNotes,
    TableVersions,
    folder_of,
    part_key,
    read_manifest,
    table_key,
    tables_key,
)
from ragguide.index.stores.lance_place import Found, Place, place_of
from ragguide.index.stores.lance_tables import Table
from ragguide.index.stores.parts import DOCUMENTS, decode_part
from ragguide.index.stores.protocols import (
    Checked,
    Describe,
    Draft,
    Generation,
    Judge,
    Kept,
    OnWait,
)
from ragguide.types import Manifest

# A store without a server does not know its readers. What the pointer no longer names stays for
# them for a day.
GRACE_S = 24 * 3600


class LanceStore:
    """One named index."""

    index_types = LANCE_TYPES

    def __init__(self, url: str, name: str) -> None:
        """Connect later. Raises `UsageError` for an invalid name."""
        check_name(name)
        self.name = name
        self._place = place_of(url)
        self._is_locked = False

    @property
    def place(self) -> str:
        return f"{self._place.address}/{self.name}"

    @property
    def notes(self) -> LanceNotes:
        return LanceNotes(self._place, self.name)

    # ── read ────────────────────────────────────────────────────────────────────────────────────

    def exists(self) -> bool:
        return self._read_pointer() is not None

    def has_data(self) -> bool:
        return bool(self._place.keys(self.name))

    def pointer(self) -> Pointer:
        found = self._read_pointer()
        if found is None:
            why = why_missing(self.name, names_of(self._place), self._place.address)
            raise IndexMissing(why, name=None)
        pointer = decode(found.data)
        if pointer is None:
            raise IndexCorrupt(f"{self.place}: its pointer is damaged. {REBUILD}")
        return pointer

    def _read_pointer(self) -> Found | None:
        return self._place.read(f"{self.name}/{POINTER}")

    def manifest(self) -> Manifest:
        return open_active(self.pointer, partial(read_manifest, self._place, self.name))

    def manifest_for(self, groups: Groups) -> Manifest:
        return visible(self.manifest(), groups)

    def open_for(self, groups: Groups) -> Generation:
        generation = self.open()
        if not has_rights(generation.manifest):
            return generation
        from ragguide.index.stores.visible import seen_by

        return seen_by(groups, generation)

    def open(self) -> LanceGeneration:
        return open_active(self.pointer, self._open)

    def _open(self, number: int, sha256: str) -> LanceGeneration:
        return LanceGeneration(self._place, self.name, number, sha256)

    # ── write ───────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def writing(self, *, on_wait: OnWait | None = None) -> Iterator[None]:
        with self._place.lock(self.name, on_wait=on_wait):
            self._is_locked = True
            try:
                yield
            finally:
                self._is_locked = False

    def add(
        self,
        draft: Draft,
        describe: Describe,
        *,
        keep: int,
        clock: Clock,
        judge: Judge | None = None,
    ) -> Manifest:
        from ragguide.index.stores.lance_write import LanceWriter

        assert self._is_locked, "call it within `writing`"
        found = self._read_pointer()
        old = self._valid(found)
        if found is None:
            self._clear()  # a first writer may have been killed
        self._sweep(old)
        number = max([old.next_number, *(each + 1 for each in self._numbers())])
        writer = LanceWriter(self._place, self.name, number, self._tables(old))
        try:
            manifest, sha256 = writer.write(draft, describe, clock)
            if judge is not None:
                judge(self._open(number, sha256))
            new = old.with_new(number, sha256, keep=keep)
            self._point(new, found)
        except BaseException:
            with suppress(IndexFault):  # the next writer cleans up
                self._discard(number)
            raise
        self._sweep(new)
        return manifest

    def rollback(self, to: int | None = None) -> LanceGeneration:
        found, pointer = self._read_pointer(), self.pointer()
        number = pointer.target_of_rollback(to, self.name)
        checked = self._open(number, pointer.manifests[number])
        if number != pointer.in_use:
            self._point(pointer.with_active(number), found)
        return checked

    def prune(self, keep: int) -> list[int]:
        found, pointer = self._read_pointer(), self.pointer()
        left = pointer.pruned(keep)
        if left != pointer:
            self._point(left, found)
        self._sweep(left)
        return sorted(pointer.manifests.keys() - left.manifests.keys())

    def remove(self) -> None:
        self._place.delete(f"{self.name}/{POINTER}")  # from here on the index does not exist
        self._place.delete(self.name)

    def _valid(self, found: Found | None) -> Pointer:
        """Return the pointer, or an empty one if it is missing or damaged."""
        pointer = None if found is None else decode(found.data)
        return pointer or Pointer({}, 1)

    def _tables(self, pointer: Pointer) -> TableVersions | None:
        """Return the tables of the active generation; None if there is none, or it is damaged."""
        with suppress(IndexFault):
            if pointer.manifests:
                return self._open(pointer.in_use, pointer.manifests[pointer.in_use]).tables
        return None

    def _point(self, pointer: Pointer, found: Found | None) -> None:
        """Replace the pointer: this is the switch.

        Raises:
            StorageError: another process has replaced it since it was read.
        """
        if self._place.swap(f"{self.name}/{POINTER}", encode(pointer), found) is None:
            raise StorageError(
                f"{self.place} was changed by another process meanwhile. Nothing was written. "
                "Try again."
            )

    # ── clean up ────────────────────────────────────────────────────────────────────────────────

    def _numbers(self) -> list[int]:
        """Return the generations with stored parts or tables."""
        keys = self._place.keys(self.name)
        return _folders(keys) + _folders(_below(TABLES, keys))

    def _clear(self) -> None:
        """Delete all generations and tables."""
        for number in set(self._numbers()):
            self._place.delete(folder_of(self.name, number))
            self._place.delete(tables_key(self.name, number))

    def _discard(self, number: int) -> None:
        """Delete what was written of a new generation."""
        found = self._read_pointer()
        pointer = self._valid(found)
        if number in pointer.manifests:
            return
        if not pointer.manifests:
            self._place.delete(folder_of(self.name, number))
            self._place.delete(tables_key(self.name, number))
            return
        self._sweep(pointer)

    def _sweep(self, pointer: Pointer) -> None:
        """Delete what no pointer and no reader needs; we have the lock.

        This includes what killed writers left, and generations that were dropped a day ago.
        """
        if not pointer.manifests:
            return
        keys = self._place.keys(self.name)
        left: dict[int, dict[int, TableVersions]] = {}  # by the generation that created them
        for number in _folders(keys):
            if number not in pointer.manifests and self._is_over(number, pointer):
                self._place.delete(folder_of(self.name, number))
            elif (tables := self._tables_of(number)) is not None:
                left.setdefault(tables.base, {})[number] = tables
        for base in _folders(_below(TABLES, keys)):
            if base in left:
                self._trim(left[base])
            else:
                self._place.delete(tables_key(self.name, base))

    def _is_over(self, number: int, pointer: Pointer) -> bool:
        """Whether a generation that the pointer does not name can be deleted.

        One that was in use is first marked, since readers may have opened it.
        """
        if number >= pointer.next_number:
            return True  # it was never in use
        key = f"{folder_of(self.name, number)}/{DROPPED}"
        dropped = self._place.read(key)
        if dropped is None:
            self._place.write(key, b"")
            return GRACE_S <= 0
        return dropped.age_s >= GRACE_S

    def _tables_of(self, number: int) -> TableVersions | None:
        found = self._place.read(part_key(self.name, number, TABLES))
        if found is None:
            return None
        with suppress(IndexCorrupt):
            return decode_part(found.data, TableVersions, self.place)
        return None

    def _trim(self, left: Mapping[int, TableVersions]) -> None:
        """Delete the versions of tables that none of some generations needs."""
        from ragguide.index.stores.lance_write import tag_of

        base = next(iter(left.values())).base
        for kind in KINDS:
            with suppress(IndexCorrupt):  # `verify` reports it
                table = Table.open(self._place, table_key(self.name, base, kind), None)
                table.keep_tags([tag_of(number) for number in left])

    # ── list and verify ─────────────────────────────────────────────────────────────────────────

    def kept(self) -> list[Kept]:
        return [self._kept(*each) for each in sorted(self.pointer().manifests.items())]

    def _kept(self, number: int, sha256: str) -> Kept:
        manifest, fault = None, None
        try:
            manifest = read_manifest(self._place, self.name, number, sha256)
        except IndexFault as exc:
            fault = str(exc)
        size_bytes = sum(each or 0 for each in self._sizes(number).values())
        return Kept(number=number, size_bytes=size_bytes, manifest=manifest, fault=fault)

    def sizes(self, manifest: Manifest) -> dict[str, int | None]:
        return self._sizes(manifest.generation)

    def _sizes(self, number: int) -> dict[str, int | None]:
        found = {
            part: self._place.read(part_key(self.name, number, part)) for part in (MANIFEST, *PARTS)
        }
        sizes = {part: None if each is None else len(each.data) for part, each in found.items()}
        tables = self._tables_of(number)
        documents = None if tables is None else sum(each.size_bytes for each in tables.documents)
        return {DOCUMENTS: documents} | sizes

    def check(self, number: int, sha256: str) -> Checked:
        from ragguide.index.stores.lance_check import faults_of

        try:
            faults = faults_of(self._open(number, sha256))
        except IndexFault as exc:
            return Checked(n_parts=0, size_bytes=0, faults=(str(exc),))
        sizes = self._sizes(number)
        size_bytes = sum(each or 0 for each in sizes.values())
        return Checked(n_parts=len(sizes), size_bytes=size_bytes, faults=tuple(faults))


def _folders(keys: Iterable[str]) -> list[int]:
    """Return the numbers that are the first folder of some keys, rising."""
    names = {key.partition("/")[0] for key in keys if "/" in key}
    return sorted(int(name) for name in names if name.isdecimal())


def _below(folder: str, keys: Iterable[str]) -> list[str]:
    """Return the keys in a folder, without its name."""
    return [key.removeprefix(f"{folder}/") for key in keys if key.startswith(f"{folder}/")]


def names_of(place: Place) -> list[str]:
    """Return the names of all indexes of a place."""
    return [
        name
        for name in place.names()
        if not name.startswith(".") and place.read(f"{name}/{POINTER}") is not None
    ]


def list_names(url: str) -> list[str]:
    """Return the names of all indexes of a store."""
    return names_of(place_of(url))
