"""A catalogue embedder's installed weights in, the files of an `OnnxEmbedder` out, without torch.

The package contains the graph that torch exported, before onnxruntime's optimisation, which depends
on its version. The graph names its tensors by their places in the weights file. So onnxruntime
reads them from there, optimises the graph and writes both: 0.2 s instead of the 5 s that importing
and exporting take.
"""

from io import BytesIO
from pathlib import Path

import numpy as np

from ragguide.embed.onnx_encoder import TOKENIZER, OnnxEmbedder, optimize, write_record
from ragguide.embed.packaged import read_packaged
from ragguide.embed.prompts import Prompts
from ragguide.embed.samples import SAMPLES, require_equal
from ragguide.models.catalogue import EmbedderSpec


def join(spec: EmbedderSpec, weights_dir: Path, folder: Path) -> None:
    """Write the files into an empty folder, whose contents are invalid after a failure.

    Args:
        spec: of the embedder.
        weights_dir: its folder, whose checksums were verified.
        folder: the target.

    Raises:
        ModelError: the graph is damaged, or this onnxruntime cannot run it or computes other
            vectors.
        OSError: the folder cannot be written.
    """
    from tokenizers import Tokenizer

    graph = read_packaged(spec.graph.file_name, spec.graph.sha256)
    samples = read_packaged(spec.graph.samples_file_name, spec.graph.samples_sha256)
    expected = np.load(BytesIO(samples), allow_pickle=False)  # (n, dim)
    tokenizer = Tokenizer.from_file(str(weights_dir / TOKENIZER))
    padding = tokenizer.padding
    assert padding is not None  # the file is verified, and has one
    tokenizer.no_truncation()
    tokenizer.enable_truncation(spec.graph.max_tokens)
    tokenizer.enable_padding(direction=padding["direction"], pad_id=padding["pad_id"])
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    version = optimize(graph, folder, weights_dir=weights_dir)
    weights_sha256 = next(iter(spec.sha256.values()))
    write_record(
        folder,
        name=spec.name,
        sha256=weights_sha256,
        version=version,
        dim=expected.shape[1],
        prompts=Prompts("", ""),
    )
    require_equal(OnnxEmbedder(spec.name, folder, threads=1).embed(SAMPLES), expected)
