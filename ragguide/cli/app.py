"""The command `ragguide`: runs a subcommand, and turns an error into one line and an exit code."""

import io
import sys
from typing import Annotated

import typer

from ragguide.cli.elsewhere import found_elsewhere
from ragguide.cli.general import AnswerCommand, App
from ragguide.cli.interrupt import mark_interrupted, prepare
from ragguide.cli.notes import set_verbosity, verbosity
from ragguide.cli.options import EXIT_INTERRUPTED
from ragguide.cli.output import Output, discard_output
from ragguide.errors import OutputError, RagguideError

app = App(
    "Answer questions from a guide, on this machine, with page citations you can check.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_given: bool) -> None:
    if is_given:
        from ragguide import __version__

        print(f"ragguide {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    pass


def show_help(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[COMMAND]...", show_default=False)
    ] = None,
) -> None:
    """Show the help of a command, like --help."""
    assert context.parent is not None
    context.parent.command.main([*(words or []), "--help"], prog_name="ragguide")


def _add_commands() -> None:
    from ragguide.cli.calibrate import calibrate
    from ragguide.cli.chat import chat
    from ragguide.cli.doctor import doctor
    from ragguide.cli.evaluation import eval_app
    from ragguide.cli.index import index_app
    from ragguide.cli.ingest import ingest
    from ragguide.cli.inspect import inspect
    from ragguide.cli.mcp import mcp
    from ragguide.cli.models import models_app
    from ragguide.cli.open import open_command
    from ragguide.cli.query import query
    from ragguide.cli.search import search
    from ragguide.cli.serve import serve
    from ragguide.cli.settings import config_app
    from ragguide.cli.update import update

    app.command()(ingest)
    app.command(cls=AnswerCommand)(query)
    app.command("ask", cls=AnswerCommand, hidden=True)(query)  # as people type
    app.command(cls=AnswerCommand)(chat)
    app.command("open")(open_command)
    app.command()(search)
    app.command()(inspect)
    app.command()(update)
    app.command()(calibrate)
    app.command()(serve)
    app.command()(mcp)
    app.command()(doctor)
    app.command("help", hidden=True)(show_help)
    app.add_typer(eval_app, name="eval")
    app.add_typer(index_app, name="index")
    app.add_typer(models_app, name="models")
    app.add_typer(config_app, name="config")


_add_commands()


def main() -> None:
    """Run the command line and exit; after Ctrl-C, end by that signal."""
    prepare()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = Output.of(sys.stdout)
    set_verbosity(0)  # a process may run several commands, as tests do
    try:
        try:
            app(prog_name="ragguide")
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # Python would do it later, and print a traceback
    except SystemExit as exc:
        if exc.code == EXIT_INTERRUPTED:
            mark_interrupted()
        raise
    except BrokenPipeError:  # as with `| head`
        discard_output()
        sys.exit(1)
    except RagguideError as exc:
        if verbosity() > 1:
            import traceback

            traceback.print_exception(exc)
        print(f"ragguide: {exc}{found_elsewhere(exc)}", file=sys.stderr)
        if isinstance(exc, OutputError):
            discard_output()
        sys.exit(exc.exit_code)
