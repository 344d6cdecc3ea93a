"""A guide and questions in, how soon its quotes and the model's first word stand there out.

    python benchmarks/first_word.py data/guide.pdf data/eval/guide.jsonl [--runs 5] [--llm NAME]

Whole processes, by turns: `ragguide query --quotes`, `ragguide query`, and `plain_rag.py`, plain
code for the same question with four passages of 200 tokens and the model as it was downloaded.
Then, in one process, how fast a prompt is read, by ragguide and by llama.cpp's own evaluation of
the same tokens with the same file. Run it alone on the machine, after `ragguide models optimise`.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec

from ragguide import Guide, Settings, load_settings
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.generate.run import plan_run
from ragguide.models.find import find_embedder, find_generator

HERE = Path(__file__).parent
PLAIN_TOKENS = 200  # of a passage of plain code
N_READ = 350  # tokens of a typical prompt


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guide", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--llm", default=Settings().generator)
    args = parser.parse_args()
    cases = read_questions(open_source(args.cases)).cases
    with TemporaryDirectory() as folder:
        settings = load_settings({"indexes_dir": folder, "generator": args.llm})
        Guide.ingest(args.guide, settings=settings)
        passages = write_passages(args.guide, settings, Path(folder))
        guide = Guide.open(settings=settings)
        asked = (case.question for case in cases if case.is_answerable)
        questions = [q for q in asked if not guide.query(q, quotes_only=True).refused]
        compare(settings, passages, questions[: args.runs + 1])
    read_speed(settings)
    return 0


def write_passages(guide: Path, settings: Settings, folder: Path) -> Path:
    """Write the passages of plain code with their vectors."""
    plain = msgspec.structs.replace(
        settings, index="plain", chunk_tokens=PLAIN_TOKENS, chunk_strategy="tokens", chunk_overlap=0
    )
    Guide.ingest(guide, settings=plain)
    opened = Guide.open(settings=plain)
    texts = [chunk.text for chunk in opened.chunks]
    path = folder / "passages.json"
    stored = {"texts": texts, "vectors": opened.embed(texts).tolist()}
    path.write_bytes(msgspec.json.encode(stored))
    return path


def compare(settings: Settings, passages: Path, questions: Sequence[str]) -> None:
    """Print median seconds of each way; its first question does not count."""
    query = [sys.executable, "-m", "ragguide", "query", "--llm", settings.generator]
    embedder = find_embedder(settings.embedder).folder
    model = find_generator(settings.generator, models_dir=settings.models_dir).path
    plain = [str(HERE / "plain_rag.py"), str(passages), str(embedder), str(model)]
    ways = {
        "quotes": ([sys.executable, "-m", "ragguide", "query", "--quotes"], ""),
        "first quote, before the model": (query, ""),
        "first word": (query, "Answer\n"),
        "plain code, first word": ([sys.executable, *plain], ""),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for n, question in enumerate(questions):
        for way, (command, mark) in ways.items():
            took = seconds_until(mark, [*command, question], settings)
            if n:
                seconds[way].append(took)
    for way, values in seconds.items():
        told = " ".join(f"{value:.2f}" for value in sorted(values))
        print(f"{settings.generator}, {way}: median {median(values):.2f} s ({told})", flush=True)
    ratio = median(seconds["plain code, first word"]) / median(seconds["first word"])
    print(f"{settings.generator}: the first word {ratio:.1f} times sooner than plain code's")


def seconds_until(mark: str, command: Sequence[str], settings: Settings) -> float:
    """Seconds from the start of a process until it has written a mark, and something after it."""
    environ = os.environ | {"RAGGUIDE_INDEXES_DIR": str(settings.indexes_dir)}
    started = time.perf_counter()
    child = subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert child.stdout is not None
    written = b""
    while True:
        piece = os.read(child.stdout.fileno(), 65_536)
        assert piece, f"{command} ended without {mark!r}: {written!r}"
        written += piece
        if not mark or written.partition(mark.encode())[2]:
            break
    took = time.perf_counter() - started
    child.kill()
    child.wait()
    child.stdout.close()
    return took


def read_speed(settings: Settings) -> None:
    """Print tokens read a second by ragguide, and by llama.cpp alone, by turns."""
    from llama_cpp import Llama

    from ragguide.generate.llama import LlamaGenerator
    from ragguide.generate.llama_load import N_BATCH

    file = find_generator(settings.generator, models_dir=settings.models_dir)
    run = plan_run(file, settings)
    ours = LlamaGenerator(
        file.name, run.path, threads=settings.n_threads, repack=run.repack, placement=run.placement
    )
    alone = Llama(
        str(run.path), n_ctx=4096, n_batch=N_BATCH, n_threads=settings.n_threads,
        n_threads_batch=settings.n_threads, verbose=False,
    )  # fmt: skip
    words = "Each instance of the service keeps its own copy of the data for some hours. " * 60
    tokens = alone.tokenize(words.encode(), add_bos=False)[:N_READ]
    by_us, by_it = [], []
    for _ in range(5):
        started = time.perf_counter()
        next(ours.generate(tokens, max_tokens=1), None)
        by_us.append(N_READ / (time.perf_counter() - started))
        alone.reset()
        started = time.perf_counter()
        alone.eval(tokens)
        by_it.append(N_READ / (time.perf_counter() - started))
    print(
        f"{settings.generator}: {median(by_us):.0f} tokens of a prompt read a second, by llama.cpp "
        f"alone {median(by_it):.0f}: {median(by_us) / median(by_it):.2f}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
