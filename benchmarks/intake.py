"""A PDF and quotes from its pages in, what reading it costs and how true it stays out.

    python benchmarks/intake.py data/guide.pdf data/eval/guide.jsonl

`evidence` and `evidence2` of each question are verbatim quotes from its `pages`. Told are: seconds
to read, clean and cut; quotes that lie within one chunk or two neighbours; quotes that lead back to
lines which stand on their page; section paths, if the PDF has bookmarks, by these, by type alone
and by text alone; and the words that were mended, to be read by eye.
"""

import argparse
import json
import re
import resource
import time
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from ragguide.config import Settings
from ragguide.create.cut import split
from ragguide.create.documents import clean_source
from ragguide.create.pdf.blocks import letters_of
from ragguide.create.pdf.clean import fold_characters
from ragguide.create.pdf.pages import read_pdf
from ragguide.create.rawmap import RawMap
from ragguide.embed.tokens import TokenCounter
from ragguide.models.find import find_embedder
from ragguide.types import Chunk, Document, Source

MISREAD = str.maketrans("ij1q", "lllg")  # OCR takes them for each other; cleaning may mend it

Quote = tuple[str, set[int]]  # its letters, and the pages that it stands on
Paths = dict[tuple[int, str], tuple[str, ...]]  # page and title of a section → its whole path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("pdf", type=Path)
    parser.add_argument("cases", type=Path)
    args = parser.parse_args()
    settings = Settings()
    started = time.perf_counter()
    source = read_pdf(args.pdf)
    read_at = time.perf_counter()
    parsed = clean_source(source)
    cleaned_at = time.perf_counter()
    counter = TokenCounter(find_embedder(settings.embedder).folder)
    chunks = split([parsed.document], counter, settings)
    cut_at = time.perf_counter()
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime + time.process_time()
    print(
        f"{len(source.pages)} pages, {len(chunks)} chunks: {cut_at - started:.2f} s "
        f"(read {read_at - started:.2f}, clean {cleaned_at - read_at:.2f}, "
        f"cut {cut_at - cleaned_at:.2f}); {cpu:.2f} s of CPU, imports included"
    )
    quotes = read_quotes(args.cases)
    n_whole = len(quotes) - len(torn_quotes(quotes, parsed.document, chunks))
    n_printed = len(quotes) - len(unprinted_quotes(quotes, parsed.document))
    print(f"quotes within one chunk or two neighbours: {n_whole} of {len(quotes)}")
    print(f"quotes that lead back to their page: {n_printed} of {len(quotes)}")
    if bookmarked := bookmarked_paths(source):
        for name, variant in variants(source).items():
            paths = section_paths(variant)
            n_right = sum(bookmarked.get(key) == path for key, path in paths.items())
            print(
                f"section paths by {name}: {n_right} of {len(bookmarked)} right, "
                f"{len(paths.keys() - bookmarked.keys())} titles that are none"
            )
    for word in parsed.rewrites:
        print(f"mended {word.count} times: {word.wrong} → {word.right}")


class _Plain(argparse.RawDescriptionHelpFormatter):
    pass


# ── quotes ──────────────────────────────────────────────────────────────────────────────────────


def letters(text: str) -> str:
    """What cleaning keeps of a quote: no bullets, hyphens at line ends, spaces, letters misread."""
    text = re.sub(r"[\W_]+", "", fold_characters(text).replace("|", "l"))
    return text.casefold().translate(MISREAD)


def read_quotes(cases: Path) -> list[Quote]:
    return [
        (letters(case[key]), set(case["pages"]))
        for case in map(json.loads, cases.read_text(encoding="utf-8").splitlines())
        for key in ("evidence", "evidence2")
        if case.get(key)
    ]


def torn_quotes(quotes: Sequence[Quote], document: Document, chunks: Sequence[Chunk]) -> list[str]:
    """Quotes that no chunk and no two neighbours hold whole and with one of their pages.

    Rows of tables are told in other words than they are printed in: of these, what counts is the
    lines that they were made of.
    """
    raw_map = RawMap(document)
    spans = [(chunk.start, chunk.end, chunk.page_first, chunk.page_last) for chunk in chunks]
    spans += [(a.start, b.end, a.page_first, b.page_last) for a, b in pairwise(chunks)]
    texts = [
        (letters(text), set(range(first, last + 1)))
        for start, end, first, last in spans
        for text in (document.text[start:end], _raw_text(raw_map, start, end))
    ]
    return [
        quote
        for quote, on in quotes
        if not any(quote in text and on & pages for text, pages in texts)
    ]


def unprinted_quotes(quotes: Sequence[Quote], document: Document) -> list[str]:
    """Quotes that do not lead back to lines which their page holds as they are."""
    raw_map = RawMap(document)
    rows = [(block.start, block.end) for block in document.blocks if block.kind == "row"]
    places = [i for i, char in enumerate(document.text) if letters(char)]
    text = "".join(letters(document.text[i]) for i in places)

    def leads_back(quote: str, on: set[int], start: int, end: int) -> bool:
        lines = list(raw_map.lines(start, end))
        return (
            bool({line.page for line in lines} & on)
            and quote in letters("".join(line.text for line in lines))
            and all(line.text in document.raw_pages[line.page - 1] for line in lines)
        )

    return [
        quote
        for quote, on in quotes
        if not any(
            leads_back(quote, on, places[found.start()], places[found.end() - 1] + 1)
            for found in re.finditer(quote, text)
        )
        and not any(leads_back(quote, on, start, end) for start, end in rows)
    ]


def _raw_text(raw_map: RawMap, start: int, end: int) -> str:
    return "".join(line.text for line in raw_map.lines(start, end))


# ── sections ────────────────────────────────────────────────────────────────────────────────────


def variants(source: Source) -> dict[str, Source]:
    """The document with all that tells its structure, and with less and less of that."""
    bare = tuple(msgspec.structs.replace(page, types=()) for page in source.pages)
    return {
        "bookmarks": source,
        "type alone": msgspec.structs.replace(source, bookmarks=()),
        "text alone": msgspec.structs.replace(source, bookmarks=(), pages=bare),
    }


def bookmarked_paths(source: Source) -> Paths:
    paths: Paths = {}
    open_titles: list[str] = []
    for mark in source.bookmarks:
        open_titles[mark.level - 1 :] = [letters_of(mark.title)]
        paths[mark.page, open_titles[-1]] = tuple(open_titles)
    return paths


def section_paths(source: Source) -> Paths:
    document = clean_source(source).document
    return {
        (bisect_right(document.page_starts, section.start), letters_of(section.path[-1])): tuple(
            map(letters_of, section.path)
        )
        for section in document.sections
        if section.path
    }


if __name__ == "__main__":
    main()
