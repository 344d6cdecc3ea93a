"""A device setting in ("auto", "cpu", "cuda" or "cuda:1"), the device for a part out.

A missing driver file shows within microseconds that a machine has no NVIDIA GPU. With a driver,
nvidia-smi lists the cards. This module imports no library: the caller reports what its library
lacks.
"""

import importlib.util
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from ragguide.errors import DeviceMissing

Part: TypeAlias = Literal["embedding", "generation", "search"]

_log = logging.getLogger(__name__)

INSTALL = "Run ./scripts/install_cuda"
_PROBES = (
    "/proc/driver/nvidia/version",  # Linux
    "/dev/nvidiactl",  # a container, which may hide /proc
    "/dev/dxg",  # Windows Subsystem for Linux
)
_QUERY = "index,uuid,name,compute_cap,memory.total,memory.free,driver_version"
_QUERY_S = 30  # a server with eight sleeping cards takes several seconds
_MIB = 1 << 20

_CARD = re.compile(r"cuda(?::(\d{1,3}))?")


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A GPU, as the driver reports it."""

    number: int  # as torch, llama.cpp and FAISS count the cards that this process may see
    uuid: str
    name: str
    compute_capability: str  # "8.6"
    total_bytes: int | None  # None: the card shares the machine's memory
    free_bytes: int | None
    driver: str  # version

    def __str__(self) -> str:
        size = f", {self.total_bytes / 1e9:.0f} GB" if self.total_bytes is not None else ""
        return f"cuda:{self.number} ({self.name}{size})"


class Cards(msgspec.Struct, frozen=True):
    """The cards that this process may use; if there are none, the reason."""

    cards: tuple[Card, ...]
    fault: str = ""  # why there are none: a sentence without its full stop
    fix: str = ""  # what to do about it, in the same form


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The device that a part runs on."""

    part: Part
    card: Card | None  # None: the CPU
    why: str

    @property
    def name(self) -> str:
        """The device in torch's notation."""
        return "cpu" if self.card is None else f"cuda:{self.card.number}"

    def __str__(self) -> str:
        where = "the CPU" if self.card is None else str(self.card)
        return f"{self.part} on {where}: {self.why}"


class Fault(msgspec.Struct, frozen=True):
    """Why a library cannot use a card."""

    reason: str  # a sentence without its full stop
    fix: str  # what to do about it, in the same form


def choose(
    part: Part,
    asked: str,
    *,
    library: Callable[[], Fault | None],
    find: Callable[[], Cards] | None = None,
) -> Chosen:
    """Choose the device for a part.

    Args:
        part: the part to run.
        asked: "auto" uses a card if the machine has one and the library supports it; "cpu"; "cuda"
            is the first card, "cuda:1" the second.
        library: returns why the part's library cannot use a card, or None if it can.
        find: returns the machine's cards; default: `find_cards`.

    Raises:
        DeviceMissing: a card was asked for, but is missing or unusable.
    """
    if asked == "cpu":
        return Chosen(part=part, card=None, why="as set")
    found = (find or find_cards)()
    fault = library() if found.cards else Fault(found.fault, found.fix)
    if asked == "auto":
        card = found.cards[0] if fault is None else None
        chosen = Chosen(part=part, card=card, why=fault.reason if fault else "found")
        if found.cards:  # without cards, using the CPU is no news
            _log.info("%s", chosen)
        return chosen
    if fault is not None:
        raise DeviceMissing(
            f"{part} cannot run on {asked}: {fault.reason}. {fault.fix}, or use --device cpu or "
            "--device auto."
        )
    return Chosen(part=part, card=_numbered(part, asked, found.cards), why="as set")


def _numbered(part: Part, asked: str, cards: Sequence[Card]) -> Card:
    match = _CARD.fullmatch(asked)
    assert match, f"settings accept only valid devices, not {asked!r}"
    number = int(match[1] or 0)
    if number >= len(cards):
        raise DeviceMissing(
            f"{part} cannot run on {asked}: this process sees only "
            f"{', '.join(map(str, cards))}. Choose one of these; CUDA_VISIBLE_DEVICES may hide "
            "others."
        )
    return cards[number]


# ── the machine ─────────────────────────────────────────────────────────────────────────────────


def has_driver() -> bool:
    """Whether an NVIDIA driver is loaded; looks at the file system only."""
    if sys.platform == "win32":
        return Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32", "nvcuda.dll").exists()
    return any(map(os.path.exists, _PROBES))


