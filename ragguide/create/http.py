"""A URL in, the document's bytes in a file out, if they differ from the known version.

Each redirect is checked like the first address. A host's name is resolved once for each request,
all of its addresses must be public, and the connection goes to one of them, so a second answer of a
name server changes nothing. Proxies of the environment are not used: they would resolve it again.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from ragguide.base.urls import split_http
from ragguide.create.receive import SILENCE_S, Response, receive
from ragguide.errors import InputError
from ragguide.types import Version

if TYPE_CHECKING:
    from ragguide.create.fetch import Rules

MOST_REDIRECTS = 5
BLOCK_BYTES = 1 << 16
_REDIRECTS = (301, 302, 303, 307, 308)
_NAT64 = ip_network("64:ff9b::/96")  # its last 32 bits are an IPv4 address


class _Fault(Exception):
    """Why a document cannot be downloaded."""


def download(url: str, known: Version | None, target: Path, rules: "Rules") -> Response | None:
    """Write a document to `target`; return None if the server says that it is the known version.

    Raises:
        InputError: it cannot be reached, is too large, or an address is refused.
    """
    deadline = time.monotonic() + rules.timeout_s
    at = url
    try:
        for _ in range(MOST_REDIRECTS + 1):
            parts = check_url(at)
            with (
                closing(_connect(parts, rules, deadline)) as connection,
                closing(_ask(connection, parts, known)) as answer,
            ):
                if answer.status == 304 and known is not None:
                    return None
                if answer.status not in _REDIRECTS:
                    _require_plain(answer)
                    receive(
                        url,
                        _blocks(answer, deadline),
                        target,
                        expected_bytes=answer.length,
                        max_bytes=rules.max_bytes,
                    )
                    return _response(answer)
                at = _next(parts, answer)
        raise _Fault(f"redirects more than {MOST_REDIRECTS} times")
    except _Fault as exc:
        raise InputError(f"{url} {exc}.") from exc
    except TimeoutError as exc:
        raise InputError(f"{url} did not answer in time. Try again later.") from exc
    except (OSError, http.client.HTTPException) as exc:
        reason = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
        raise InputError(f"{url} cannot be reached: {' '.join(str(reason).split())}.") from exc


def check_url(url: str) -> SplitResult:
    """Parse the URL of a document.

    Raises:
        InputError: it is not a valid one, or contains a name or password.
    """
    parts = split_http(url)
    if parts is None:
        raise InputError(f"{url[:200]!r} is not the URL of a document. Use https://HOST/PATH.")
    if "@" in parts.netloc:
        raise InputError(
            f"the URL of a document on {parts.hostname} contains a name or password, which would "
            "be stored in the index. Download the document, and ingest the file."
        )
    return parts


def _connect(parts: SplitResult, rules: "Rules", deadline: float) -> http.client.HTTPConnection:
    """Resolve the host, check all of its addresses, and connect to the first that answers."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not rules.allows_private and (private := [a for a in addresses if not is_public(a)]):
        raise _Fault(
            f"leads to {host}, which is the private address {private[0]}; --allow-private permits "
            "that"
        )
    plain = _open(addresses, port, deadline)
    connection = http.client.HTTPConnection(host, port)
    if parts.scheme == "https":
        try:
            plain = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
    connection.sock = plain
    return connection


def is_public(address: str) -> bool:
    """Whether an address is one of the internet, also behind the notations that embed IPv4."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour is not None or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


def _open(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    fault: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=_left(deadline))
        except OSError as exc:
            fault = exc
    assert fault is not None  # a name without addresses is an error of its resolution
    raise fault


def _left(deadline: float) -> float:
    """Return how long to wait for the next byte."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(left, SILENCE_S)


def _ask(
    connection: http.client.HTTPConnection, parts: SplitResult, known: Version | None
) -> http.client.HTTPResponse:
    headers = {"Accept-Encoding": "identity", "User-Agent": "ragguide", "Connection": "close"}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    elif known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._") if parts.query else ""
    connection.request("GET", path + query, headers=headers)
    return connection.getresponse()


def _next(at: SplitResult, answer: http.client.HTTPResponse) -> str:
    """Return the address that a redirect leads to."""
    location = answer.headers.get("Location", "")
    if not location:
        raise _Fault(f"answers HTTP {answer.status} without an address")
    following = urljoin(at.geturl(), location)
    if at.scheme == "https" and urlsplit(following).scheme != "https":
        raise _Fault("redirects to an address that is not https://")
    return following


def _require_plain(answer: http.client.HTTPResponse) -> None:
    if answer.status != 200:
        raise _Fault(f"answers HTTP {answer.status} {answer.reason}".rstrip())
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _Fault("is sent compressed, though ragguide asks for plain bytes")


def _blocks(answer: http.client.HTTPResponse, deadline: float) -> Iterator[bytes]:
    """Yield what arrives; one byte a minute must not keep us for ever."""
    while block := answer.read1(BLOCK_BYTES):
        yield block
        _left(deadline)


def _response(answer: http.client.HTTPResponse) -> Response:
    version = Version(
        etag=_printable(answer.headers.get("ETag", "")),
        last_modified=_printable(answer.headers.get("Last-Modified", "")),
    )
    return Response(answer.headers.get("Content-Type", ""), version)


def _printable(value: str) -> str:
    """A header's value, if it can be sent back as it is."""
    return value if value.isascii() and value.isprintable() and len(value) <= 500 else ""
