"""`ragguide mcp`: indexes in, tools for an agent on stdin and stdout out."""

from ragguide.cli.options import Device, IndexesDir, Llm, Quotes, Rerank, StoreUrl, Threads, TopK
from ragguide.cli.serving import ServedIndexes, import_serving, open_services


def mcp(
    index: ServedIndexes = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    top_k: TopK = None,
    rerank: Rerank = None,
    llm: Llm = None,
    quotes: Quotes = False,
    threads: Threads = None,
    device: Device = None,
) -> None:
    """Serve indexes to an agent over MCP on stdin and stdout; its tools only read.

    Configure this command in the agent, which starts it. It ends when the agent closes stdin.
    """
    import_serving()
    import asyncio

    from ragguide.serve.agents import serve_stdio

    flags = {
        "indexes_dir": indexes_dir,
        "store": store,
        "top_k": top_k,
        "reranker": rerank,
        "generator": llm,
        "threads": threads,
        "device": device,
    }
    services = open_services(flags, index, llm=llm, quotes=quotes)
    asyncio.run(serve_stdio(services))
    services.desk.close()
