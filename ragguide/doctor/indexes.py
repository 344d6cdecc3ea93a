"""Settings in, checks of the index to use and of the other indexes out."""

from collections.abc import Iterator

import msgspec

from ragguide.config import Settings
from ragguide.doctor.check import Check, note, problem
from ragguide.doctor.models import SHA_SHOWN
from ragguide.index.open import open_index
from ragguide.models.find import find_embedder
from ragguide.models.verify import embedder_sha256


def index(settings: Settings) -> Iterator[Check]:
    from ragguide.index.plan import describe
    from ragguide.index.stores.choose import place_of, store_of
    from ragguide.update.staleness import stale_note

    store = store_of(settings)
    if not store.exists() and settings.index == Settings().index:
        found = f"none in {place_of(settings)} yet"
        yield note("index", found, "Run `ragguide ingest FILE…`")
        return
    # Opening verifies all checksums. On the CPU, since the GPU has a check of its own.
    opened = open_index(msgspec.structs.replace(settings, search_device="cpu"))
    manifest = opened.generation.manifest
    n, n_chunks = len(manifest.sources), manifest.n_chunks
    yield Check(
        "index",
        f"{opened.label(settings.index)}: {n} document{'s' * (n != 1)}, "
        f"{n_chunks:,} passage{'s' * (n_chunks != 1)}, "
        f"{describe(manifest.vector_index.parameters)}, intact",
    )
    weights = embedder_sha256(find_embedder(settings.embedder))
    if weights != manifest.embedder_sha256 and opened.embedder is None:
        yield problem(
            "weights",
            f"the embedder that made the index (sha256 {manifest.embedder_sha256[:SHA_SHOWN]}…) is "
            "neither in its folder nor in the cache",
            "Run `ragguide ingest --rebuild`",
        )
    if stale := stale_note(manifest, settings.index, store.notes):
        yield note("sources", stale)
    if opened.calibration is None:
        found = "no calibration fits this index, so few questions are refused"
        yield note("refusals", found, "Run `ragguide calibrate QUESTIONS`")


def other_indexes(settings: Settings) -> Iterator[Check]:
    from ragguide.index.overview import list_rows
    from ragguide.index.stores.choose import stores_of

    rows = [
        row for row in list_rows(stores_of(settings), settings.reader) if row.name != settings.index
    ]
    for row in rows:
        if row.fault:
            yield note(row.name, row.fault)
    if names := [row.name for row in rows if not row.fault]:
        yield Check("others", f"{', '.join(names[:5])}{' …' if len(names) > 5 else ''}")
