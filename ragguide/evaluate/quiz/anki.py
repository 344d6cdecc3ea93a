"""Cases in, a text file that Anki imports out. No I/O.

Source: https://docs.ankiweb.net/importing/text-files.html; file headers need Anki 2.1.54.
"""

import html
from collections.abc import Iterable
from pathlib import PurePath

from ragguide.evaluate.quiz.deck import key_of
from ragguide.evaluate.records import Case

_HEADERS = (
    "#separator:tab\n#html:true\n#notetype:Basic\n#deck:{deck}\n#guid column:1\n#tags column:4\n"
)


def anki_text(cases: Iterable[Case], deck: str) -> str:
    """Return notes of the type Basic: the question; the answer, its page and its quote.

    A note keeps its id, so a second import updates it.
    """
    lines = "".join("\t".join(_fields(case)) + "\n" for case in cases)
    return _HEADERS.format(deck=_one_line(deck)) + lines


def _fields(case: Case) -> tuple[str, ...]:
    quotes = [f"<i>“{_html(quote)}”</i>" for quote in case.quotes]
    back = [_html(answer_of(case)), *quotes, _html(place_of(case))]
    tag = f"ragguide::{case.kind}" if case.kind else "ragguide"
    return (
        f"ragguide-{key_of(case)}",
        _html(case.question),
        "<br>".join(part for part in back if part),
        _one_line(tag).replace(" ", "-"),
    )


def answer_of(case: Case) -> str:
    """The reference answer; without one, its verdict or facts."""
    return case.answer or case.verdict or "; ".join(fact[0] for fact in case.facts)


def place_of(case: Case) -> str:
    """The page of the answer, for people: "guide, p. 4"; empty if the set names none."""
    pages = ", ".join(f"p. {page}" for page in case.pages)
    return ", ".join(part for part in (PurePath(case.document).name, pages) if part)


def _html(text: str) -> str:
    return html.escape(_one_line(text), quote=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())
