"""How many questions a second does `ragguide serve` answer to many clients at a time?

In: an index and a question set. Out, as JSON: the rates of `Guide.search_many` and of `Guide.query`
for quotes alone in one process, before and after; between them, for `/search` and `/query` with
quotes, the server's rate, latencies, faults, the fewest and the most replies to a client, processor
time and memory. `first_…` is for questions that the server has not answered before; for the rest of
the time they repeat. All clients are connections of one thread, since they share the machine's
cores with the server.

    python benchmarks/serve_load.py --indexes-dir indexes data/eval/guide.jsonl --seconds 60
"""

import argparse
import asyncio
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragguide import Guide, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--indexes-dir", type=Path, default=Path("indexes"))
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    questions = [json.loads(line)["question"] for line in asked.cases.read_text().splitlines()]
    guide = Guide.open(settings=load_settings({"indexes_dir": asked.indexes_dir}))
    guide.warm_up()
    before = own_rates(guide, questions)
    command = [sys.executable, "-m", "ragguide", "serve", "--quotes", "--port", "0", "-q"]
    command += ["--indexes-dir", str(asked.indexes_dir)]
    found: dict[str, object] = {"clients": asked.clients, "before": before}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        port = int(server.stderr.readline().rsplit(":", 1)[1])
        for path, extra in (("/search", {}), ("/query", {"quotes_only": True})):
            bodies = [json.dumps({"question": each} | extra).encode() for each in questions]
            spent = [cpu_s(server.pid)]
            once = load(port, path, iter(bodies), asked.clients, asked.seconds)
            runs = [asyncio.run(once)]
            memory = resident_mb(server.pid)
            spent.append(cpu_s(server.pid))
            many = load(port, path, itertools.cycle(bodies), asked.clients, asked.seconds)
            runs.append(asyncio.run(many))
            spent.append(cpu_s(server.pid))
            first, again = (
                round(1000 * (after - before) / run["n"], 1)
                for run, before, after in zip(runs, spent, spent[1:], strict=False)
            )
            found[path] = runs[1] | {
                "first_per_s": runs[0]["per_s"],
                "first_cpu_ms": first,
                "cpu_ms": again,
                "mb_before": memory,
                "mb_after": resident_mb(server.pid),
            }
        server.terminate()
    found["after"] = own_rates(guide, questions)
    print(json.dumps(found, indent=2))


def own_rates(guide: Guide, questions: list[str]) -> dict[str, float]:
    """Return rates and processor times in this process, of searches and of quotes."""
    found = {}
    works: dict[str, Callable[[], object]] = {
        "search_many": lambda: guide.search_many(questions),
        "quotes": lambda: [guide.query(each, quotes_only=True) for each in questions],
    }
    for name, work in works.items():
        work()  # fills the caches
        began, spent = time.perf_counter(), time.process_time()
        work()
        n = len(questions)
        found[f"{name}_per_s"] = round(n / (time.perf_counter() - began), 1)
        found[f"{name}_cpu_ms"] = round(1000 * (time.process_time() - spent) / n, 1)
    return found


async def load(
    port: int, path: str, bodies: Iterator[bytes], n_clients: int, seconds: float
) -> dict[str, Any]:
    """Ask over `n_clients` connections, one question after another on each, while there are any."""
    times: list[float] = []
    faults = 0
    answered = [0] * n_clients
    ends = time.perf_counter() + seconds

    async def client(number: int) -> None:
        nonlocal faults
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in bodies:
            if (began := time.perf_counter()) >= ends:
                break
            faults += await ask(reader, writer, path, body) != 200
            answered[number] += 1
            times.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*map(client, range(n_clients)))
    wall = time.perf_counter() - began
    times.sort()
    return {
        "n": len(times),
        "per_s": round(len(times) / wall, 1),
        "p50_ms": round(1000 * times[len(times) // 2]),
        "p95_ms": round(1000 * times[len(times) * 95 // 100]),
        "faults": faults,
        "per_client": [min(answered), max(answered)],
    }


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes
) -> int:
    """Send a request; return the status of the reply."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    reply = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(reply.partition(b"content-length: ")[2].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(reply.split()[1])


def cpu_s(pid: int) -> float:
    """Return the processor time of a process; Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Return the memory of a process; Linux only."""
    status = Path(f"/proc/{pid}/status").read_text()
    return round(int(status.partition("VmRSS:")[2].split()[0]) / 1024, 1)


if __name__ == "__main__":
    main()
