"""Pages and PDFs of a real web server as sources of an index: ingest, questions, update."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ragguide import Guide, Settings, load_settings
from ragguide.errors import InputError, SettingsError
from ragguide.types import SourceRecord, Version
from tests.cli.inside import ragguide
from tests.pdfs import write_pdf
from tests.web import Page, Site, site

pytestmark = pytest.mark.model

PAGE = (
    "<html><head><title>Sails</title></head><body><main><h1>Sails</h1>"
    "<p>The main sail of the ketch has {} reefs.</p></main></body></html>"
)


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    with site() as pages:
        pages.pages["/sails"] = Page(PAGE.format(3).encode(), etag='"3"')
        pdf = write_pdf(tmp_path / "x.pdf", ["", "The anchor weighs forty kilograms."], n_roman=1)
        pages.pages["/docs/anchor.pdf"] = Page(
            pdf.read_bytes(), "application/pdf", last_modified="Mon, 01 Jan 2024 00:00:00 GMT"
        )
        yield pages


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"indexes_dir": tmp_path / "indexes", "private_addresses": True})


def ingest(pages: Site, settings: Settings, **changes: object) -> tuple[SourceRecord, ...]:
    urls = [pages.address + path for path in pages.pages]
    return Guide.ingest(*urls, settings=msgspec.structs.replace(settings, **changes)).sources


def test_urls_are_documents_and_questions_fetch_nothing(pages: Site, settings: Settings) -> None:
    page, pdf = ingest(pages, settings)
    assert (page.name, page.title, page.path) == ("sails", "Sails", f"{pages.address}/sails")
    assert page.version == Version(etag='"3"')
    assert (pdf.name, pdf.title, pdf.n_pages) == ("anchor", "anchor", 2)
    n_asked = len(pages.asked)
    guide = Guide.open(settings=settings)
    assert guide.stale_note() == ""
    (hit, *_) = guide.search("How heavy is the anchor?")
    assert (hit.chunk.document, hit.chunk.locator) == ("anchor", "p. 2 (printed 1)")
    assert guide.query("How many reefs has the main sail?").quotes[0].document == "sails"
    assert len(pages.asked) == n_asked


@pytest.mark.parametrize("n_workers", [0, 2])
def test_update_fetches_and_reads_only_what_changed(
    n_workers: int, pages: Site, settings: Settings
) -> None:
    ingest(pages, settings, workers=n_workers)
    pages.asked.clear()
    assert Guide.update(settings=settings).unchanged
    assert pages.asked == [("/sails", 304), ("/docs/anchor.pdf", 304)]
    pages.pages["/sails"] = Page(PAGE.format(4).encode(), etag='"4"')
    report = Guide.update(settings=msgspec.structs.replace(settings, workers=n_workers))
    assert report.plan.read == {f"{pages.address}/sails": "changed"}
    assert report.plan.keep == (f"{pages.address}/docs/anchor.pdf",)
    assert pages.asked[2:] == [("/sails", 200), ("/docs/anchor.pdf", 304)]
    guide = Guide.open(settings=settings)
    assert "4 reefs" in guide.documents()[0].text
    assert guide.manifest.sources[0].version == Version(etag='"4"')


def test_a_server_without_versions_is_compared_by_its_bytes(
    pages: Site, settings: Settings
) -> None:
    pages.pages = {"/sails": Page(PAGE.format(3).encode())}
    ingest(pages, settings)
    assert Guide.update(settings=settings).unchanged
    pages.pages["/sails"] = Page(PAGE.format(5).encode())
    assert list(Guide.update(settings=settings).plan.read.values()) == ["changed"]


@pytest.mark.parametrize("fault", [404, 500])
def test_a_source_that_fails_keeps_its_old_text_and_is_one_line(
    fault: int, pages: Site, settings: Settings
) -> None:
    ingest(pages, settings)
    pages.pages["/sails"] = Page(b"gone", status=fault)
    for n_changed in (0, 1):
        if n_changed:
            pdf = write_pdf(settings.indexes_dir / "y.pdf", ["The anchor weighs fifty kilograms."])
            pages.pages["/docs/anchor.pdf"] = Page(pdf.read_bytes(), "application/pdf")
        done = ragguide(
            "update", "--allow-private", "--json", RAGGUIDE_INDEXES_DIR=str(settings.indexes_dir)
        )
        assert done.returncode == 2
        assert f"skipped: {pages.address}/sails answers HTTP {fault}" in done.stderr
        report = json.loads(done.stdout)
        assert len(report["plan"]["read"]) == n_changed
        assert list(report["skipped"]) == [f"{pages.address}/sails"]
        sails, anchor = Guide.open(settings=settings).documents()
        assert "has 3 reefs" in sails.text
        assert ("fifty" if n_changed else "forty") in anchor.text


def test_a_server_that_is_gone_leaves_the_index_whole(settings: Settings, tmp_path: Path) -> None:
    with site() as pages:
        pages.pages["/sails"] = Page(PAGE.format(3).encode(), etag='"3"')
        ingest(pages, settings)
    report = Guide.update(settings=settings)
    assert report.unchanged
    (reason,) = report.skipped.values()
    assert reason.startswith(f"{pages.address}/sails cannot be reached: Connection refused")
    assert "has 3 reefs" in Guide.open(settings=settings).documents()[0].text
    (tmp_path / "a.md").write_text("# Oars\n\nThe oars are ash.\n")
    mixed = Guide.ingest(f"{pages.address}/sails", str(tmp_path / "a.md"), settings=settings)
    assert [source.name for source in mixed.sources] == ["a"]
    assert list(mixed.skipped) == [f"{pages.address}/sails"]


def test_private_addresses_need_an_option(pages: Site, settings: Settings, tmp_path: Path) -> None:
    environ = {"RAGGUIDE_INDEXES_DIR": str(settings.indexes_dir)}
    done = ragguide("ingest", f"{pages.address}/sails", **environ)
    assert done.returncode == 2
    assert "which is the private address 127.0.0.1; --allow-private permits" in done.stderr
    assert pages.asked == []
    assert (
        ragguide("ingest", f"{pages.address}/sails", "--allow-private", **environ).returncode == 0
    )
    (tmp_path / "ragguide.toml").write_text("private_addresses = true\n")
    with pytest.raises(SettingsError, match="sets private_addresses, which lets documents come"):
        load_settings(cwd=tmp_path, user_file=tmp_path / "none.toml", environ={})


def test_errors_of_a_document_name_its_url(pages: Site, settings: Settings) -> None:
    pages.pages = {"/broken.pdf": Page(b"%PDF-1.7\n\0broken", "application/pdf")}
    with pytest.raises(InputError, match=rf"^{pages.address}/broken\.pdf is damaged"):
        ingest(pages, settings)


def test_names_of_urls_are_told_apart(pages: Site, settings: Settings) -> None:
    pages.pages = {
        path: Page(f"<p>The {word} is in use every single day.".encode())
        for path, word in (("/a/index.html", "oar"), ("/b/index.html", "jib"), ("/p?id=2", "tug"))
    }
    assert [source.name for source in ingest(pages, settings)] == ["a/index", "b/index", "p?id=2"]