def find_cards() -> Cards:
    """Ask the driver for its cards and their free memory."""
    if not has_driver():
        return Cards((), "there is no NVIDIA driver on this machine", "Install one")
    import subprocess  # 9 ms; searches without a card skip it

    # Makes CUDA number the cards as nvidia-smi does. By default it puts the fastest one first.
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    restart = "Restart the driver or the machine"
    try:
        shown = subprocess.run(
            ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"],  # noqa: S607
            capture_output=True, text=True, timeout=_QUERY_S, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        return Cards((), "the NVIDIA driver is installed, but nvidia-smi is not", "Install it")
    except (OSError, subprocess.TimeoutExpired) as exc:
        return Cards((), f"nvidia-smi failed ({exc})", restart)
    cards = read_cards(shown.stdout)
    if not cards:
        output = " ".join((shown.stderr or shown.stdout).split())[:160]
        return Cards((), f"the NVIDIA driver lists no card ({output})", restart)
    seen = visible(cards, os.environ)
    if not seen:
        hidden = os.environ["CUDA_VISIBLE_DEVICES"]
        return Cards((), f"CUDA_VISIBLE_DEVICES is {hidden!r}, which hides all cards", "Unset it")
    return Cards(seen)


def read_cards(csv: str) -> tuple[Card, ...]:
    """Parse the output of nvidia-smi for `_QUERY`; skip lines in any other format."""
    cards = []
    for line in csv.splitlines():
        fields = [field.strip() for field in line.split(",")]
        if len(fields) != len(_QUERY.split(",")) or not fields[0].isdigit():
            continue
        number, uuid, name, capability, total, free, driver = fields
        card = Card(
            number=int(number),
            uuid=uuid,
            name=name,
            compute_capability=capability,
            total_bytes=int(total) * _MIB if total.isdigit() else None,  # "[N/A]" for shared memory
            free_bytes=int(free) * _MIB if free.isdigit() else None,
            driver=driver,
        )
        cards.append(card)
    return tuple(cards)


def visible(cards: Sequence[Card], environ: Mapping[str, str]) -> tuple[Card, ...]:
    """Return the cards that CUDA shows this process, numbered as CUDA numbers them.

    CUDA reads CUDA_VISIBLE_DEVICES as numbers or UUID prefixes, up to the first invalid entry.
    nvidia-smi does not report how much memory a MIG instance has.
    """
    names = environ.get("CUDA_VISIBLE_DEVICES")
    if names is None:
        return tuple(cards)
    seen: list[Card] = []
    for name in (part.strip() for part in names.split(",")):
        matching = _matching(name, cards)
        if len(matching) != 1:
            break
        seen.append(msgspec.structs.replace(matching[0], number=len(seen)))
    return tuple(seen)


def _matching(name: str, cards: Sequence[Card]) -> list[Card]:
    """Return the cards that one entry of CUDA_VISIBLE_DEVICES may mean."""
    if name.startswith("MIG-") and cards:
        first = cards[0]
        return [
            msgspec.structs.replace(
                first, uuid=name, name=f"part of {first.name}", total_bytes=None, free_bytes=None
            )
        ]
    if name.isdigit():
        return [card for card in cards if card.number == int(name)]
    return [card for card in cards if name.startswith("GPU-") and card.uuid.startswith(name)]


# ── library builds, from their files ──────────────────────────────────────────────────────────────


def torch_fault() -> Fault | None:
    """Why torch cannot use a card, from its version file; None if it can."""
    folder = _folder("torch")
    try:
        text = (folder / "version.py").read_text("utf-8") if folder else ""
    except OSError:
        text = ""
    if re.search(r"^cuda\b[^=\n]*= *['\"]", text, re.MULTILINE):
        return None
    return Fault(f"torch {_version('torch')} was built without CUDA", INSTALL)


def llama_fault() -> Fault | None:
    """Why llama.cpp cannot use a card: its CUDA library is not installed; None if it can."""
    folder = _folder("llama_cpp")
    if folder and any((folder / "lib").glob("*ggml-cuda*")):
        return None
    return Fault(f"llama-cpp-python {_version('llama-cpp-python')} was built without CUDA", INSTALL)


def _folder(module: str) -> Path | None:
    spec = importlib.util.find_spec(module)  # imports nothing, since it is no submodule
    found = spec.submodule_search_locations if spec else None
    return Path(next(iter(found))) if found else None


def _version(package: str) -> str:
    from importlib import metadata  # 18 ms

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(not installed)"
