"""Run each part of ragguide on the GPU and on the CPU, and compare the results.

    python scripts/check_cuda.py

Prints a line for each part. Exit code 1: a part cannot use the GPU, or its result differs there.
The generator is the configured one or, if that is missing, any installed one.
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
    """Embed texts on the GPU in its precision, and compare with float32 on the CPU."""
    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.embed.torch_encoder import TorchEmbedder

    device = choose("embedding", "cuda", library=torch_fault).name
    files = find_embedder(settings.embedder)
    loaded = SentenceTransformerEmbedder(files.name, files.folder, device=device)
    embedder = TorchEmbedder(loaded, device=device)
    expected = SentenceTransformerEmbedder(files.name, files.folder).embed(TEXTS)
    least = float((embedder.embed(TEXTS) * expected).sum(axis=1).min())
    if not least >= LEAST_AGREEMENT:
        raise RagguideError(f"{files.name} gives different vectors on {device}: cosine {least:.5f}")
    return f"{files.name} on {device} in {embedder.precision}: cosine {least:.5f} to the CPU"


def generation(settings: Settings) -> str:
    """Generate the same answer on the GPU and on the CPU."""
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
        raise RagguideError(f"{file.name} writes nothing on the GPU; on the CPU: {said['cpu']!r}")
    on_cpu = "the same" if said["cuda"] == said["cpu"] else repr(said["cpu"])
    n_layers = placed.n_gpu_layers
    return f"{file.name} with {n_layers} layers on the GPU: {said['cuda']!r}; on the CPU: {on_cpu}"


def search(_settings: Settings) -> str:
    """Search random vectors on the GPU, and compare with exact search in numpy."""
    from ragguide.index.gpu import has_gpu_build
    from ragguide.index.vectors import VectorIndex

    if not has_gpu_build():
        return "runs on the CPU: this FAISS has no GPU support, which pays off from 200,000 vectors"
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((50_000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    number = find_cards().cards[0].number
    found = VectorIndex.build(vectors).on_gpu(number, after=0).search_many(vectors[:100], 10)
    exact = np.argsort(-(vectors[:100] @ vectors.T), axis=1)[:, :10]
    shares = [len({*rows.tolist()} & {*best.tolist()}) / 10
              for (rows, _), best in zip(found, exact, strict=True)]  # fmt: skip
    if np.mean(shares) < LEAST_AGREEMENT:
        raise RagguideError(f"FAISS on cuda:{number} has recall@10 {np.mean(shares):.3f} only")
    return f"FAISS on cuda:{number}: recall@10 {np.mean(shares):.4f} on 50,000 vectors"


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
