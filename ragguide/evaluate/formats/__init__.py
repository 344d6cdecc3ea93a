"""Files of questions in, `QuestionSet`s out, and back. One module a format.

    jsonl   a case a line, as `Case` names its fields
    csv     the same in columns
    beir    a folder: corpus.jsonl, queries.jsonl, qrels/*.tsv
    squad   SQuAD 2.0
    ragas   samples of RAGAS, in JSON lines or CSV

What a set says beyond what its format knows stands under the key `ragguide`, which other programs
pass over; so nothing is lost on the way there and back.
"""

from pathlib import Path
from typing import Protocol

from ragguide.errors import InputError, UsageError
from ragguide.evaluate.cases import QuestionSet
from ragguide.evaluate.formats import beir, delimited, jsonl, ragas, squad
from ragguide.evaluate.formats.source import Source


class Format(Protocol):
    """A way to keep questions in a file or folder."""

    name: str
    keeps_documents: bool  # else only the questions are kept

    def reads(self, source: Source) -> bool:
        """Whether the source looks like one of this format."""
        ...

    def read(self, source: Source) -> QuestionSet:
        """Read all questions; what is wrong with the others becomes the set's faults.

        Raises:
            InputError: nothing of it can be read.
        """
        ...

    def write(self, questions: QuestionSet, path: Path) -> None:
        """Write a set; read again it is the same.

        Raises:
            UsageError: the format has no place for something of the set.
        """
        ...


# In the order in which they are tried: a line of JSON may be a sample of RAGAS or a case.
FORMATS: tuple[Format, ...] = (
    beir.Beir(),
    squad.Squad(),
    ragas.Ragas(),
    delimited.Delimited(),
    jsonl.JsonLines(),
)


def find_format(name: str) -> Format:
    """The format of a name.

    Raises:
        UsageError: there is none.
    """
    for each in FORMATS:
        if each.name == name:
            return each
    raise UsageError(
        f"there is no format {name!r}. Known: {', '.join(each.name for each in FORMATS)}."
    )


def read_questions(source: Source) -> QuestionSet:
    """Read a set in whichever format it is kept.

    Raises:
        InputError: nothing of it can be read.
    """
    for each in FORMATS:
        if each.reads(source):
            return each.read(source)
    raise InputError(
        f"{source.path} is a folder that holds no questions: a BEIR folder has a queries.jsonl."
    )
