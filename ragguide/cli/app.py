"""The command `ragguide`: runs a subcommand, and turns an error into one line and an exit code."""

import io
import sys
from typing import Annotated

import typer

from ragguide.cli.exit_codes import EXIT_INTERRUPTED
from ragguide.cli.general import AnswerCommand
from ragguide.cli.groups import Entry, make_group
from ragguide.cli.interrupt import mark_interrupted, prepare
from ragguide.cli.notes import say, set_verbosity, verbosity
from ragguide.cli.output import Output, discard_output
from ragguide.errors import OutputError, RagguideError


def _print_version(is_given: bool) -> None:
    if is_given:
        from ragguide import __version__

        print(f"ragguide {__version__}")
        raise typer.Exit


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


_COMMANDS = {
    "demo": Entry(
        "ragguide.cli.demo:demo",
        "Read the guide that comes with ragguide, and answer a question about it.",
    ),
    "ingest": Entry("ragguide.cli.ingest:ingest", "Read documents into an index."),
    "query": Entry(
        "ragguide.cli.query:query", "Answer a question from the guide.", cls=AnswerCommand
    ),
    "ask": Entry(
        "ragguide.cli.query:query", "Answer a question from the guide.", cls=AnswerCommand,
        is_hidden=True,  # as people type
    ),
    "chat": Entry(
        "ragguide.cli.chat.command:chat", "Ask questions and follow-ups until Ctrl-D.",
        cls=AnswerCommand,
    ),
    "quiz": Entry(
        "ragguide.cli.quiz:quiz",
        "Ask you questions about the guide, judge your answers, and show the page of each.",
    ),
    "open": Entry(
        "ragguide.cli.open:open_command",
        "Open source N of this terminal's last answer at its page.",
    ),
    "search": Entry(
        "ragguide.cli.search:search", "List the passages that match a question, best first."
    ),
    "inspect": Entry(
        "ragguide.cli.inspect:inspect",
        "Show how ragguide reads a document: its text, removed lines, sections and chunks.",
    ),
    "update": Entry(
        "ragguide.cli.update:update",
        "Update an index from its changed sources, and list the changes in the guide.",
    ),
    "calibrate": Entry(
        "ragguide.cli.calibrate:calibrate",
        "Learn from questions with known answers when to refuse to answer.",
    ),
    "serve": Entry(
        "ragguide.cli.serve:serve",
        "Serve indexes over HTTP: a page for browsers, OpenAI's protocol, MCP at `/mcp`, and JSON.",
    ),
    "mcp": Entry(
        "ragguide.cli.mcp:mcp",
        "Serve indexes to an agent over MCP on stdin and stdout; its tools only read.",
    ),
    "doctor": Entry(
        "ragguide.cli.doctor:doctor",
        "Check this installation, and suggest a fix for each fault.",
    ),
    "help": Entry(
        "ragguide.cli.app:show_help", "Show the help of a command, like --help.", is_hidden=True
    ),
    "eval": Entry(
        "ragguide.cli.evaluation:eval_group",
        "Measure retrieval and answers with sets of questions.",
    ),
    "index": Entry(
        "ragguide.cli.index:index_group",
        "List, show, verify, roll back, remove, export, import and copy indexes.",
    ),
    "models": Entry(
        "ragguide.cli.models:models_group", "List, download, verify, optimise and remove models."
    ),
    "config": Entry(
        "ragguide.cli.settings:config_group",
        "Show the settings in effect, and the files that set them.",
    ),
}  # fmt: skip

app = make_group(
    "Answer questions from a guide, on this machine, with page citations you can check.",
    _COMMANDS,
    callback=root,
)


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
        from ragguide.cli.elsewhere import found_elsewhere

        if verbosity() > 1:
            import traceback

            traceback.print_exception(exc)
        say(f"{exc}{found_elsewhere(exc)}")
        if isinstance(exc, OutputError):
            discard_output()
        sys.exit(exc.exit_code)
