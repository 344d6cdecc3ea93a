"""Answers that run: queued, cancelled, finished; and an index that changes meanwhile."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ragguide import Guide, load_settings
from ragguide.cli.app import main
from ragguide.cli.evaluation.replay import GateOfUpdate
from ragguide.cli.watching import Watching, update_once
from ragguide.errors import UsageError
from ragguide.serve.desk import Desk
from ragguide.serve.faults import ServeFault
from ragguide.serve.service import Services
from ragguide.serve.shelf import Library
from tests.serve.serving import (
    FOREIGN,
    PATIENCE_S,
    EndlessGenerator,
    GatedGenerator,
    make_services,
    running,
    use_generator,
    wait_until,
)
from tests.serve.test_safety import Asker

pytestmark = pytest.mark.model
HOW = "How does Amazon Kendra return passages?"
WRITTEN = "The Retrieve API of Kendra returns up to 100 passages for a query."


def test_a_full_queue_is_503_and_searches_go_on(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = GatedGenerator(WRITTEN)
    use_generator(guide, generator, monkeypatch)
    service = make_services(guide, n_answers=2)  # one runs, one waits
    with running(service) as (address, _), ThreadPoolExecutor() as clients:
        ask = Asker(address)
        answers = [clients.submit(ask, "/query", {"question": HOW}) for _ in range(2)]
        wait_until(lambda: service.desk.answers.n_pending == 2)
        status, headers, fields = ask("/query", {"question": HOW})
        assert (status, headers["retry-after"]) == (503, "5")
        assert fields["error"]["code"] == "queue_full"
        body = {"model": "default", "messages": [{"role": "user", "content": HOW}], "stream": True}
        assert ask("/v1/chat/completions", body)[0] == 503
        assert ask("/search", {"question": HOW})[0] == 200
        assert ask("/query", {"question": HOW, "quotes_only": True})[0] == 200
        generator.gate.set()
        for status, _, fields in (answer.result(PATIENCE_S) for answer in answers):
            assert (status, fields["model"]) == (200, "fake-generator")
            assert fields["answer"].startswith(WRITTEN)
        wait_until(lambda: service.desk.answers.n_pending == 0)


@pytest.mark.parametrize("path", ["/query", "/v1/chat/completions", "stream", "/mcp"])
def test_an_answer_is_cancelled_when_its_client_goes(
    path: str, guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = EndlessGenerator()
    use_generator(guide, generator, monkeypatch)
    service = make_services(guide)
    body: dict[str, object] = {"model": "default", "messages": [{"role": "user", "content": HOW}]}
    if path == "/query":
        body = {"question": HOW}
    elif path == "stream":
        path, body = "/v1/chat/completions", body | {"stream": True}
    elif path == "/mcp":
        call = {"name": "query", "arguments": {"question": HOW}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(data)}\r\n"
        "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\r\n"
    )
    with running(service) as (address, _):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as wire:
            wire.sendall(head.encode() + data)
            assert generator.has_begun.wait(PATIENCE_S)
            assert service.desk.answers.n_pending == 1
        wait_until(lambda: service.desk.answers.n_pending == 0)
        assert Asker(address)("/healthz")[0] == 200


def test_many_clients_get_the_answers_that_one_gets(guide: Guide) -> None:
    questions = [HOW, FOREIGN, "spot instances discount", "What are the EBS volume types?"]
    with running(make_services(guide)) as (address, _), ThreadPoolExecutor(16) as clients:
        ask = Asker(address)

        def quotes(question: str) -> object:
            status, _, fields = ask("/query", {"question": question, "quotes_only": True})
            return status, fields.pop("timings_s") and fields

        alone = [quotes(question) for question in questions]
        assert list(clients.map(quotes, questions * 12)) == alone * 12


def test_one_that_waits_is_cancelled_too() -> None:
    async def leave() -> None:
        desk = Desk(n_searches=1, n_answers=2, timeout_s=PATIENCE_S)
        is_open = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait(_: object) -> object:
            asyncio.run_coroutine_threadsafe(is_open.wait(), loop).result()
            return iter([1, 2])

        def never(_: object) -> object:
            raise AssertionError("it was cancelled while it waited")

        async def collect(ask: object) -> list[object]:
            return [event async for event in desk.stream(ask)]  # type: ignore[arg-type]

        first = asyncio.create_task(collect(wait))
        second = asyncio.create_task(collect(never))
        await asyncio.sleep(0)
        assert desk.answers.n_pending == 2
        with pytest.raises(ServeFault, match="2 answers run or wait, which is the limit"):
            await collect(never)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert desk.answers.n_pending == 1
        is_open.set()
        assert await first == [1, 2]
        desk.close()

    asyncio.run(leave())


def test_sigterm_finishes_the_answer_that_runs(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = GatedGenerator(WRITTEN)
    use_generator(guide, generator, monkeypatch)
    with running(make_services(guide)) as (address, server), ThreadPoolExecutor() as clients:
        ask = Asker(address)
        answer = clients.submit(ask, "/query", {"question": HOW})
        assert generator.has_begun.wait(PATIENCE_S)
        server.handle_exit(signal.SIGTERM, None)
        wait_until(lambda: not accepts(ask))
        generator.gate.set()
        status, _, fields = answer.result(PATIENCE_S)
        assert (status, fields["model"]) == (200, "fake-generator")


def accepts(ask: Asker) -> bool:
    try:
        socket.create_connection((ask.host, int(ask.port)), timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True


def test_a_new_generation_is_taken_up_and_running_answers_keep_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "kiln.md"
    source.write_text("# Kiln\n\nThe kiln of the pottery holds 12 trays of clay.\n", "utf-8")
    options = load_settings({"indexes_dir": tmp_path / "indexes"})
    Guide.ingest(source, settings=options)
    guide = Guide.open(settings=options)
    generator = GatedGenerator("The kiln of the pottery holds 12 trays of clay.")
    use_generator(guide, generator, monkeypatch)
    question = {"question": "What does the kiln of the pottery hold?"}
    with running(make_services(guide)) as (address, _), ThreadPoolExecutor() as clients:
        ask = Asker(address)
        running_answer = clients.submit(ask, "/query", question)
        assert generator.has_begun.wait(PATIENCE_S)
        source.write_text("# Kiln\n\nThe kiln of the pottery holds 15 trays of clay.\n", "utf-8")
        Guide.update(settings=options)
        wait_until(lambda: ask("/v1/models")[2]["data"][0]["ragguide"]["index"][-1] == "2")
        _, _, newer = ask("/query", question | {"quotes_only": True})
        generator.gate.set()
        _, _, older = running_answer.result(PATIENCE_S)
    assert (older["index"], newer["index"]) == ("default/000001", "default/000002")
    assert "12 trays" in older["quotes"][0]["quote"]
    assert "15 trays" in newer["quotes"][0]["quote"]


def test_a_damaged_generation_leaves_the_old_one_serving(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = tmp_path / "kiln.md"
    source.write_text("# Kiln\n\nThe kiln holds 12 trays.\n", "utf-8")
    options = load_settings({"indexes_dir": tmp_path / "indexes"})
    Guide.ingest(source, settings=options)
    library = make_services(Guide.open(settings=options)).library
    pointer = tmp_path / "indexes" / "default" / "CURRENT"
    content = pointer.read_bytes()
    pointer.write_bytes(b"damaged")
    for _ in range(2):
        library.refresh()
    assert caplog.text.count("still serving default/000001") == 1
    assert next(iter(library)).search("trays")[0].chunk.document == "kiln"
    pointer.write_bytes(content)
    library.refresh()
    assert next(iter(library)).index_name == "default/000001"


def test_several_indexes_share_their_models(tmp_path: Path) -> None:
    options = load_settings({"indexes_dir": tmp_path / "indexes"})
    for name in ("kiln", "loom"):
        source = tmp_path / f"{name}.md"
        source.write_text(f"# {name.title()}\n\nThe {name} stands in room 5.\n", "utf-8")
        Guide.ingest(
            source, settings=load_settings({"indexes_dir": options.indexes_dir, "index": name})
        )
    library = Library.open(options, ["kiln", "loom"], [frozenset()], quotes_only=True)
    assert len({id(guide.embedder) for guide in library}) == 1
    desk = Desk(n_searches=1, n_answers=1, timeout_s=PATIENCE_S)
    with running(Services(library, desk, quotes_only=True)) as (address, _):
        ask = Asker(address)
        assert [each["id"] for each in ask("/v1/models")[2]["data"]] == ["kiln", "loom"]
        body = {"model": "loom", "messages": [{"role": "user", "content": "Where is the loom?"}]}
        _, _, reply = ask("/v1/chat/completions", body)
        url = reply["choices"][0]["message"]["annotations"][0]["url_citation"]["url"]
        assert url == f"{address}/documents/loom?index=loom"
        assert b"room 5" in ask(url.removeprefix(address))[2]
        assert ask("/documents/loom")[0] == 404
        assert ask("/search", {"question": "loom", "index": "none"})[0] == 404


@pytest.mark.parametrize("command", ["serve", "mcp"])
def test_a_missing_package_is_one_clear_line(command: str) -> None:
    code = f"""
