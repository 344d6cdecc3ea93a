"""The documents that a request finds now, compared with a generation's own."""

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from ragguide.create.fetch import Fetched
from ragguide.errors import InputError
from ragguide.types import (
    Flat,
    IndexRequest,
    Manifest,
    ReadRequest,
    SourceRecord,
    VectorIndexRecord,
    Version,
)
from ragguide.update.sources import Steps, find_steps

TEXTS = {"a.md": "Anchors hold.", "b.md": "Boats float.", "c.txt": "Cranes lift."}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write_docs(tmp_path.resolve() / "docs")


class Nothing:
    """There is no URL among the sources."""

    def find(self, url: str) -> list[str]:
        raise AssertionError(f"{url} is no URL")

    def fetch(self, url: str, known: object = None) -> None:
        raise AssertionError(f"{url} is no URL, known as {known}")


NOTHING = Nothing()


def write_docs(folder: Path) -> Path:
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    return folder


def record(path: Path, name: str | None = None) -> SourceRecord:
    data = path.read_bytes()
    return SourceRecord(
        name=name or path.stem,
        path=str(path),
        title=path.stem,
        sha256=sha256(data).hexdigest(),
        size_bytes=len(data),
        modified="2024-02-29T12:00:00+00:00",
        n_pages=1,
        unit="text",
        unreadable={},
        ocr_pages=(),
        tags={},
    )


def manifest(*paths: Path | str, sources: list[SourceRecord]) -> Manifest:
    return Manifest(
        format_version=3,
        text_version=1,
        generation=1,
        created="2025-01-01T00:00:00Z",
        ragguide_version="0.1.0",
        request=ReadRequest(paths=tuple(map(str, paths)), tags={}, ocr_languages=None),
        sources=tuple(sources),
        embedder="fake",
        embedder_sha256="0" * 64,
        dim=4,
        metric="inner product",
        vector_index=VectorIndexRecord(
            asked=IndexRequest(), parameters=Flat(), why="as asked", recall=None
        ),
        chunk_tokens=160,
        chunk_overlap=32,
        chunk_strategy="sections",
        n_chunks=3,
        n_statements=3,
        n_tokens=9,
        files={},
    )


def made_of(folder: Path, *asked: Path | str) -> Manifest:
    return manifest(*(asked or [folder]), sources=[record(folder / name) for name in TEXTS])


def told(steps: Steps) -> list[tuple[str, str]]:
    return [(Path(step.found).name, step.why) for step in steps]


def test_the_same_bytes_are_unchanged_whatever_their_date(docs: Path) -> None:
    steps = find_steps(made_of(docs), NOTHING, text_version=1)
    assert told(steps) == [(name, "unchanged") for name in TEXTS]
    assert steps.is_idle()


def test_changed_new_and_vanished_documents_are_distinguished_in_order(docs: Path) -> None:
    made = made_of(docs)
    (docs / "b.md").write_text("Boats sink.")
    (docs / "aa.md").write_text("Anchors rust.")
    (docs / "c.txt").unlink()
    steps = find_steps(made, NOTHING, text_version=1)
    assert told(steps) == [("a.md", "unchanged"), ("aa.md", "new"), ("b.md", "changed")]
    assert [each.name for each in steps.vanished] == ["c"]
    assert not steps.is_idle()


def test_a_copy_is_new_but_a_move_is_no_news(docs: Path) -> None:
    made = made_of(docs)
    (docs / "d").mkdir()
    (docs / "d" / "a.md").write_text(TEXTS["a.md"])
    (docs / "b.md").rename(docs / "d" / "b.md")
    (docs / "c.txt").rename(docs / "d" / "cc.txt")
    steps = find_steps(made, NOTHING, text_version=1)
    assert told(steps) == [
        ("a.md", "unchanged"), ("a.md", "new"), ("b.md", "moved"), ("cc.txt", "renamed"),
    ]  # fmt: skip
    assert [step.before and step.before.name for step in steps] == ["a", None, "b", "c"]
    assert steps.vanished == ()


