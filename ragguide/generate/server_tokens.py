"""Texts in, numbers that a prompt consists of out, and back: estimates of a server's tokens.

A server has its own template and tokenizer. So a token here is a short piece of text, as a number.
What looks like a special token is broken up: `<|im_end|>` becomes `< |im_end|>`. The server's real
special tokens are unknown here, so one of another shape would not be broken up.
"""

import re
from collections.abc import Iterator, Sequence

# A piece is about one token: 1.11 pieces per token of Qwen in English prose, 1.08 of SmolLM2; in 19
# of 20 sentences at least .85. Every character outside of ASCII counts as one.
_PIECE = re.compile(r"\s*(?:[A-Za-z_]{1,6}|[0-9]{1,2}|\S)|\s+")
_SPECIAL = re.compile(r"<(?=[^\s<>]{1,40}>)|\[(?=/?[A-Z_]{2,30}\])")  # <|…|>, </s>, [INST], <<SYS>>
_TURN = 0  # begins a message; a piece is at least 256


def count_pieces(text: str) -> int:
    """Estimate the length of `text` in tokens."""
    return len(_PIECE.findall(text))


def encode_messages(system: str, user: str) -> tuple[int, ...]:
    """Return two messages as numbers, with special tokens broken up."""
    return *(_TURN, *_encode(system)), *(_TURN, *_encode(user)), _TURN


def decode_messages(tokens: Sequence[int]) -> tuple[str, str]:
    """Return the messages of the system and the user."""
    messages: list[bytes] = []
    for token in tokens:
        if token == _TURN:
            messages.append(b"")
        else:
            messages[-1] += token.to_bytes((token.bit_length() + 7) // 8)[1:]
    system, user, _ = messages
    return system.decode("utf-8"), user.decode("utf-8")


def _encode(text: str) -> Iterator[int]:
    """Yield a text's pieces as numbers; a leading 1 keeps them apart from `_TURN`."""
    for piece in _PIECE.findall(_SPECIAL.sub(r"\g<0> ", text)):
        yield int.from_bytes(b"\x01" + piece.encode("utf-8", "replace"))
