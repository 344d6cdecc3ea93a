"""The `mcp` client against a running server and against `ragguide mcp`."""

import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextContent, TextResourceContents

from ragguide import Guide, __version__
from ragguide.serve.agents import TOOLS, Tools, make_server
from ragguide.serve.door import DoorRules
from ragguide.serve.links import NO_SERVER, address_of
from ragguide.serve.resources import read_address
from tests.serve.serving import FOREIGN, KENDRA, make_services, running

pytestmark = pytest.mark.model
TOKEN = "a-token-of-the-tests-1"
Check = Callable[[Client], Awaitable[None]]


async def call(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool; its text must be the JSON of its structured result."""
    result = await client.call_tool(name, arguments)
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    assert json.loads(content.text) == result.structured_content
    found: dict[str, Any] = result.structured_content
    return found


async def check_tools(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"search", "fetch", "query", "list_documents"}
    for tool in tools.values():
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.input_schema["type"] == "object"
        assert tool.output_schema is not None
    assert tools["search"].input_schema["required"] == ["query"]
    assert tools["fetch"].input_schema["required"] == ["id"]


def check_answers(prefix: str) -> Check:
    """Check all tools; addresses of the guide's pages are `prefix` and the page's number."""

    async def check(client: Client) -> None:
        await check_tools(client)
        listed = await call(client, "list_documents")
        (document,) = listed["documents"]
        assert (document["id"], document["n_pages"]) == ("guide", 58)
        assert document["url"] == f"{prefix}1"

        found = await call(client, "search", query=KENDRA, top_k=2)
        assert len(found["results"]) == 2
        assert "+" in found["results"][1]["id"]  # a passage that the search joined of several
        for passage in reversed(found["results"]):
            fetched = await call(client, "fetch", id=passage["id"])
            assert " ".join(passage["text"].split()) in " ".join(fetched["text"].split())
            assert (fetched["title"], fetched["url"]) == (passage["title"], passage["url"])
        first = found["results"][0]
        page = fetched["metadata"]["page_first"]
        assert first["url"] == f"{prefix}{page}"
        alone = await call(client, "fetch", id=f"guide#page={page}")
        assert alone["text"] in fetched["text"]
        whole = await call(client, "fetch", id="guide")
        assert fetched["text"] in whole["text"]
        assert whole["metadata"]["page_last"] == 58

        (resource,) = (await client.list_resources()).resources
        assert (resource.name, resource.uri) == ("guide", "ragguide://default/guide")
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "ragguide://{index}/{document}?page={page}"
        assert await read(client, resource.uri) == whole["text"]
        assert await read(client, f"{resource.uri}?page={page}") == alone["text"]

        answer = await call(client, "query", question=KENDRA, quotes_only=True)
        assert "100 passages" in answer["quotes"][0]["quote"]
        assert answer["quotes"][0]["url"] == f"{prefix}{answer['quotes'][0]['page_first']}"
        refused = await call(client, "query", question=FOREIGN, quotes_only=True)
        assert refused["refused"] is True

    return check


async def read(client: Client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert (content.uri, content.mime_type) == (uri, "text/plain")
    return content.text


async def over_http(address: str, check: Check, token: str = "", mode: str = "auto") -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(headers=headers, timeout=120) as http:
        transport = streamable_http_client(f"{address}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            await check(client)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_tools_over_http(guide: Guide, mode: str) -> None:
    rules = DoorRules(tokens={TOKEN: frozenset()})
    with running(make_services(guide, quotes_only=True), rules) as (address, _):
        anyio.run(
            over_http, address, check_answers(f"{address}/documents/guide.pdf#page="), TOKEN, mode
        )


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_tools_over_stdio(guide: Guide, mode: str) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "ragguide", "mcp", "--quotes"],
        env=dict(os.environ) | {"RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir)},
    )

    async def ask() -> None:
        async with Client(command, mode=mode) as client:
            await check_answers("ragguide://default/guide?page=")(client)

    anyio.run(ask)


def test_wrong_calls_are_results_that_an_agent_can_read(guide: Guide) -> None:
    wrong = {
        "search": ({"query": KENDRA, "top_k": 0}, "Expected `int` >= 1 - at `$.top_k`"),
        "fetch": ({"id": "../../etc/passwd"}, "has no document '../../etc/passwd'"),
        "query": ({"question": " "}, "the question is empty"),
        "list_documents": ({"index": "none"}, "there is no index 'none' here"),
        "erase": ({}, "there is no tool 'erase'"),
    }
    pages = ({"id": f"guide#page={page}"} for page in ("0", "59", "x", "9" * 4400, "-1"))

    async def check() -> None:
        server = make_server(make_services(guide, quotes_only=True), NO_SERVER)
        async with Client(server) as client:
            assert client.server_info.version == __version__
            for name, (arguments, said) in wrong.items():
                assert said in await fault(client, name, arguments)
            for arguments in pages:
                assert "'guide' has pages 1 to 58" in await fault(client, "fetch", arguments)
            for uri, said in {
                "ragguide://default/guide?page=59": "'guide' has pages 1 to 58",
                "ragguide://default/..%2F..%2Fetc%2Fpasswd": "has no document '../../etc/passwd'",
                "ragguide://none/guide": "there is no index 'none' here",
                "ragguide://default/guide?page=1&x=2": "there is no resource",
                "file:///etc/passwd": "there is no resource",
            }.items():
                with pytest.raises(MCPError, match=re.escape(said)):
                    await client.read_resource(uri)
            with pytest.raises(MCPError, match="the cursor '7' is unknown"):
                await client.list_resources(cursor="7")

    anyio.run(check)


async def fault(client: Client, name: str, arguments: dict[str, Any]) -> str:
    result = await client.call_tool(name, arguments)
    assert result.is_error
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_names_of_documents_survive_in_addresses() -> None:
    for name in ("guide", "notes [1]", "a/b c?page=2#x", "日本"):
        assert read_address(address_of("my index", name)) == ("my index", name, None)
        assert read_address(f"{address_of('i', name)}?page=3") == ("i", name, "3")


def test_each_tool_has_a_method() -> None:
    assert {name for name in vars(Tools) if not name.startswith("_")} == set(TOOLS)
