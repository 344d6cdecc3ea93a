"""Settings in, an open guide out, for `query` and `chat`."""

from typing import TYPE_CHECKING

from ragguide.cli.progress import warn_if_stale
from ragguide.config import Settings

if TYPE_CHECKING:
    from ragguide.guide import Guide


def open_to_answer(
    settings: Settings, *, llm: str | None, quotes: bool
) -> tuple["Guide", tuple[str, ...]]:
    """Open an index, load the generator in the background, and warn about changed sources.

    Args:
        settings: name the index and the generator.
        llm: the generator named on the command line, if any.
        quotes: whether only quotes are shown, so that no generator is loaded.

    Returns:
        The guide, and the warnings that were printed.

    Raises:
        ModelError: the generator named on the command line is missing. Showing quotes only would
            ignore what the user asked for.
    """
    from ragguide.guide import Guide

    guide = Guide.open(settings=settings, generator=not quotes)
    if llm and not quotes:
        guide.require_generator()
    return guide, warn_if_stale(guide)
