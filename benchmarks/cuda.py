"""A guide, its questions and a generator in; what a GPU makes faster and what it changes, out.

    python benchmarks/cuda.py data/guide.pdf data/eval/guide.jsonl [--generator 7b.gguf]

The machine's own processor against its GPU, in one run: passages embedded a second, tokens of the
prompt and of the answer a second, searches a second over a million vectors. And whether both agree:
the share of questions with the same best passages, the share of answers at temperature 0 with the
same words. The raw figures go to --out. Without a GPU that all of these can use it says why, exits
3, and measures nothing.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from clustered import clustered
from numpy.typing import NDArray

from ragguide import Settings, load_settings
from ragguide.base.devices import Card, choose, torch_fault
from ragguide.base.machine import n_cores, processor
from ragguide.create.inspect import inspect_document
from ragguide.embed.load import find_exported, make_embedder
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.embed.torch_encoder import TorchEmbedder
from ragguide.errors import DeviceMissing, RagguideError
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.generate.llama import N_CONTEXT, LlamaGenerator
from ragguide.generate.placement import Placement
from ragguide.generate.run import place_generator
from ragguide.index.gpu import has_gpu_build
from ragguide.index.vectors import VectorIndex
from ragguide.models.find import find_embedder, find_generator
from ragguide.models.verify import embedder_sha256
from ragguide.types import Embedder

EXIT_NO_GPU = 3
HERE = Path(__file__).parent
REPEATED = 40  # times that a card embeds the guide's passages, or it is done before it is warm
PROMPT_TOKENS, ANSWER_TOKENS, N_PROMPTS = 400, 128, 10
TOP_K = 10
SYSTEM = "You answer questions from numbered excerpts of a guide."

Vectors = NDArray[np.float32]


class Pair(msgspec.Struct, frozen=True):
    """The same measure of both."""

    cpu: float
    gpu: float

    @property
    def ratio(self) -> float:
        return self.gpu / self.cpu


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """The raw figures of one run."""

    made: str
    processor: str
    n_cores: int
    card: Card
    embedder: str
    precision: str
    generator: str
    placement: Placement
    n_vectors: int
    passages_per_s: Pair
    prompt_tokens_per_s: Pair
    answer_tokens_per_s: Pair
    searches_per_s: Pair | None  # None: FAISS is a build without GPU
    least_cosine: float  # of the guide's passages, the GPU's to the CPU's
    same_first: float  # share of questions with the same best passage
    same_ten: float  # share of the ten best that both find, on average
    same_answers: float
    seconds: dict[str, float]  # of each part


# ── measures ────────────────────────────────────────────────────────────────────────────────────


def embed_per_s(embedder: Embedder, texts: Sequence[str]) -> float:
    """Texts embedded a second, after a round that does not count."""
    embedder.embed(texts[:64])
    started = time.perf_counter()
    embedder.embed(texts)
    return len(texts) / (time.perf_counter() - started)


def tokens_per_s(
    generator: LlamaGenerator, prompts: Sequence[Sequence[int]]
) -> tuple[float, float]:
    """Tokens of prompts read a second and of answers written a second, in all prompts together."""
    list(generator.generate(prompts[0], max_tokens=4))
    reading = writing = 0.0
    n_written = 0
    for prompt in prompts:
        started = time.perf_counter()
        first = None
        for piece in generator.generate(prompt, max_tokens=ANSWER_TOKENS):
            if first is None:
                first = time.perf_counter()
                continue
            n_written += generator.count_tokens(piece)
        if first is not None:
            reading += first - started
            writing += time.perf_counter() - first
    return sum(map(len, prompts)) / reading, n_written / writing


def searches_per_s(index: VectorIndex, queries: Vectors, at_once: int) -> float:
    index.search_many(queries[:1], TOP_K)
    started = time.perf_counter()
    for at in range(0, len(queries), at_once):
        index.search_many(queries[at : at + at_once], TOP_K)
    return len(queries) / (time.perf_counter() - started)


def agreement(queries: Vectors, one: Vectors, other: Vectors) -> tuple[float, float]:
    """Share of queries with the same best of two sets of vectors; of the ten best that agree."""
    ranks = [np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :TOP_K]
             for vectors in (one, other)]  # fmt: skip
    same = [len({*a.tolist()} & {*b.tolist()}) / TOP_K for a, b in zip(*ranks, strict=True)]
    return float((ranks[0][:, 0] == ranks[1][:, 0]).mean()), float(np.mean(same))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────


def prompts_of(
    generator: LlamaGenerator, questions: Sequence[str], passages: Sequence[str]
) -> list[tuple[int, ...]]:
    """Prompts of `PROMPT_TOKENS` or a little more, each of other passages of the guide."""
    made = []
    for number, question in enumerate(questions[:N_PROMPTS]):
        excerpts, at = "", number * 7
        while generator.count_tokens(excerpts) < PROMPT_TOKENS:
            excerpts += " ".join(passages[at % len(passages)].split()) + " "
            at += 1
        pieces = [(True, "Excerpts: "), (False, excerpts), (True, f"\n\nQuestion: {question}")]
        made.append(generator.build_prompt(SYSTEM, pieces))
    return made


def answers(generator: LlamaGenerator, prompts: Sequence[Sequence[int]]) -> list[str]:
    return ["".join(generator.generate(prompt, max_tokens=48)) for prompt in prompts]


def measure(args: argparse.Namespace, settings: Settings, device: str, card: Card) -> Results:
    seconds: dict[str, float] = {}
    passages = [chunk.embedded_text for chunk in inspect_document(args.guide, settings).chunks]
    questions = [case.question for case in read_questions(open_source(args.questions)).cases]

    started = time.perf_counter()
    files = find_embedder(settings.embedder)
    sha256 = embedder_sha256(files)
    on_cpu = find_exported(files.name, sha256, settings) or make_embedder(files, sha256, settings)
    loaded = SentenceTransformerEmbedder(files.name, files.folder, device=device)
    on_gpu = TorchEmbedder(loaded, device=device, precision=settings.embedding_precision)
    embedded = Pair(embed_per_s(on_cpu, passages), embed_per_s(on_gpu, passages * args.repeated))
    mine, theirs = on_cpu.embed(passages), on_gpu.embed(passages)
    same_first, same_ten = agreement(on_cpu.embed(questions), mine, theirs)
    seconds["embedding"] = time.perf_counter() - started

    started = time.perf_counter()
    file = find_generator(args.generator or settings.generator, models_dir=settings.models_dir)
    placement = place_generator(file, settings)
    speeds, said = {}, {}
    for where, placed in (("cpu", Placement(n_context=N_CONTEXT)), ("gpu", placement)):
        model = LlamaGenerator(file.name, file.path, threads=settings.n_threads, placement=placed)
        prompts = prompts_of(model, questions, passages)
        speeds[where] = tokens_per_s(model, prompts)
        said[where] = answers(model, prompts)
        del model
    seconds["generation"] = time.perf_counter() - started

    started = time.perf_counter()
    searched = search(args.vectors, card.number) if has_gpu_build() else None
    seconds["search"] = time.perf_counter() - started
    return Results(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        processor=processor(),
        n_cores=n_cores(),
        card=card,
        embedder=files.name,
        precision=on_gpu.precision,
        generator=file.name,
        placement=placement,
        n_vectors=args.vectors,
        passages_per_s=embedded,
        prompt_tokens_per_s=Pair(speeds["cpu"][0], speeds["gpu"][0]),
        answer_tokens_per_s=Pair(speeds["cpu"][1], speeds["gpu"][1]),
        searches_per_s=searched,
        least_cosine=float((mine * theirs).sum(axis=1).min()),
        same_first=same_first,
        same_ten=same_ten,
        same_answers=float(
            np.mean([a == b for a, b in zip(said["cpu"], said["gpu"], strict=True)])
        ),
        seconds=seconds,
    )


def search(n_vectors: int, gpu: int) -> Pair:
    """One search at a time, as a guide is searched; the CPU answers a tenth of the queries."""
    vectors, queries = clustered(n_vectors, 1000)
    index = VectorIndex.build(vectors)
    return Pair(
        searches_per_s(index, queries[:100], 1),
        searches_per_s(index.on_gpu(gpu, after=0), queries, 1),
    )


def show(results: Results) -> None:
    print(f"{results.processor}, {results.n_cores} cores, against {results.card}")
    print(f"{results.embedder} in {results.precision}; {results.generator}, {results.placement}")
    for name in ("passages_per_s", "prompt_tokens_per_s", "answer_tokens_per_s", "searches_per_s"):
        pair: Pair | None = getattr(results, name)
        told = f"{pair.cpu:10.1f} {pair.gpu:10.1f} {pair.ratio:7.1f}" if pair else "not measured"
        print(f"{name:<20} {told}")
    print(
        f"cosine ≥ {results.least_cosine:.5f}; of the questions {results.same_first:.3f} have the "
        f"same best passage, {results.same_ten:.3f} of the ten best are shared; "
        f"{results.same_answers:.2f} of the answers are the same"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guide", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--generator", help="a known name or a .gguf; else the settings'")
    parser.add_argument("--vectors", type=int, default=1_000_000)
    parser.add_argument(
        "--repeated", type=int, default=REPEATED, help="rounds of the GPU's passages"
    )
    parser.add_argument("--out", type=Path, default=HERE / "results" / "cuda.json")
    args = parser.parse_args()
    settings = load_settings({"device": "cuda"})
    try:
        chosen = choose("embedding", "cuda", library=torch_fault)
        file = find_generator(args.generator or settings.generator, models_dir=settings.models_dir)
        place_generator(file, settings)
    except RagguideError as exc:
        print(f"nothing is measured: {exc}", file=sys.stderr)
        return EXIT_NO_GPU if isinstance(exc, DeviceMissing) else exc.exit_code
    if not has_gpu_build():
        print("search is not measured: FAISS is a build without GPU", file=sys.stderr)
    assert chosen.card is not None
    results = measure(args, settings, chosen.name, chosen.card)
    show(results)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
