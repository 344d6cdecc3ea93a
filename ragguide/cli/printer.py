"""Answers and hits in, lines for people out."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote as url_quote

from ragguide.cli.notes import detail, note, say
from ragguide.cli.progress import Waiting
from ragguide.cli.render import nearest_sections, seconds_line
from ragguide.errors import IndexFault
from ragguide.fields import MOST_STATEMENTS, RawLines, section_of
from ragguide.types import Answer, Chunk, Citation, Found, Hit, Located, Piece, is_object, is_server

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live
    from rich.text import Text

LIST_MARK = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s+")


class Printer:
    """Prints answers and hits; colours and links appear on a terminal only (see NO_COLOR)."""

    def __init__(self, sources: Sequence[Located], raw_lines: RawLines | None = None) -> None:
        from rich.console import Console

        self._raw_lines = raw_lines
        self._paths = {source.name: source.path for source in sources}
        self._console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
        self._preview: Live | None = None

    def hits(self, hits: Sequence[Hit], *, explain: bool = False) -> None:
        """Print passages, best first, and highlight the words that matched."""
        from rich.text import Text

        for hit in hits:
            note = f"{hit.confidence} ({hit.score:.2f})"
            self._console.print(self._place(f"{hit.rank}.", hit.chunk, note))
            for copy in hit.copies:
                self._print("   ", f"same text: {copy}")
            if explain:
                self._print("   ", _explanation(hit))
            for line in hit.chunk.text.split("\n"):
                text = Text(line)
                for word in hit.why.matched:
                    text.highlight_regex(rf"(?<!\w){re.escape(word)}(?!\w)", "bold yellow")
                self._console.print(self._beside("   ", text))
            self._print()

    def question(self, text: str) -> None:
        """Print a question above its answer."""
        self._print("Q: ", text, style="bold")

    def preview(self, found: Found) -> None:
        """Show the quotes on a terminal until `answer` replaces them."""
        if found.refused or not found.quotes or not self._console.is_terminal:
            return
        from rich.console import Group
        from rich.live import Live

        blocks = [block for quote in self._fitting(found.quotes) for block in self._citation(quote)]
        self._preview = Live(
            Group(*blocks), console=self._console, auto_refresh=False, transient=True
        )
        self._preview.start(refresh=True)

    def _fitting(self, quotes: Sequence[Citation]) -> Iterator[Citation]:
        """The first quotes that fit the screen: what scrolls off it cannot be removed again."""
        n_left = self._console.height - 1  # the cursor is below the last line
        for quote in quotes:
            n_left -= sum(len(self._console.render_lines(each)) for each in self._citation(quote))
            if n_left < 0:
                return
            yield quote

    def stop(self) -> None:
        """Remove the preview."""
        if self._preview is not None:
            self._preview.stop()
            self._preview = None

    def answer(self, answer: Answer) -> None:
        """Print an answer and the quotes that its marks lead to; warnings go to stderr before it.

        A refusal names what is nearest. Without a model's answer the best quotes are printed.
        """
        self.stop()
        for each in answer.warnings:
            note(each)
        if answer.refused:
            self._refusal(answer)
        elif answer.answer:
            for line in answer.answer.split("\n"):
                mark = LIST_MARK.match(line)
                self._print(mark[0] if mark else "", line[mark.end() :] if mark else line)
            self._print()
            if answer.citations:
                self.sources(answer.citations)
            if n_more := sum(quote not in answer.citations for quote in answer.quotes):
                quotes = "1 more quote" if n_more == 1 else f"{n_more} more quotes"
                self._print("", f"{quotes}: ragguide query --quotes …", style="dim")
                self._print()
        else:
            self.sources(answer.quotes)
        report_degraded(answer)

    def sources(self, citations: Sequence[Citation]) -> None:
        """Print quotes, each with the place that it comes from."""
        for citation in citations:
            for block in self._citation(citation):
                self._console.print(block)
        self._print()

    def _refusal(self, answer: Answer) -> None:
        self._print("", answer.refusal, style="bold")
        if answer.quotes:  # the model found no answer in them; the reader may
            self._print("", "Nearest statements:")
            self.sources(answer.quotes[:MOST_STATEMENTS])
            return
        sections = nearest_sections(answer)
        if sections:
            self._print("", "Nearest sections:")
        for chunk in sections:
            self._console.print(self._place("-", chunk))
        self._print()

    def _print(self, mark: str = "", text: str = "", *, style: str = "") -> None:
        from rich.text import Text

        self._console.print(self._beside(mark, Text(text, style)) if mark or text else "")

    def _citation(self, citation: Citation) -> Iterator["RenderableType"]:
        from rich.text import Text

        yield self._place(f"[{citation.mark}]", citation)
        yield self._beside("    ", Text(f'"{citation.one_line}"'))

    def _beside(self, mark: str, text: "Text") -> "RenderableType":
        """A text beside a mark; on a terminal it wraps between words, and all lines align."""
        from rich.table import Table
        from rich.text import Text

        if not self._console.is_terminal:
            return Text(mark).append_text(text)
        grid = Table.grid()
        if mark:
            grid.add_column(width=len(mark))
        grid.add_column()
        grid.add_row(*([mark] if mark else []), text)
        return grid

    def _place(self, mark: str, place: Chunk | Citation, note: str = "") -> "RenderableType":
        """Where a passage is; a click opens the PDF on that page, at the quote."""
        from rich.style import Style
        from rich.text import Text

        path = self._paths[place.document]
        link = None
        if not is_object(path):  # nothing opens those
            address = path if is_server(path) else Path(path).as_uri()
            link = f"{address}#page={place.page_first}"
            if isinstance(place, Citation) and self._console.is_terminal:
                link += self._search_part(place)
        name = f"{place.document}, {place.locator}" if place.locator else place.document
        text = Text.assemble((name, Style(bold=True, link=link)))
        if section := section_of(place):
            text.append(f" · {section}")
        if note:
            text.append(f" · {note}", Style(dim=True))
        return self._beside(f"{mark} ", text)

    def _search_part(self, citation: Citation) -> str:
        """The part of a link that makes pdf.js and Acrobat search the page for the quote."""
        try:
            lines = self._raw_lines(citation) if self._raw_lines else ()
        except IndexFault:
            return ""  # this generation was pruned in the meantime; the page is still right
        on_page = [line.text for line in lines if line.page == citation.page_first]
        return f"&search={url_quote(max(on_page, key=len))}&phrase=true" if on_page else ""


def report_degraded(answer: Answer) -> None:
    """Print on stderr what an answer lacks; with -v also its times."""
    for reason in answer.degraded:
        say(reason)
    detail(f"{answer.index}, {seconds_line(answer.timings_s)}")


def show_answer(
    events: Iterator[Found | Piece | Answer], printer: Printer | None, waiting: Waiting
) -> Answer:
    """Print an answer, unless there is no printer, and return it.

    On a terminal the best quotes are shown until the answer replaces them.
    """
    for event in events:
        waiting.stop()
        if isinstance(event, Answer):
            if printer is not None:
                printer.answer(event)
            return event
        if printer is not None and isinstance(event, Found):
            printer.preview(event)
    raise AssertionError("a stream ends with its answer")


def _explanation(hit: Hit) -> str:
    """How a hit got its rank."""
    why = hit.why
    keywords = (
        f"keywords: rank {why.keyword_rank}, BM25 {why.keyword_score:.1f} "
        f"({', '.join(why.matched)})"
        if why.keyword_rank
        else "keywords: no match"
    )
    return (
        f"meaning: rank {why.cosine_rank}, cosine {why.cosine:.2f}, "
        f"best sentence {why.statement_cosine:.2f} · {keywords}"
    )
