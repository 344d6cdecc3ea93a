"""On a machine with a card: each part computes there, and agrees with the processor."""

import subprocess
import sys

import msgspec
import numpy as np
import pytest

from ragguide import Guide, Settings
from ragguide.base.devices import llama_fault, torch_fault
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.embed.torch_encoder import TorchEmbedder
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.generate.llama import LlamaGenerator
from ragguide.generate.run import place_generator
from ragguide.models.find import find_embedder, find_generator
from tests.conftest import FAST_GENERATOR, ROOT

pytestmark = [pytest.mark.gpu, pytest.mark.model]

SYSTEM = "You answer in one sentence."
QUESTIONS = ["What is a feature store?", "What does overfitting mean?", "What is a prompt?"]


@pytest.fixture(autouse=True)
def _builds(gpu: int) -> None:
    """A card is there; so whoever marks a machine as one with a GPU has the builds for it."""
    for fault in (torch_fault(), llama_fault()):
        if fault is not None:
            pytest.skip(f"cuda:{gpu} is there, but {fault.reason}. {fault.fix}")


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_questions_find_the_same_by_vectors_of_either(
    guide: Guide, gpu: int, precision: str
) -> None:
    files = find_embedder(guide.settings.embedder)
    loaded = SentenceTransformerEmbedder(files.name, files.folder, device=f"cuda:{gpu}")
    embedder = TorchEmbedder(loaded, device=f"cuda:{gpu}", precision=precision)  # type: ignore[arg-type]
    texts = [chunk.embedded_text for chunk in guide.chunks]
    theirs, mine = embedder.embed(texts), guide.embed(texts)
    assert (theirs * mine).sum(axis=1).min() > 0.999
    cases = read_questions(open_source(ROOT / "data" / "eval" / "guide.jsonl")).cases
    queries = guide.embed([case.question for case in cases])
    best = [np.argmax(queries @ vectors.T, axis=1) for vectors in (mine, theirs)]
    assert (best[0] == best[1]).mean() >= 0.99


def test_a_generator_writes_on_the_card_what_the_processor_writes(
    guide_settings: Settings,
) -> None:
    """Up to the first near tie: sums are rounded in another order there."""
    file = find_generator(FAST_GENERATOR, models_dir=guide_settings.models_dir)
    on_cpu = msgspec.structs.replace(guide_settings, device="cpu")
    on_gpu = msgspec.structs.replace(guide_settings, device="cuda")
    said = []
    for placement in (place_generator(file, on_cpu), place_generator(file, on_gpu)):
        model = LlamaGenerator(file.name, file.path, threads=2, placement=placement)
        prompts = [model.build_prompt(SYSTEM, [(True, question)]) for question in QUESTIONS]
        said.append(["".join(model.generate(prompt, max_tokens=8)) for prompt in prompts])
    assert sum(a == b for a, b in zip(*said, strict=True)) >= 2


def test_the_recipes_own_check_passes() -> None:
    shown = subprocess.run(
        [sys.executable, ROOT / "scripts" / "check_cuda.py"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stdout
