"""`ragguide demo`: the guide that comes with ragguide in, an index and a first answer out."""

from importlib.resources import files
from pathlib import Path

from ragguide.cli.elsewhere import flags_of, remember_place
from ragguide.cli.options import IndexesDir, Llm, Quotes, StoreUrl
from ragguide.cli.progress import report_interrupt, show_stages, waiting_notice
from ragguide.config import load_settings

INDEX = "demo"
QUESTION = "How many passages can Amazon Kendra return for one query?"


def demo(
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    llm: Llm = None,
    quotes: Quotes = False,
) -> None:
    """Read the guide that comes with ragguide, and answer a question about it.

    The guide, 58 pages about machine learning on AWS, becomes the index `demo`: ask it more with
    `ragguide query -i demo QUESTION`. Without a generator you get quotes.
    """
    from ragguide.cli.query import query
    from ragguide.guide import Guide

    settings = load_settings({"index": INDEX, "indexes_dir": indexes_dir, "store": store})
    with report_interrupt(), show_stages() as on_stage:
        Guide.ingest(
            default_guide(),
            settings=settings,
            on_stage=on_stage,
            on_wait=waiting_notice(INDEX, no_wait=False),
        )
    remember_place(settings)
    flags = flags_of(INDEX, indexes_dir, store) + " --quotes" * quotes
    print(f'$ ragguide query{flags} "{QUESTION}"', flush=True)
    query([QUESTION], INDEX, indexes_dir, store, llm=llm, quotes=quotes)


def default_guide() -> Path:
    """The guide's file: in an installed package, or in the repository."""
    packaged = Path(str(files("ragguide") / "guide.pdf"))
    return packaged if packaged.is_file() else packaged.parent.parent / "data" / "guide.pdf"
