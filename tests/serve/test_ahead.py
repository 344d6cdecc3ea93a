"""Questions that wait together are read together, and each is answered as if it were alone."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from threading import Event

import pytest

from ragguide import Guide
from ragguide.errors import ModelError
from ragguide.serve.ahead import Search
from ragguide.serve.desk import Desk
from ragguide.serve.requests import ChatRequest, Message, QueryRequest, SearchRequest
from ragguide.types import Answer, TextKind
from tests.serve.serving import FOREIGN, KENDRA, PATIENCE_S, make_services

pytestmark = pytest.mark.model
QUESTIONS = (
    KENDRA,
    FOREIGN,
    "spot instances discount",
    "What are the EBS volume types, and how long does a Spot Instance run?",
    "Amazon Kendra vs Amazon Lex",
)


@pytest.fixture
def embedded(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Sequence[str]]]:
    """What the guide embeds, in one list for each call."""
    found: list[Sequence[str]] = []
    embed = guide.embed

    def record(texts: Sequence[str], *, kind: TextKind = "passage") -> object:
        found.append(texts)
        return embed(texts, kind=kind)

    monkeypatch.setattr(guide, "embed", record)
    yield found
    assert not guide._expected


@asynccontextmanager
async def waiting(desk: Desk) -> AsyncIterator[None]:
    """Let searches wait that begin within."""
    gate = Event()
    first = asyncio.create_task(desk.run(lambda: gate.wait(PATIENCE_S)))
    await asyncio.sleep(0)
    yield
    await asyncio.sleep(0)
    gate.set()
    assert await first


def start(work: Coroutine[object, object, object]) -> "asyncio.Task[object]":
    return asyncio.create_task(work)


async def search(desk: Desk, guide: Guide, question: str) -> object:
    return await desk.search(Search(guide, [question]), lambda: guide.search(question))


def test_they_get_what_each_gets_alone(guide: Guide, embedded: list[Sequence[str]]) -> None:
    service = make_services(guide, quotes_only=True).only
    service.desk = Desk(n_searches=1, n_answers=1, timeout_s=PATIENCE_S)
    alone = [guide.query(question, quotes_only=True) for question in QUESTIONS]
    hits = [guide.search(question) for question in QUESTIONS]
    embedded.clear()

    async def ask() -> list[object]:
        async with waiting(service.desk):
            tasks = [start(service.query(QueryRequest(question=q))) for q in QUESTIONS]
            tasks += [start(service.search(SearchRequest(question=q))) for q in QUESTIONS]
        return await asyncio.gather(*tasks)

    found = asyncio.run(ask())
    # One question asks two things, which the search reads as one. No text is embedded twice.
    assert len(embedded[0]) == len(set(embedded[0])) == len(QUESTIONS) + 2
    assert len(embedded) == 2  # the second call is for the sides of the comparison
    n = len(QUESTIONS)
    for fields, answer in zip(found[:n], alone, strict=True):
        assert isinstance(fields, dict)
        assert [each["quote"] for each in fields["quotes"]] == [x.quote for x in answer.quotes]
        assert [x["text"] for x in fields["hits"]] == [x.chunk.text for x in answer.hits]
    for fields, expected in zip(found[n:], hits, strict=True):
        assert isinstance(fields, dict)
        assert [x["text"] for x in fields["hits"]] == [x.chunk.text for x in expected]


def test_a_question_asked_by_many_is_read_once(guide: Guide, embedded: list[Sequence[str]]) -> None:
    desk = Desk(n_searches=2, n_answers=1, timeout_s=PATIENCE_S)

    async def ask() -> list[object]:
        async with waiting(desk), waiting(desk):
            tasks = [start(search(desk, guide, KENDRA)) for _ in range(9)]
        return await asyncio.gather(*tasks)

    found = asyncio.run(ask())
    assert embedded == [[KENDRA]]
    assert found == [guide.search(KENDRA)] * 9


def test_small_talk_is_not_read(guide: Guide, embedded: list[Sequence[str]]) -> None:
    service = make_services(guide, quotes_only=True).only
    messages = [Message(role="user", content="hello")]

    async def ask() -> list[object]:
        request = ChatRequest(model="guide", messages=messages)
        return [event async for event in service.chat(request, guide)]

    (reply,) = asyncio.run(ask())
    assert isinstance(reply, Answer)
    assert reply.answer.startswith("Hello.")
    assert embedded == []


def test_one_that_is_cancelled_is_not_read(guide: Guide, embedded: list[Sequence[str]]) -> None:
    desk = Desk(n_searches=1, n_answers=1, timeout_s=PATIENCE_S)

    async def ask() -> list[object]:
        async with waiting(desk):
            tasks = [start(search(desk, guide, question)) for question in QUESTIONS[:3]]
            await asyncio.sleep(0)
            tasks[1].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, second, third = asyncio.run(ask())
    assert isinstance(second, asyncio.CancelledError)
    assert first
    assert third
    assert embedded == [[QUESTIONS[0], QUESTIONS[2]]]


def test_readers_of_other_guides_are_read_apart(
    guide: Guide, embedded: list[Sequence[str]]
) -> None:
    desk = Desk(n_searches=1, n_answers=1, timeout_s=PATIENCE_S)
    other = guide.under(guide.settings)

    async def ask() -> list[object]:
        async with waiting(desk):
            guides = (guide, other, guide)
            tasks = [start(search(desk, *each)) for each in zip(guides, QUESTIONS, strict=False)]
        return await asyncio.gather(*tasks)

    found = asyncio.run(ask())
    for hits, question in zip(found, QUESTIONS, strict=False):
        assert isinstance(hits, list)
        alone = guide.search(question)
        assert [hit.chunk for hit in hits] == [hit.chunk for hit in alone]
        # Scores have six digits; the last one may differ.
        assert [x.score for x in hits] == pytest.approx([x.score for x in alone], abs=1.1e-6)
    assert embedded[0] == [QUESTIONS[0], QUESTIONS[2]]


def test_each_meets_the_fault_of_the_embedder(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> object:
        raise ModelError("the embedder is gone.")

    monkeypatch.setattr(guide, "embed", fail)
    service = make_services(guide, quotes_only=True).only

    async def ask() -> list[object]:
        tasks = [start(service.search(SearchRequest(question=q))) for q in QUESTIONS]
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert [str(each) for each in asyncio.run(ask())] == ["the embedder is gone."] * len(QUESTIONS)
