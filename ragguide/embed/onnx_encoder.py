"""Texts in, unit vectors out, by onnxruntime and tokenizers. It loads in a quarter second.

`embed/export.py` and `embed/join.py` write the folder that this module reads:

    encoder.json      the exported model, and the sha256 of the other files
    tokenizer.json    with the model's truncation and padding
    model.onnx        the graph from token ids to unit vectors, pooling included
    weights.bin       its large constants, memory-mapped by onnxruntime

This is the only module that imports onnxruntime.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.base.disk import sha256_of_file
from ragguide.embed.prompts import Prompts
from ragguide.errors import ModelError
from ragguide.types import TextKind

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from ragguide.types import FloatMatrix

FORMAT_VERSION = 3  # raise it when they change its files
RECORD, TOKENIZER, GRAPH, WEIGHTS = "encoder.json", "tokenizer.json", "model.onnx", "weights.bin"
INPUTS = ("input_ids", "attention_mask")  # int64 (n, length)
OUTPUT = "unit_vectors"  # float32 (n, dim)

# Tokens of one batch, padding included. Each core runs its own batches, small enough for its
# caches: passages of 115 tokens took 25 % less time than in batches of 4,096.
BATCH_TOKENS = 512
QUESTION_TOKENS = 96  # of a batch of questions: in a larger one, much is padding
SLICE = 1024  # texts tokenised at once: their encodings take some 10 kB each


class EncoderRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Describes an export."""

    embedder: str  # name, for people
    embedder_sha256: str
    onnxruntime: str  # the version that optimised the graph
    dim: int
    prompts: Prompts  # before questions and before passages
    files: dict[str, str]  # file name → sha256


class OnnxEmbedder:
    """An exported sentence-transformers model. Each core runs one batch at a time."""

    def __init__(self, name: str, folder: Path, *, threads: int) -> None:
        """Verify the files, then load the model.

        Raises:
            ModelError: a file is missing or damaged, or was exported for another onnxruntime. The
                model must be exported again.
        """
        self.name = name
        record = _read_record(folder)
        with ThreadPoolExecutor(1) as aside:  # hashing uses one core, importing another
            check = aside.submit(_check_files, folder, record)
            import onnxruntime
            from tokenizers import Tokenizer

            check.result()
        if record.onnxruntime != onnxruntime.__version__:
            raise ModelError(
                f"{folder} was exported for onnxruntime {record.onnxruntime}, installed is "
                f"{onnxruntime.__version__}"
            )
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._session = open_session(folder / GRAPH)
        except Exception as exc:  # both libraries raise bare Exceptions
            raise ModelError(f"{folder} cannot be loaded ({brief(exc)})") from exc
        self.dim = record.dim
        self._prompts = record.prompts
        self._padding = take_padding(self._tokenizer)
        self._cores = ThreadPoolExecutor(threads)

    def embed(
        self,
        texts: Sequence[str],
        *,
        kind: TextKind = "passage",
        on_done: Callable[[int], None] | None = None,
    ) -> "FloatMatrix":
        """Return float32 `(len(texts), dim)`, rows of length 1. `on_done` gets the rows done."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        prompt = self._prompts.of(kind)
        batch_tokens = QUESTION_TOKENS if kind == "query" else BATCH_TOKENS
        by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        n_done = 0
        for at in range(0, len(texts), SLICE):
            some = by_length[at : at + SLICE]
            encodings = self._tokenizer.encode_batch_fast([prompt + texts[i] for i in some])
            tokens = {row: encoding.ids for row, encoding in zip(some, encodings, strict=True)}
            batches = list(batches_of(tokens, batch_tokens))
            inputs = [self._padding.pad([tokens[row] for row in rows]) for rows in batches]
            for rows, output in zip(batches, self._cores.map(self._run, inputs), strict=True):
                vectors[rows] = output
                n_done += len(rows)
                if on_done:
                    on_done(n_done)
        return vectors

    def _run(self, inputs: dict[str, NDArray[np.int64]]) -> "FloatMatrix":
        (vectors,) = self._session.run((OUTPUT,), inputs)
        return np.asarray(vectors, np.float32)


class Padding(msgspec.Struct, frozen=True):
    """How a model pads the texts of a batch to one length."""

    pad_id: int
    is_left: bool

    def pad(self, tokens: Sequence[list[int]]) -> dict[str, NDArray[np.int64]]:
        """Pad texts to the longest: int64 `(n, length)` ids, and a mask of 1 for real tokens."""
        shape = (len(tokens), max(map(len, tokens)))
        ids, mask = np.full(shape, self.pad_id, np.int64), np.zeros(shape, np.int64)
        for row, text in enumerate(tokens):
            at = slice(shape[1] - len(text), None) if self.is_left else slice(len(text))
            ids[row, at], mask[row, at] = text, 1
        return dict(zip(INPUTS, (ids, mask), strict=True))


def take_padding(tokenizer: "Tokenizer") -> Padding:
    """Return how a tokenizer pads, and turn its padding off: it would pad across batches."""
    padding = tokenizer.padding or {}
    tokenizer.no_padding()
    return Padding(int(padding.get("pad_id", 0)), padding.get("direction") == "left")


def batches_of(tokens: dict[int, list[int]], n_tokens: int) -> Iterator[list[int]]:
    """Yield the rows of each batch: texts of similar length, to keep padding short.

    A padded batch has at most `n_tokens` tokens, or one text.
    """
    batch: list[int] = []
    for row in sorted(tokens, key=lambda row: len(tokens[row])):
        if batch and (len(batch) + 1) * len(tokens[row]) > n_tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def open_session(graph: Path | bytes) -> Any:
    """Open an optimised graph with one thread, on the processor; its errors are onnxruntime's."""
    import onnxruntime

    return onnxruntime.InferenceSession(
        graph, _options(onnxruntime), providers=["CPUExecutionProvider"]
    )