import sys
sys.modules["mcp"] = None
sys.argv = ["ragguide", "{command}"]
from ragguide.cli.app import main
main()
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.startswith("ragguide: the package mcp")
    assert ended.stderr.endswith("is missing. Install it: `pip install 'ragguide[serve]'`.\n")
    assert ended.stderr.count("\n") == 1


def test_watching_serves_changed_sources(tmp_path: Path) -> None:
    source = tmp_path / "kiln.md"
    source.write_text("# Kiln\n\nThe kiln of the pottery holds 12 trays.\n", "utf-8")
    options = load_settings({"indexes_dir": tmp_path / "indexes"})
    Guide.ingest(source, settings=options)
    command = [sys.executable, "-m", "ragguide", "serve", "--port", "0", "--quotes", "--watch"]
    process = subprocess.Popen(
        [*command, "--indexes-dir", str(options.indexes_dir)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stderr is not None
    try:
        ask = Asker(process.stderr.readline().split()[-1])
        source.write_text("# Kiln\n\nThe kiln of the pottery holds 15 trays.\n", "utf-8")
        lines = iter(process.stderr.readline, "")
        assert "ragguide: updated default/000002: read kiln.md\n" in lines
        assert "ragguide: serving default/000002\n" in lines
        _, _, fields = ask("/query", {"question": "What does the kiln of the pottery hold?"})
        assert "15 trays" in fields["quotes"][0]["quote"]
    finally:
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGTERM
    assert "Traceback" not in rest


def test_a_failed_update_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "kiln.md"
    source.write_text("# Kiln\n\nThe kiln holds 12 trays.\n", "utf-8")
    folders = {"indexes_dir": tmp_path / "indexes", "runs_dir": tmp_path / "runs"}
    options = load_settings(folders)
    Guide.ingest(source, settings=options)
    cases = tmp_path / "cases.jsonl"
    fact = {"evidence": "The kiln holds 12 trays.", "facts": [["12 trays"]]}
    cases.write_text(
        json.dumps({"id": "1", "question": "What does the kiln hold?"} | fact), "utf-8"
    )
    update_once(options, None)
    assert capsys.readouterr().err == ""
    source.write_text("# Loom\n\nThe loom stands in room 5.\n", "utf-8")
    update_once(options, GateOfUpdate(cases, options, with_answers=False))
    said = capsys.readouterr().err
    assert "ragguide: default was not updated: " in said
    assert "so default/000001 stays in use." in said
    source.unlink()
    update_once(options, None)
    said = capsys.readouterr().err
    assert said.startswith("ragguide: default was not updated: ")
    assert said.count("\n") == 1
    with pytest.raises(UsageError, match="--gate tests one index"):
        Watching([options, options], tmp_path / "cases.jsonl")
    monkeypatch.setattr(sys, "argv", ["ragguide", "serve", "--gate", "x"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "--gate tests what --watch updates" in capsys.readouterr().err


def test_the_command_serves_until_sigterm(guide: Guide) -> None:
    command = [sys.executable, "-m", "ragguide", "serve", "--port", "0", "--quotes"]
    process = subprocess.Popen(
        [*command, "--indexes-dir", str(guide.settings.indexes_dir)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    try:
        assert line.startswith("ragguide: serving default/000001 at http://127.0.0.1:")
        ask = Asker(line.split()[-1])
        assert ask("/query", {"question": HOW})[2]["quotes"]
    finally:
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGTERM
    assert "POST /query 200" in rest
    assert "Traceback" not in rest
