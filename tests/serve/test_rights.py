"""No door of the server shows a reader anything of what its groups may not read.

Each reader's replies are compared, byte for byte, with those of a server whose index never had the
other documents.
"""

import json
import random
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import pytest

from ragguide import Guide, Settings, load_settings
from ragguide.cli.filters import read_allow
from ragguide.create.read import ReadOptions
from ragguide.serve.desk import Desk
from ragguide.serve.door import DoorRules, read_tokens
from ragguide.serve.service import Services
from ragguide.serve.shelf import Library
from tests.fakes import FakeGenerator
from tests.rights import (
    PAPERS,
    READERS,
    control_of,
    ingest_all,
    markers_hidden_from,
    papers_for,
    without_times,
    write_papers,
)
from tests.serve.serving import PATIENCE_S, running, use_generator

if TYPE_CHECKING:
    from ragguide.base.groups import Groups

SEED = 22
N_ASKED = 4  # requests to each door, for each reader
HOST = "guide.example"
TOKENS = {groups: f"token-of-{'-'.join(groups) or 'nobody'}".ljust(24, "x") for groups in READERS}
RULES = DoorRules(
    names=frozenset({HOST}),
    tokens=read_tokens(
        ", ".join(f"{token} {' '.join(groups)}" for groups, token in TOKENS.items())
    ),
)


class Request(NamedTuple):
    path: str
    body: object = None
    headers: Mapping[str, str] = {}


class Both(NamedTuple):
    """The address of the server of all papers, and of one without the others for each reader."""

    all: str
    never: dict[tuple[str, ...], str]


def send(address: str, groups: tuple[str, ...], request: Request) -> tuple[int, str, list[Any]]:
    """Return status, body and headers, without times."""
    data = None if request.body is None else json.dumps(request.body).encode()
    headers = {"Host": HOST, "Authorization": f"Bearer {TOKENS[groups]}", **request.headers}
    if data is not None:
        headers["Content-Type"] = "application/json"
    asked = urllib.request.Request(address + request.path, data, headers)
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE_S) as reply:
            status, found, body = reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as exc:
        with exc:
            status, found, body = exc.code, exc.headers, exc.read()
    text = without_times(body.decode())
    kept = sorted(
        (name, value)
        for name, value in found.items()
        if name.lower() not in {"date", "content-length"}
    )
    return status, text, kept


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("rights")
    settings = load_settings({"indexes_dir": folder / "indexes"})
    ingest_all(settings, folder / "papers")
    return settings


@pytest.fixture(scope="module")
def both(settings: Settings) -> Iterator[Both]:
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        library = Library.open(settings, [], RULES.readers, quotes_only=True)
        libraries = {
            groups: Library.open(control_of(settings, groups), [], RULES.readers, quotes_only=True)
            for groups in READERS
        }
        for each in (library, *libraries.values()):
            for shelf in each.shelves.values():
                use_generator(shelf.guide(), FakeGenerator(" I found it in the guide [1]."), patch)

        def serve(library: Library) -> str:
            desk = Desk(n_searches=2, n_answers=3, timeout_s=10 * PATIENCE_S)
            address, _ = stack.enter_context(running(Services(library, desk), RULES))
            return address

        yield Both(serve(library), {groups: serve(each) for groups, each in libraries.items()})


# ── what is asked ───────────────────────────────────────────────────────────────────────────────

FRAMES = [
    "What is the {}?", "How many {} are there?", "Is there a {} on the ferry?", "{}",
    "Does the cook know the {}?", "What does {} stand for?", "Who pays the {} and the ticket?",
    "Compare the {} and the ferry.", "List the {}.", "When is the {}?",
]  # fmt: skip
PLAIN = [
    "How many rules are there?", "What are the allowances?", "How many steps are there?",
    "Is rye bread still baked?", "Do horses get a bonus?", "What does a ticket cost?",
    "How many crowns?", "Which documents are there?", "Who keeps the deed?",
]  # fmt: skip


