"""Answers and hits in, lines and JSON out."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote as quoted

import msgspec

from ragguide.cli.progress import Waiting
from ragguide.errors import IndexFault
from ragguide.index.plan import describe
from ragguide.types import (
    SCHEMA_VERSION,
    Answer,
    Chunk,
    Citation,
    Found,
    Hit,
    Piece,
    SourceRecord,
    Unit,
    VectorIndexRecord,
)

if TYPE_CHECKING:
    from ragguide.create.rawmap import RawLine

RawLines = Callable[[Citation], "Sequence[RawLine]"]  # what the pages read where a quote stands


def print_json(value: object) -> None:
    """Print a value as one line of JSON, with the schema's version first."""
    sys.stdout.write(json_line(value) + "\n")
    sys.stdout.flush()


def json_line(value: object) -> str:
    """A value as JSON, with the schema's version first."""
    line = {"schema_version": SCHEMA_VERSION} | msgspec.to_builtins(value)
    return msgspec.json.encode(line).decode()


def hit_fields(hit: Hit, *, explain: bool = False) -> dict[str, object]:
    """A hit as JSON names it."""
    reranked = {} if hit.rerank_score is None else {"rerank_score": round(hit.rerank_score, 4)}
    why = {"why": _rounded(msgspec.structs.asdict(hit.why))} if explain else {}
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        **reranked,
        "confidence": hit.confidence,
        "document": hit.chunk.document,
        "page_first": hit.chunk.page_first,
        "page_last": hit.chunk.page_last,
        "page_label": hit.chunk.page_labels[0],
        "locator": hit.chunk.locator,
        "section": section_of(hit.chunk),
        "text": hit.chunk.text,
        "copies": hit.copies,
        **why,
    }


def _rounded(values: dict[str, object]) -> dict[str, object]:
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in values.items()
    }


def section_of(place: Chunk | Citation) -> str:
    """The titles that something stands under, from the chapter down."""
    return place.section if isinstance(place, Citation) else " > ".join(place.section)


def count_of(unit: Unit, number: int) -> str:
    """How many pages, slides or sheets a document has; a text has none."""
    if unit == "text":
        return "text"
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def size_of(n_bytes: int | None) -> str:
    """A size for people."""
    if n_bytes is None:
        return "?"
    return f"{n_bytes / 1e9:.2f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"


def vector_index_told(record: VectorIndexRecord) -> str:
    """How the vectors are indexed, and how much of the nearest that finds."""
    told = describe(record.parameters)
    if (recall := record.recall) is not None:
        told += f", finds {recall.share:.3f} of the {recall.k} nearest"
        if recall.share < record.asked.target_recall:
            told += f": less than the {record.asked.target_recall:g} wanted, as its effort is given"
    return told


def answer_fields(answer: Answer, raw_lines: RawLines) -> dict[str, object]:
    """An answer as JSON names it; each quote with what its pages read there."""
    return msgspec.structs.asdict(answer) | {
        "chance": None if answer.chance is None else round(answer.chance, 4),
        "quotes": [_citation_fields(quote, raw_lines) for quote in answer.quotes],
        "citations": [_citation_fields(citation, raw_lines) for citation in answer.citations],
        "hits": [hit_fields(hit) for hit in answer.hits],
    }


def _citation_fields(citation: Citation, raw_lines: RawLines) -> dict[str, object]:
    printed = [{"page": line.page, "text": line.text} for line in raw_lines(citation)]
    return msgspec.structs.asdict(citation) | {"printed": printed}


def _explained(hit: Hit) -> str:
    why = hit.why
    words = (
        f"words: rank {why.keyword_rank}, BM25 {why.keyword_score:.1f} ({', '.join(why.matched)})"
        if why.keyword_rank
        else "words: none matches"
    )
    return (
        f"meaning: rank {why.cosine_rank}, cosine {why.cosine:.2f}, "
        f"its best statement {why.statement_cosine:.2f} · {words}"
    )


def _looked_for(found: Found) -> str:
    present = [word for word in found.looked_for if word not in found.absent]
    told = f"Looked for: {', '.join(present) or 'nothing that it has'}."
    return f"{told} Nowhere in it: {', '.join(found.absent)}." if found.absent else told


