"""A GGUF file in, the model that llama.cpp loaded from it out."""

import ctypes
import os
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragguide.errors import DeviceMissing, ModelError
from ragguide.generate.placement import Placement
from ragguide.generate.template import split_template

if TYPE_CHECKING:
    import llama_cpp
    from llama_cpp import Llama

N_BATCH = 512
_KV_TYPES = {"f16": 1, "q8_0": 8}  # enum ggml_type in ggml.h


def load_model(
    name: str, path: Path, *, threads: int, seed: int, repack: bool, placement: Placement
) -> "Llama":
    """Load a model, memory-mapped. The arguments are those of `LlamaGenerator`.

    Raises:
        DeviceMissing: layers are to go to a GPU, and llama.cpp sees none.
        ModelError: llama.cpp cannot load the file, or cannot be loaded itself.
    """
    llama_cpp = load_llama_cpp()
    on_gpu = placement.n_gpu_layers > 0
    if on_gpu and not llama_cpp.llama_supports_gpu_offload():  # it would use the CPU silently
        raise DeviceMissing(
            f"llama.cpp sees no GPU, but {placement.n_gpu_layers} layers of {name} need one. "
            "Run ./scripts/install_cuda, or choose --device cpu."
        )
    try:
        return _quiet_llama()(
            repack=repack,
            model_path=str(path),
            n_ctx=placement.n_context,
            n_batch=N_BATCH,
            n_gpu_layers=placement.n_gpu_layers,
            split_mode=llama_cpp.LLAMA_SPLIT_MODE_NONE,
            main_gpu=placement.gpu if on_gpu else -1,  # -1: none, even in a build with CUDA
            offload_kqv=on_gpu,
            op_offload=on_gpu,  # or a GPU would still compute long prompts
            type_k=_KV_TYPES[placement.kv_type],
            type_v=_KV_TYPES[placement.kv_type],
            n_threads=threads,
            n_threads_batch=threads,
            flash_attn=True,
            seed=seed,
            verbose=False,
        )
    except Exception as exc:  # the user's file; llama-cpp-python compiles its template, too
        raise ModelError(_load_error(name, path, placement, exc)) from exc


def _load_error(name: str, path: Path, placement: Placement, exc: Exception) -> str:
    reason = " ".join(str(exc).split())[:120]
    message = (
        f"llama.cpp cannot load {path} ({reason}). Verify its checksum: "
        f"ragguide models verify {name}"
    )
    if placement.n_gpu_layers:  # llama.cpp does not report a lack of memory as such
        message += (
            f"; or cuda:{placement.gpu} has too little memory for {placement.n_gpu_layers} "
            "layers: set gpu_layers to fewer, or choose --device cpu"
        )
    return message


def read_frame(llama: "Llama", path: Path) -> tuple[str, str, str]:
    """Return the text of the model's chat template before, between and after two messages.

    Raises:
        ModelError: the model has no chat template, or an unusable one.
    """
    template = llama.metadata.get("tokenizer.chat_template")
    if not template:
        raise ModelError(
            f"{path} has no chat template, so it cannot answer. Use an instruct model."
        )
    bos, eos = (_special_token(llama, n) for n in (llama.token_bos(), llama.token_eos()))
    try:
        return split_template(template, bos=bos, eos=eos)
    except ValueError as exc:
        raise ModelError(
            f"{path} has an unusable chat template: {exc}. Use another instruct model."
        ) from exc


def _special_token(llama: "Llama", token: int) -> str:
    if token < 0:
        return ""
    return llama.detokenize([token], special=True).decode("utf-8", "replace")


@cache
def load_llama_cpp() -> Any:
    """Import llama.cpp, with threads that sleep while they wait for each other.

    By default they spin. On a busy machine a thread that waits then takes the time of the one that
    it waits for: beside two other processes an answer takes half as long again. On an idle one
    spinning saves a little (benchmarks/busy.py). OMP_WAIT_POLICY, if it is set, stays as it is.

    Raises:
        ModelError: a library that it was built with is missing, such as the NVIDIA driver's.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # OpenMP reads it when it is loaded
    try:
        import llama_cpp
    except (OSError, RuntimeError) as exc:
        raise ModelError(
            f"llama.cpp cannot be loaded ({' '.join(str(exc).split())[-160:]}). If it was built "
            "with CUDA, install the NVIDIA driver; else run `pip install --force-reinstall "
            "--no-deps llama-cpp-python`."
        ) from exc
    return llama_cpp


def _quiet_llama() -> "type[Llama]":
    """`llama_cpp.Llama`, changed so that it can load while another thread prints.

    While it loads, the library redirects stdout and stderr of the whole process, and so loses what
    another thread prints. All that this hides also goes to llama.cpp's log callback, which is
    silenced here instead. The subclass adds `repack`, which the library does not pass on.
    """
    import llama_cpp
    from llama_cpp import _internals, llama

    class QuietLlama(llama_cpp.Llama):
        def __init__(self, *, repack: bool, **options: Any) -> None:
            self._repack = repack
            super().__init__(**options)

        @property
        def model_params(self) -> "llama_cpp.llama_model_params":
            return self._model_params

        @model_params.setter
        def model_params(self, params: "llama_cpp.llama_model_params") -> None:
            params.use_extra_bufts = self._repack
            self._model_params = params

    for module in (llama, _internals):
        module.suppress_stdout_stderr = _hide_nothing  # type: ignore[attr-defined]
    llama_cpp.llama_log_set(_silent_log(), ctypes.c_void_p(0))
    return QuietLlama


def _hide_nothing(disable: bool = True) -> AbstractContextManager[None]:  # noqa: ARG001
    return nullcontext()


@cache  # keeps the callback alive as long as llama.cpp may call it
def _silent_log() -> Any:
    import llama_cpp

    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
    def drop(level: int, text: bytes, user_data: ctypes.c_void_p) -> None:
        pass

    return drop
