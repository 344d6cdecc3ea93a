"""`query --via` and `search --via`: a server's answers, printed as the index's own."""

import json
import logging
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragguide import Guide
from ragguide.serve.door import DoorRules
from tests.cli.inside import ragguide
from tests.serve.serving import (
    FOREIGN,
    KENDRA,
    GatedGenerator,
    make_services,
    running,
    use_generator,
)
from tests.serve.test_safety import TOKEN
from tests.test_layers import HEAVY

pytestmark = pytest.mark.model


@pytest.fixture(scope="module", autouse=True)
def _quiet_server() -> Iterator[None]:
    """The server runs in this process, and would print its log among what the command prints."""
    log = logging.getLogger("ragguide.serve")
    log.propagate = False
    yield
    log.propagate = True


@pytest.fixture(scope="module")
def address(guide: Guide) -> Iterator[str]:
    with running(make_services(guide, quotes_only=True)) as (address, _):
        yield address


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
@pytest.mark.parametrize("question", [KENDRA, FOREIGN, "spot instnaces discount"])
def test_a_query_prints_what_the_index_itself_would(
    form: str, question: str, address: str, guide: Guide
) -> None:
    words = ("query", "--quotes", "--format", form, "--top-k", 3, question)
    own = ragguide(*words, "--indexes-dir", guide.settings.indexes_dir)
    remote = ragguide(*words, "--via", address)
    assert (remote.returncode, remote.stderr) == (own.returncode, own.stderr)
    assert remote.returncode == (4 if question == FOREIGN else 0)
    if form == "json":
        shown, expected = json.loads(remote.stdout), json.loads(own.stdout)
        assert shown.pop("timings_s").keys() == expected.pop("timings_s").keys()
        assert shown == expected
    else:
        assert remote.stdout == own.stdout


@pytest.mark.parametrize("options", [(), ("--explain",), ("--json",), ("--json", "--explain")])
def test_a_search_prints_what_the_index_itself_would(
    options: tuple[str, ...], address: str, guide: Guide
) -> None:
    words = ("search", *options, "--pages", "1-40", "-")
    lines = f"{KENDRA}\n\nspot instnaces discount\n{'x' * 3000}\n"
    own = ragguide(*words, "--indexes-dir", guide.settings.indexes_dir, stdin=lines)
    remote = ragguide(*words, "--via", address, stdin=lines)
    assert remote.stdout == own.stdout
    assert (remote.returncode, remote.stderr) == (2, own.stderr)


def test_changed_sources_are_reported_once(
    address: str, guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide, "stale_note", lambda: "guide.pdf has changed. Run: ragguide update")
    shown = ragguide("query", "--quotes", "--via", address, "-", stdin=f"{KENDRA}\n{KENDRA}\n")
    assert shown.stderr == "ragguide: guide.pdf has changed. Run: ragguide update\n"


def test_a_source_of_an_answer_is_opened_on_the_server(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(opened.append(url)) or True)
    fields = json.loads(ragguide("query", "--json", "--via", address, KENDRA).stdout)
    assert ragguide("open", 1).stdout.startswith(f"{address}/documents/guide.pdf, p. ")
    page = fields["quotes"][0]["page_first"]
    assert opened == [f"{address}/documents/guide.pdf#page={page}"]


def test_a_server_that_is_gone_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for command in ("query", "search"):
        gone = ragguide(command, "--via", f"127.0.0.1:{port}", KENDRA)
        assert gone.returncode == 3
        assert gone.stdout == ""
        assert gone.stderr == (
            f"ragguide: no answer from http://127.0.0.1:{port}: Connection refused. "
            "Start the server: `ragguide serve`.\n"
        )


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--index", "none"), 7, "there is no index 'none' here. Use: default"),
        (("--filter", "document=none"), 2, "no document matches the filter"),
        (("--rerank", "x"), 2, "--rerank has no effect on the server of --via"),
        (("--indexes-dir", "x"), 2, "--indexes-dir has no effect"),
        (("--via", "ftp://127.0.0.1"), 2, "--via 'ftp://127.0.0.1' is not an address"),
        (("--via", "127.0.0.1:port"), 2, "--via '127.0.0.1:port' is not an address"),
        (("--via", "http://["), 2, "--via 'http://[' is not an address"),
        (("--via", "http://a b"), 2, "--via 'http://a b' is not an address"),
    ],
)
def test_faults_have_the_exit_codes_of_the_command(
    options: tuple[str, ...], code: int, message: str, address: str
) -> None:
    shown = ragguide("search", "--via", address, *options, KENDRA)
    assert (shown.returncode, shown.stdout) == (code, "")
    assert shown.stderr.startswith(f"ragguide: {message}")
    assert shown.stderr.count("\n") == 1


def test_a_token_comes_from_the_environment(guide: Guide) -> None:
    rules = DoorRules(tokens={TOKEN: frozenset()})
    with running(make_services(guide, quotes_only=True), rules) as (address, _):
        refused = ragguide("search", "--via", address, KENDRA)
        assert refused.returncode == 2
        assert "needs a valid token. Set it: `export RAGGUIDE_TOKEN=" in refused.stderr
        given = ragguide("search", "--via", address, KENDRA, RAGGUIDE_TOKEN=TOKEN)
        assert (given.returncode, given.stderr) == (0, "")


def test_a_full_queue_and_a_failing_server_are_one_line(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_generator(guide, GatedGenerator(""), monkeypatch)
    with running(make_services(guide, n_answers=0)) as (address, _):
        full = ragguide("query", "--via", address, KENDRA)
    assert full.returncode == 3
    assert full.stderr.startswith("ragguide: 0 answers run or wait, which is the limit.")


def test_it_imports_no_model_library(address: str, tmp_path: Path) -> None:
    code = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
from ragguide.cli.app import main
main()
"""
    words = [sys.executable, "-c", code, "query", "--quotes", "--via", address, KENDRA]
    shown = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path)
    assert shown.returncode == 0
    assert "passages" in shown.stdout
    loaded = {name.split(".")[0] for name in shown.stderr.split()}
    assert loaded & (HEAVY - {"ssl"}) == set()  # http.client imports ssl
    assert "ragguide.guide" not in shown.stderr.split()
