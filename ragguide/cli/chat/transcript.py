"""Answers in, a conversation as Markdown out."""

from collections.abc import Iterator, Sequence

from ragguide.cli.render import nearest_sections
from ragguide.fields import MOST_STATEMENTS, section_of
from ragguide.types import Answer, Chunk, Citation


def transcript(answers: Sequence[Answer]) -> str:
    """Questions and answers as Markdown, each with its sources."""
    return "\n".join(part for answer in answers for part in _parts(answer))


def sources_of(answer: Answer) -> Sequence[Citation]:
    """The sources that an answer cites; without a generated answer, its quotes.

    Of a refusal that has quotes: the first ones.
    """
    return answer.citations or answer.quotes[: MOST_STATEMENTS if answer.refused else None]


def _parts(answer: Answer) -> Iterator[str]:
    yield f"## {answer.question}\n"
    if answer.refused:
        yield f"{answer.refusal}\n"
        if not answer.quotes:
            yield from (f"- {_place(chunk)}" for chunk in nearest_sections(answer))
    if answer.answer:
        yield f"{answer.answer}\n"
    for source in sources_of(answer):
        yield f"- [{source.mark}] {_place(source)}: “{source.one_line}”"
    yield ""


def _place(place: Chunk | Citation) -> str:
    name = f"{place.document}, {place.locator}" if place.locator else place.document
    return f"{name} · {section_of(place)}" if place.section else name
