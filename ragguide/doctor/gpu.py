"""Settings in, checks of the GPUs and of what runs on them out."""

from collections.abc import Callable, Iterator

from ragguide.base.devices import Cards, Fault, Part, choose, find_cards, llama_fault, torch_fault
from ragguide.config import Settings
from ragguide.doctor.check import Check, note, problem
from ragguide.errors import DeviceMissing
from ragguide.index.search_device import faiss_fault


def gpu(settings: Settings) -> Iterator[Check]:
    found = find_cards()
    cards = "; ".join(
        f"{card}, compute capability {card.compute_capability}, driver {card.driver}"
        + ("" if card.free_bytes is None else f", {card.free_bytes / 1e9:.1f} GB free")
        for card in found.cards
    )
    yield Check("gpu", cards or f"none: {found.fault}")
    libraries: dict[Part, Callable[[], Fault | None]] = {
        "embedding": torch_fault,
        "generation": llama_fault,
        "search": faiss_fault,
    }
    places = []
    for part, library in libraries.items():
        place = _placed(settings, part, library(), found)
        if isinstance(place, Check):
            yield place
        else:
            places.append(place)
    if places:
        yield Check("devices", "; ".join(places))


def _placed(settings: Settings, part: Part, fault: Fault | None, found: Cards) -> Check | str:
    """Where a part runs, or a check that says why it cannot run where it should."""
    asked = settings.device_of(part)
    if part == "search" and not settings.search_device and asked != "cpu" and found.cards:
        asked = "auto"  # `device` does not force search: FAISS without GPU support uses the CPU
    try:
        chosen = choose(part, asked, library=lambda: fault, find=lambda: found)
    except DeviceMissing as exc:
        return problem(part, str(exc))
    if chosen.card is None and found.cards and asked == "auto":
        return note(part, str(chosen), fault.fix if fault else "")
    return f"{part} {'CPU' if chosen.card is None else chosen.name}"
