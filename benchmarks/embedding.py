"""A guide in, how fast its passages are embedded and how near to sentence-transformers, in one run.

    python benchmarks/embedding.py data/guide.pdf [--rounds 5] [--int8]

`SentenceTransformer.encode` at its defaults against the exported embedder that `ingest` uses, by
turns, so that both meet the same neighbours on the machine. Exits 1 below 1.5 times its throughput
or a cosine of .999. `--int8` also tries onnxruntime's ways to quantise the weights.
"""

import argparse
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide import Settings, load_settings
from ragguide.base.disk import sha256_of_file
from ragguide.create.inspect import inspect_document
from ragguide.embed.export import export
from ragguide.embed.onnx_encoder import (
    GRAPH,
    RECORD,
    WEIGHTS,
    EncoderRecord,
    OnnxEmbedder,
)
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.models.find import find_embedder
from ragguide.models.verify import embedder_sha256

LEAST_RATIO, LEAST_COSINE = 1.5, 0.999

Vectors = NDArray[np.float32]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guide", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--int8", action="store_true", help="try what quantises the weights, too")
    args = parser.parse_args()
    settings = load_settings()
    chunks = inspect_document(args.guide, settings).chunks
    passages = [chunk.embedded_text for chunk in chunks]
    files = find_embedder(settings.embedder)
    original = SentenceTransformerEmbedder(files.name, files.folder)
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        export(original, Path(folder), sha256=embedder_sha256(files))
        print(f"{len(passages)} passages; exported in {time.perf_counter() - started:.1f} s")
        exported = OnnxEmbedder(files.name, Path(folder), threads=settings.n_threads)
        # Passages as they stand in the guide, as anyone would pass them.
        seconds = take_turns(
            {
                "SentenceTransformer.encode": lambda: original.model.encode(
                    passages, show_progress_bar=False
                ),
                f"exported, {settings.n_threads} threads": lambda: exported.embed(passages),
            },
            args.rounds,
        )
        (_, slow), (_, fast) = seconds.items()
        for name, values in seconds.items():
            print(f"{name:<28} {len(passages) / median(values):6.1f} passages a second")
        ratio = median(slow) / median(fast)
        expected = original.embed(passages)
        least = float(cosines(exported.embed(passages), expected).min())
        print(
            f"{ratio:.2f} times as fast (least {min(slow) / max(fast):.2f}); cosine ≥ {least:.6f}"
        )
        if args.int8:
            try_int8(Path(folder), passages, expected, settings)
    return 0 if ratio >= LEAST_RATIO and least >= LEAST_COSINE else 1


def take_turns(ways: dict[str, Callable[[], object]], n_rounds: int) -> dict[str, list[float]]:
    """Seconds of each way in each round, after one that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for n in range(n_rounds + 1):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            if n:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def cosines(one: Vectors, other: Vectors) -> Vectors:
    """Of unit vectors, row by row."""
    result: Vectors = (one * other).sum(axis=1)
    return result


# ── int8 ────────────────────────────────────────────────────────────────────────────────────────


def try_int8(folder: Path, passages: Sequence[str], expected: Vectors, settings: Settings) -> None:
    """Print each scheme's speed against float32, by turns, and what it costs."""
    whole = OnnxEmbedder("float32", folder, threads=settings.n_threads)
    nearest = top_ten(expected)
    for name, quantise in schemes().items():
        with TemporaryDirectory() as other:
            quantise(folder / GRAPH, Path(other) / GRAPH)
            quantised = OnnxEmbedder(
                name, as_encoder(folder, Path(other)), threads=settings.n_threads
            )
            seconds = take_turns(
                {"": lambda: whole.embed(passages), name: lambda q=quantised: q.embed(passages)}, 2
            )
            vectors = quantised.embed(passages)
        (_, slow), (_, fast) = seconds.items()
        found = top_ten(vectors)
        shared = np.mean([len(set(a) & set(b)) for a, b in zip(found, nearest, strict=True)]) / 10
        values = cosines(vectors, expected)
        print(
            f"{name:<30} {median(slow) / median(fast):.2f} times as fast; cosine "
            f"{values.mean():.4f}, least {values.min():.4f}; of ten nearest {shared:.3f} the same"
        )


def schemes() -> dict[str, Callable[[Path, Path], None]]:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    logging.disable(logging.WARNING)  # on preprocessing, which changed nothing here

    def dynamic(per_channel: bool, reduce_range: bool) -> Callable[[Path, Path], None]:
        return lambda source, target: quantize_dynamic(
            source,
            target,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul"],
            per_channel=per_channel,
            reduce_range=reduce_range,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},  # of fused operations
        )

    def weights_only(accuracy_level: int) -> Callable[[Path, Path], None]:
        def quantise(source: Path, target: Path) -> None:
            quantiser = MatMulNBitsQuantizer(
                onnx.load(source), bits=8, block_size=128, accuracy_level=accuracy_level
            )
            quantiser.process()
            quantiser.model.save_model_to_file(str(target))

        return quantise

    return {
        "int8, a scale a matrix": dynamic(per_channel=False, reduce_range=False),
        "int8, a scale a column": dynamic(per_channel=True, reduce_range=False),
        "7 bits, a scale a column": dynamic(per_channel=True, reduce_range=True),
        "int8 weights, int8 products": weights_only(4),
        "int8 weights, float32 products": weights_only(0),
    }


def top_ten(vectors: Vectors) -> NDArray[np.int64]:
    """The ten nearest other passages of each."""
    similar = vectors @ vectors.T  # (n, n)
    np.fill_diagonal(similar, -1)
    nearest: NDArray[np.int64] = np.argsort(-similar, axis=1)[:, :10]
    return nearest


def as_encoder(folder: Path, target: Path) -> Path:
    """Make an encoder's folder of one that holds another graph."""
    record = msgspec.json.decode((folder / RECORD).read_bytes(), type=EncoderRecord)
    for name in record.files.keys() - {GRAPH}:
        (target / name).write_bytes((folder / name).read_bytes())
    (target / WEIGHTS).touch()
    files = {name: sha256_of_file(target / name) for name in record.files}
    (target / RECORD).write_bytes(msgspec.json.encode(msgspec.structs.replace(record, files=files)))
    return target


if __name__ == "__main__":
    raise SystemExit(main())