def test_files_asked_for_by_name_vanish_and_ones_that_never_were_are_tried_again(
    docs: Path,
) -> None:
    made = made_of(docs, docs / "a.md", docs / "b.md", docs / "c.txt", docs / "never.md")
    (docs / "b.md").unlink()
    steps = find_steps(made, NOTHING, text_version=1)
    assert told(steps) == [("a.md", "unchanged"), ("c.txt", "unchanged"), ("never.md", "new")]
    assert [each.name for each in steps.vanished] == ["b"]


def test_a_folder_that_vanished_takes_its_documents_along(docs: Path, tmp_path: Path) -> None:
    made = made_of(docs, docs)
    docs.rename(tmp_path / "elsewhere")
    steps = find_steps(made, NOTHING, text_version=1)
    assert (list(steps), len(steps.vanished)) == ([], 3)


def test_a_pattern_is_asked_again(docs: Path) -> None:
    made = manifest(docs / "*.md", sources=[record(docs / "a.md"), record(docs / "b.md")])
    (docs / "bb.md").write_text("Bilges leak.")
    steps = find_steps(made, NOTHING, text_version=1)
    assert told(steps) == [("a.md", "unchanged"), ("b.md", "unchanged"), ("bb.md", "new")]


def test_two_ways_to_a_file_are_one_document(docs: Path) -> None:
    (docs / "link.md").symlink_to(docs / "a.md")
    made = made_of(docs, docs / "a.md", docs)
    assert told(find_steps(made, NOTHING, text_version=1)) == [
        (name, "unchanged") for name in TEXTS
    ]


def test_a_document_keeps_its_name(docs: Path) -> None:
    (docs / "link.md").symlink_to(docs / "a.md")
    made = made_of(docs, docs / "link.md", docs)
    first, *_ = find_steps(made, NOTHING, text_version=1)
    assert (first.found, first.why, first.name) == (
        str(docs / "link.md"),
        "unchanged",
        "a",
    )
    second = msgspec.structs.replace(made, sources=(record(docs / "a.md", name="a-2"),))
    request = ReadRequest(paths=(str(docs / "a.md"),), tags={}, ocr_languages=None)
    second = msgspec.structs.replace(second, request=request)
    assert told(find_steps(second, NOTHING, text_version=1)) == [("a.md", "unchanged")]


def test_another_text_version_reads_unchanged_documents(docs: Path) -> None:
    steps = find_steps(made_of(docs), NOTHING, text_version=2)
    assert told(steps) == [(name, "new text version") for name in TEXTS]
    assert all(step.is_read for step in steps)


class HalfDown:
    """A bucket of which one folder cannot be listed."""

    def find(self, url: str) -> list[str]:
        if url == "s3://town/docs":
            raise InputError("no connection")
        return ["s3://town/docs/new.md", "s3://town/kept.md"]

    def fetch(self, url: str, known: Version | None = None) -> Fetched | None:
        assert url != "s3://town/docs/old.md"
        return None if known else Fetched(url=url, file=Path("x"), sha256="0", version=Version())


def test_only_documents_of_a_folder_that_cannot_be_listed_are_kept_unseen(docs: Path) -> None:
    before = [
        msgspec.structs.replace(record(docs / "a.md"), path=path, version=Version(etag="1"))
        for path in ("s3://town/docs/old.md", "s3://town/kept.md", "s3://town/gone.md")
    ]
    made = manifest("s3://town/docs", "s3://town", sources=before)
    steps = find_steps(made, HalfDown(), text_version=1)
    assert [(step.path, step.why) for step in steps] == [
        ("s3://town/docs/old.md", "unchanged"),
        ("s3://town/docs/new.md", "new"),
        ("s3://town/kept.md", "unchanged"),
    ]
    assert [each.path for each in steps.vanished] == ["s3://town/gone.md"]
    assert steps.faults == {"s3://town/docs": "no connection"}
    assert not steps.is_idle()
