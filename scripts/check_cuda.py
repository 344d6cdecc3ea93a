"""Each part that can run on a GPU computes something there, and the same on the processor.

    python scripts/check_cuda.py

A line for each: what it ran on and how the two results compare. Exit code 1 if one of them has no
GPU, or computes something else there. The generator is the one that is set, or any other that is
on this machine.
"""

import sys
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ragguide.base.devices import choose, find_cards, torch_fault
from ragguide.config import Settings, load_settings
from ragguide.errors import RagguideError
from ragguide.models.catalogue import CATALOGUE
from ragguide.models.find import GeneratorFile, find_embedder, find_generator

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = ["How much do Spot Instances save?", "A feature store keeps features. " * 20, "word"] * 40
QUESTION = [(True, "Say in one word what the sky looks like on a clear day.")]
N_TOKENS = 24
LEAST_AGREEMENT = 0.99


def embedding(settings: Settings) -> str:
    """Embed texts in the card's precision and compare them with float32 on the processor."""
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.embed.torch_encoder import TorchEmbedder

    device = choose("embedding", "cuda", library=torch_fault).name
    files = find_embedder(settings.embedder)
    loaded = SentenceTransformerEmbedder(files.name, files.folder, device=device)
    embedder = TorchEmbedder(loaded, device=device)
    expected = SentenceTransformerEmbedder(files.name, files.folder).embed(TEXTS)
    least = float((embedder.embed(TEXTS) * expected).sum(axis=1).min())
    if not least >= LEAST_AGREEMENT:
        raise RagguideError(f"{files.name} has other vectors on {device}: cosine {least:.5f}")
    return f"{files.name} on {device} in {embedder.precision}: cosine {least:.5f} to the CPU's"


def generation(settings: Settings) -> str:
    """Let the generator answer on the card and on the processor."""
    from ragguide.generate.llama import LlamaGenerator
    from ragguide.generate.run import place_generator

    file = _any_generator(settings)
    placed = place_generator(file, msgspec.structs.replace(settings, generation_device="cuda"))
    said = {}
    for where, placement in (("cuda", placed), ("cpu", None)):
        options = {"placement": placement} if placement else {}
        model = LlamaGenerator(file.name, file.path, threads=settings.n_threads, **options)
        prompt = model.build_prompt("You answer in one word.", QUESTION)
        said[where] = "".join(model.generate(prompt, max_tokens=N_TOKENS)).strip()
    if not said["cuda"]:
        raise RagguideError(f"{file.name} says nothing on the card; on the CPU {said['cpu']!r}")
    same = "the same as" if said["cuda"] == said["cpu"] else f"not {said['cpu']!r} as"
    return f"{file.name}, {placed.n_gpu_layers} layers there: says {said['cuda']!r}, {same} the CPU"


def search(_settings: Settings) -> str:
    """Find the nearest of random vectors, and compare with all of them in numpy."""
    from ragguide.index.gpu import has_gpu_build
    from ragguide.index.vectors import VectorIndex

    if not has_gpu_build():
        return "the processor searches: FAISS is a build without GPU, which 200,000 vectors pay for"
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((50_000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    number = find_cards().cards[0].number
    found = VectorIndex.build(vectors).on_gpu(number, after=0).search_many(vectors[:100], 10)
    exact = np.argsort(-(vectors[:100] @ vectors.T), axis=1)[:, :10]
    shares = [len({*rows.tolist()} & {*best.tolist()}) / 10
              for (rows, _), best in zip(found, exact, strict=True)]  # fmt: skip
    if np.mean(shares) < LEAST_AGREEMENT:
        raise RagguideError(f"FAISS finds {np.mean(shares):.3f} of the 10 nearest on cuda:{number}")
    return f"FAISS on cuda:{number}: {np.mean(shares):.4f} of the 10 nearest of 50,000 vectors"


def _any_generator(settings: Settings) -> GeneratorFile:
    fault: RagguideError | None = None
    for name in (settings.generator, *CATALOGUE):
        try:
            return find_generator(name, models_dir=settings.models_dir)
        except RagguideError as exc:
            fault = fault or exc
    assert fault
    raise fault


def main() -> int:
    """Return the exit code."""
    settings, n_failed = load_settings(), 0
    parts: tuple[Callable[[Settings], str], ...] = (embedding, generation, search)
    for part in parts:
        try:
            print(f"ok    {part.__name__:<11} {part(settings)}", flush=True)
        except RagguideError as exc:
            print(f"FAIL  {part.__name__:<11} {exc}", flush=True)
            n_failed += 1
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
