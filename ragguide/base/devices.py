"""Settings' words in, the device for each part out: "auto", "cpu", "cuda" or "cuda:1" → a card.

A machine without an NVIDIA driver is known by a file that is not there, in microseconds. The cards
of one that has it are asked of nvidia-smi, which the driver brings along. No library is imported:
whoever runs a part says what its library lacks.
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
_QUERY_S = 30  # a server of eight cards that sleep takes several seconds
_MIB = 1 << 20

_CARD = re.compile(r"cuda(?::(\d{1,3}))?")


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A GPU, as the driver tells it."""

    number: int  # as torch, llama.cpp and FAISS count: among those that this process may see
    uuid: str
    name: str
    compute_capability: str  # "8.6"
    total_bytes: int | None  # None: it shares the machine's memory
    free_bytes: int | None
    driver: str  # its version

    def __str__(self) -> str:
        size = f", {self.total_bytes / 1e9:.0f} GB" if self.total_bytes is not None else ""
        return f"cuda:{self.number} ({self.name}{size})"


class Cards(msgspec.Struct, frozen=True):
    """The cards that this process may use; if there are none, why."""

    cards: tuple[Card, ...]
    fault: str = ""  # a sentence without its full stop
    mend: str = ""  # the same


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What a part runs on."""

    part: Part
    card: Card | None  # None: the CPU
    why: str

    @property
    def name(self) -> str:
        """The device as torch names it."""
        return "cpu" if self.card is None else f"cuda:{self.card.number}"

    def __str__(self) -> str:
        where = "the CPU" if self.card is None else str(self.card)
        return f"{self.part} on {where}: {self.why}"


class Fault(msgspec.Struct, frozen=True):
    """Why a library cannot use a card."""

    reason: str  # a sentence without its full stop
    mend: str  # the same


def choose(
    part: Part,
    asked: str,
    *,
    library: Callable[[], Fault | None],
    find: Callable[[], Cards] | None = None,
) -> Chosen:
    """Choose where a part runs.

    Args:
        part: what is to run.
        asked: "auto" takes a card if the machine and the library have it; "cpu"; "cuda" is the
            first card, and "cuda:1" the second.
        library: says what keeps the part's library from using a card; None: nothing.
        find: the cards of the machine; `find_cards` unless given.

    Raises:
        DeviceMissing: a card is asked for, and is not there or cannot be used.
    """
    if asked == "cpu":
        return Chosen(part=part, card=None, why="as set")
    found = (find or find_cards)()
    fault = library() if found.cards else Fault(found.fault, found.mend)
    if asked == "auto":
        card = found.cards[0] if fault is None else None
        chosen = Chosen(part=part, card=card, why=fault.reason if fault else "it is there")
        if found.cards:  # where there is none, nobody need be told that none was taken
            _log.info("%s", chosen)
        return chosen
    if fault is not None:
        raise DeviceMissing(
            f"{part} is to run on {asked}, but {fault.reason}. {fault.mend}, or choose "
            '--device cpu, or "auto", which takes what is there.'
        )
    return Chosen(part=part, card=_numbered(part, asked, found.cards), why="as set")


def _numbered(part: Part, asked: str, cards: Sequence[Card]) -> Card:
    match = _CARD.fullmatch(asked)
    assert match, f"the settings let {asked!r} pass"
    number = int(match[1] or 0)
    if number >= len(cards):
        raise DeviceMissing(
            f"{part} is to run on {asked}, but this process sees "
            f"{', '.join(map(str, cards))}. Name one of these; CUDA_VISIBLE_DEVICES may hide "
            "others."
        )
    return cards[number]


# ── the machine ─────────────────────────────────────────────────────────────────────────────────


def has_driver() -> bool:
    """Whether an NVIDIA driver is loaded; asks nothing but the file system."""
    if sys.platform == "win32":
        return Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32", "nvcuda.dll").exists()
    return any(map(os.path.exists, _PROBES))


def find_cards() -> Cards:
    """Ask the driver for its cards, and what is free on each right now."""
    if not has_driver():
        return Cards((), "there is no NVIDIA driver on this machine", "Install it")
    import subprocess  # 9 ms, which a search without a card need not wait for

    # So that numbers mean the same to CUDA as to nvidia-smi; it would put the fastest one first.
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    restart = "Restart the driver, or the machine"
    try:
        shown = subprocess.run(
            ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"],  # noqa: S607
            capture_output=True, text=True, timeout=_QUERY_S, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        return Cards((), "the NVIDIA driver is here without its nvidia-smi", "Install that")
    except (OSError, subprocess.TimeoutExpired) as exc:
        return Cards((), f"nvidia-smi does not answer ({exc})", restart)
    cards = read_cards(shown.stdout)
    if not cards:
        said = " ".join((shown.stderr or shown.stdout).split())[:160]
        return Cards((), f"the NVIDIA driver shows no card ({said})", restart)
    seen = visible(cards, os.environ)
    if not seen:
        hidden = os.environ["CUDA_VISIBLE_DEVICES"]
        return Cards((), f"CUDA_VISIBLE_DEVICES is {hidden!r}, which hides all cards", "Unset it")
    return Cards(seen)


def read_cards(csv: str) -> tuple[Card, ...]:
    """Parse what nvidia-smi prints for `_QUERY`; lines of another form are left out."""
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
            total_bytes=int(total) * _MIB if total.isdigit() else None,  # "[N/A]" if it is shared
            free_bytes=int(free) * _MIB if free.isdigit() else None,
            driver=driver,
        )
        cards.append(card)
    return tuple(cards)


def visible(cards: Sequence[Card], environ: Mapping[str, str]) -> tuple[Card, ...]:
    """The cards that CUDA shows this process, in its order and by its numbers.

    As CUDA reads CUDA_VISIBLE_DEVICES: numbers or beginnings of UUIDs, up to the first that is
    neither. What part of a card a MIG instance has, nvidia-smi does not tell this way.
    """
    names = environ.get("CUDA_VISIBLE_DEVICES")
    if names is None:
        return tuple(cards)
    seen: list[Card] = []
    for name in (part.strip() for part in names.split(",")):
        matching = [
            card
            for card in cards
            if (name.isdigit() and int(name) == card.number)
            or (name.startswith("GPU-") and card.uuid.startswith(name))
        ]
        if name.startswith("MIG-") and cards:
            slice_ = msgspec.structs.replace(
                cards[0], uuid=name, name=f"part of {cards[0].name}", total_bytes=None,
                free_bytes=None,
            )  # fmt: skip
            matching = [slice_]
        if len(matching) != 1:
            break
        seen.append(msgspec.structs.replace(matching[0], number=len(seen)))
    return tuple(seen)


# ── libraries, by their files ───────────────────────────────────────────────────────────────────


def torch_fault() -> Fault | None:
    """What keeps torch from using a card, as the file says that tells its build."""
    folder = _folder("torch")
    try:
        text = (folder / "version.py").read_text("utf-8") if folder else ""
    except OSError:
        text = ""
    if re.search(r"^cuda\b[^=\n]*= *['\"]", text, re.MULTILINE):
        return None
    return Fault(f"torch {_version('torch')} is a build without CUDA", INSTALL)


def llama_fault() -> Fault | None:
    """What keeps llama.cpp from using a card: its library for that is not beside it."""
    folder = _folder("llama_cpp")
    if folder and any((folder / "lib").glob("*ggml-cuda*")):
        return None
    return Fault(
        f"llama-cpp-python {_version('llama-cpp-python')} is a build without CUDA", INSTALL
    )


def _folder(module: str) -> Path | None:
    spec = importlib.util.find_spec(module)  # imports nothing: it is no submodule
    found = spec.submodule_search_locations if spec else None
    return Path(next(iter(found))) if found else None


def _version(package: str) -> str:
    from importlib import metadata  # 18 ms, likewise

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(not installed)"
