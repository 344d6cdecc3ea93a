"""An index in, the same index with its sources' current content out. Users call `Guide.update`.

An update parses only changed documents and embeds only new text. Everything else comes from the
generation in use, vectors included.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec

from ragguide.base.clock import Clock, OnStage
from ragguide.config import Settings
from ragguide.create.cut import Known, cut
from ragguide.create.read import downloads_of
from ragguide.create.workers import workers_of
from ragguide.embed.weights import Weights, weights_of
from ragguide.errors import InputError
from ragguide.index.build import write_generation
from ragguide.index.open import require_embedder
from ragguide.index.recipe import TEXT_VERSION, as_made, identity
from ragguide.types import Chunk, Manifest
from ragguide.update.changes import Changes, find_changes
from ragguide.update.gather import Entry, gather
from ragguide.update.plan import Plan, plan_of
from ragguide.update.sources import Steps, find_steps
from ragguide.update.staleness import note_dates

if TYPE_CHECKING:
    from ragguide.base.workers import Workers
    from ragguide.create.documents import Limits
    from ragguide.create.fetch import Downloads
    from ragguide.index.build import Contents
    from ragguide.index.stores.protocols import Generation, OnWait, Store


class OnDraft(Protocol):
    """Called with the new generation before the switch; raises to discard it."""

    def __call__(self, draft: "Generation", *, changes: Changes) -> None: ...


class UpdateReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an update did, or would do."""

    index: str
    generation: int  # in use at the end
    unchanged: bool  # nothing to do: the generation in use is kept
    dry_run: bool
    plan: Plan
    changes: Changes
    skipped: dict[str, str]  # path → why it could not be read; its old version is kept
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
    """Update an index from its sources, as `ingest` was asked to read them.

    Documents that vanished are dropped. If a changed document cannot be read, its old version is
    kept.

    Args:
        settings: name the index; its own chunk and index parameters are kept.
        password: opens encrypted PDFs.
        dry_run: read changed documents and report the plan; write nothing.
        judge: gets the new generation and the changes before the switch; if it raises, the
            generation in use is kept.
        on_stage: called with the progress of long stages.
        on_wait: as for `Store.writing`.

    Raises:
        IndexMissing, IndexCorrupt: the index does not exist, or is damaged.
        IndexMismatch: another embedder than the settings name made it, or another format.
        IndexLocked, StorageError: it cannot be written.
        InputError: none of its sources exists any more.
        ModelError: the embedder is missing.
        WorkersDown: the scheduler of the settings does not answer, or workers end.
    """
    from ragguide.index.stores.choose import store_of

    clock = Clock(on_stage)
    store = store_of(settings)
    require_embedder(store.manifest(), settings)  # before the lock creates a folder
    writing = nullcontext() if dry_run else store.writing(on_wait=on_wait)
    with workers_of(settings) as workers, downloads_of(settings) as downloads, writing:
        run = _Run(store, settings, clock, workers, dry_run=dry_run)
        return run.update(downloads, password, judge)


