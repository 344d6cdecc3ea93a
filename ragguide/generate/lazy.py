"""Settings in, the generator that they name out: found, checked, and loaded on first use."""

import os
from concurrent.futures import Future
from contextlib import suppress
from functools import cached_property
from threading import Thread
from typing import TYPE_CHECKING

from ragguide.base.clock import Deadline
from ragguide.config import Settings
from ragguide.errors import ModelError
from ragguide.generate.budget import evidence_budget
from ragguide.generate.run import GeneratorRun, plan_run
from ragguide.generate.selftest import LEAST_RIGHT
from ragguide.generate.speed_record import evidence_tokens, find_speed_record
from ragguide.generate.stoppable import StoppableGenerator
from ragguide.models.find import find_generator, locate_generator
from ragguide.types import is_server

if TYPE_CHECKING:
    from ragguide.generate.speed_record import SpeedRecord
    from ragguide.types import Generator


class LazyGenerator:
    """The generator that the settings name, loaded on another thread on first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loading: Future[Generator] | None = None

    def start_if_it_may_answer(self) -> None:
        """Start loading, unless the name is unknown or the generator failed the self-test.

        This reports no error: `get` and `available` do.
        """
        with suppress(ModelError):
            require_passed(self._settings)
            self.start()

    def start(self) -> None:
        """Start loading. `get` raises what fails."""
        if self._loading is None:
            self._loading = Future()
            # The process must not end llama.cpp while it loads, but need not wait for a server.
            waits_at_exit = not is_server(self._settings.generator)
            Thread(target=self._load, args=(self._loading,), daemon=not waits_at_exit).start()

    def get(self, *, timeout_s: float | None = None) -> "Generator":
        """Return the generator once it is loaded.

        Raises:
            ModelError: the generator is not installed or does not load; the server is unusable.
            TimeoutError: loading takes longer.
        """
        self.start()
        assert self._loading is not None
        try:
            return self._loading.result(timeout_s)
        except ModelError:
            self.forget_server()
            raise

    def forget_server(self) -> None:
        """Ask a server anew for the next question: it may be up again, or have another model."""
        if is_server(self._settings.generator):
            self._loading = None

    def take_shortfalls(self) -> tuple[str, ...]:
        """Return what a server left out of its answers since the last call."""
        if not is_server(self._settings.generator):
            return ()
        from ragguide.generate.server import ServerGenerator

        generator = self.get()
        assert isinstance(generator, ServerGenerator)
        return generator.take_shortfalls()

    def require(self, *, timeout_s: float | None = None) -> None:
        """Check that the generator is installed, without loading it.

        Raises:
            ModelError: it is not installed, or the server is unusable.
            TimeoutError: the server does not respond in this time.
        """
        if is_server(self._settings.generator):
            self.get(timeout_s=timeout_s)
        else:
            find_generator(self._settings.generator, models_dir=self._settings.models_dir)

    def available(
        self, deadline: Deadline | None = None
    ) -> "tuple[Generator | None, tuple[str, ...]]":
        """Return the generator, or None and the reason why the answer is quotes only.

        It also stops when the deadline is cancelled.
        """
        try:
            self.require(timeout_s=deadline.left_s if deadline else None)
            require_passed(self._settings)
        except ModelError as exc:
            return None, (f"quotes only: {exc}",)
        except TimeoutError:
            return None, (f"quotes only: {deadline} passed before the server listed its models.",)
        if deadline is None:
            return self.get(), ()
        with suppress(TimeoutError):
            generator = self.get(timeout_s=deadline.left_s)
            if not deadline.has_passed:
                return StoppableGenerator(generator, deadline), ()
        return None, (f"quotes only: {deadline} passed before the model could answer.",)

    def evidence_tokens(self, deadline: Deadline | None = None) -> int:
        """Return how many tokens of evidence the generator reads for one question.

        With a deadline, and if its speed is known, the generator reads what leaves time for a short
        answer; 0: there is no time to read anything.

        Raises:
            DeviceMissing, ModelError: it cannot run as the settings require.
        """
        record = self.run.speed_record if self.run else None
        n_tokens = evidence_tokens(self._settings.context_tokens, record)
        if deadline is None or record is None:
            return n_tokens
        return evidence_budget(
            n_tokens,
            left_s=deadline.left_s,
            prompt_tokens_s=record.used.prompt_tokens_s,
            answer_tokens_s=record.used.answer_tokens_s,
        )

    @cached_property
    def run(self) -> "GeneratorRun | None":
        """Which file runs, and how; None for a server.

        Raises:
            DeviceMissing, ModelError: as `plan_run`; the generator is not installed.
        """
        settings = self._settings
        if is_server(settings.generator):
            return None
        file = find_generator(settings.generator, models_dir=settings.models_dir)
        return plan_run(file, settings)

    def _load(self, loading: "Future[Generator]") -> None:
        try:
            loading.set_result(self._make())
        except BaseException as exc:
            loading.set_exception(exc)

    def _make(self) -> "Generator":
        settings, run = self._settings, self.run
        if run is None:
            from ragguide.generate.server import ServerGenerator

            key = os.environ.get("RAGGUIDE_LLM_KEY")
            return ServerGenerator(settings.generator, key=key, seed=settings.seed)
        from ragguide.augment.prompt import SYSTEM
        from ragguide.generate.llama import LlamaGenerator

        generator = LlamaGenerator(
            settings.generator,
            run.path,
            threads=settings.n_threads,
            seed=settings.seed,
            repack=run.repack,
            prefixes=settings.cache_dir / "prefixes",
            placement=run.placement,
        )
        generator.prepare(SYSTEM)
        return generator


def require_passed(settings: Settings) -> None:
    """Check that the generator has not failed the self-test. An untested one may answer.

    Raises:
        ModelError: it failed, and `allow_failed_generator` is not set.
    """
    record = _speed_record_of(settings)
    if record is not None and not (record.passes or settings.allow_failed_generator):
        raise ModelError(
            f"{settings.generator} answered {record.used.n_right} of the {record.n_asked} "
            f"questions of its self-test right; it needs {LEAST_RIGHT}. Choose another with --llm, "
            "or set allow_failed_generator = true."
        )


def _speed_record_of(settings: Settings) -> "SpeedRecord | None":
    """The speed record of the settings' generator; None if there is none, or it is a server.

    Raises:
        ModelError: the name is unknown.
    """
    if is_server(settings.generator):
        return None
    file = locate_generator(settings.generator, models_dir=settings.models_dir)
    return find_speed_record(file, models_dir=settings.models_dir)
