"""Settings in, an open guide out, for `query` and `chat`."""

from typing import TYPE_CHECKING

from ragguide.cli.progress import warn_if_stale
from ragguide.config import Settings
from ragguide.types import is_server

if TYPE_CHECKING:
    from ragguide.guide import Guide


def open_to_answer(
    settings: Settings, *, llm: str | None, quotes: bool, is_timed: bool = False
) -> tuple["Guide", tuple[str, ...]]:
    """Open an index, load the generator in the background, and warn about changed sources.

    Args:
        settings: name the index and the generator.
        llm: the generator named on the command line, if any.
        quotes: whether only quotes are shown, so that no generator is loaded.
        is_timed: whether answers have a deadline, so that a server is not waited for here.

    Returns:
        The guide, and the warnings that were printed.

    Raises:
        ModelError: the generator named on the command line is missing. Showing quotes only would
            ignore what the user asked for.
    """
    from ragguide.guide import Guide

    guide = Guide.open(settings=settings, generator=not quotes)
    if llm and not quotes and not (is_timed and is_server(llm)):
        guide.require_generator()
    return guide, warn_if_stale(guide)