def _options(onnxruntime: Any) -> Any:
    """One thread for each batch. The graph was optimised during export."""
    onnxruntime.disable_telemetry_events()  # on by default in Windows builds
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3  # errors
    return options


def optimize(source: Path | bytes, folder: Path, *, weights_dir: Path | None = None) -> str:
    """Write an optimised copy of a graph; return onnxruntime's version.

    This leaves out optimisations for the processor of this machine.

    Args:
        source: the graph, or its file.
        folder: the target.
        weights_dir: contains the files that a graph without weights points to.

    Raises:
        ModelError: onnxruntime cannot run it.
    """
    import onnxruntime

    options = _options(onnxruntime)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / GRAPH)
    for key, value in (
        ("session.optimized_model_external_initializers_file_name", WEIGHTS),
        ("session.optimized_model_external_initializers_min_size_in_bytes", "1024"),
    ):
        options.add_session_config_entry(key, value)
    if weights_dir is not None:
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(weights_dir)
        )
    try:
        onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # its errors have no narrower base class
        raise ModelError(f"onnxruntime cannot run the model: {brief(exc)}") from exc
    return str(onnxruntime.__version__)


def is_valid(folder: Path) -> bool:
    """Whether `OnnxEmbedder` can load the folder."""
    try:
        OnnxEmbedder(folder.name, folder, threads=1)
    except ModelError:
        return False
    return True


# ── files ───────────────────────────────────────────────────────────────────────────────────────


def brief(exc: Exception) -> str:
    """A library's error message on one line."""
    return " ".join(str(exc).split())[:160]


def write_record(
    folder: Path, *, name: str, sha256: str, version: str, dim: int, prompts: Prompts
) -> None:
    """Describe the other files of the folder; `EncoderRecord` explains the fields."""
    record = EncoderRecord(
        embedder=name,
        embedder_sha256=sha256,
        onnxruntime=version,
        dim=dim,
        prompts=prompts,
        files={file: sha256_of_file(folder / file) for file in (TOKENIZER, GRAPH, WEIGHTS)},
    )
    (folder / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))


def _read_record(folder: Path) -> EncoderRecord:
    try:
        return msgspec.json.decode((folder / RECORD).read_bytes(), type=EncoderRecord)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ModelError(f"{folder / RECORD} cannot be read ({brief(exc)})") from exc


def _check_files(folder: Path, record: EncoderRecord) -> None:
    """Raise ModelError unless all files match the record: C++ code trusts their contents."""
    if set(record.files) != {TOKENIZER, GRAPH, WEIGHTS}:
        raise ModelError(f"{folder / RECORD} lists other files: {', '.join(record.files)}")
    for name, sha256 in record.files.items():
        try:
            found = sha256_of_file(folder / name)
        except OSError as exc:
            raise ModelError(f"{folder / name} cannot be read: {exc.strerror}") from exc
        if found != sha256:
            raise ModelError(
                f"{folder / name} is damaged: sha256 {found[:12]}…, recorded {sha256[:12]}…"
            )
