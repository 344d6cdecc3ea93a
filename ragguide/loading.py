"""Settings in, loaded models out: each is loaded when it is first needed, and once."""

import logging
import os
import sys
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from ragguide.clock import Deadline
from ragguide.config import Settings
from ragguide.devices import choose, llama_fault
from ragguide.encoding import make_embedder
from ragguide.errors import IndexMismatch, ModelError
from ragguide.models import embedder_sha256, find_embedder, find_generator
from ragguide.types import is_server

if TYPE_CHECKING:
    from ragguide.augment.fit import Placement
    from ragguide.models import GeneratorFile
    from ragguide.types import Embedder, Generator, Reranker

FRAME_TOKENS = 512  # room for the instructions, the template and a question

_log = logging.getLogger(__name__)


class GeneratorSlot:
    """A generator that is loaded when it is first needed, or beside other work."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loading: Future[Generator] | None = None

    def start(self) -> None:
        """Begin to load it on another thread. What fails is told by `get`."""
        if self._loading is None:
            self._loading = Future()
            # No daemon: llama.cpp must not be torn down while it loads.
            Thread(target=self._load, args=(self._loading,)).start()

    def get(self, *, timeout_s: float | None = None) -> "Generator":
        """The generator, when it is loaded.

        Raises:
            ModelError: it is not on this machine, or does not load.
            TimeoutError: it takes longer to load.
        """
        self.start()
        assert self._loading is not None
        return self._loading.result(timeout_s)

    def _load(self, loading: "Future[Generator]") -> None:
        try:
            loading.set_result(self._make())
        except BaseException as exc:
            loading.set_exception(exc)

    def _make(self) -> "Generator":
        settings = self._settings
        if is_server(settings.generator):
            from ragguide.augment.server import ServerGenerator

            key = os.environ.get("RAGGUIDE_LLM_KEY")
            return ServerGenerator(settings.generator, key=key, seed=settings.seed)
        from ragguide.augment.generate import LlamaGenerator
        from ragguide.augment.prompt import SYSTEM

        file = find_generator(settings.generator, models_dir=settings.models_dir)
        generator = LlamaGenerator(
            file.name,
            file.path,
            threads=settings.n_threads,
            seed=settings.seed,
            prefixes=settings.cache_dir / "prefixes",
            placement=place_generator(file, settings),
        )
        generator.prepare(SYSTEM)
        return generator


def place_generator(file: "GeneratorFile", settings: Settings) -> "Placement":
    """Choose what of a generator goes to a GPU; what does not fit is told in the log.

    Raises:
        DeviceMissing: a GPU is asked for and cannot be used, or the model is not to be split.
        ModelError: the file's header cannot be read.
    """
    from ragguide.augment.fit import Placement, fit
    from ragguide.augment.generate import N_CONTEXT
    from ragguide.augment.gguf import read_layout

    chosen = choose("generation", settings.device_of("generation"), library=llama_fault)
    if chosen.card is None or not settings.gpu_layers:
        return Placement(n_context=N_CONTEXT, kv_type=settings.kv_cache)
    layout = read_layout(file.path)
    free_bytes = chosen.card.free_bytes
    if free_bytes is None:  # it shares the machine's memory, and takes what it needs
        free_bytes = sys.maxsize
    placement = fit(
        layout,
        free_bytes,
        gpu=chosen.card.number,
        n_context=N_CONTEXT,
        least_context=settings.context_tokens + settings.answer_tokens + FRAME_TOKENS,
        kv_type=settings.kv_cache,
        gpu_layers=settings.gpu_layers,
        when_too_large=settings.when_too_large,
        name=file.name,
    )
    if placement.note:
        _log.warning("%s", placement.note)
    return placement


class Models:
    """The embedder, generator and reranker that one open index is used with."""

    def __init__(
        self,
        settings: Settings,
        *,
        embedder_sha256: str,
        embedder: "Embedder | None" = None,
        generator: GeneratorSlot | None = None,
    ) -> None:
        """Take the settings that name them.

        Args:
            settings: of the open index.
            embedder_sha256: of the weights that the index was made with.
            embedder: if it is loaded already.
            generator: if it is being loaded already.
        """
        self._settings = settings
        self._embedder_sha256 = embedder_sha256
        self._embedder = embedder
        self._generator = generator or GeneratorSlot(settings)
        self._reranker: Reranker | None = None

    def under(self, settings: Settings, *, embedder: "Embedder | None" = None) -> "Models":
        """Those that are loaded, under other settings."""
        other = Models(
            settings,
            embedder_sha256=self._embedder_sha256,
            embedder=embedder or self._embedder,
        )
        if settings.generator == self._settings.generator:
            other._generator = self._generator
        if settings.reranker == self._settings.reranker:
            other._reranker = self._reranker
        return other

    def embedder(self) -> "Embedder":
        """The embedder; from its own folder, if there is no export of it yet.

        Raises:
            IndexMismatch: the folder has changed since the index was made.
            ModelError: it is missing or does not load.
        """
        if self._embedder is None:
            settings = self._settings
            files = find_embedder(settings.embedder)
            sha256 = embedder_sha256(files)
            if sha256 != self._embedder_sha256:
                raise IndexMismatch(
                    f"{files.folder} is not as it was when the index {settings.index!r} was "
                    f"made of it: sha256 {sha256[:12]}…, then "
                    f"{self._embedder_sha256[:12]}…. Run `ragguide ingest --rebuild`."
                )
            if settings.encoder == "onnx":
                _log.info("preparing %s for fast searches, once: some ten seconds …", files.name)
            self._embedder = make_embedder(files, sha256, settings)
        return self._embedder

    def reranker(self) -> "Reranker":
        """The reranker that the settings name.

        Raises:
            ModelError: it does not load.
        """
        if self._reranker is None:
            from ragguide.rerank import CrossEncoderReranker

            self._reranker = CrossEncoderReranker(Path(self._settings.reranker))
        return self._reranker

    def generator(self) -> "Generator":
        """The generator.

        Raises:
            ModelError: it is not on this machine, or does not load; a server that cannot be used.
        """
        return self._generator.get()

    def require_generator(self) -> None:
        """See that the generator is there, without loading it.

        Raises:
            ModelError: it is not on this machine, or a server that cannot be used.
        """
        if is_server(self._settings.generator):
            self.generator()
        else:
            find_generator(self._settings.generator, models_dir=self._settings.models_dir)

    def find_generator(
        self, deadline: Deadline | None = None
    ) -> "tuple[Generator | None, tuple[str, ...]]":
        """The generator, or None and why there is none; by the deadline, if there is one."""
        try:
            self.require_generator()
        except ModelError as exc:
            return None, (f"quotes only: {exc}",)
        try:
            return self._generator.get(timeout_s=deadline.left_s if deadline else None), ()
        except TimeoutError:
            return None, (f"quotes only: {deadline} passed before the model was loaded.",)
