"""Steps and chunks in, what an update does or would do out. No I/O."""

from collections.abc import Sequence

import msgspec

from ragguide.index.build import texts_of
from ragguide.types import Chunk
from ragguide.update.sources import Steps


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an update does, or would do."""

    keep: tuple[str, ...]  # paths of what is as it was
    move: dict[str, str]  # path → the one that it had before
    read: dict[str, str]  # path → why it is parsed: "changed", "new", "renamed", …
    drop: tuple[str, ...]  # paths of what has vanished
    n_chunks_kept: int  # whose text the generation in use holds
    n_chunks_new: int
    n_chunks_dropped: int
    n_texts_new: int  # chunks and statements to embed, but for those that another index held


def plan_of(
    steps: Steps, before: Sequence[Chunk], after: Sequence[Chunk], *, same_weights: bool
) -> Plan:
    """Say what is done with documents and chunks.

    Args:
        steps: what is done with each document.
        before: the chunks of the generation in use.
        after: those of the new one.
        same_weights: whether the vectors of the old ones can be taken.
    """
    known = before if same_weights else ()
    shas_before, shas_after = ({chunk.text_sha for chunk in each} for each in (known, after))
    n_kept = sum(chunk.text_sha in shas_before for chunk in after)
    n_left = sum(chunk.text_sha in shas_after for chunk in known)
    return Plan(
        keep=tuple(step.path for step in steps.steps if step.why == "unchanged"),
        move={s.path: s.before.path for s in steps.steps if s.before and s.why == "moved"},
        read={step.shown: step.why for step in steps.steps if step.is_read},
        drop=tuple(record.path for record in steps.vanished),
        n_chunks_kept=n_kept,
        n_chunks_new=len(after) - n_kept,
        n_chunks_dropped=len(before) - n_left,
        n_texts_new=len(set(texts_of(after)) - set(texts_of(known))),
    )
