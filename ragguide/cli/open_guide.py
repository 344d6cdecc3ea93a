"""Settings in, the guide that questions are answered from out, as `query` and `chat` open it."""

from typing import TYPE_CHECKING

from ragguide.cli.progress import tell_if_stale
from ragguide.config import Settings

if TYPE_CHECKING:
    from ragguide.guide import Guide


def open_to_answer(
    settings: Settings, *, llm: str | None, quotes: bool
) -> tuple["Guide", tuple[str, ...]]:
    """Open an index, load its generator meanwhile, and tell if sources have changed since.

    Args:
        settings: of the index and the generator.
        llm: the generator that was asked for by name, on the command line; None: none was.
        quotes: whether none is asked.

    Returns:
        The guide, and the lines that were told.

    Raises:
        ModelError: the generator that was named is missing: quotes alone would be a silent
            fallback.
    """
    from ragguide.guide import Guide

    guide = Guide.open(settings=settings, generator=not quotes)
    if llm and not quotes:
        guide.require_generator()
    return guide, tell_if_stale(guide)
