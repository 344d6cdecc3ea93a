"""Options that every command has, before or after its name, and the classes that add them."""

import os
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand
from typer.main import get_params_convertors_ctx_param_name_from_function as params_of

from ragguide.cli import notes

_PANEL = "General options"
_OLD_QUOTES = "ragguide.quotes"  # key of a context's notes: `-q` was given


def _set_quiet(is_given: bool) -> None:
    if is_given:
        notes.set_quiet()


def _set_verbosity(level: int) -> None:
    if level:
        notes.set_verbosity(level)


def _drop_colours(is_given: bool) -> None:
    if is_given:
        os.environ["NO_COLOR"] = "1"  # rich reads it, here and in typer's messages


def _ask_for_quotes(context: typer.Context, is_given: bool) -> None:
    if is_given:
        context.meta[_OLD_QUOTES] = True
        notes.note("-q will mean --quiet in the next release. Use --quotes instead.")


def quotes_wanted(context: typer.Context, is_given: bool) -> bool:
    """Whether --quotes, or its old short form, was given."""
    return is_given or _OLD_QUOTES in context.meta


def _list_settings_files() -> None:
    from ragguide.config import find_settings_files

    files = find_settings_files()
    read = [str(path) for path in (files.user, files.project) if path and path.is_file()]
    notes.detail(f"settings files: {', '.join(read) or 'none'}")


_QUIET_HELP = "Print no progress and no notes, and nothing if nothing has changed."
_Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help=_QUIET_HELP, callback=_set_quiet, expose_value=False,
        is_eager=True, rich_help_panel=_PANEL,
    ),
]  # fmt: skip
_LongQuiet = Annotated[
    bool,
    typer.Option(
        "--quiet", help=_QUIET_HELP, callback=_set_quiet, expose_value=False,
        is_eager=True, rich_help_panel=_PANEL,
    ),
]  # fmt: skip
_OldQuotes = Annotated[
    bool,
    typer.Option(
        "-q", hidden=True, callback=_ask_for_quotes, expose_value=False, is_eager=True
    ),
]  # fmt: skip
_Verbose = Annotated[
    int,
    typer.Option(
        "--verbose", "-v", count=True, callback=_set_verbosity, expose_value=False, is_eager=True,
        help="Print details, such as files and times; -vv also what libraries log.",
        show_default=False, metavar="-vv", rich_help_panel=_PANEL,
    ),
]  # fmt: skip
_NoColor = Annotated[
    bool,
    typer.Option(
        "--no-color", help="Print without colours, like NO_COLOR=1.", callback=_drop_colours,
        expose_value=False, is_eager=True, rich_help_panel=_PANEL,
    ),
]  # fmt: skip


def general(quiet: _Quiet = False, verbose: _Verbose = 0, no_color: _NoColor = False) -> None:
    """The parameters of every command."""


def _general_of_answers(
    quiet: _LongQuiet = False,
    old_quotes: _OldQuotes = False,
    verbose: _Verbose = 0,
    no_color: _NoColor = False,
) -> None:
    """The parameters of commands whose `-q` meant `--quotes`."""


class Command(TyperCommand):
    """A command with the general options."""

    parameters: Callable[..., None] = staticmethod(general)

    def __init__(self, *args: Any, params: list[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, params=[*(params or []), *params_of(self.parameters)[0]], **kwargs)

    def invoke(self, ctx: Any) -> Any:
        notes.show_log()
        if notes.verbosity():
            _list_settings_files()
        return super().invoke(ctx)


class AnswerCommand(Command):
    """A command whose `-q` means `--quotes` for one more release."""

    parameters = staticmethod(_general_of_answers)
