"""Files of questions in, `QuestionSet`s out, and back. One module for each format.

    jsonl   one case a line, with the fields of `Case`
    csv     the same in columns
    beir    a folder: corpus.jsonl, queries.jsonl, qrels/*.tsv
    squad   SQuAD 2.0
    ragas   samples of RAGAS, in JSON lines or CSV

Values that a format has no field for go under the key `ragguide`, which other programs ignore. So a
set survives the way into any format and back without loss.
"""

from pathlib import Path
from typing import Protocol

from ragguide.errors import InputError, UsageError
from ragguide.evaluate.cases import QuestionSet
from ragguide.evaluate.formats import beir, delimited, jsonl, ragas, squad
from ragguide.evaluate.formats.source import Source


class Format(Protocol):
    """A file format for questions."""

    name: str
    keeps_documents: bool  # if false, it stores questions only

    def reads(self, source: Source) -> bool:
        """Return whether the source looks like this format."""
        ...

    def read(self, source: Source) -> QuestionSet:
        """Read all well-formed questions; errors in the others become the set's faults.

        Raises:
            InputError: nothing can be read.
        """
        ...

    def write(self, questions: QuestionSet, path: Path) -> None:
        """Write a set, so that `read` returns an equal one.

        Raises:
            UsageError: the format cannot store something in the set.
        """
        ...


# In the order in which they are tried: a line of JSON is a RAGAS sample or, if not, a case.
FORMATS: tuple[Format, ...] = (
    beir.Beir(),
    squad.Squad(),
    ragas.Ragas(),
    delimited.Delimited(),
    jsonl.JsonLines(),
)


def find_format(name: str) -> Format:
    """Return the format with this name.

    Raises:
        UsageError: there is no such format.
    """
    for each in FORMATS:
        if each.name == name:
            return each
    raise UsageError(
        f"unknown format {name!r}. Choose one of {', '.join(each.name for each in FORMATS)}."
    )


def read_questions(source: Source) -> QuestionSet:
    """Read a set, and detect its format.

    Raises:
        InputError: nothing can be read.
    """
    for each in FORMATS:
        if each.reads(source):
            return each.read(source)
    raise InputError(
        f"no questions in the folder {source.path}: it has no queries.jsonl, so it is not a BEIR "
        "folder. Name a file of questions."
    )
