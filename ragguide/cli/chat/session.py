"""Lines of a chat in; answers, or the effects of commands such as `/open 1`, out."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.cli.chat.transcript import sources_of, transcript
from ragguide.cli.last_answer import SavedSource, choose_source, save_sources, sources_to_open
from ragguide.cli.notes import say
from ragguide.cli.open import show_source
from ragguide.cli.printer import Printer, show_answer
from ragguide.cli.progress import show_waiting
from ragguide.cli.render import counted
from ragguide.cli.wrap import print_wrapped
from ragguide.errors import RagguideError, StorageError, UsageError
from ragguide.retrieve.turns import Turn, read_turn
from ragguide.types import Answer

if TYPE_CHECKING:
    from ragguide.chat import Chat

HELP = """\
Ask a question, then follow-ups such as "and what does it cost?" or "explain that more simply".
  /sources     list the sources of the last answer
  /open N      open source N of the last answer
  /save FILE   save the conversation as Markdown
  /new         start a new conversation
  /quit        leave (or press Ctrl-D)
Press Ctrl-C to stop an answer."""


class Session:
    """Runs one line after another; an error is printed, and the session goes on."""

    def __init__(
        self, chat: "Chat", cache_dir: Path, *, quotes_only: bool = False, strict: bool = False
    ) -> None:
        self._chat = chat
        self._cache_dir = cache_dir
        self._quotes_only, self._strict = quotes_only, strict
        self._printer = Printer(chat.guide.manifest.sources, chat.guide.raw_lines)
        self.commands: dict[str, Callable[[str], None]] = {
            "/sources": self._sources,
            "/open": self._open,
            "/save": self._save,
            "/new": self._new,
            "/help": lambda _: print_help(),
            "/quit": lambda _: None,
        }

    def run(self, line: str) -> bool:
        """Run a command or ask a question; return whether the session goes on."""
        command, _, argument = line.strip().partition(" ")
        try:
            if command == "/quit":
                return False
            if command.startswith("/"):
                self._find_command(command)(argument.strip())
            elif command:
                self._ask(line)
        except KeyboardInterrupt:
            self._printer.stop()
            print("stopped; press Ctrl-D to leave", file=sys.stderr)
        except RagguideError as exc:
            say(str(exc))
        return True

    def _find_command(self, command: str) -> Callable[[str], None]:
        if command not in self.commands:
            raise UsageError(f"unknown command {command}. Use one of: {', '.join(self.commands)}.")
        return self.commands[command]

    def _ask(self, question: str) -> None:
        with show_waiting("searching the guide …") as waiting:
            answer = show_answer(
                self._chat.ask(question, quotes_only=self._quotes_only, strict=self._strict),
                self._printer,
                waiting,
            )
        if read_turn(question) is Turn.FAREWELL:
            print("press Ctrl-D to leave", file=sys.stderr)
        if self._chat.answers and answer is self._chat.answers[-1]:  # not after "thanks"
            save_sources(self._cache_dir, self._sources_to_open())

    def _sources(self, _: str) -> None:
        self._printer.sources(sources_of(self._last_answer()))

    def _sources_to_open(self) -> list[SavedSource]:
        return sources_to_open(self._last_answer(), self._chat.guide.manifest.sources)

    def _open(self, mark: str) -> None:
        sources = self._sources_to_open()
        if not mark.isascii() or not mark.isdigit():
            raise UsageError("/open needs the number of a source, e.g. /open 1.")
        show_source(choose_source(sources, int(mark)))

    def _save(self, name: str) -> None:
        if not name:
            raise UsageError("/save needs a file name, e.g. /save chat.md.")
        answers, path = self._chat.answers, Path(name).expanduser()
        if not answers:
            raise UsageError("there is nothing to save yet. Ask a question first.")
        try:
            with path.open("x", encoding="utf-8") as file:  # "x" never overwrites a file
                file.write(transcript(answers))
        except FileExistsError:
            raise UsageError(f"{path} already exists. Choose another name.") from None
        except OSError as exc:
            raise StorageError(f"cannot write {path}: {exc.strerror}.") from exc
        print_wrapped(f"saved {counted(len(answers), 'answer')} to {path}")

    def _new(self, _: str) -> None:
        self._chat.forget()

    def _last_answer(self) -> Answer:
        if not self._chat.answers:
            raise UsageError("there is no answer yet. Ask a question first.")
        return self._chat.answers[-1]


def print_help() -> None:
    """Print the commands, each with its purpose beside it."""
    for line in HELP.splitlines():
        text = line.lstrip()
        at = text.rfind("   ")  # of a command's purpose
        hang = " " * (at + 3) if at > 0 else ""
        print_wrapped(text, indent=" " * (len(line) - len(text)), hang=hang)
