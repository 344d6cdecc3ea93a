"""Write the graph of the default embedder, which `ragguide/embed/join.py` joins with its weights.

In: the installed embedder, exported by torch. Out, in `ragguide/embed`: the graph, whose tensors
point into the installed `model.safetensors`, and the model's vectors of some texts. Their checksums
belong into `ragguide/models/catalogue.py`; the script prints them. `--check` writes nothing and
exits 1 if the committed graph differs. Needs `pip install onnx` and the torch of constraints.txt.
"""

import argparse
import hashlib
import json
import math
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from ragguide.embed.export import tokenizer_of, trace
from ragguide.embed.samples import SAMPLES
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.models.catalogue import EMBEDDERS
from ragguide.models.find import find_embedder
from ragguide.models.verify import verify_embedder

NAME = "all-MiniLM-L6-v2"
FOLDER = Path(__file__).resolve().parent.parent / "ragguide" / "embed"


class Stored(NamedTuple):
    """A float32 tensor of a safetensors file, and the place of its first byte."""

    values: NDArray[np.float32]
    offset: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check
    spec = EMBEDDERS[NAME].graph
    verify_embedder(NAME)
    embedder = SentenceTransformerEmbedder(NAME, find_embedder(NAME).folder)
    graph = build(embedder)
    if check:
        return int((FOLDER / spec.file_name).read_bytes() != graph)
    samples = BytesIO()
    np.save(samples, embedder.embed(SAMPLES))
    for file, data in ((spec.file_name, graph), (spec.samples_file_name, samples.getvalue())):
        (FOLDER / file).write_bytes(data)
        print(f"{hashlib.sha256(data).hexdigest()}  {file}  {len(data):,} bytes")
    return 0


def build(embedder: SentenceTransformerEmbedder) -> bytes:
    """Return the traced graph with each weight replaced by its place in the weights file."""
    weights_file = next(iter(EMBEDDERS[NAME].sha256))
    tensors = read_safetensors(find_embedder(NAME).folder / weights_file)
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "traced.onnx"
        trace(embedder.model, tokenizer_of(embedder.model), path)
        model = onnx.load(path)
    transposes = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        name, is_transposed = find(values, tensors)
        if is_transposed:  # onnxruntime transposes it when it optimises the graph
            transposes.append(helper.make_node("Transpose", [name], [tensor.name], perm=[1, 0]))
            tensor.name = name
        point(tensor, tensors[name], weights_file)
    nodes = [*transposes, *model.graph.node]
    for node in nodes:  # names for people, a quarter of the file
        node.ClearField("name")
        node.ClearField("doc_string")
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return bytes(model.SerializeToString(deterministic=True))


def read_safetensors(path: Path) -> dict[str, Stored]:
    """Read the float32 tensors of a file: length of the header, header in JSON, data."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            offset, shape = start + entry["data_offsets"][0], entry["shape"]
            values = np.frombuffer(data, "<f4", math.prod(shape), offset).reshape(shape)
            tensors[name] = Stored(values, offset)
    return tensors


def find(values: NDArray[Any], tensors: dict[str, Stored]) -> tuple[str, bool]:
    """Return the tensor with these values, bit for bit, and whether it must be transposed."""
    for name, stored in tensors.items():
        if np.array_equal(stored.values, values):
            return name, False
        if stored.values.ndim == 2 and np.array_equal(stored.values.T, values):
            return name, True
    raise SystemExit(f"the weights file has no tensor like {values.shape} {values.ravel()[:4]}")


def point(tensor: Any, stored: Stored, file: str) -> None:
    """Replace a tensor's values by their place in the file."""
    tensor.ClearField("raw_data")
    del tensor.dims[:]
    tensor.dims.extend(stored.values.shape)
    tensor.data_location = onnx.TensorProto.EXTERNAL
    place = {"location": file, "offset": stored.offset, "length": stored.values.nbytes}
    for key, value in place.items():
        tensor.external_data.add(key=key, value=str(value))


if __name__ == "__main__":
    sys.exit(main())
