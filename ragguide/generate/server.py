"""Prompt pieces in, a stream of text out, by a server that implements OpenAI's protocol."""

from collections.abc import Iterator, Sequence

from ragguide.errors import ModelError
from ragguide.generate.server_client import ServerClient
from ragguide.generate.server_events import Limit, printable
from ragguide.generate.server_reasoning import drop_reasoning
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
        self._was_cut = False
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

        It ends at `until`, whatever the server does then. Reasoning before the answer is left out.
        The server decides what it reuses of earlier prompts, and cannot be made to begin with one
        of some texts.

        Raises:
            ModelError: the server cannot be reached, refuses, breaks off, or reasons until
                `max_tokens`.
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
        n_pieces = 0
        limits: list[Limit] = []
        texts = _texts(self._client.stream(request, until), limits)
        for piece in drop_reasoning(texts):
            if not piece:
                continue
            if n_pieces == max_tokens:  # the server goes on beyond it
                limits.append(Limit())
                break
            n_pieces += 1
            yield piece
        if limits and not n_pieces:
            raise ModelError(
                f"the server {self._client.url} spent its {max_tokens} tokens on reasoning. Turn "
                "its reasoning off, or choose another model."
            )
        self._was_cut |= bool(limits)

    def take_shortfalls(self) -> tuple[str, ...]:
        """Return a line if the server cut a draft at its limit since the last call."""
        was_cut, self._was_cut = self._was_cut, False
        return (f"cut off: {self.name} reached the limit of answer_tokens.",) if was_cut else ()


def _texts(events: Iterator[str | Limit], limits: list[Limit]) -> Iterator[str]:
    """Yield the texts of an answer; collect its limit."""
    for event in events:
        if isinstance(event, Limit):
            limits.append(event)
        else:
            yield event
