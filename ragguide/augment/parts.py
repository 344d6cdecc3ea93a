"""Answers to the parts of a question in, one answer to the whole question out. No I/O."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest

import msgspec

from ragguide.augment.citations import MARK, MARKS
from ragguide.types import Answer, Citation, Found, Hit

_VERDICT = re.compile(r"\A(?:Yes|No)\. ")


class Merged(msgspec.Struct, frozen=True):
    """The quotes of several answers in one order, and the new marks of each answer."""

    quotes: tuple[Citation, ...]
    marks: tuple[Mapping[int, int], ...]  # for each answer: its mark to the merged one


def merge_found(parts: Sequence[Found], *, n_hits: int) -> Found:
    """Return the search results of several questions as those of one, with `n_hits` hits."""
    chances = [part.chance for part in parts if part.chance is not None]
    return Found(
        hits=_hits(part.hits for part in parts)[:n_hits],
        quotes=_merge([part.quotes for part in parts]).quotes,
        refused=all(part.refused for part in parts),
        chance=max(chances, default=None),
        looked_for=_each_once(part.looked_for for part in parts),
        absent=_each_once(part.absent for part in parts),
    )


def merge_answers(
    question: str, asked: Sequence[str], parts: Sequence[Answer], *, n_hits: int
) -> Answer:
    """Return the answers to the parts of a question as its answer, each on lines of its own.

    A part that the guide does not answer is named, unless it answers none.

    Args:
        question: as the user typed it.
        asked: the parts.
        parts: the answer to each.
        n_hits: number of hits to return.
    """
    merged = _merge([_quotes_of(part) for part in parts])
    found = merge_found([_found(part) for part in parts], n_hits=n_hits)
    return Answer(
        question=question,
        answer=_text(asked, parts, merged),
        refused=found.refused,
        refusal=parts[0].refusal if found.refused else "",
        chance=found.chance,
        looked_for=found.looked_for,
        absent=found.absent,
        quotes=merged.quotes,
        citations=_cited(parts, merged),
        hits=found.hits,
        model=next(filter(None, (part.model for part in parts)), None),
        index=parts[0].index,
        timings_s=_sums(part.timings_s for part in parts),
        tokens={name: int(n) for name, n in _sums(part.tokens for part in parts).items()},
        degraded=_each_once(part.degraded for part in parts),
        warnings=_each_once(part.warnings for part in parts),
    )


def _cited(parts: Sequence[Answer], merged: Merged) -> tuple[Citation, ...]:
    pairs = zip(parts, merged.marks, strict=True)
    cited = {marks[each.mark] for part, marks in pairs for each in part.citations}
    return tuple(each for each in merged.quotes if each.mark in cited)


def _text(asked: Sequence[str], parts: Sequence[Answer], merged: Merged) -> str:
    if not any(part.answer for part in parts):
        return ""
    lines = [
        _open_part(text) if part.refused else _marked(part.answer, marks)
        for text, part, marks in zip(asked, parts, merged.marks, strict=True)
    ]
    # "No." with what another part says answers this one no better than without a verdict
    lines = [
        _open_part(text) if _VERDICT.sub("", line) in {*lines} - {line} else line
        for text, line in zip(asked, lines, strict=True)
    ]
    return "\n".join(dict.fromkeys(filter(None, lines)))


def _open_part(text: str) -> str:
    return f"The guide does not say: {text}"


def _found(part: Answer) -> Found:
    return Found(
        hits=part.hits,
        quotes=part.quotes,
        refused=part.refused,
        chance=part.chance,
        looked_for=part.looked_for,
        absent=part.absent,
    )


def _quotes_of(part: Answer) -> tuple[Citation, ...]:
    shown = {each.mark for each in part.quotes}
    return (*part.quotes, *(each for each in part.citations if each.mark not in shown))


def _merge(parts: Sequence[Sequence[Citation]]) -> Merged:
    """Take the best quote of each part, then the second of each, and so on; each only once."""
    quotes: dict[tuple[str, int, str], Citation] = {}
    marks: list[dict[int, int]] = [{} for _ in parts]
    for rank in zip_longest(*parts):
        for each, own in zip(rank, marks, strict=True):
            if each is not None:
                key = (each.document, each.page_first, each.quote)
                if key not in quotes:
                    quotes[key] = msgspec.structs.replace(each, mark=len(quotes) + 1)
                own[each.mark] = quotes[key].mark
    return Merged(tuple(quotes.values()), tuple(marks))


def _marked(text: str, marks: Mapping[int, int]) -> str:
    """Return an answer's text with the merged marks; other numbers in brackets stay."""

    def renumber(match: re.Match[str]) -> str:
        found = [int(number) for number in MARK.findall(match[1])]
        if not all(number in marks for number in found):
            return match[0]
        return " " + "".join(f"[{marks[number]}]" for number in found)

    return MARKS.sub(renumber, text)


def _hits(parts: Iterator[tuple[Hit, ...]]) -> tuple[Hit, ...]:
    ranks = chain.from_iterable(zip_longest(*parts))
    by_chunk = {hit.chunk.id: hit for hit in ranks if hit is not None}
    return tuple(
        msgspec.structs.replace(hit, rank=rank) for rank, hit in enumerate(by_chunk.values(), 1)
    )


def _each_once(parts: Iterator[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(parts)))


def _sums(parts: Iterator[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for name, value in part.items():
            total[name] = round(total.get(name, 0) + value, 3)
    return total