class _Run:
    """One update of an index. Unless it is a dry run, the caller has the writer's lock."""

    def __init__(
        self,
        store: "Store",
        settings: Settings,
        clock: Clock,
        workers: "Workers | None",
        *,
        dry_run: bool,
    ) -> None:
        self._store = store
        self._clock = clock
        self._workers = workers
        self._dry_run = dry_run
        self._manifest = store.manifest()
        self._settings = as_made(self._manifest, settings)
        self._weights: Weights = weights_of(self._settings)
        self._has_same_weights = self._weights.built(self._manifest)

    def update(
        self, downloads: "Downloads", password: str | None, judge: "OnDraft | None"
    ) -> UpdateReport:
        with self._clock.stage("compare", 1):
            steps = find_steps(
                self._manifest, downloads, text_version=TEXT_VERSION, stage=self._clock.stage
            )
            _require_sources(steps, self._manifest, self._settings.index)
            is_idle = self._has_same_weights and steps.is_idle()
        if is_idle:
            if not self._dry_run:
                note_dates(self._store.notes, self._manifest.sources)
            return self._report_idle(steps)
        old = self._store.open()
        entries, skipped = self._gather(steps, old, password)
        skipped = {**steps.faults, **skipped}
        if self._has_same_weights and _is_as_before(entries, self._manifest):
            return self._report_idle(steps, skipped)
        old_chunks = old.chunks()
        contents = self._cut(entries, old_chunks)
        plan = plan_of(steps, old_chunks, contents.chunks, same_weights=self._has_same_weights)
        changes = _changes(entries, steps)
        if self._dry_run:
            return self._report(self._manifest, plan, changes, skipped)
        new, n_embedded = write_generation(
            self._store,
            old,
            contents,
            self._weights,
            self._settings,
            self._clock,
            judge=partial(self._gate, judge, changes) if judge else None,
            workers=self._workers,
        )
        return self._report(new, plan, changes, skipped, n_embedded=n_embedded)

    def _gate(self, judge: "OnDraft", changes: Changes, draft: "Generation") -> None:
        with self._clock.stage("gate", 1):
            judge(draft, changes=changes)

    def _gather(
        self, steps: Steps, old: "Generation", password: str | None
    ) -> tuple[list[Entry], dict[str, str]]:
        before = {document.name: document for document in old.documents()}
        limits = _limits(self._settings, self._manifest, password)
        tags = self._manifest.request.tags
        return gather(steps, before, limits, tags, self._clock, self._workers)

    def _cut(self, entries: Sequence[Entry], old_chunks: Sequence[Chunk]) -> "Contents":
        """Cut the documents into chunks, except for those whose chunks are known."""
        has_same_cut = self._has_same_weights and self._manifest.text_version == TEXT_VERSION
        known_names = frozenset(
            entry.document.name for entry in entries if has_same_cut and entry.is_cut
        )
        return cut(
            self._manifest.request,
            [entry.record for entry in entries],
            [entry.document for entry in entries],
            self._weights,
            self._settings,
            self._clock,
            known=Known(old_chunks, known_names, self._manifest.n_tokens),
        )

    # ── reports ─────────────────────────────────────────────────────────────────────────────────

    def _report_idle(self, steps: Steps, skipped: dict[str, str] | None = None) -> UpdateReport:
        """Report that there is nothing to do: all chunks are kept."""
        plan = plan_of(steps, [], [], same_weights=True)
        plan = msgspec.structs.replace(plan, n_chunks_kept=self._manifest.n_chunks)
        return self._report(self._manifest, plan, None, skipped or {})

    def _report(
        self,
        manifest: Manifest,
        plan: Plan,
        changes: Changes | None,
        skipped: dict[str, str],
        *,
        n_embedded: int = 0,
    ) -> UpdateReport:
        return UpdateReport(
            index=self._settings.index,
            generation=manifest.generation,
            unchanged=changes is None,
            dry_run=self._dry_run,
            plan=plan,
            changes=changes or find_changes([], added=[], removed=[]),
            skipped=skipped,
            n_embedded=n_embedded,
            seconds=self._clock.seconds,
        )


def _limits(settings: Settings, manifest: Manifest, password: str | None) -> "Limits":
    from ragguide.create.documents import Limits

    return Limits(
        timeout_s=settings.parse_timeout_s,
        memory_mb=settings.parse_memory_mb,
        password=password,
        ocr_languages=manifest.request.ocr_languages,
    )


def _require_sources(steps: Steps, manifest: Manifest, index: str) -> None:
    if len(steps):
        return
    paths = [record.path for record in manifest.sources]
    what = (
        f"{paths[0]} does not exist any more"
        if len(paths) == 1
        else f"none of the {len(paths)} sources exists any more, for example {paths[0]}"
    )
    raise InputError(
        f"{what}; the index {index!r} is unchanged. If the sources moved, run: "
        f"ragguide ingest --index {index} PATH"
    )


def _is_as_before(entries: Sequence[Entry], manifest: Manifest) -> bool:
    """Whether there is nothing to write after all, because changed documents are unreadable."""
    return manifest.text_version == TEXT_VERSION and [
        identity(entry.record) for entry in entries
    ] == list(map(identity, manifest.sources))


def _changes(entries: Sequence[Entry], steps: Steps) -> Changes:
    """The changes in the guide, without those that only a new text version causes."""
    return find_changes(
        [
            (entry.before, entry.document)
            for entry in entries
            if entry.before and entry.has_other_bytes
        ],
        added=[entry.document.name for entry in entries if entry.before is None],
        removed=[record.name for record in steps.vanished],
    )
