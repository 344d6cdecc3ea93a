"""`ragguide chat`: questions one after another, follow-ups too, until Ctrl-D."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.cli.last_answer import keep
from ragguide.cli.open import show_source
from ragguide.cli.open_guide import open_to_answer
from ragguide.cli.options import (
    Device,
    Filters,
    IndexesDir,
    IndexName,
    Llm,
    Pages,
    Quotes,
    Rerank,
    Strict,
    TopK,
    read_filter,
)
from ragguide.cli.progress import show_log, show_waiting
from ragguide.cli.render import Printer, section_of, show_answer
from ragguide.config import load_settings
from ragguide.errors import RagguideError, StorageError, UsageError
from ragguide.types import Answer, Citation

if TYPE_CHECKING:
    from ragguide.chat import Chat

HELP = """\
Ask, and ask on: "and what does it cost?" is read with the question before it.
  /sources     the sources of the last answer
  /open N      its source N, where it stands
  /save FILE   all that was said, as Markdown
  /new         forget what was asked
  /quit        or Ctrl-D; Ctrl-C stops an answer"""


def chat(
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    top_k: TopK = None,
    filters: Filters = None,
    pages: Pages = None,
    rerank: Rerank = None,
    llm: Llm = None,
    quotes: Quotes = False,
    strict: Strict = False,
    device: Device = None,
) -> None:
    """Talk with the guide: questions and follow-ups, until Ctrl-D."""
    from ragguide.chat import Chat

    show_log()
    where = read_filter(filters or [], pages)
    settings = load_settings(
        {
            "index": index,
            "indexes_dir": indexes_dir,
            "top_k": top_k,
            "reranker": rerank,
            "generator": llm,
            "device": device,
        }
    )
    guide, _ = open_to_answer(settings, llm=llm, quotes=quotes)
    session = Session(
        Chat(guide, where=where), settings.cache_dir, quotes_only=quotes, strict=strict
    )
    if sys.stdin.isatty():
        print(
            f"{guide.index_name}: {len(guide.manifest.sources)} documents. /help tells what else."
        )
    for line in read_lines(settings.cache_dir / "chat_history", tuple(session.commands)):
        if not session.heed(line):
            break


class Session:
    """Heeds one line after another; a failure of one of them is told, and the next is heeded."""

    def __init__(
        self, chat: "Chat", cache_dir: Path, *, quotes_only: bool = False, strict: bool = False
    ) -> None:
        self._chat = chat
        self._cache_dir = cache_dir
        self._quotes_only, self._strict = quotes_only, strict
        sources = chat.guide.manifest.sources
        self._printer = Printer(sources, chat.guide.raw_lines)
        self.commands: dict[str, Callable[[str], None]] = {
            "/sources": self._sources,
            "/open": self._open,
            "/save": self._save,
            "/new": self._new,
            "/help": lambda _: print(HELP),
            "/quit": lambda _: None,
        }

    def heed(self, line: str) -> bool:
        """Do what a line asks for; whether to go on after it."""
        command, _, rest = line.strip().partition(" ")
        try:
            if command == "/quit":
                return False
            if command.startswith("/"):
                self._known(command)(rest.strip())
            elif command:
                self._ask(line)
        except KeyboardInterrupt:
            self._printer.stop()
            print("stopped. Ctrl-D leaves.", file=sys.stderr)
        except RagguideError as exc:
            print(f"ragguide: {exc}", file=sys.stderr)
        return True

    def _known(self, command: str) -> Callable[[str], None]:
        if command not in self.commands:
            known = ", ".join(self.commands)
            raise UsageError(f"there is no {command}. There are: {known}.")
        return self.commands[command]

    def _ask(self, question: str) -> None:
        with show_waiting("searching the guide …") as waiting:
            answer = show_answer(
                self._chat.ask(question, quotes_only=self._quotes_only, strict=self._strict),
                self._printer,
                waiting,
            )
        keep(self._cache_dir, answer, self._chat.guide.manifest.sources)

    def _sources(self, _: str) -> None:
        self._printer.sources(_sources_of(self._last()))

    def _open(self, mark: str) -> None:
        self._last()
        if not mark.isascii() or not mark.isdigit():
            raise UsageError("/open takes the number of a source, such as /open 1.")
        show_source(self._cache_dir, int(mark))

    def _save(self, name: str) -> None:
        if not name:
            raise UsageError("/save takes the name of a file, such as /save talk.md.")
        path = Path(name).expanduser()
        if not self._chat.answers:
            raise UsageError("nothing was said yet.")
        try:
            with path.open("x", encoding="utf-8") as file:  # never over a file that is there
                file.write(transcript(self._chat.answers))
        except FileExistsError:
            raise UsageError(f"{path} is there already. Name another file.") from None
        except OSError as exc:
            raise StorageError(f"cannot write {path}: {exc.strerror}.") from exc
        print(f"{len(self._chat.answers)} answers in {path}")

    def _new(self, _: str) -> None:
        self._chat.forget()

    def _last(self) -> Answer:
        if not self._chat.answers:
            raise UsageError("there is no answer yet. Ask something first.")
        return self._chat.answers[-1]


def read_lines(history: Path, commands: Sequence[str]) -> Iterator[str]:
    """Yield what is typed, line by line, until Ctrl-D; off a terminal the lines of stdin."""
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    kept: History = InMemoryHistory()
    try:
        history.parent.mkdir(parents=True, exist_ok=True)
        history.touch(mode=0o600)  # what somebody asks is nobody else's affair
        kept = FileHistory(history)
    except OSError:
        pass  # the lines of this session can be recalled all the same
    session: PromptSession[str] = PromptSession(
        history=kept, completer=WordCompleter(commands, sentence=True)
    )
    while True:
        try:
            yield session.prompt("> ")
        except KeyboardInterrupt:  # drops the line, as in a shell
            continue
        except EOFError:
            return


def transcript(answers: Sequence[Answer]) -> str:
    """Questions and answers as Markdown, each with its sources."""
    return "\n".join(part for answer in answers for part in _told(answer))


def _told(answer: Answer) -> Iterator[str]:
    yield f"## {answer.question}\n"
    if answer.refused:
        yield "The guide does not say.\n"
    if answer.answer:
        yield f"{answer.answer}\n"
    for source in _sources_of(answer):
        place = f"{source.document}, {source.locator}" if source.locator else source.document
        section = f" · {section_of(source)}" if source.section else ""
        yield f"- [{source.mark}] {place}{section}: “{source.told}”"
    yield ""


def _sources_of(answer: Answer) -> Sequence[Citation]:
    return answer.citations or answer.quotes
