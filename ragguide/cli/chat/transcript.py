"""Answers in, a conversation as Markdown out."""

from collections.abc import Iterator, Sequence

from ragguide.cli.render import section_of
from ragguide.types import Answer, Citation


def transcript(answers: Sequence[Answer]) -> str:
    """Questions and answers as Markdown, each with its sources."""
    return "\n".join(part for answer in answers for part in _parts(answer))


def sources_of(answer: Answer) -> Sequence[Citation]:
    """The sources that an answer cites; without a generated answer, its quotes."""
    return answer.citations or answer.quotes


def _parts(answer: Answer) -> Iterator[str]:
    yield f"## {answer.question}\n"
    if answer.refused:
        yield "The guide does not say.\n"
    if answer.answer:
        yield f"{answer.answer}\n"
    for source in sources_of(answer):
        place = f"{source.document}, {source.locator}" if source.locator else source.document
        section = f" · {section_of(source)}" if source.section else ""
        yield f"- [{source.mark}] {place}{section}: “{source.one_line}”"
    yield ""
