"""Objects of a real S3 server as sources of an index: ingest, questions, update."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ragguide import Guide, Settings, load_settings
from ragguide.base.buckets import client_of
from ragguide.base.workers import IN_FLIGHT
from ragguide.create.fetch import Downloads
from ragguide.create.objects import Objects
from ragguide.create.read import ReadOptions
from ragguide.errors import InputError
from ragguide.types import AllowRule
from tests.cli.inside import ragguide
from tests.pdfs import write_pdf
from tests.s3 import KEY, SECRET, Server, s3

pytestmark = pytest.mark.model

SAILS = "# Sails\n\nThe main sail of the ketch has {} reefs.\n"
OARS = "# Oars\n\nThe oars of the dinghy are made of ash.\n"


@pytest.fixture(scope="module")
def bucket() -> Iterator[Server]:
    with s3() as started:
        yield started


class Docs:
    """A folder of documents in a bucket."""

    def __init__(self, bucket: Server) -> None:
        self.url = bucket.new_prefix()
        self._client = bucket.objects
        self._folder = self.url.removeprefix("s3://library/")

    def put(self, name: str, data: bytes | str) -> None:
        self._client.put(f"{self._folder}/{name}", data.encode() if isinstance(data, str) else data)

    def delete(self, name: str) -> None:
        self._client.delete(f"{self._folder}/{name}")


@pytest.fixture
def docs(bucket: Server, tmp_path: Path) -> Docs:
    docs = Docs(bucket)
    pdf = write_pdf(tmp_path / "x.pdf", ["", "The anchor weighs forty kilograms."], n_roman=1)
    docs.put("sails.md", SAILS.format(3))
    docs.put("deck/oars.md", OARS)
    docs.put("deck/anchor.pdf", pdf.read_bytes())
    docs.put("deck/photo.png", b"no document")
    return docs


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"indexes_dir": tmp_path / "indexes"})


@pytest.fixture
def downloaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs of objects that were downloaded."""
    urls = []
    real = Objects.download

    def download(self: Objects, url: str, target: Path) -> object:
        urls.append(url)
        return real(self, url, target)

    monkeypatch.setattr(Objects, "download", download)
    return urls


def names(settings: Settings) -> list[str]:
    return [source.name for source in Guide.open(settings=settings).manifest.sources]


