"""An application and an address in, a server that runs until SIGTERM or Ctrl-C out."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ragguide.errors import UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

MOST_CONNECTIONS = 512
GRACE_S = 130  # for answers that run when the server ends; more than any may take


def bind(host: str, port: int) -> socket.socket:
    """Take an address; port 0 takes a free one.

    Raises:
        UsageError: another program has it, or this machine does not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except (OSError, OverflowError) as exc:
        taken.close()
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise UsageError(
            f"cannot listen on {host}, port {port}: {reason}. Choose another --port, or --host."
        ) from exc
    return taken


def address_of(bound: socket.socket) -> str:
    """Return the address of a server as a URL."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class ImpatientProtocol(H11Protocol):
    """Closes a connection whose request does not begin in time; uvicorn would wait forever."""

    head_timeout_s = 10.0
    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_idle:
            self._wait()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    @property
    def _is_idle(self) -> bool:
        """Whether no request has begun since the last response."""
        return self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        if self._due is None:
            self._due = self.loop.call_later(self.head_timeout_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _give_up(self) -> None:
        self._due = None
        if self._is_idle:
            self.transport.close()


class Server(uvicorn.Server):
    """A server that reports when it is ready."""

    def __init__(self, app: "ASGIApp", on_ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http=ImpatientProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,  # the door logs, without questions
            server_header=False,
            proxy_headers=False,  # anybody could name another address
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_S,
        )
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def run_server(app: "ASGIApp", bound: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; then finish the answers that run."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    with suppress(KeyboardInterrupt):
        Server(app, on_ready).run(sockets=[bound])
