"""Answers in, OpenAI's chat completions, models and embeddings out. No I/O."""

import base64
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ragguide.guide import Guide
from ragguide.serve.links import Links
from ragguide.types import Answer, Citation

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

_MARK = re.compile(r"\[(\d{1,4})\]")


def text_of(answer: Answer) -> str:
    """Return an answer as text: its own, its refusal, or its quotes with their marks."""
    if answer.refused:
        return answer.refusal
    return answer.answer or "\n".join(
        f"“{quote.one_line}” [{quote.mark}]" for quote in answer.quotes
    )


def annotations_of(answer: Answer, text: str, links: Links) -> list[dict[str, object]]:
    """Return a citation for each mark in the text, with the address of its page."""
    cited = answer.citations if answer.answer else answer.quotes
    by_mark = {citation.mark: citation for citation in cited}
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": found.start(),
                "end_index": found.end(),
                "title": title_of(by_mark[int(found[1])]),
                "url": links.to(by_mark[int(found[1])].document, by_mark[int(found[1])].page_first),
            },
        }
        for found in _MARK.finditer(text)
        if int(found[1]) in by_mark
    ]


def title_of(citation: Citation) -> str:
    """The document and the place in it."""
    return ", ".join(filter(None, (citation.document, citation.locator)))


def usage_of(answer: Answer) -> dict[str, int]:
    prompt, written = answer.tokens.get("prompt", 0), answer.tokens.get("answer", 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
    }


class Completion:
    """The replies to one chat request, whole or in chunks."""

    def __init__(self, model: str) -> None:
        self._id = f"chatcmpl-{uuid.uuid4().hex}"
        self._created = int(time.time())
        self._model = model
        self._sent = ""

    def whole(
        self, answer: Answer, fields: Mapping[str, object], links: Links
    ) -> dict[str, object]:
        """Return the answer as one reply; `fields` are ragguide's own."""
        text = text_of(answer)
        message = {
            "role": "assistant",
            "content": text,
            "refusal": None,
            "annotations": annotations_of(answer, text, links),
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return self._reply("chat.completion", [choice]) | {
            "usage": usage_of(answer),
            "ragguide": fields,
        }

    def first(self, found: Mapping[str, object] | None) -> dict[str, object]:
        """Return the first chunk; it has the quotes that the search found."""
        chunk = self._chunk({"role": "assistant", "content": ""})
        return chunk | ({"ragguide": {"found": found}} if found else {})

    def piece(self, text: str) -> dict[str, object]:
        self._sent += text
        return self._chunk({"content": text})

    def last(
        self,
        answer: Answer,
        fields: Mapping[str, object],
        links: Links,
        *,
        include_usage: bool,
    ) -> Iterator[dict[str, object]]:
        """Yield what the pieces have not said yet, then the citations and ragguide's own fields."""
        text = text_of(answer)
        if not text.startswith(self._sent):  # what is sent cannot be taken back
            text = f"{self._sent}\n\n{text}"
        if rest := text[len(self._sent) :]:
            yield self.piece(rest)
        annotations = annotations_of(answer, text, links)
        yield self._chunk({"annotations": annotations}, finish="stop") | {"ragguide": fields}
        if include_usage:
            yield self._reply("chat.completion.chunk", []) | {"usage": usage_of(answer)}

    def _chunk(self, delta: dict[str, object], *, finish: str | None = None) -> dict[str, object]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return self._reply("chat.completion.chunk", [choice])

    def _reply(self, kind: str, choices: list[dict[str, object]]) -> dict[str, object]:
        return {
            "id": self._id,
            "object": kind,
            "created": self._created,
            "model": self._model,
            "choices": choices,
        }


def model_fields(guide: Guide) -> dict[str, object]:
    """An index as a model of OpenAI's list."""
    return {
        "id": guide.settings.index,
        "object": "model",
        "created": int(datetime.fromisoformat(guide.manifest.created).timestamp()),
        "owned_by": "ragguide",
        "ragguide": {
            "index": guide.index_name,
            "created": guide.manifest.created,
            "n_documents": len(guide.manifest.sources),
            "n_passages": guide.manifest.n_chunks,
            "embedder": guide.manifest.embedder,
            "dim": guide.manifest.dim,
        },
    }


def embeddings_reply(
    vectors: "FloatMatrix", embedder: str, *, encoding: str, n_tokens: int
) -> dict[str, object]:
    """Vectors as OpenAI's list; base64 is of little-endian float32."""
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(vector.astype("<f4").tobytes()).decode()
            if encoding == "base64"
            else vector.tolist(),
        }
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": n_tokens, "total_tokens": n_tokens}
    return {"object": "list", "data": data, "model": embedder, "usage": usage}
