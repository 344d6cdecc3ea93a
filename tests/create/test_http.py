"""Documents from a real web server: versions, limits, redirects and private addresses."""

import socket
from collections.abc import Iterator

import pytest

from ragguide.create import http
from ragguide.create.fetch import Downloads, Rules
from ragguide.create.http import is_public
from ragguide.errors import InputError
from ragguide.types import Version
from tests.create.downloads import assert_fails, fetch
from tests.web import Page, Site, site

RULES = Rules(max_bytes=1000, timeout_s=30.0, allows_private=True)


@pytest.fixture
def pages() -> Iterator[Site]:
    with site() as pages:
        yield pages


@pytest.fixture
def downloads() -> Iterator[Downloads]:
    with Downloads(RULES) as downloads:
        yield downloads


def test_a_page_comes_with_its_version_and_is_fetched_again_only_if_it_changed(
    pages: Site, downloads: Downloads
) -> None:
    pages.pages["/a?b=1"] = Page(b"<p>One", etag='"v1"', last_modified="Mon, 01 Jan 2024")
    pages.pages["/old"] = Page(b"<p>Old", last_modified="Mon, 01 Jan 2024")
    for path, version in (
        ("/a?b=1", Version(etag='"v1"', last_modified="Mon, 01 Jan 2024")),
        ("/old", Version(last_modified="Mon, 01 Jan 2024")),
    ):
        first = fetch(downloads, pages.address + path)
        assert first.version == version
        assert first.file.read_bytes() == pages.pages[path].body
        assert downloads.fetch(pages.address + path, first.version) is None
    pages.pages["/old"] = Page(b"<p>New", last_modified="Tue, 02 Jan 2024")
    second = fetch(downloads, pages.address + "/old", Version(last_modified="Mon, 01 Jan 2024"))
    assert second.file.read_bytes() == b"<p>New"
    assert [status for _, status in pages.asked] == [200, 304, 200, 304, 200]


@pytest.mark.parametrize(
    ("path", "content_type", "body", "suffix"),
    [
        ("/guide", "application/pdf", b"%PDF-1.7", ".pdf"),
        ("/guide.pdf", "application/octet-stream", b"%PDF-1.7", ".pdf"),
        ("/notes.md", "text/plain; charset=utf-8", b"# Notes", ".md"),
        ("/robots", "text/plain", b"Notes", ".txt"),
        ("/", "text/html", b"<p>Notes", ".html"),
        ("/prices.csv", "", b"a,b", ".csv"),
    ],
)
def test_the_format_follows_from_type_address_and_first_bytes(
    path: str, content_type: str, body: bytes, suffix: str, pages: Site, downloads: Downloads
) -> None:
    pages.pages[path] = Page(body, content_type)
    assert fetch(downloads, pages.address + path).file.suffix == suffix


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("ISO-8859-1", b"<p>F\xe4hre", "<p>Fähre"),
        ("ISO-8859-1", b"<p>\x93F\xe4hre\x94", "<p>“Fähre”"),  # as browsers read it
        ("utf-8", "<p>Fähre".encode(), "<p>Fähre"),
        ("idna", "<p>Fähre".encode(), "<p>Fähre"),  # no encoding of text
        ("klingon", "<p>Fähre".encode(), "<p>Fähre"),
    ],
)
def test_a_page_is_read_in_the_encoding_of_its_header(
    charset: str, body: bytes, text: str, pages: Site, downloads: Downloads
) -> None:
    pages.pages["/"] = Page(body, f"text/html; charset={charset}")
    assert fetch(downloads, pages.address + "/").file.read_text("utf-8") == text


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (Page(b"", status=404), r"answers HTTP 404 Not Found\."),
        (Page(b"x" * 1001), r"has more than 1,000 bytes; fetch_limit_mb is the limit"),
        (Page(b"x", promised=100_000), r"has more than 1,000 bytes"),
        (Page(b"x", promised=50), r"broke off after 1 of 50 bytes"),
        (Page(b"x", "image/png"), r"has no supported format \(image/png\)"),
        (Page(b"", status=302, location="/page"), r"redirects more than 5 times"),
        (Page(b"", status=302), r"answers HTTP 302 without an address"),
        (Page(b"", status=302, location="file:///etc/hosts"), r"is not the URL of a document"),
    ],
)
def test_a_failed_download_is_reported_in_one_line(
    page: Page, said: str, pages: Site, downloads: Downloads
) -> None:
    pages.pages["/page"] = page
    assert_fails(downloads, f"{pages.address}/page", said)


def test_a_missing_or_silent_server_is_reported_in_one_line(
    pages: Site, downloads: Downloads
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(InputError, match="cannot be reached: Connection refused"):
        downloads.fetch(f"http://127.0.0.1:{port}/")
    silent = Downloads(Rules(max_bytes=1000, timeout_s=0.3, allows_private=True))
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        silent,
        pytest.raises(InputError, match="did not answer in time"),
    ):
        silent.fetch(f"http://127.0.0.1:{server.getsockname()[1]}/")
    with pytest.raises(InputError, match="contains a name or password") as raised:
        downloads.fetch("https://ada:secret@example.com/")
    assert "secret" not in str(raised.value)
    assert pages.asked == []


# ── private addresses ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)  # fmt: skip
def test_private_addresses_are_known_in_every_notation(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


def test_private_addresses_are_refused_before_a_byte_is_sent(pages: Site) -> None:
    port = pages.address.rpartition(":")[2]
    with Downloads(RULES._replace(allows_private=False)) as downloads:
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1"):
            with pytest.raises(InputError, match=r"leads to \S+, which is the private address"):
                downloads.fetch(f"http://{host}:{port}/")
    assert pages.asked == []


def test_a_redirect_to_a_private_address_is_refused(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server counts as public here; the address that it redirects to does not."""
    pages.pages["/"] = Page(b"", status=302, location="http://10.0.0.1/admin")
    monkeypatch.setattr(http, "is_public", lambda address: address == "127.0.0.1")
    with (
        Downloads(RULES._replace(allows_private=False)) as downloads,
        pytest.raises(InputError, match=r"leads to 10\.0\.0\.1, which is the private address"),
    ):
        downloads.fetch(f"{pages.address}/")
    assert pages.asked == [("/", 302)]


def test_a_name_is_resolved_once_so_a_second_answer_changes_nothing(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that first gives a good address and then a bad one is asked only once."""
    port = int(pages.address.rpartition(":")[2])
    pages.pages["/"] = Page(b"<p>Public")
    asked = []

    def resolve(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    real = socket.getaddrinfo

    def by_name(host: str, *rest: object, **more: object) -> object:
        if host.replace(".", "").isdigit():
            return real(host, *rest, **more)  # type: ignore[arg-type]
        return resolve(host)

    monkeypatch.setattr(socket, "getaddrinfo", by_name)
    monkeypatch.setattr(http, "is_public", lambda address: address == "127.0.0.1")
    with Downloads(RULES._replace(allows_private=False)) as downloads:
        url = f"http://rebinding.example:{port}/"
        assert fetch(downloads, url).file.read_bytes() == b"<p>Public"
    assert asked == ["rebinding.example"]


def test_downloads_are_deleted(pages: Site) -> None:
    pages.pages["/"] = Page(b"<p>One")
    with Downloads(RULES) as downloads:
        fetched = fetch(downloads, f"{pages.address}/")
        assert fetched.file.is_file()
    assert not fetched.file.exists()
