"""`ragguide serve`: indexes in, a server for programs and agents out."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.options import Device, IndexesDir, Llm, Quotes, Rerank, StoreUrl, Threads, TopK
from ragguide.cli.serving import TOKENS, ServedIndexes, import_serving, open_services
from ragguide.cli.watching import Watching
from ragguide.config import load_settings
from ragguide.errors import UsageError

if TYPE_CHECKING:
    from ragguide.serve.door import DoorRules

Host = Annotated[str, typer.Option(help="Listen on this address; any but loopback needs a token.")]
Port = Annotated[
    int, typer.Option(min=0, max=65535, help="Listen on this port; 0 takes a free one.")
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="Accept requests to this host name; repeatable.", show_default=False
    ),
]
QueueLength = Annotated[
    int, typer.Option(min=0, max=1000, help="Let this many answers wait for the generator.")
]
Watch = Annotated[
    bool, typer.Option("--watch", "-w", help="Update the indexes whenever their sources change.")
]
Gate = Annotated[
    Path | None,
    typer.Option(
        metavar="CASES",
        help="With --watch: test each new index with these questions; keep the old one if answers "
        "get worse.",
        show_default=False,
    ),
]
LogQuestions = Annotated[bool, typer.Option("--log-questions", help="Log the questions.")]


def serve(
    index: ServedIndexes = None,
    host: Host = "127.0.0.1",
    port: Port = 8765,
    allow_host: AllowHost = None,
    queue: QueueLength = 8,
    watch: Watch = False,
    gate: Gate = None,
    log_questions: LogQuestions = False,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    top_k: TopK = None,
    rerank: Rerank = None,
    llm: Llm = None,
    quotes: Quotes = False,
    threads: Threads = None,
    device: Device = None,
) -> None:
    """Serve indexes over HTTP: a page for browsers, OpenAI's protocol, MCP at `/mcp`, and JSON.

    To let other machines connect, set RAGGUIDE_TOKENS to the tokens that clients may send. After a
    token, name the groups of its reader: `TOKEN hr board, TOKEN`.
    """
    import_serving()
    if gate and not watch:
        raise UsageError("--gate tests what --watch updates. Add --watch.")
    from ragguide.serve.app import make_app
    from ragguide.serve.run import address_of, bind, run_server

    rules = _rules(host, allow_host or [])
    bound = bind(host, port)
    flags = {
        "indexes_dir": indexes_dir,
        "store": store,
        "top_k": top_k,
        "reranker": rerank,
        "generator": llm,
        "threads": threads,
        "device": device,
    }
    services = open_services(
        flags,
        index,
        llm=llm,
        quotes=quotes,
        n_waiting=queue,
        log_questions=log_questions,
        readers=rules.readers,
    )
    names = ", ".join(guide.index_name for guide in services.library)
    line = f"ragguide: serving {names} at {address_of(bound)}"
    watching = Watching(services.library.settings if watch else [], gate)

    def on_ready() -> None:
        print(line, file=sys.stderr, flush=True)
        watching.start()

    run_server(make_app(services, rules), bound, on_ready)
    watching.stop()
    services.desk.close()


def _rules(host: str, allow_host: Sequence[str]) -> "DoorRules":
    """Return who may ask.

    Raises:
        UsageError: other machines could, without a token.
    """
    from ragguide.serve.door import DoorRules, is_loopback, read_tokens

    tokens = read_tokens(os.environ.get(TOKENS, ""))
    if not (is_loopback(host) or tokens):
        raise UsageError(
            f"{host} can be reached by other machines, so a token is needed. Set one: "
            f"`export {TOKENS}=$(openssl rand -hex 24)`."
        )
    return DoorRules(
        is_loopback=is_loopback(host),
        names=frozenset(map(str.lower, allow_host)),
        tokens=tokens,
        groups=load_settings().reader,
    )
