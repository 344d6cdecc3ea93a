"""`ragguide search`: the passages alone."""

from ragguide.cli.options import AsJson, IndexesDir, IndexName, QuestionWords, TopK, read_questions
from ragguide.cli.progress import show_log, show_waiting
from ragguide.cli.render import Printer, hit_fields, print_json
from ragguide.config import load_settings


def search(
    words: QuestionWords,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    top_k: TopK = None,
    as_json: AsJson = False,
) -> None:
    """Show the passages that bear on a question, best first."""
    from ragguide.guide import Guide

    show_log()
    guide = Guide.open(
        settings=load_settings({"index": index, "indexes_dir": indexes_dir, "top_k": top_k})
    )
    printer = Printer(guide.manifest.sources)
    for question in read_questions(words):
        with show_waiting("searching the guide …"):
            hits = guide.search(question)
        if as_json:
            print_json(
                {
                    "question": question,
                    "hits": [hit_fields(hit) for hit in hits],
                    "index": guide.index_name,
                }
            )
        else:
            printer.hits(hits)