def question(rng: random.Random) -> str:
    """Ask for a word of some document, often mistyped, for its list, its acronym or its name."""
    if rng.random() < 0.3:
        return rng.choice(PLAIN)
    word = rng.choice([mark for paper in PAPERS.values() for mark in paper.markers])
    if rng.random() < 0.5 and len(word) > 4:
        at = rng.randrange(1, len(word) - 1)
        word = rng.choice(
            [f"{word[:at]}{word[at + 1 :]}", f"{word[:at]}e{word[at:]}", word.upper(),
             f"{word[:at]}x{word[at + 1 :]}", f"{word[: at - 1]}{word[at]}{word[at - 1 :]}"]
        )  # fmt: skip
    return rng.choice(FRAMES).format(word)


def name(rng: random.Random) -> str:
    file = rng.choice(list(PAPERS))
    return rng.choice([file.removesuffix(".md"), file, file.removesuffix(".md") + ".pdf", "none"])


def where(rng: random.Random) -> dict[str, object]:
    return rng.choice(
        [{"documents": [name(rng)]}, {"documents": ["*o*"]}, {"tags": {"team": ["x"]}},
         {"sections": [rng.choice(["snarvik", "allowances", "rules", "steps"])]},
         {"page_first": 2}]
    )  # fmt: skip


def filtered(rng: random.Random) -> dict[str, object]:
    return {"filter": where(rng)} if rng.random() < 0.3 else {}


def search(rng: random.Random) -> Request:
    return Request("/search", {"question": question(rng), "explain": True, **filtered(rng)})


def query(rng: random.Random) -> Request:
    return Request("/query", {"question": question(rng), "stream": rng.random() < 0.5,
                              "quotes_only": rng.random() < 0.5, **filtered(rng)})  # fmt: skip


def chat(rng: random.Random) -> Request:
    turns = [question(rng) for _ in range(rng.choice([1, 1, 2]))]
    messages = [{"role": "user", "content": each} for each in turns]
    model = rng.choice(["default", "default", "default", name(rng)])
    return Request("/v1/chat/completions", {"model": model, "messages": messages,
                   "stream": rng.random() < 0.5, "ragguide": filtered(rng)})  # fmt: skip


def listed(rng: random.Random) -> Request:
    paths = ["/documents", "/v1/models", "/v1/models/default", f"/v1/models/{name(rng)}", "/",
             f"/documents?index={name(rng)}", "/healthz", "/page/app.js",
             f"/page/{name(rng)}"]  # fmt: skip
    return Request(rng.choice(paths))


def document(rng: random.Random) -> Request:
    page = rng.choice(["", "?page=1", "?page=2", "?page=x", "?index=none"])
    tag = rng.choice([{}, {"If-None-Match": "*"}, {"Range": "bytes=0-3"}])
    return Request(f"/documents/{quote(name(rng))}{page}", headers=tag)


def embeddings(rng: random.Random) -> Request:
    model = rng.choice(["default", "all-MiniLM-L6-v2", name(rng)])
    return Request("/v1/embeddings", {"model": model, "input": question(rng)})


def agents(rng: random.Random) -> Request:
    tools: list[tuple[str, dict[str, object]]] = [
        ("search", {"query": question(rng)}),
        ("query", {"question": question(rng), "quotes_only": True}),
        ("fetch", {"id": name(rng)}), ("fetch", {"id": f"{name(rng)}#page=1"}),
        ("fetch", {"id": f"{name(rng)}/p0001-01"}), ("list_documents", {}),
    ]  # fmt: skip
    calls: list[tuple[str, dict[str, object]]] = [
        *(("tools/call", {"name": tool, "arguments": given}) for tool, given in tools),
        ("resources/list", {}), ("resources/list", {"cursor": rng.choice("12345")}),
        ("resources/read", {"uri": f"ragguide://default/{quote(name(rng))}"}),
        ("resources/read", {"uri": f"ragguide://default/{quote(name(rng))}?page=1"}),
        ("resources/templates/list", {}), ("tools/list", {}),
    ]  # fmt: skip
    method, given = rng.choice(calls)
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": given}
    accept = {"Accept": "application/json, text/event-stream"}
    return Request("/mcp", body, {**accept, "MCP-Protocol-Version": "2025-06-18"})


