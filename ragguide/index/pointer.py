"""What `CURRENT` says, as a value and as bytes. No I/O.

    next 000006                 no number is given twice
    000004 <sha256>             the generation in use, and its manifest's sha256
    000003 <sha256>             the others that are kept, those to go back to first
    000005 <sha256>
    sha256 <sha256>             of the lines above

So one replacement of one small file switches, goes back or forgets; and a generation can be trusted
again later, since the sha256 of its manifest does not stand in its own folder.
"""

import hashlib
import re

import msgspec

_NUMBERED = re.compile(r"([0-9]{6}) ([0-9a-f]{64})\n")
_WHOLE = re.compile(rf"(next ([0-9]{{6}})\n((?:{_NUMBERED.pattern})+))sha256 ([0-9a-f]{{64}})\n")


class Pointer(msgspec.Struct, frozen=True):
    """Which generation is in use, and which others there are."""

    manifests: dict[int, str]  # generation → its manifest's sha256; the first is in use
    next_number: int  # greater than any that was ever given

    @property
    def in_use(self) -> int:
        return next(iter(self.manifests))

    def switched(self, number: int, sha256: str, *, keep: int) -> "Pointer":
        """With a new generation in use, and `keep` kept in all."""
        return Pointer({number: sha256} | self.manifests, number + 1).pruned(keep)

    def pruned(self, keep: int) -> "Pointer":
        """With `keep` generations: the one in use, then those to go back to."""
        return Pointer(dict(list(self.manifests.items())[: max(keep, 1)]), self.next_number)

    def previous(self) -> int | None:
        """The generation to go back to: the last that was in use before this one."""
        return next((number for number in self.manifests if number < self.in_use), None)

    def turned(self, number: int) -> "Pointer":
        """With another of the generations in use.

        One that was gone back from is the first to be forgotten.
        """
        rest = self.manifests.copy()
        first = {number: rest.pop(number)}
        if number < self.in_use:
            rest[self.in_use] = rest.pop(self.in_use)
        return Pointer(first | rest, self.next_number)


def encode(pointer: Pointer) -> bytes:
    lines = [f"next {pointer.next_number:06d}\n"]
    lines += (f"{number:06d} {sha256}\n" for number, sha256 in pointer.manifests.items())
    told = "".join(lines)
    return f"{told}sha256 {hashlib.sha256(told.encode('ascii')).hexdigest()}\n".encode("ascii")


def decode(data: bytes) -> Pointer | None:
    """What `encode` wrote; None if it is anything else, or damaged.

    A single line, a number and a sha256, is what was written before generations could be gone back
    to.
    """
    text = data.decode("ascii", "replace")
    if single := _NUMBERED.fullmatch(text):
        return Pointer({int(single[1]): single[2]}, int(single[1]) + 1)
    whole = _WHOLE.fullmatch(text)
    if whole is None or hashlib.sha256(whole[1].encode("ascii")).hexdigest() != whole[6]:
        return None
    manifests = {int(number): sha256 for number, sha256 in _NUMBERED.findall(whole[3])}
    return Pointer(manifests, int(whole[2]))