def test_a_folder_of_a_bucket_is_read_and_questions_fetch_nothing(
    docs: Docs, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Guide.ingest(docs.url, settings=settings)
    assert [(each.name, each.path) for each in report.sources] == [
        ("anchor", f"{docs.url}/deck/anchor.pdf"),
        ("oars", f"{docs.url}/deck/oars.md"),
        ("sails", f"{docs.url}/sails.md"),
    ]
    assert all(each.version and each.version.etag for each in report.sources)

    def fail(*_: object) -> None:
        raise AssertionError("a question asks the bucket")

    monkeypatch.setattr(Objects, "_asking", fail)
    guide = Guide.open(settings=settings)
    assert guide.stale_note() == ""
    (hit, *_) = guide.search("How heavy is the anchor?")
    assert (hit.chunk.document, hit.chunk.locator) == ("anchor", "p. 2 (printed 1)")
    assert guide.query("How many reefs has the main sail?").quotes[0].document == "sails"


@pytest.mark.parametrize("n_workers", [0, 2])
def test_update_downloads_only_what_changed_and_drops_what_was_deleted(
    n_workers: int, docs: Docs, settings: Settings, downloaded: list[str]
) -> None:
    settings = msgspec.structs.replace(settings, workers=n_workers)
    Guide.ingest(docs.url, settings=settings)
    assert len(downloaded) == 3
    downloaded.clear()
    assert Guide.update(settings=settings).unchanged
    assert downloaded == []
    docs.put("sails.md", SAILS.format(4))
    docs.put("keel.md", "# Keel\n\nThe keel is made of lead and iron.\n")
    docs.delete("deck/oars.md")
    report = Guide.update(settings=settings)
    assert downloaded == [f"{docs.url}/keel.md", f"{docs.url}/sails.md"]
    assert report.plan.read == {
        f"{docs.url}/keel.md": "new", f"{docs.url}/sails.md": "changed",
    }  # fmt: skip
    assert report.plan.keep == (f"{docs.url}/deck/anchor.pdf",)
    assert report.plan.drop == (f"{docs.url}/deck/oars.md",)
    assert (report.changes.documents_added, report.changes.documents_removed) == (
        ("keel",), ("oars",),
    )  # fmt: skip
    assert report.skipped == {}
    assert names(settings) == ["anchor", "keel", "sails"]
    assert "4 reefs" in Guide.open(settings=settings).documents()[2].text


def test_an_update_equals_a_new_ingest(docs: Docs, settings: Settings) -> None:
    Guide.ingest(docs.url, settings=settings)
    docs.put("sails.md", SAILS.format(5))
    docs.delete("deck/anchor.pdf")
    Guide.update(settings=settings)
    fresh = msgspec.structs.replace(settings, index="fresh")
    Guide.ingest(docs.url, settings=fresh)
    one, other = (Guide.open(settings=each) for each in (settings, fresh))
    assert one.documents() == other.documents()
    assert list(one.chunks) == list(other.chunks)


def test_patterns_and_single_objects_follow_their_own(docs: Docs, settings: Settings) -> None:
    Guide.ingest(f"{docs.url}/deck/*.md", f"{docs.url}/sails.md", settings=settings)
    assert names(settings) == ["oars", "sails"]
    docs.put("deck/ropes.md", "# Ropes\n\nThe ropes of the ketch are hemp.\n")
    docs.put("other.md", "# Other\n\nThis one is not asked for at all.\n")
    docs.delete("sails.md")
    report = Guide.update(settings=settings)
    assert report.plan.drop == (f"{docs.url}/sails.md",)
    assert names(settings) == ["oars", "ropes"]


def test_a_folder_that_is_empty_now_changes_nothing(docs: Docs, settings: Settings) -> None:
    Guide.ingest(f"{docs.url}/deck/", settings=settings)
    docs.delete("deck/anchor.pdf")
    docs.delete("deck/oars.md")
    with pytest.raises(InputError, match=r"none of the 2 sources exists any more.*is unchanged"):
        Guide.update(settings=settings)
    assert names(settings) == ["anchor", "oars"]


def test_a_bucket_that_is_gone_keeps_its_documents_and_is_one_line(
    docs: Docs, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "beside.md"
    beside.write_text("# Beside\n\nThe dinghy is towed behind the ketch.\n")
    Guide.ingest(docs.url, str(beside), settings=settings)
    dead = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    for n_changed in (0, 1):
        if n_changed:
            beside.write_text("# Beside\n\nThe dinghy is lashed to the deck.\n")
        done = ragguide("update", "--json", RAGGUIDE_INDEXES_DIR=str(settings.indexes_dir), **dead)
        assert done.returncode == 2
        assert done.stderr.count("skipped:") == 1
        assert f"skipped: cannot read {docs.url}: no connection. Check" in done.stderr
        report = json.loads(done.stdout)
        assert len(report["plan"]["read"]) == n_changed
        assert list(report["skipped"]) == [docs.url]
        assert names(settings) == ["anchor", "oars", "sails", "beside"]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    report = Guide.update(settings=settings)
    assert report.unchanged
    assert "the server refuses these credentials" in report.skipped[docs.url]


def test_an_object_that_cannot_be_read_keeps_its_old_text(docs: Docs, settings: Settings) -> None:
    docs.put("broken.pdf", b"%PDF-1.7\n\0broken")
    report = Guide.ingest(docs.url, settings=settings)
    assert list(report.skipped) == [f"{docs.url}/broken.pdf"]
    assert report.skipped[f"{docs.url}/broken.pdf"].startswith(f"{docs.url}/broken.pdf is damaged")
    docs.put("deck/anchor.pdf", b"%PDF-1.7\n\0broken")
    report = Guide.update(settings=settings)
    assert f"{docs.url}/deck/anchor.pdf" in report.skipped
    assert names(settings) == ["anchor", "oars", "sails"]


def test_nothing_to_read_is_one_line(docs: Docs, settings: Settings) -> None:
    environ = {"RAGGUIDE_INDEXES_DIR": str(settings.indexes_dir)}
    for asked, said in (
        (f"{docs.url}/none", f"no supported documents found at {docs.url}/none. Supported"),
        (f"{docs.url}/none.md", f"{docs.url}/none.md does not exist. Check its name."),
        ("s3://no-such-bucket/x", "cannot read s3://no-such-bucket/x: there is no such bucket."),
        ("s3://k:a-secret@town/x", "a URL of s3:// is not valid, or contains a key."),
    ):
        done = ragguide("ingest", asked, **environ)
        assert done.returncode == 2
        assert f"ragguide: {said}" in " ".join(done.stderr.split())
        assert "a-secret" not in done.stderr


class Waiting:
    """The downloads that are on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.n_most = 0  # after any fetch

    @property
    def n_files(self) -> int:
        return len(list(self._folder.rglob("document.*")))


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    waiting = Waiting(folder)
    real = Downloads.fetch

    def fetch(self: Downloads, url: str, known: object = None) -> object:
        fetched = real(self, url, known)  # type: ignore[arg-type]
        waiting.n_most = max(waiting.n_most, waiting.n_files)
        return fetched

    monkeypatch.setattr(Downloads, "fetch", fetch)
    return waiting


def test_no_key_is_stored_and_no_download_is_left(
    docs: Docs, settings: Settings, waiting: Waiting
) -> None:
    Guide.ingest(docs.url, settings=settings)
    assert waiting.n_most == 1  # each is deleted before the next one comes
    assert waiting.n_files == 0
    stored = [path for path in settings.indexes_dir.rglob("*") if path.is_file()]
    assert not [
        path for path in stored for key in (KEY, SECRET) if key.encode() in path.read_bytes()
    ]


@pytest.mark.parametrize(("n_workers", "at_most"), [(0, 1), (1, IN_FLIGHT + 1)])
def test_an_update_reads_a_download_before_it_fetches_many_more(
    n_workers: int, at_most: int, docs: Docs, settings: Settings, waiting: Waiting
) -> None:
    for change in ("first", "second"):
        for number in range(9):
            docs.put(f"log/{number}.md", f"# Day {number}\n\nThe {change} watch saw no land.\n")
        if change == "first":
            Guide.ingest(docs.url, settings=settings)
            waiting.n_most = 0
    report = Guide.update(settings=msgspec.structs.replace(settings, workers=n_workers))
    assert len(report.plan.read) == 9
    assert 1 <= waiting.n_most <= at_most
    assert waiting.n_files == 0


def test_downloads_with_the_known_bytes_are_deleted(
    docs: Docs, settings: Settings, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a bucket whose ETags are not of the bytes: each copy has another one."""
    Guide.ingest(docs.url, settings=settings)
    monkeypatch.setattr("ragguide.create.objects.is_same", lambda *_: False)
    assert Guide.update(settings=settings).unchanged
    assert waiting.n_most == 1


def test_rules_of_groups_and_names_apply_to_objects(docs: Docs, settings: Settings) -> None:
    docs.put("oars.md", "# Oars\n\nSpare oars are in the shed.\n")
    rules = (
        AllowRule(documents=f"{docs.url}/deck/*", groups=("crew",)),
        AllowRule(documents="", groups=("everyone",)),
    )
    Guide.ingest(docs.url, settings=settings, options=ReadOptions(allow=rules))
    public = Guide.open(settings=settings)
    assert [each.name for each in public.manifest.sources] == [
        f"{docs.url.removeprefix('s3://library/')}/oars", "sails",
    ]  # fmt: skip
    crew = Guide.open(settings=msgspec.structs.replace(settings, groups="crew"))
    assert len(crew.manifest.sources) == 4


def test_a_citation_of_an_object_names_it(docs: Docs, settings: Settings) -> None:
    environ = {"RAGGUIDE_INDEXES_DIR": str(settings.indexes_dir)}
    assert ragguide("ingest", f"{docs.url}/sails.md", **environ).returncode == 0
    done = ragguide("query", "--quotes", "How many reefs has the main sail?", **environ)
    assert "sails" in done.stdout
    opened = ragguide("open", "1", **environ)
    assert opened.returncode == 2
    assert f"{docs.url}/sails.md is in a bucket" in " ".join(opened.stderr.split())


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_a_bucket_needs_no_setting_of_its_place(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert client_of(scheme, "acme", timeout_s=1.0, silence_s=1.0)
