"""The whole of ragguide on PostgreSQL and on S3: the same hits and answers as on files."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ragguide import Guide
from ragguide.types import Answer
from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line
from tests.postgres import Server, postgres
from tests.s3 import Server as Bucket
from tests.s3 import s3

HARBOUR = """# Harbour

## Ferries

The north ferry crosses the strait twice a day. It carries 40 passengers.

## Berths

A berth costs 12 crowns a night.
"""
QUESTIONS = [
    "How much do Spot Instances save?",
    "What is a feature store?",
    "which instance types have GPUs",
    "who won the world cup in 1974",
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as started:
        yield started


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with s3() as started:
        yield started


@pytest.fixture(params=["postgresql", "s3"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("server").new_database())
    return str(request.getfixturevalue("bucket").new_prefix())


class Town:
    """A folder with a document, and a store of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._url = url

    def write(self, text: str) -> None:
        (self.folder / "harbour.md").write_text(text)

    def run(self, *words: object, code: int = 0) -> str:
        """Run a command; return what it printed."""
        done = ragguide(*words, cwd=self.folder, RAGGUIDE_STORE=self._url)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr


@pytest.mark.model
def test_every_command_works_on_a_store(url: str, tmp_path: Path) -> None:
    town = Town(tmp_path, url)
    place = url.partition("?")[0]
    run = town.run
    town.write(HARBOUR)
    assert run("index", "list").startswith(f"No indexes in {place}")
    assert f"there is no index 'default' in {place}" in run("search", "ferry", code=7)
    assert run("ingest", "harbour.md").startswith("default/000001: harbour")
    assert not (tmp_path / "indexes").exists()
    assert run("ingest", "harbour.md").startswith("default/000001 is up to date")
    hits = json.loads(run("search", "what does a berth cost", "--json"))
    assert hits["index"] == "default/000001"
    assert "12 crowns" in hits["hits"][0]["text"]
    town.write(HARBOUR.replace("12 crowns", "13 crowns"))
    assert "has changed since the index" in run("query", "berths", "--quotes", "--json")
    assert "12 → 13" in run("update")
    assert "13 crowns" in run("query", "what does a berth cost", "--quotes")
    assert "default/000001 is now in use" in run("index", "rollback")
    assert "12 crowns" in run("query", "what does a berth cost", "--quotes")
    shown = json.loads(run("index", "show", "--json"))
    assert [each["generation"] for each in shown["generations"]] == [1, 2]
    assert shown["path"] == f"{place}/default"
    assert run("index", "verify").count("  ok\n") == 2
    assert "default: removed 000002" in run("index", "prune", "--keep", "1")
    assert run("index", "list").startswith("default ")
    assert run("index", "remove", "default", "--yes") == "removed the index 'default'\n"
    assert run("index", "list").startswith(f"No indexes in {place}")


@pytest.mark.model
def test_a_guide_gives_the_same_hits_and_answers_from_a_store(guide: Guide, url: str) -> None:
    tolerance = 1e-3 if url.startswith("postgresql") else 1e-5  # half vectors, or as on files
    settings = msgspec.structs.replace(guide.settings, store=url)
    report = guide.recut(settings)
    assert report.n_chunks == guide.manifest.n_chunks
    other = Guide.open(settings=settings)
    for question in QUESTIONS:
        for ours, theirs in zip(other.search(question), guide.search(question), strict=True):
            assert ours.chunk == theirs.chunk
            assert ours.score == pytest.approx(theirs.score, abs=tolerance)
            assert ours.confidence == theirs.confidence
        ours_answer = other.query(question, quotes_only=True)
        theirs_answer = guide.query(question, quotes_only=True)
        assert said(ours_answer) == said(theirs_answer)
    assert other.is_current()


def said(answer: Answer) -> tuple[object, ...]:
    return answer.refused, answer.refusal, answer.absent, answer.quotes, answer.citations


def test_a_server_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    done = ragguide(
        "search", "ferry", "--store", f"postgresql://ann@/town?host={tmp_path}", cwd=tmp_path
    )
    assert done.returncode == 3
    assert one_line(done.stderr).startswith(
        "ragguide: cannot reach postgresql://ann@/town/default: "
    )


def test_a_bucket_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("obstore", reason="no S3: `pip install pylance obstore` fails here")
    keys = {"AWS_ACCESS_KEY_ID": "a-key", "AWS_SECRET_ACCESS_KEY": "a-secret"}
    there = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = ragguide("search", "ferry", "--store", "s3://town/x", cwd=tmp_path, **keys, **there)
    assert done.returncode == 3
    assert one_line(done.stderr).startswith("ragguide: cannot reach s3://town/x: no connection. ")


def test_a_projects_file_names_no_store(tmp_path: Path) -> None:
    (tmp_path / "ragguide.toml").write_text('store = "postgresql://eve@host/db"\n')
    done = ragguide("search", "ferry", cwd=tmp_path)
    assert done.returncode == 3
    assert "names a store, which would receive text of your guide" in one_line(done.stderr)