class Printer:
    """Prints for people; colour and links on a terminal only, and no colour under NO_COLOR."""

    def __init__(self, sources: Sequence[SourceRecord], raw_lines: RawLines | None = None) -> None:
        from rich.console import Console

        self._raw_lines = raw_lines
        self._paths = {source.name: source.path for source in sources}
        self._console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
        self._in_answer = False

    def hits(self, hits: Sequence[Hit], *, explain: bool = False) -> None:
        """Print passages, best first; the words that matched stand out."""
        from rich.text import Text

        for hit in hits:
            self._place(f"{hit.rank}.", hit.chunk, f"{hit.confidence} ({hit.score:.2f})")
            for copy in hit.copies:
                self._line(f"   the same: {copy}")
            if explain:
                self._line(f"   {_explained(hit)}")
            for line in hit.chunk.text.split("\n"):
                text = Text(f"   {line}")
                for word in hit.why.matched:
                    text.highlight_regex(rf"(?<!\w){re.escape(word)}(?!\w)", "bold yellow")
                self._console.print(text)
            self._line()

    def found(self, found: Found) -> None:
        """Print the guide's own sentences, or that it is silent and where it comes nearest."""
        if found.refused:
            self._line("The guide does not say.", bold=True)
            self._line(_looked_for(found))
            if found.hits:
                self._line("Nearest to the question:")
            for hit in found.hits[:3]:
                self._place("-", hit.chunk)
        for quote in found.quotes:
            self._citation(quote)
        self._line()

    def piece(self, text: str) -> None:
        """Print more of the answer at once."""
        if not self._in_answer:
            self._line("Answer", bold=True)
            self._in_answer = True
        self._console.print(text, end="")
        self._console.file.flush()

    def end(self, answer: Answer) -> None:
        """Print what the answer's marks name, and what there is to warn of."""
        self.stop()
        if answer.citations:
            self.sources(answer.citations, but=answer.quotes)
        for note in (*answer.degraded, *answer.warnings):
            print(f"ragguide: {note}", file=sys.stderr)

    def stop(self) -> None:
        """End the answer's text, be it whole or not."""
        if self._in_answer:
            self._line("\n")
            self._in_answer = False

    def sources(self, citations: Sequence[Citation], *, but: Sequence[Citation] = ()) -> None:
        """Print where quotes stand and what they say, but for those that were just read."""
        self._line("Sources", bold=True)
        for citation in citations:
            self._citation(citation, is_read=citation in but)
        self._line()

    def _line(self, text: str = "", *, bold: bool = False) -> None:
        self._console.print(text, style="bold" if bold else None)

    def _citation(self, citation: Citation, *, is_read: bool = False) -> None:
        self._place(f"[{citation.mark}]", citation)
        if not is_read:
            self._line(f'    "{citation.told}"')

    def _place(self, mark: str, place: Chunk | Citation, note: str = "") -> None:
        """Print where something stands; a click opens the PDF on that page, at the quote."""
        from rich.style import Style
        from rich.text import Text

        link = Path(self._paths[place.document]).as_uri() + f"#page={place.page_first}"
        if isinstance(place, Citation) and self._console.is_terminal:
            link += self._search_of(place)
        text = Text(f"{mark} ")
        name = f"{place.document}, {place.locator}" if place.locator else place.document
        text.append(name, Style(bold=True, link=link))
        if section := section_of(place):
            text.append(f" · {section}")
        if note:
            text.append(f" · {note}", Style(dim=True))
        self._console.print(text)

    def _search_of(self, citation: Citation) -> str:
        """The part of a link that makes a viewer search the page; as pdf.js and Acrobat take it."""
        try:
            lines = self._raw_lines(citation) if self._raw_lines else ()
        except IndexFault:
            return ""  # the generation was pruned while we hold it; the page is right all the same
        on_page = [line.text for line in lines if line.page == citation.page_first]
        return f"&search={quoted(max(on_page, key=len))}&phrase=true" if on_page else ""


def show_answer(
    events: Iterator[Found | Piece | Answer], printer: Printer | None, waiting: Waiting
) -> Answer:
    """Print the events as they come, unless there is no printer; return the last one."""
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
            waiting.start("the model reads them …")
    raise AssertionError("a stream ends with its answer")
