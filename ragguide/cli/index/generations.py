"""`ragguide index rollback`, `prune` and `remove`: which generations exist, and which is used."""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.completion import complete_index
from ragguide.cli.confirm import confirm_removal
from ragguide.cli.index.options import IndexArgument
from ragguide.cli.options import DEFAULTS, IndexesDir, NoWait, StoreUrl, Yes
from ragguide.cli.progress import waiting_notice
from ragguide.cli.render import counted, time_of
from ragguide.config import load_settings
from ragguide.errors import IndexFault, UsageError
from ragguide.index.rights import require_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.index.stores.protocols import Kept, Store


def rollback(
    name: IndexArgument = None,
    to: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Switch to this generation.  [default: the previous one]",
            show_default=False,
        ),
    ] = None,
    created_before: Annotated[
        str | None,
        typer.Option(
            "--before",
            metavar="TIME",
            help="Switch to the newest generation created before this date or time, e.g. "
            "2026-11-30 or '2026-11-30 08:00'.",
            show_default=False,
        ),
    ] = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    no_wait: NoWait = False,
) -> None:
    """Switch back to an older generation, after verifying it."""
    from ragguide.index.stores.choose import store_of

    if to is not None and created_before is not None:
        raise UsageError("--to and --before both choose a generation. Use one of them.")
    moment = None if created_before is None else _read_time(created_before)
    settings = load_settings({"index": name, "indexes_dir": indexes_dir, "store": store})
    index = store_of(settings)
    before = index.pointer().in_use  # fails if there is no such index, before a lock is made
    with index.writing(on_wait=waiting_notice(index.name, no_wait=no_wait)):
        generations = index.kept()
        if moment is not None:
            to = _newest_before(index.name, generations, moment)
        _keep_rights(index, generations, to)
        manifest = index.rollback(to).manifest
    created = time_of(manifest.created)
    print(
        f"{index.name}/{manifest.generation:06d} is now in use: created {created}, "
        f"{counted(manifest.n_chunks, 'passage')} (previously {before:06d})"
    )


def _read_time(asked: str) -> datetime:
    """Parse a time of this machine's clock, unless it names its zone."""
    try:
        return datetime.fromisoformat(asked).astimezone()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"invalid time {asked!r} for --before; use 2026-11-30 or '2026-11-30 08:00'."
        ) from None


def _newest_before(name: str, generations: "Sequence[Kept]", moment: datetime) -> int:
    """Return the newest stored generation that was created before this time."""
    manifests = [kept.manifest for kept in generations if kept.manifest is not None]
    found = [each for each in manifests if datetime.fromisoformat(each.created) < moment]
    if not found:
        listed = ", ".join(f"{each.generation} ({time_of(each.created)})" for each in manifests)
        raise UsageError(
            f"{name!r} has no generation from before {moment:%Y-%m-%d %H:%M:%S}. "
            f"It has: {listed or 'none that can be read'}."
        )
    return found[-1].generation


def _keep_rights(index: "Store", generations: "Sequence[Kept]", to: int | None) -> None:
    """Check that an index with access rights keeps some. Raises `UsageError` if it would not."""
    with suppress(IndexFault):  # the rollback reports what is wrong, or mends it
        target = index.pointer().target_of_rollback(to, index.name)
        active = index.manifest()
        for kept in generations:
            if kept.number == target and kept.manifest is not None:
                require_rules(kept.manifest.request, active)


def prune(
    name: IndexArgument = None,
    keep: Annotated[
        int | None,
        typer.Option(
            help=f"Keep this many generations.  [default: {DEFAULTS.keep}]",
            min=1,
            show_default=False,
        ),
    ] = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    no_wait: NoWait = False,
) -> None:
    """Remove old generations, but never the one in use."""
    from ragguide.index.stores.choose import store_of

    settings = load_settings(
        {"index": name, "indexes_dir": indexes_dir, "store": store, "keep": keep}
    )
    index = store_of(settings)
    index.pointer()  # fails if there is no such index, before a lock is made
    with index.writing(on_wait=waiting_notice(index.name, no_wait=no_wait)):
        removed = index.prune(settings.keep)
    numbers = ", ".join(f"{number:06d}" for number in removed)
    print(f"{index.name}: " + (f"removed {numbers}" if removed else "nothing to remove"))


def remove(
    name: Annotated[
        str,
        typer.Argument(
            metavar="INDEX",
            help="Index to remove.",
            show_default=False,
            autocompletion=complete_index,
        ),
    ],
    yes: Yes = False,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    no_wait: NoWait = False,
) -> None:
    """Remove an index with all its generations."""
    from ragguide.index.stores.choose import store_of

    settings = load_settings({"index": name, "indexes_dir": indexes_dir, "store": store})
    index = store_of(settings)
    if not index.has_data():
        index.pointer()  # raises IndexMissing
    if not confirm_removal(name, f"Remove the index {name!r} in {index.place}?", yes=yes):
        return
    with index.writing(on_wait=waiting_notice(index.name, no_wait=no_wait)):
        index.remove()
    print(f"removed the index {name!r}")
