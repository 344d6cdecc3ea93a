"""Options in, the services of all readers out, for `serve` and `mcp`."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.options import DEFAULTS
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.types import is_server

if TYPE_CHECKING:
    from ragguide.base.groups import Groups
    from ragguide.serve.service import Services

TOKENS = "RAGGUIDE_TOKENS"
ANSWER_S = 120.0  # an answer takes at most this long, waiting included
PACKAGES = ("starlette", "uvicorn", "mcp", "mcp_types")

ServedIndexes = Annotated[
    list[str] | None,
    typer.Option(
        "--index",
        "-i",
        help="Serve this index; repeatable. The first is the default.  "
        f"[default: {DEFAULTS.index}]",
        show_default=False,
    ),
]


def import_serving() -> None:
    """Check that the packages of the extra `serve` are installed.

    Raises:
        UsageError: one is missing.
    """
    try:
        import ragguide.serve.app
        import ragguide.serve.run  # noqa: F401
    except ModuleNotFoundError as exc:
        if (exc.name or "").split(".")[0] not in PACKAGES:
            raise
        raise UsageError(
            f"the package {exc.name} is missing. Install it: `pip install 'ragguide[serve]'`."
        ) from exc


def open_services(
    flags: Mapping[str, object],
    indexes: Sequence[str] | None,
    *,
    llm: str | None,
    quotes: bool,
    n_waiting: int = 8,
    log_questions: bool = False,
    readers: "Collection[Groups] | None" = None,
) -> "Services":
    """Open the indexes, load the models, and return what answers.

    Without `readers`, the only reader has the groups of the settings.

    Raises:
        ModelError: the generator named on the command line is missing.
    """
    from ragguide.serve.desk import Desk
    from ragguide.serve.service import Services
    from ragguide.serve.shelf import Library

    settings = load_settings(flags)
    library = Library.open(
        settings, indexes or [], readers or [settings.reader], quotes_only=quotes
    )
    if llm and not quotes and not is_server(llm):
        next(iter(library)).require_generator()
    desk = Desk(n_searches=settings.n_threads, n_answers=1 + n_waiting, timeout_s=ANSWER_S)
    return Services(library, desk, quotes_only=quotes, log_questions=log_questions)
