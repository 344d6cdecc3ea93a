"""A real server in a thread, on a free port, and generators that wait for the test."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from ragguide import Guide
from ragguide.generate.stoppable import StoppableGenerator
from ragguide.serve.app import make_app
from ragguide.serve.desk import Desk
from ragguide.serve.door import DoorRules
from ragguide.serve.run import Server, address_of, bind
from ragguide.serve.service import Services
from ragguide.serve.shelf import Library, Shelf
from tests.fakes import FakeGenerator

KENDRA = "How many passages can Amazon Kendra return for one query?"
FOREIGN = "Which sauce goes with herring?"
PATIENCE_S = 120.0  # on a busy machine


def make_services(
    *guides: Guide, n_answers: int = 3, quotes_only: bool = False, log_questions: bool = False
) -> Services:
    """Serve guides to readers without a group."""
    desk = Desk(n_searches=2, n_answers=n_answers, timeout_s=10 * PATIENCE_S)
    library = Library({frozenset(): Shelf(guides)})
    return Services(library, desk, quotes_only=quotes_only, log_questions=log_questions)


@contextmanager
def running(services: Services, rules: DoorRules | None = None) -> Iterator[tuple[str, Server]]:
    """Yield the address of a server, and the server."""
    bound, ready = bind("127.0.0.1", 0), Event()
    server = Server(make_app(services, rules or DoorRules()), ready.set)
    thread = Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield address_of(bound), server
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        services.desk.close()
        assert not thread.is_alive()


def wait_until(is_true: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < ends
        time.sleep(0.01)


class GatedGenerator(FakeGenerator):
    """Begins to write when the gate opens."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.has_begun, self.gate = Event(), Event()

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
    ) -> Iterator[str]:
        self.has_begun.set()
        assert self.gate.wait(PATIENCE_S)
        yield from super().generate(tokens, max_tokens=max_tokens, until=until, reuse=reuse)


class EndlessGenerator(FakeGenerator):
    """Writes until it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.has_begun = Event()

    def generate(
        self,
        tokens: Sequence[int],  # noqa: ARG002
        *,
        max_tokens: int,  # noqa: ARG002
        until: float | None = None,  # noqa: ARG002
        reuse: bool = False,  # noqa: ARG002
    ) -> Iterator[str]:
        while True:
            self.has_begun.set()
            time.sleep(0.001)
            yield " and"


def use_generator(guide: Guide, generator: FakeGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a guide answer by a generator of the test."""
    monkeypatch.setattr(
        guide._generator,
        "available",
        lambda deadline: (StoppableGenerator(generator, deadline), ()),
    )
    monkeypatch.setattr(guide._generator, "evidence_tokens", lambda *_: 200)
