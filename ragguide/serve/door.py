"""Requests in; those that may come in, with their whole body, go on to the application.

A page on the web can make its visitor's browser send requests to this machine. So the Host must be
a name of this server, against DNS rebinding, and an Origin must be the server's own.
"""

import asyncio
import hmac
import ipaddress
import logging
import re
import time
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from ragguide.base.groups import Groups, read_groups
from ragguide.errors import UsageError
from ragguide.serve.faults import ServeFault
from ragguide.serve.metrics import Metrics
from ragguide.serve.page import PREFIX

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

GONE = 499  # the client left; only the log shows this status
LEAST_TOKEN = 16  # characters
READER = "ragguide.groups"  # key of a request's scope
OPEN_PATHS = {"/", "/healthz"}  # need no token; nor do the files of the page
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
_SAFE_HEADERS = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class DoorRules(msgspec.Struct, frozen=True, kw_only=True):
    """Who may come in, and with how much."""

    is_loopback: bool = True
    names: frozenset[str] = frozenset()  # hosts besides loopback, in small letters
    tokens: Mapping[str, Groups] = {}  # token → groups of its reader; none: no token is needed
    groups: Groups = frozenset()  # of all readers, if no token is needed
    most_bytes: int = 1_000_000  # of a body
    body_timeout_s: float = 10.0

    @property
    def readers(self) -> list[Groups]:
        """The groups of each reader."""
        return list(dict.fromkeys(self.tokens.values())) or [self.groups]


def read_tokens(text: str) -> dict[str, Groups]:
    """Parse `RAGGUIDE_TOKENS`: tokens, separated by commas, each with its reader's groups after it.

    Raises:
        UsageError: a token is short enough to be guessed, cannot be sent in a header, or is given
            twice with other groups; or a group's name is invalid.
    """
    tokens: dict[str, Groups] = {}
    for token, *names in filter(None, (each.split() for each in text.split(","))):
        groups = frozenset(read_groups(",".join(names), where="RAGGUIDE_TOKENS"))
        if tokens.setdefault(token, groups) != groups:
            raise UsageError("RAGGUIDE_TOKENS has a token twice, with other groups.")
        if len(token) < LEAST_TOKEN or not re.fullmatch(r"[\x21-\x7e]+", token):
            raise UsageError(
                f"RAGGUIDE_TOKENS has a token that is not {LEAST_TOKEN} or more printable ASCII "
                "characters. Make one: `openssl rand -hex 24`."
            )
    return tokens


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Door:
    """ASGI middleware that checks requests and reads their bodies, within limits."""

    def __init__(self, app: "ASGIApp", rules: DoorRules, metrics: Metrics) -> None:
        self._app = app
        self._rules = rules
        self._metrics = metrics

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def send_safe(message: "Message") -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            try:
                if (groups := check_request(scope, self._rules)) is not None:
                    scope[READER] = groups
                body = await _read_body(Headers(scope=scope), receive, self._rules)
            except ServeFault as fault:
                await fault_response(fault)(scope, receive, send_safe)
            else:
                await self._app(scope, replaying(body, receive), send_safe)
        finally:
            path = scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
            seconds = time.perf_counter() - began
            self._metrics.count(scope["path"], status or GONE, seconds)
            _log.info("%s %s %s %.0f ms", scope["method"], path, status or GONE, 1000 * seconds)


def check_request(scope: "Scope", rules: DoorRules) -> Groups | None:
    """Check Host, Origin and token; return the reader's groups, None at an address without readers.

    Raises:
        ServeFault: one of them is wrong.
    """
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _is_known_host(hosts[0], rules):
        raise ServeFault(
            421,
            "the Host header does not name this server. Use the server's address, or start it "
            "with --allow-host NAME.",
            code="wrong_host",
        )
    if any(not _is_own_origin(origin, hosts[0]) for origin in headers.getlist("origin")):
        raise ServeFault(403, "pages of other sites cannot use this server.", code="wrong_origin")
    is_open = scope["path"] in OPEN_PATHS or scope["path"].startswith(PREFIX)
    if is_open:
        return None
    if not rules.tokens:
        return rules.groups
    return _check_token(headers.getlist("authorization"), rules.tokens)


def _is_known_host(host: str, rules: DoorRules) -> bool:
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].lower()
    if is_loopback(name) or name in rules.names:
        return True
    return not rules.is_loopback and _is_address(name)  # an address cannot be rebound


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _is_own_origin(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _check_token(sent: Sequence[str], tokens: Mapping[str, Groups]) -> Groups:
    """Return the groups of the token that was sent. Raises `ServeFault` for any other."""
    scheme, _, token = (sent[0] if len(sent) == 1 else "").partition(" ")
    digest = sha256(token.strip().encode("utf-8", "replace")).digest()
    found = [
        groups
        for each, groups in tokens.items()  # all are compared: equal time
        if hmac.compare_digest(digest, sha256(each.encode()).digest())
    ]
    if scheme.lower() == "bearer" and found:
        return found[0]
    raise ServeFault(
        401,
        "a token is needed: send the header `Authorization: Bearer TOKEN`.",
        code="invalid_api_key",
        headers={"WWW-Authenticate": "Bearer"},
    )


async def _read_body(headers: Headers, receive: "Receive", rules: DoorRules) -> bytes:
    too_large = ServeFault(
        413, f"the body has more than {rules.most_bytes:,} bytes.", code="too_large"
    )
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > rules.most_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(rules.body_timeout_s):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _client_gone()
                body += message.get("body", b"")
                if len(body) > rules.most_bytes:
                    raise too_large
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise ServeFault(
            408,
            f"the body did not arrive within {rules.body_timeout_s:g} s.",
            code="timeout",
            headers={"Connection": "close"},
        ) from None


def replaying(body: bytes, receive: "Receive") -> "Receive":
    """Return a `receive` that gives the whole body, and then what the client does."""
    is_given = False

    async def replay() -> "Message":
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def unless_gone(receive: "Receive", work: Awaitable[_T]) -> _T:
    """Wait for work; cancel it when the client goes.

    Raises:
        ServeFault: the client has gone.
    """
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_client_goes(receive))
    try:
        await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise _client_gone()
    finally:
        for task in (working, watching):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(working, watching, return_exceptions=True)


async def _client_goes(receive: "Receive") -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _client_gone() -> ServeFault:
    return ServeFault(GONE, "the client has gone.", code="client_gone")


def fault_response(fault: ServeFault) -> Response:
    """Return the reply to a request that is refused."""
    return json_response(fault.body, status=fault.status, headers=fault.headers)


def json_response(
    value: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return a value as JSON."""
    return Response(
        msgspec.json.encode(value), status, headers=headers, media_type="application/json"
    )
