"""An index in, the same index of its sources as they are now out. `Guide.update` is its face.

Only what has changed is parsed, and only text that is new is embedded: what else there is comes
from the generation in use, vectors too.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec

from ragguide.base.clock import Clock, OnStage
from ragguide.config import Settings
from ragguide.create.cut import Known, cut
from ragguide.embed.weights import weights_of
from ragguide.errors import InputError
from ragguide.index.build import write_generation
from ragguide.index.open import require_embedder
from ragguide.index.recipe import TEXT_VERSION, as_made, identity
from ragguide.types import Manifest
from ragguide.update.changes import Changes, find_changes
from ragguide.update.gather import Entry, gather
from ragguide.update.plan import Plan, plan_of
from ragguide.update.sources import Steps, find_steps
from ragguide.update.staleness import note_dates

if TYPE_CHECKING:
    from ragguide.create.documents import Limits
    from ragguide.index.generation import StoredGeneration
    from ragguide.index.store import OnWait


class OnDraft(Protocol):
    """Is shown the new generation before the switch, and may raise to have it discarded."""

    def __call__(self, draft: "StoredGeneration", *, changes: Changes) -> None: ...


class UpdateReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an update did."""

    index: str
    generation: int  # in use at the end
    unchanged: bool  # nothing is to be done, and the generation in use stays
    dry_run: bool
    plan: Plan
    changes: Changes
    skipped: dict[str, str]  # path → why it could not be read; what was known of it stays
    n_embedded: int
    seconds: dict[str, float]  # stage → wall time


def update(
    settings: Settings,
    *,
    password: str | None = None,
    dry_run: bool = False,
    judge: "OnDraft | None" = None,
    on_stage: OnStage | None = None,
    on_wait: "OnWait | None" = None,
) -> UpdateReport:
    """Bring an index up to its sources, as they were asked for when it was made.

    A document that has vanished is dropped; one that has changed and cannot be read stays as it
    was.

    Args:
        settings: name the index; how it is cut and indexed stays as it is.
        password: opens encrypted PDFs.
        dry_run: read what has changed and say what would be done; write nothing.
        judge: gets the new generation before the switch, and what has changed in the guide; if it
            raises, the old one stays.
        on_stage: is told of what takes long.
        on_wait: as `IndexFolder.writing` takes it.

    Raises:
        IndexMissing, IndexCorrupt: there is no such index, or it is damaged.
        IndexMismatch: another embedder than the settings name made it, or another format.
        IndexLocked, StorageError: it cannot be written.
        InputError: none of its sources is there any more.
        ModelError: the embedder is missing.
    """
    from ragguide.index.store import IndexFolder

    clock = Clock(on_stage)
    folder = IndexFolder(settings.indexes_dir, settings.index)
    require_embedder(folder.manifest(), settings)  # before a folder is made for the lock
    with nullcontext() if dry_run else folder.writing(on_wait=on_wait):
        manifest = folder.manifest()
        settings, weights = as_made(manifest, settings), weights_of(settings)
        report = partial(_report, settings.index, clock, dry_run=dry_run)
        with clock.stage("compare", 1):
            steps = find_steps(manifest, text_version=TEXT_VERSION)
        _require_sources(steps, manifest, settings.index)
        same_weights = weights.made(manifest)
        if same_weights and steps.is_idle:
            if not dry_run:
                note_dates(folder.path, manifest.sources)
            return report(manifest, _idle(steps, manifest))
        old = folder.open()
        before = {document.name: document for document in old.documents()}
        limits = _limits(settings, manifest, password)
        entries, skipped = gather(steps.steps, before, limits, manifest.request.tags, clock)
        if same_weights and _is_as_before(entries, manifest):
            return report(manifest, _idle(steps, manifest), skipped=skipped)
        old_chunks = old.chunks()
        same_cut = same_weights and manifest.text_version == TEXT_VERSION
        cut_before = frozenset(
            entry.document.name for entry in entries if same_cut and entry.is_cut
        )
        contents = cut(
            manifest.request,
            [entry.record for entry in entries],
            [entry.document for entry in entries],
            weights,
            settings,
            clock,
            known=Known(old_chunks, cut_before, manifest.n_tokens),
        )
        plan = plan_of(steps, old_chunks, contents.chunks, same_weights=same_weights)
        changes = _changes(entries, steps)
        if dry_run:
            return report(manifest, plan, changes, skipped=skipped)
        new, n_embedded = write_generation(
            folder,
            old,
            contents,
            weights,
            settings,
            clock,
            judge=partial(judge, changes=changes) if judge else None,
        )
    return report(new, plan, changes, skipped=skipped, n_embedded=n_embedded)


def _limits(settings: Settings, manifest: Manifest, password: str | None) -> "Limits":
    from ragguide.create.documents import Limits

    return Limits(
        timeout_s=settings.parse_timeout_s,
        memory_mb=settings.parse_memory_mb,
        password=password,
        ocr_languages=manifest.request.ocr_languages,
    )


def _require_sources(steps: Steps, manifest: Manifest, index: str) -> None:
    if steps.steps:
        return
    paths = [record.path for record in manifest.sources]
    what = (
        f"{paths[0]} is not there any more"
        if len(paths) == 1
        else f"none of the {len(paths)} sources is there any more, such as {paths[0]}"
    )
    raise InputError(
        f"{what}; the index {index!r} stays as it is. If it moved, read it from its new place: "
        f"ragguide ingest --index {index} PATH"
    )


def _is_as_before(entries: Sequence[Entry], manifest: Manifest) -> bool:
    """Whether there is nothing to write after all: what changed could not be read."""
    return manifest.text_version == TEXT_VERSION and [
        identity(entry.record) for entry in entries
    ] == list(map(identity, manifest.sources))


# ── what is told ────────────────────────────────────────────────────────────────────────────────


def _idle(steps: Steps, manifest: Manifest) -> Plan:
    """The plan if all chunks stay."""
    plan = plan_of(steps, [], [], same_weights=True)
    return msgspec.structs.replace(plan, n_chunks_kept=manifest.n_chunks)


def _changes(entries: Sequence[Entry], steps: Steps) -> Changes:
    """What has changed in the guide; not what this ragguide only reads otherwise."""
    return find_changes(
        [
            (entry.before, entry.document)
            for entry in entries
            if entry.before and entry.has_other_bytes
        ],
        added=[entry.document.name for entry in entries if entry.before is None],
        removed=[record.name for record in steps.vanished],
    )


def _report(
    index: str,
    clock: Clock,
    manifest: Manifest,
    plan: Plan,
    changes: Changes | None = None,
    *,
    dry_run: bool,
    skipped: dict[str, str] | None = None,
    n_embedded: int = 0,
) -> UpdateReport:
    return UpdateReport(
        index=index,
        generation=manifest.generation,
        unchanged=changes is None,
        dry_run=dry_run,
        plan=plan,
        changes=changes or find_changes([], added=[], removed=[]),
        skipped=skipped or {},
        n_embedded=n_embedded,
        seconds=clock.seconds,
    )
