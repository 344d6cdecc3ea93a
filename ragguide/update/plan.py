"""Steps and chunks in, the plan of an update out. No I/O."""

from collections.abc import Sequence

import msgspec

from ragguide.index.build import texts_of
from ragguide.types import Chunk
from ragguide.update.sources import Steps


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an update does, or would do."""

    keep: tuple[str, ...]  # paths of unchanged documents
    move: dict[str, str]  # path → previous path
    read: dict[str, str]  # path → why it is parsed: "changed", "new", "renamed", …
    drop: tuple[str, ...]  # paths of documents that vanished
    n_chunks_kept: int  # with a text that the generation in use has
    n_chunks_new: int
    n_chunks_dropped: int
    n_texts_new: int  # chunks and statements to embed, unless another index has them


def plan_of(
    steps: Steps, before: Sequence[Chunk], after: Sequence[Chunk], *, same_weights: bool
) -> Plan:
    """List what an update does with documents, and count what it does with chunks.

    Args:
        steps: one per document.
        before: the chunks of the generation in use.
        after: the chunks of the new generation.
        same_weights: whether the old chunks' vectors can be used again.
    """
    known = before if same_weights else ()
    n_kept = _count_shared(after, known)
    n_left = _count_shared(known, after)
    return Plan(
        keep=tuple(step.path for step in steps if step.why == "unchanged"),
        move={s.path: s.before.path for s in steps if s.before and s.why == "moved"},
        read={step.shown: step.why for step in steps if step.is_read},
        drop=tuple(record.path for record in steps.vanished),
        n_chunks_kept=n_kept,
        n_chunks_new=len(after) - n_kept,
        n_chunks_dropped=len(before) - n_left,
        n_texts_new=len(set(texts_of(after)) - set(texts_of(known))),
    )


def _count_shared(chunks: Sequence[Chunk], others: Sequence[Chunk]) -> int:
    """Count the chunks whose text is among the others' texts."""
    texts = {chunk.text_sha for chunk in others}
    return sum(chunk.text_sha in texts for chunk in chunks)
