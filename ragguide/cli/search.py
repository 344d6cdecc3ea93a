"""`ragguide search`: the passages alone."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ragguide.cli.options import (
    AsJson,
    IndexesDir,
    IndexName,
    QuestionWords,
    Rerank,
    TopK,
    read_arrived,
)
from ragguide.cli.progress import show_log
from ragguide.cli.render import Printer, hit_fields, print_json
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.types import Hit

if TYPE_CHECKING:
    from ragguide.guide import Guide


def search(
    words: QuestionWords,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    top_k: TopK = None,
    rerank: Rerank = None,
    as_json: AsJson = False,
) -> None:
    """Show the passages that bear on a question, best first."""
    from ragguide.guide import Guide

    show_log()
    guide = Guide.open(
        settings=load_settings(
            {"index": index, "indexes_dir": indexes_dir, "top_k": top_k, "reranker": rerank}
        )
    )
    printer = None if as_json else Printer(guide.manifest.sources)
    for questions in read_arrived(words):
        for question, hits in _found(guide, questions):
            if printer is not None:
                printer.hits(hits)
                continue
            print_json(
                {
                    "question": question,
                    "hits": [hit_fields(hit) for hit in hits],
                    "index": guide.index_name,
                }
            )


def _found(guide: "Guide", questions: Sequence[str]) -> Iterator[tuple[str, list[Hit]]]:
    """Search for all questions at once; if one cannot be used, for those before it."""
    try:
        yield from zip(questions, guide.search_many(questions), strict=True)
    except UsageError:
        for question in questions:
            yield question, guide.search(question)