DOORS = [search, query, chat, listed, document, embeddings, agents]


@pytest.mark.model
@pytest.mark.parametrize("groups", READERS, ids=str)
def test_replies_are_those_of_an_index_that_never_had_the_rest(
    both: Both, groups: tuple[str, ...]
) -> None:
    rng = random.Random(f"{SEED} {groups}")
    hidden = markers_hidden_from(groups)
    for door in DOORS:
        for _ in range(N_ASKED):
            request = door(rng)
            ours, theirs = (
                send(address, groups, request) for address in (both.all, both.never[groups])
            )
            assert ours == theirs, request
            said = (ours[1] + str(ours[2])).casefold()
            asked = f"{request.path} {json.dumps(request.body)}".casefold()
            assert [mark for mark in hidden if mark in said and mark not in asked] == [], request
            assert ours[0] < 500, request
    ours, theirs = (
        send(address, groups, Request("/metrics"))[1] for address in (both.all, both.never[groups])
    )
    for text in (ours, theirs):
        assert [mark for mark in markers_hidden_from(()) if mark in text.casefold()] == []


@pytest.mark.model
def test_a_reader_of_all_groups_finds_everything(both: Both) -> None:
    for groups in READERS:
        listed = json.loads(send(both.all, groups, Request("/documents"))[1])["documents"]
        assert [each["name"] + ".md" for each in listed] == papers_for(groups)
    body = {"question": "What does a clerk of grade Zorbulan earn?", "quotes_only": True}
    status, text, _ = send(both.all, ("hr",), Request("/query", body))
    assert status == 200
    assert "9,431 crowns" in text


@pytest.mark.model
def test_readers_who_may_read_the_same_share_a_guide(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[Groups] = [
        frozenset(each) for each in ([], ["crew"], ["clerks"], ["crew", "x"], ["hr", "board"])
    ]
    opened = []
    beside = Guide.beside

    def counted(guide: Guide, index: str | None = None, *, groups: str | None = None) -> Guide:
        opened.append(groups)
        return beside(guide, index, groups=groups)

    monkeypatch.setattr(Guide, "beside", counted)
    library = Library.open(settings, [], readers, quotes_only=True)
    assert opened == ["", "crew"]  # the first guide, for all groups, serves who may read everything
    nobody, crew, clerks, crew_too, everything = (library.shelves[each].guide() for each in readers)
    assert nobody is clerks
    assert crew is crew_too
    assert crew is not nobody
    assert len(everything.manifest.sources) == len(PAPERS)
    assert len({id(guide.embedder) for guide in (nobody, crew, everything)}) == 1
    plain = Library.open(control_of(settings, ()), [], readers, quotes_only=True)
    assert len({id(shelf.guide()) for shelf in plain.shelves.values()}) == 1


@pytest.mark.model
def test_a_new_generation_has_new_rights_for_every_reader(tmp_path: Path) -> None:
    settings = load_settings({"indexes_dir": tmp_path / "indexes"})
    write_papers(tmp_path / "papers")
    files = [tmp_path / "papers" / each for each in ("ferry.md", "payroll.md")]

    def ingest(*rules: str) -> None:
        Guide.ingest(*files, settings=settings, options=ReadOptions(allow=read_allow(rules)))

    def names() -> dict[str, list[str]]:
        return {
            ",".join(groups): [source.name for source in shelf.guide().manifest.sources]
            for groups, shelf in library.shelves.items()
        }

    ingest("hr")
    library = Library.open(settings, [], [frozenset(), frozenset({"hr"})], quotes_only=True)
    assert names() == {"": [], "hr": ["ferry", "payroll"]}
    assert library.shelves[frozenset()].guide().query("payroll?", quotes_only=True).refused
    ingest("ferry=everyone", "payroll=board")
    library.refresh()
    assert names() == {"": ["ferry"], "hr": ["ferry"]}
    ingest("everyone")
    library.refresh()
    assert names() == {"": ["ferry", "payroll"], "hr": ["ferry", "payroll"]}
