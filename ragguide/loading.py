"""Settings in, loaded models out: each is loaded when it is first needed, and once."""

import logging
import os
import sys
from concurrent.futures import Future
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from ragguide.augment.haste import evidence_in_time
from ragguide.augment.selftest import LEAST_RIGHT
from ragguide.clock import Deadline
from ragguide.config import Settings
from ragguide.devices import choose, llama_fault, torch_fault
from ragguide.encoding import make_embedder
from ragguide.errors import IndexMismatch, ModelError
from ragguide.measured import (
    MOST_TOKENS,
    evidence_tokens,
    find_measured,
    optimised_path,
    record_of,
)
from ragguide.models import embedder_sha256, find_embedder, find_generator, locate_generator
from ragguide.types import is_server

if TYPE_CHECKING:
    from ragguide.augment.fit import Placement
    from ragguide.measured import Measured
    from ragguide.models import GeneratorFile
    from ragguide.types import Embedder, Generator, Reranker

FRAME_TOKENS = 512  # room for the instructions, the template and a question

_log = logging.getLogger(__name__)


class GeneratorSlot:
    """A generator that is loaded when it is first needed, or beside other work."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loading: Future[Generator] | None = None

    def start_if_it_may_answer(self) -> None:
        """Begin to load it, unless it failed the self-test, or has no name that is known."""
        with suppress(ModelError):  # which is told when an answer is asked for
            require_passed(self._settings)
            self.start()

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

    @cached_property
    def run(self) -> "GeneratorRun | None":
        """Which file of it is run, and how; None: it is a server.

        Raises:
            DeviceMissing, ModelError: as `plan_run`; it is not on this machine.
        """
        settings = self._settings
        if is_server(settings.generator):
            return None
        file = find_generator(settings.generator, models_dir=settings.models_dir)
        return plan_run(file, settings)

    def _make(self) -> "Generator":
        settings, run = self._settings, self.run
        if run is None:
            from ragguide.augment.server import ServerGenerator

            key = os.environ.get("RAGGUIDE_LLM_KEY")
            return ServerGenerator(settings.generator, key=key, seed=settings.seed)
        from ragguide.augment.generate import LlamaGenerator
        from ragguide.augment.prompt import system_message

        generator = LlamaGenerator(
            settings.generator,
            run.path,
            threads=settings.n_threads,
            seed=settings.seed,
            repack=run.repack,
            prefixes=settings.cache_dir / "prefixes",
            placement=run.placement,
        )
        generator.prepare(system_message(generator.n_weights))
        return generator


class GeneratorRun(NamedTuple):
    """Which file of a generator is run, and how."""

    path: Path
    sha256: str | None  # None: not known without reading it
    repack: bool
    placement: "Placement"
    measured: "Measured | None"  # None: nothing, or it runs on a GPU, of which nothing was


def plan_run(file: "GeneratorFile", settings: Settings) -> GeneratorRun:
    """Choose the file that answers fastest on this machine, if that was measured.

    Raises:
        DeviceMissing, ModelError: as `place_generator`.
    """
    placement = place_generator(file, settings)
    measured = find_measured(file, models_dir=settings.models_dir)
    sha256 = file.spec.sha256 if file.spec else None
    if measured is None or placement.n_gpu_layers:  # what was measured was the processor
        return GeneratorRun(file.path, sha256, True, placement, None)
    repack = measured.used.repack
    if measured.optimised_sha256 is None:
        return GeneratorRun(file.path, sha256, repack, placement, measured)
    path = optimised_path(record_of(file, models_dir=settings.models_dir))
    return GeneratorRun(path, measured.optimised_sha256, repack, placement, measured)


def _measured_of(settings: Settings) -> "Measured | None":
    """What was measured of the settings' generator; None: nothing, or it is a server.

    Raises:
        ModelError: the name is unknown.
    """
    if is_server(settings.generator):
        return None
    file = locate_generator(settings.generator, models_dir=settings.models_dir)
    return find_measured(file, models_dir=settings.models_dir)


def require_passed(settings: Settings) -> None:
    """See that the generator has not failed the self-test; one that was not asked may answer.

    Raises:
        ModelError: it has, and is not to answer all the same.
    """
    measured = _measured_of(settings)
    if measured is not None and not (measured.passes or settings.allow_failed_generator):
        raise ModelError(
            f"{settings.generator} answered {measured.used.n_right} of the {measured.n_asked} "
            f"questions of its self-test right, {LEAST_RIGHT} are needed. Name another with --llm, "
            "or set allow_failed_generator = true."
        )


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
        least_context=(settings.context_tokens or MOST_TOKENS)
        + settings.answer_tokens
        + FRAME_TOKENS,
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
            DeviceMissing: a GPU is asked for, and cannot be used.
            ModelError: it does not load.
        """
        if self._reranker is None:
            from ragguide.rerank import CrossEncoderReranker

            device = choose(
                "embedding", self._settings.device_of("embedding"), library=torch_fault
            ).name
            self._reranker = CrossEncoderReranker(Path(self._settings.reranker), device=device)
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
        """The generator, or None and why it does not answer; by the deadline, if there is one."""
        try:
            self.require_generator()
            require_passed(self._settings)
        except ModelError as exc:
            return None, (f"quotes only: {exc}",)
        try:
            return self._generator.get(timeout_s=deadline.left_s if deadline else None), ()
        except TimeoutError:
            return None, (f"quotes only: {deadline} passed before the model was loaded.",)

    def evidence_tokens(self, deadline: Deadline | None = None) -> int:
        """How many tokens of evidence are put before the generator.

        By a deadline it is what it has the time to read, as far as its speed was measured; 0: there
        is none.

        Raises:
            DeviceMissing, ModelError: it cannot be run as the settings say.
        """
        run = self._generator.run
        measured = run.measured if run else None
        n_tokens = evidence_tokens(self._settings.context_tokens, measured)
        if deadline is None or measured is None:
            return n_tokens
        return evidence_in_time(
            n_tokens,
            left_s=deadline.left_s,
            prompt_tokens_s=measured.used.prompt_tokens_s,
            answer_tokens_s=measured.used.answer_tokens_s,
        )
