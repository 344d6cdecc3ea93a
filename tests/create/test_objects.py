"""Which objects a URL of a bucket names, and their download from a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragguide.create.documents import find_documents
from ragguide.create.fetch import Downloads, Rules
from ragguide.create.objects import Objects, Place, is_same
from ragguide.errors import InputError
from ragguide.types import Version
from tests.create.downloads import assert_fails, fetch
from tests.s3 import SECRET, Server, s3

RULES = Rules(max_bytes=1000, timeout_s=30.0, allows_private=False)
KEYS = [
    "a.md", "b.pdf", "notes", "old/a.md", "old/.hidden/b.md", "old/b.txt", "old/picture.png",
    "old/deep/c.md", "older/d.md", ".e.md", "x*y.md", "[1].md", "1.md",
]  # fmt: skip


# ── names ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "asked",
    ["", "old", "old/", "*.md", "*", "**", "**/*.md", "o*", "old/**/c.md", "old/[ab].*",
     "[[]1].md", "?.md", "**/deep", "o**/deep/*", "none", "old/**/**/*.md"],
)  # fmt: skip
def test_a_url_names_what_a_path_would(asked: str, tmp_path: Path) -> None:
    for key in KEYS:
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(b"x")
    try:
        files = find_documents([tmp_path / asked])
    except InputError:
        files = []
    expected = {Path(each).relative_to(tmp_path).as_posix() for each in files}
    place = Place(f"s3://town/{asked}")
    taken = {key for key in KEYS if place.takes(f"s3://town/{key}")}
    assert taken == expected - ({asked} if asked == "none" else set())


def test_an_object_is_its_own_name_and_no_other_buckets() -> None:
    assert Place("s3://town/docs/notes").takes("s3://town/docs/notes")
    assert not Place("s3://town/docs/notes/").takes("s3://town/docs/notes")
    assert not Place("s3://town/docs").takes("s3://town2/docs/a.md")
    assert not Place("s3://town/docs").takes("gs://town/docs/a.md")
    assert not Place("s3://town/docs").takes("s3://town/docs2/a.md")
    assert Place("S3://town/docs").takes("s3://town/docs/a.md")


@pytest.mark.parametrize(
    "url",
    ["s3://AKIA:secret/word@town/docs", "s3://", "az:///docs", "s3://AKIA:secret@town/docs",
     "az://town/a.md?sv=2024&sig=secret", "gs://to wn/secret"],
)  # fmt: skip
def test_a_url_with_a_key_is_refused_without_printing_it(url: str) -> None:
    with pytest.raises(InputError, match="put keys into the environment") as raised:
        Place(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["s3://town/a//b", "s3://town/../b", "s3://town/./b", "s3://t/a\n"])
def test_a_key_that_no_client_can_ask_for_is_refused(url: str) -> None:
    with pytest.raises(InputError, match=r"contains an empty part, '\.', '\.\.' or a control"):
        Place(url)


def test_the_date_counts_only_without_an_etag() -> None:
    one = Version(etag="a", last_modified="2024")
    assert is_same(one, Version(etag="a", last_modified="2025"))
    assert not is_same(one, Version(etag="b", last_modified="2024"))
    assert not is_same(one, Version(last_modified="2024"))
    assert is_same(Version(last_modified="2024"), Version(last_modified="2024"))


# ── a real server ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def bucket() -> Iterator[Server]:
    with s3() as started:
        yield started


@pytest.fixture
def downloads() -> Iterator[Downloads]:
    with Downloads(RULES) as downloads:
        yield downloads


def put(bucket: Server, url: str, data: bytes, **attributes: str) -> str:
    bucket.objects.put(
        url.removeprefix("s3://library/"), data,
        attributes={name.replace("_", "-"): value for name, value in attributes.items()},
    )  # fmt: skip
    return url


def test_a_bucket_lists_what_a_url_names_in_the_order_of_files(
    bucket: Server, downloads: Downloads
) -> None:
    prefix = bucket.new_prefix()
    keys = [
        "z.md",
        "a/1.md",
        "a-1.md",
        "a.pdf",
        "a/x.png",
        ".b.md",
        "c d#e?.md",
        "é[1].md",
        "f%20g.md",
    ]
    for key in keys:
        put(bucket, f"{prefix}/{key}", key.encode())
    put(bucket, f"{prefix}-2/other.md", b"x")
    put(bucket, f"{prefix}/folder", b"")

    def found(asked: str) -> list[str]:
        return [url.removeprefix(f"{prefix}/") for url in downloads.find(prefix + asked)]

    assert found("") == ["a/1.md", "a-1.md", "a.pdf", "c d#e?.md", "f%20g.md", "z.md", "é[1].md"]
    assert found("/") == found("")
    assert found("/a") == ["a/1.md"]
    assert found("/a.pdf") == ["a.pdf"]
    assert found("/é[1].md") == ["é[1].md"]
    assert found("/*") == ["a/1.md", "a-1.md", "a.pdf", "c d#e?.md", "f%20g.md", "z.md", "é[1].md"]
    assert found("/*/*") == ["a/1.md", "a/x.png"]
    assert found("/none") == []
    for key in ("c d#e?.md", "é[1].md", "f%20g.md"):
        assert fetch(downloads, f"{prefix}/{key}").file.read_bytes() == key.encode()


def test_an_object_is_fetched_again_only_if_its_listed_version_differs(
    bucket: Server, downloads: Downloads
) -> None:
    url = put(bucket, f"{bucket.new_prefix()}/a.md", b"one")
    first = fetch(downloads, url)
    assert first.version.etag
    assert downloads.fetch(url, first.version) is not None  # nothing was listed
    assert downloads.find(url) == [url]
    assert downloads.fetch(url, first.version) is None
    put(bucket, url, b"two")
    downloads.find(url)
    second = fetch(downloads, url, first.version)
    assert second.file.read_bytes() == b"two"
    assert second.version != first.version


@pytest.mark.parametrize(
    ("name", "content_type", "data", "suffix"),
    [
        ("a.md", "text/html", b"# A", ".md"),
        ("a.PDF", "binary/octet-stream", b"x", ".pdf"),
        ("a", "binary/octet-stream", b"%PDF-1.7", ".pdf"),
        ("a", "text/html", b"<p>A", ".html"),
    ],
)
def test_the_format_follows_from_the_name_first(
    name: str, content_type: str, data: bytes, suffix: str, bucket: Server, downloads: Downloads
) -> None:
    url = put(bucket, f"{bucket.new_prefix()}/{name}", data, Content_Type=content_type)
    assert fetch(downloads, url).file.suffix == suffix


def test_what_cannot_be_fetched_is_one_line(bucket: Server, downloads: Downloads) -> None:
    prefix = bucket.new_prefix()
    for name, data, attributes, said in (
        ("big.md", b"x" * 1001, {}, r"has more than 1,000 bytes; fetch_limit_mb is the limit"),
        ("a.md", b"x", {"Content_Encoding": "gzip"}, "is stored compressed"),
        ("a.png", b"x", {"Content_Type": "image/png"}, r"no supported format \(image/png\)"),
    ):
        url = put(bucket, f"{prefix}/{name}", data, **attributes)
        assert_fails(downloads, url, rf"^{url} .*{said}")
    missing = f"{prefix}/none.md"
    assert_fails(downloads, missing, rf"^{prefix}/none\.md does not exist\. Check its name")
    for url in ("s3://no-such-bucket/a.md", "s3://no-such-bucket"):
        with pytest.raises(InputError, match=rf"^cannot read {url}: there is no such bucket\. Ch"):
            downloads.find(url)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
def test_a_full_disk_is_one_line_that_blames_no_server(bucket: Server) -> None:
    url = put(bucket, f"{bucket.new_prefix()}/a.md", b"x" * 100)
    with pytest.raises(InputError, match=rf"^cannot store {url} for reading: No space left on dev"):
        Objects(RULES).download(url, Path("/dev/full"))


def test_a_slow_object_ends_at_the_time_limit(bucket: Server) -> None:
    url = put(bucket, f"{bucket.new_prefix()}/a.md", b"x")
    with (
        Downloads(RULES._replace(timeout_s=1e-4)) as downloads,
        pytest.raises(InputError, match=rf"{url}( did not arrive in time|: no answer in time)"),
    ):
        downloads.fetch(url)


def test_credentials_that_the_server_refuses_appear_in_no_message(
    bucket: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    url = put(bucket, f"{bucket.new_prefix()}/a.md", b"x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", f"{SECRET}-wrong")
    with Downloads(RULES) as downloads:
        for run in (downloads.fetch, downloads.find):
            with pytest.raises(InputError, match=r"the server refuses these credentials\. Check A"):
                run(url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another-key")
    with Downloads(RULES) as downloads:
        for asked in (url, url.rpartition("/")[0], f"{url.rpartition('/')[0]}/*.md"):
            with pytest.raises(InputError, match="the server refuses") as raised:
                downloads.find(asked)
            assert "another-key" not in str(raised.value)
            assert SECRET not in str(raised.value)
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("scheme", "variables", "fix"),
    [
        ("s3", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "k",
                "AWS_SECRET_ACCESS_KEY": "s"}, "no connection. Check the server and AWS_ENDPOINT"),
        ("az", {}, "there are no credentials. Set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_"),
        ("az", {"AZURE_STORAGE_ACCOUNT_NAME": "town", "AZURE_STORAGE_ACCOUNT_KEY": "a2V5",
                "AZURE_STORAGE_ENDPOINT": "https://127.0.0.1:9"}, "no connection. Check the netw"),
        ("gs", {"GOOGLE_SKIP_SIGNATURE": "true", "GOOGLE_BASE_URL": "https://127.0.0.1:9"},
         "no connection. Check the network"),
    ],
)  # fmt: skip
def test_a_cloud_that_does_not_answer_is_one_line(
    scheme: str, variables: dict[str, str], fix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("obstore", reason="no obstore: `pip install obstore` fails here")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    url = f"{scheme}://town/docs/a.md"
    with Downloads(RULES) as downloads, pytest.raises(InputError) as raised:
        downloads.find(url)
    assert str(raised.value).startswith(f"cannot read {url}: {fix}")
