"""The `openai` client, as it is, against a running server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import openai
import pytest

from ragguide import Guide
from tests.fakes import FakeGenerator
from tests.serve.serving import FOREIGN, KENDRA, make_services, running, use_generator

pytestmark = pytest.mark.model
HOW = "How does Amazon Kendra return passages?"  # no rule answers it
WRITTEN = "The Retrieve API of Kendra returns up to 100 passages for a query."
QUOTES = {"ragguide": {"quotes_only": True}}


@pytest.fixture(scope="module")
def address(guide: Guide) -> Iterator[str]:
    with running(make_services(guide)) as (address, _):
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="unused", max_retries=0) as client:
        yield client


def asked(*questions: str) -> list[Any]:
    turns: list[Any] = [{"role": "system", "content": "You are a pirate."}]
    for question in questions:
        turns += [{"role": "user", "content": question}, {"role": "assistant", "content": "…"}]
    return turns[:-1]


def test_models_are_the_indexes(client: openai.OpenAI, guide: Guide) -> None:
    (model,) = client.models.list()
    assert datetime.fromtimestamp(model.created, UTC).isoformat() == guide.manifest.created
    assert model.id == "default"
    assert client.models.retrieve("default") == model
    assert model.ragguide["index"] == guide.index_name  # type: ignore[attr-defined]
    with pytest.raises(openai.NotFoundError, match=r"no index 'other' here\. Use: default"):
        client.models.retrieve("other")


def test_a_written_answer_cites_pages(
    client: openai.OpenAI, address: str, guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_generator(guide, FakeGenerator(WRITTEN), monkeypatch)
    reply = client.chat.completions.create(model="default", messages=asked(HOW))
    (choice,) = reply.choices
    text = choice.message.content
    assert text is not None
    assert text.startswith(WRITTEN)
    assert reply.ragguide["model"] == "fake-generator"  # type: ignore[attr-defined]
    assert choice.finish_reason == "stop"
    assert reply.usage is not None
    assert reply.usage.completion_tokens > 0
    assert choice.message.annotations
    for annotation in choice.message.annotations:
        cited = annotation.url_citation
        mark = int(text[cited.start_index : cited.end_index].strip("[]"))
        (citation,) = (each for each in reply.ragguide["citations"] if each["mark"] == mark)  # type: ignore[attr-defined]
        page = citation["page_first"]
        assert cited.url == f"{address}/documents/guide.pdf#page={page}"
        assert cited.title == f"guide, {citation['locator']}"


def test_a_streamed_answer_is_the_same(
    client: openai.OpenAI, guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_generator(guide, FakeGenerator(WRITTEN), monkeypatch)
    whole = client.chat.completions.create(model="default", messages=asked(HOW))
    stream = client.chat.completions.create(
        model="default",
        messages=asked(HOW),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert choices[0].delta.role == "assistant"
    assert "".join(each.delta.content or "" for each in choices) == whole.choices[0].message.content
    assert [each.finish_reason for each in choices if each.finish_reason] == ["stop"]
    annotations = choices[-1].delta.annotations  # type: ignore[attr-defined]
    expected = whole.choices[0].message.annotations
    assert expected is not None
    assert annotations == [each.model_dump() for each in expected]
    assert chunks[-1].usage == whole.usage
    fields = chunks[-2].ragguide  # type: ignore[attr-defined]
    assert without_times(fields) == without_times(whole.ragguide)  # type: ignore[attr-defined]
    found = chunks[0].ragguide["found"]  # type: ignore[attr-defined]
    assert found == {"quotes": fields["quotes"], "refused": False}


def without_times(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "timings_s"}


def test_quotes_alone_are_an_answer(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(
        model="default", messages=asked(KENDRA), extra_body=QUOTES
    )
    text = reply.choices[0].message.content
    assert text is not None
    first = reply.ragguide["quotes"][0]  # type: ignore[attr-defined]
    assert text.splitlines()[0] == f"“{first['quote']}” [1]"
    assert len(reply.choices[0].message.annotations or ()) == len(text.splitlines())


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_refusal_is_a_normal_answer(client: openai.OpenAI, is_streamed: bool) -> None:
    reply: Any = client.chat.completions.create(
        model="default", messages=asked(FOREIGN), extra_body=QUOTES, stream=is_streamed
    )
    if is_streamed:
        chunks = list(reply)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        fields = chunks[-1].ragguide
    else:
        text, fields = reply.choices[0].message.content, reply.ragguide
    assert fields["refused"] is True
    assert text == fields["refusal"] != ""


def test_earlier_messages_complete_a_follow_up(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(
        model="default",
        messages=asked(KENDRA, "thanks", "and when did it stop taking new customers?"),
        extra_body=QUOTES,
    )
    (note,) = reply.ragguide["warnings"]  # type: ignore[attr-defined]
    assert note == 'Read as "when did Amazon Kendra stop taking new customers?"'


def test_text_parts_are_read_and_others_refused(client: openai.OpenAI) -> None:
    parts: list[Any] = [{"type": "text", "text": KENDRA}]
    reply = client.chat.completions.create(
        model="default", messages=[{"role": "user", "content": parts}], extra_body=QUOTES
    )
    assert reply.ragguide["question"] == KENDRA  # type: ignore[attr-defined]
    parts.append({"type": "image_url", "image_url": {"url": "http://localhost/a.png"}})
    with pytest.raises(openai.BadRequestError, match=r"'image_url'\. ragguide reads text only"):
        client.chat.completions.create(
            model="default", messages=[{"role": "user", "content": parts}]
        )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n": 2}, "set n to 1"),
        ({"response_format": {"type": "json_object"}}, "answers in text, not in 'json_object'"),
        ({"extra_body": {"ragguide": {"qotes": True}}}, "unknown field `qotes`"),
        ({"messages": [{"role": "assistant", "content": "hello"}]}, "last message must be"),
        ({"messages": [{"role": "user", "content": "  "}]}, "the question is empty"),
        ({"messages": []}, "length >= 1"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    client: openai.OpenAI, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=said) as raised:
        client.chat.completions.create(
            **({"model": "default", "messages": asked(KENDRA)} | options)
        )
    body: Any = raised.value.body
    assert body["type"] == "invalid_request_error"
    assert "\n" not in body["message"]


def test_an_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match=r"no index 'gpt-4o' here\.") as raised:
        client.chat.completions.create(model="gpt-4o", messages=asked(KENDRA))
    assert raised.value.code == "model_not_found"


@pytest.mark.parametrize("options", [{}, {"encoding_format": "float"}])  # base64 by default
def test_embeddings_are_those_of_the_guide(
    client: openai.OpenAI, guide: Guide, options: dict[str, Any]
) -> None:
    texts = ["spot instances", "a feature store"]
    for model in ("default", guide.manifest.embedder):
        reply = client.embeddings.create(model=model, input=texts, **options)
        vectors = np.array([each.embedding for each in reply.data], np.float32)
        np.testing.assert_allclose(vectors, guide.embed(texts), atol=1e-6)
    asked = client.embeddings.create(
        model="default", input=texts[0], extra_body={"ragguide": {"kind": "query"}}
    )
    np.testing.assert_allclose(
        asked.data[0].embedding, guide.embed(texts[:1], kind="query")[0], atol=1e-6
    )
    with pytest.raises(openai.BadRequestError, match="has 384 dimensions, not 8"):
        client.embeddings.create(model="default", input="a", dimensions=8)
