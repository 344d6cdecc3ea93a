"""Prompt pieces in, a stream of text out, by a server that implements OpenAI's protocol."""

import time
from collections.abc import Iterator, Sequence
from itertools import islice

from ragguide.errors import ModelError
from ragguide.generate.server_client import ServerClient
from ragguide.generate.server_events import printable
from ragguide.generate.server_tokens import count_pieces, decode_messages, encode_messages


class ServerGenerator:
    """A model behind `/chat/completions`, asked for its greedy continuation.

    A prompt's tokens are estimates: pieces of text as numbers. Whether the same prompt gives the
    same text depends on the server.
    """

    n_weights = None  # no server states it

    def __init__(self, address: str, *, key: str | None = None, seed: int = 0) -> None:
        """Take a server's address, and ask it for its model unless the address names one.

        Args:
            address: as in `server_client`'s docstring.
            key: sent as a bearer token, never shown.
            seed: for servers that use it.

        Raises:
            ModelError: the address is invalid, the server cannot be reached, or it has not exactly
                one model.
        """
        self._client = ServerClient(address, key=key)
        self._seed = seed
        self.name = f"{self._client.url}#{printable(self._client.model)}"

    def build_prompt(
        self, system: str, user: Sequence[tuple[bool, str]], *, beginning: str = ""
    ) -> tuple[int, ...]:
        """Estimate the tokens of one exchange; the server puts it into its model's template.

        `user` contains (trusted, text) pieces. In all of them, what looks like a special token is
        broken up. The answer's beginning ends the user's message, for the model to continue.
        """
        message = " ".join(filter(None, ("".join(text for _, text in user), beginning)))
        return encode_messages(system, message)

    def count_tokens(self, text: str) -> int:
        """Estimate the length of `text` in tokens."""
        return count_pieces(text)

    def next_logprobs(
        self,
        tokens: Sequence[int],  # noqa: ARG002
        texts: Sequence[str],  # noqa: ARG002
        *,
        until: float | None = None,  # noqa: ARG002
        reuse: bool = False,  # noqa: ARG002
    ) -> list[float] | None:
        """Return None: servers differ in what they tell of a token's probability."""
        return None

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,  # noqa: ARG002
    ) -> Iterator[str]:
        """Yield the continuation piece by piece, as the server sends it.

        It ends at `until`, or with the piece that is being received then. The server decides what
        it reuses of earlier prompts, and cannot be made to begin with one of some texts.

        Raises:
            ModelError: the server cannot be reached, refuses, or breaks off.
        """
        if max_tokens < 1:
            return
        system, user = decode_messages(tokens)
        request = {
            "model": self._client.model,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": user},
            ],
            "max_tokens": max_tokens,
            "temperature": 0,
            "seed": self._seed,
            "stream": True,
        }
        try:
            yield from islice(self._client.stream(request, until), max_tokens)
        except ModelError:
            if until is None or time.monotonic() < until:
                raise
