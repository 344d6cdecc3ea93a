"""The file `CURRENT` as a value and as bytes. No I/O.

    next 000006                 the next number; no number is used twice
    000004 <sha256>             the active generation, and its manifest's sha256
    000003 <sha256>             the other kept generations, in the order of rollbacks
    000005 <sha256>
    sha256 <sha256>             of the lines above

Replacing this one small file switches, rolls back or prunes generations. A kept generation stays
verifiable, because the sha256 of its manifest is stored outside its own folder.
"""

import hashlib
import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from ragguide.errors import IndexCorrupt, UsageError

_V = TypeVar("_V")

_NUMBERED = re.compile(r"([0-9]{6}) ([0-9a-f]{64})\n")
_WHOLE = re.compile(rf"(next ([0-9]{{6}})\n((?:{_NUMBERED.pattern})+))sha256 ([0-9a-f]{{64}})\n")


class Pointer(msgspec.Struct, frozen=True):
    """The active generation and the kept ones."""

    manifests: dict[int, str]  # generation → its manifest's sha256; the first is active
    next_number: int  # greater than all earlier numbers

    @property
    def in_use(self) -> int:
        return next(iter(self.manifests))

    def with_new(self, number: int, sha256: str, *, keep: int) -> "Pointer":
        """Return a pointer with a new active generation, and `keep` generations in all."""
        return Pointer({number: sha256} | self.manifests, number + 1).pruned(keep)

    def pruned(self, keep: int) -> "Pointer":
        """Return a pointer with the first `keep` generations, at least the active one."""
        return Pointer(dict(list(self.manifests.items())[: max(keep, 1)]), self.next_number)

    def previous(self) -> int | None:
        """Return the target of a rollback: the last generation before the active one."""
        return next((number for number in self.manifests if number < self.in_use), None)

    def target_of_rollback(self, to: int | None, name: str) -> int:
        """Return `to`, or the previous generation, if it is kept; `name` is the index's.

        Raises:
            UsageError: it is not kept.
        """
        number = self.previous() if to is None else to
        if number in self.manifests:
            return number
        others = ", ".join(map(str, sorted(self.manifests.keys() - {self.in_use})))
        wanted = "no older generation" if number is None else f"no generation {number}"
        raise UsageError(
            f"the index {name!r} has {wanted}. Generation {self.in_use} is active; "
            + (f"choose another with --to: {others}." if others else "no other is kept.")
        )

    def with_active(self, number: int) -> "Pointer":
        """Return a pointer with another active generation.

        After a rollback, the generation that was active is the first to be pruned.
        """
        rest = self.manifests.copy()
        first = {number: rest.pop(number)}
        if number < self.in_use:
            rest[self.in_use] = rest.pop(self.in_use)
        return Pointer(first | rest, self.next_number)


def encode(pointer: Pointer) -> bytes:
    lines = [f"next {pointer.next_number:06d}\n"]
    lines += (f"{number:06d} {sha256}\n" for number, sha256 in pointer.manifests.items())
    text = "".join(lines)
    return f"{text}sha256 {hashlib.sha256(text.encode('ascii')).hexdigest()}\n".encode("ascii")


def decode(data: bytes) -> Pointer | None:
    """Parse the output of `encode`; None if the data are damaged.

    Versions without rollbacks wrote a single line: a number and a sha256.
    """
    text = data.decode("ascii", "replace")
    if single := _NUMBERED.fullmatch(text):
        return Pointer({int(single[1]): single[2]}, int(single[1]) + 1)
    whole = _WHOLE.fullmatch(text)
    if whole is None or hashlib.sha256(whole[1].encode("ascii")).hexdigest() != whole[6]:
        return None
    manifests = {int(number): sha256 for number, sha256 in _NUMBERED.findall(whole[3])}
    return Pointer(manifests, int(whole[2]))


def open_active(read: Callable[[], Pointer], open_: Callable[[int, str], _V]) -> _V:
    """Open the active generation, also beside a writer that switches and prunes.

    Args:
        read: reads the pointer.
        open_: opens the generation of a number, whose manifest has a sha256.

    Raises:
        IndexMissing, IndexCorrupt, IndexMismatch: as `read` and `open_`.
    """
    pointer = read()
    while True:
        try:
            return open_(pointer.in_use, pointer.manifests[pointer.in_use])
        except IndexCorrupt:
            # A writer may have switched and pruned between our two reads.
            if (again := read()) == pointer:
                raise
            pointer = again
