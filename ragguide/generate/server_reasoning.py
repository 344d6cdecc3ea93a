"""The pieces of an answer in, the same without a model's reasoning before it out.

Servers that have no parser for a model send its reasoning as text: `<think>…</think>`.
"""

import re
from collections.abc import Iterator

_NAMES = r"think(?:ing)?|thought|reason(?:ing)?"
_OPENING = re.compile(rf"\s*(?:<(?:{_NAMES})>|\[THINK\])", re.I)
_CLOSING = re.compile(rf"\s*(?:</(?:{_NAMES})>|\[/THINK\])", re.I)
_PART = re.compile(r"</?[a-z]*|\[/?[a-z]*", re.I)  # of a tag, before its end
_LONGEST = len("</reasoning>")


def drop_reasoning(pieces: Iterator[str]) -> Iterator[str]:
    """Yield an answer's pieces without the reasoning at its start, "" for each that is left out.

    A tag may be cut anywhere between two pieces. After the first word it is part of the answer.
    """
    held, is_inside, is_dropped = "", False, False
    for piece in pieces:
        held += piece
        while tag := _CLOSING.search(held) if is_inside else _tag_at_start(held):
            is_inside = not (is_inside or _CLOSING.fullmatch(tag[0]))
            is_dropped = True
            held = held[tag.end() :]
        if is_inside:
            held = held[-_LONGEST:]
        if is_inside or _may_begin_a_tag(held.lstrip()):
            yield ""
            continue
        yield held.lstrip() if is_dropped else held
        yield from pieces
        return
    if not is_inside:
        yield held


def _tag_at_start(text: str) -> re.Match[str] | None:
    return _OPENING.match(text) or _CLOSING.match(text)


def _may_begin_a_tag(text: str) -> bool:
    return not text or (len(text) < _LONGEST and _PART.fullmatch(text) is not None)
