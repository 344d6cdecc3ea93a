"""Answers and hits in, lines for people out."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote as url_quote

from ragguide.cli.progress import Waiting
from ragguide.cli.render import RawLines, section_of
from ragguide.errors import IndexFault
from ragguide.types import Answer, Chunk, Citation, Found, Hit, Piece, SourceRecord


class Printer:
    """Prints answers and hits; colours and links appear on a terminal only (see NO_COLOR)."""

    def __init__(self, sources: Sequence[SourceRecord], raw_lines: RawLines | None = None) -> None:
        from rich.console import Console

        self._raw_lines = raw_lines
        self._paths = {source.name: source.path for source in sources}
        self._console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
        self._in_answer = False

    def hits(self, hits: Sequence[Hit], *, explain: bool = False) -> None:
        """Print passages, best first, and highlight the words that matched."""
        from rich.text import Text

        for hit in hits:
            self._place(f"{hit.rank}.", hit.chunk, f"{hit.confidence} ({hit.score:.2f})")
            for copy in hit.copies:
                self._line(f"   same text: {copy}")
            if explain:
                self._line(f"   {_explanation(hit)}")
            for line in hit.chunk.text.split("\n"):
                text = Text(f"   {line}")
                for word in hit.why.matched:
                    text.highlight_regex(rf"(?<!\w){re.escape(word)}(?!\w)", "bold yellow")
                self._console.print(text)
            self._line()

    def found(self, found: Found) -> None:
        """Print the quotes, or the refusal with the closest passages."""
        if found.refused:
            self._line("The guide does not say.", bold=True)
            self._line(_words_line(found))
            if found.hits:
                self._line("Closest passages:")
            for hit in found.hits[:3]:
                self._place("-", hit.chunk)
        for quote in found.quotes:
            self._citation(quote)
        self._line()

    def piece(self, text: str) -> None:
        """Print the next part of the answer immediately."""
        if not self._in_answer:
            self._line("Answer", bold=True)
            self._in_answer = True
        self._console.print(text, end="")
        self._console.file.flush()

    def end(self, answer: Answer) -> None:
        """Print the cited sources, and the warnings on stderr."""
        self.stop()
        if answer.citations:
            self.sources(answer.citations, shown=answer.quotes)
        for note in (*answer.degraded, *answer.warnings):
            print(f"ragguide: {note}", file=sys.stderr)

    def stop(self) -> None:
        """End the text of the answer, complete or not."""
        if self._in_answer:
            self._line("\n")
            self._in_answer = False

    def sources(self, citations: Sequence[Citation], *, shown: Sequence[Citation] = ()) -> None:
        """Print where quotes come from, and their text unless it was `shown` above."""
        self._line("Sources", bold=True)
        for citation in citations:
            self._citation(citation, with_quote=citation not in shown)
        self._line()

    def _line(self, text: str = "", *, bold: bool = False) -> None:
        self._console.print(text, style="bold" if bold else None)

    def _citation(self, citation: Citation, *, with_quote: bool = True) -> None:
        self._place(f"[{citation.mark}]", citation)
        if with_quote:
            self._line(f'    "{citation.one_line}"')

    def _place(self, mark: str, place: Chunk | Citation, note: str = "") -> None:
        """Print where a passage is; a click opens the PDF on that page, at the quote."""
        from rich.style import Style
        from rich.text import Text

        link = Path(self._paths[place.document]).as_uri() + f"#page={place.page_first}"
        if isinstance(place, Citation) and self._console.is_terminal:
            link += self._search_part(place)
        text = Text(f"{mark} ")
        name = f"{place.document}, {place.locator}" if place.locator else place.document
        text.append(name, Style(bold=True, link=link))
        if section := section_of(place):
            text.append(f" · {section}")
        if note:
            text.append(f" · {note}", Style(dim=True))
        self._console.print(text)

    def _search_part(self, citation: Citation) -> str:
        """The part of a link that makes pdf.js and Acrobat search the page for the quote."""
        try:
            lines = self._raw_lines(citation) if self._raw_lines else ()
        except IndexFault:
            return ""  # this generation was pruned in the meantime; the page is still right
        on_page = [line.text for line in lines if line.page == citation.page_first]
        return f"&search={url_quote(max(on_page, key=len))}&phrase=true" if on_page else ""


def show_answer(
    events: Iterator[Found | Piece | Answer], printer: Printer | None, waiting: Waiting
) -> Answer:
    """Print the events as they arrive, unless there is no printer; return the answer."""
    for event in events:
        if isinstance(event, Answer):
            waiting.stop()
            if printer is not None:
                printer.end(event)
            return event
        if printer is None:
            continue
        waiting.stop()
        if isinstance(event, Piece):
            printer.piece(event.text)
        else:
            printer.found(event)
            waiting.start("generating the answer …")
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


def _words_line(found: Found) -> str:
    """Which words of a refused question occur in the guide."""
    if not found.looked_for:
        return "The question contains only common words, which are not searched."
    present = [word for word in found.looked_for if word not in found.absent]
    if not present:
        return "None of the question's words occur in the guide."
    line = f"Words found in the guide: {', '.join(present)}."
    return f"{line} Not found: {', '.join(found.absent)}." if found.absent else line
