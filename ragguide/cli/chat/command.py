"""The command `chat`: options in, a session that reads lines until Ctrl-D out."""

import sys

from ragguide.cli.chat.session import Session
from ragguide.cli.chat.terminal import read_lines
from ragguide.cli.filters import read_filter
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
    StoreUrl,
    Strict,
    TopK,
)
from ragguide.cli.render import counted
from ragguide.cli.wrap import print_wrapped
from ragguide.config import load_settings


def chat(
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    top_k: TopK = None,
    filters: Filters = None,
    pages: Pages = None,
    rerank: Rerank = None,
    llm: Llm = None,
    quotes: Quotes = False,
    strict: Strict = False,
    device: Device = None,
) -> None:
    """Ask questions and follow-ups until Ctrl-D."""
    from ragguide.chat import Chat

    where = read_filter(filters or [], pages)
    settings = load_settings(
        {
            "index": index,
            "indexes_dir": indexes_dir,
            "store": store,
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
        documents = counted(len(guide.manifest.sources), "document")
        print_wrapped(f"{guide.index_name}: {documents}. Ask a question, or type /help.")
    for line in read_lines(settings.cache_dir / "chat_history", tuple(session.commands)):
        if not session.run(line):
            break
