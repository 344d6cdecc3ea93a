"""Accepted questions on disk, and a record of the proposals that were skipped.

questions.jsonl           accepted questions; each line is written at once
questions.jsonl.skipped   hashes of skipped proposals, so that they are not proposed again
"""

import hashlib
from pathlib import Path

import msgspec

from ragguide.errors import InputError, StorageError
from ragguide.evaluate.answers import fold
from ragguide.evaluate.draft.proposal import Proposal
from ragguide.evaluate.formats.jsonl import JsonLines
from ragguide.evaluate.formats.source import open_source
from ragguide.evaluate.records import Case, encode_lines

DRAFT = "draft"  # key in a case's metadata: nobody has reviewed the case


class QuestionFile:
    """A JSON lines file that accepted questions are appended to."""

    def __init__(self, path: Path) -> None:
        """Read the questions that are already in the file.

        Raises:
            InputError: it is not a file of questions, or some of them are malformed.
        """
        self.path = path
        self.cases: list[Case] = []
        if path.exists() and path.stat().st_size:
            questions = JsonLines().read(open_source(path))
            if questions.faults:
                raise InputError(
                    f"{path}: {questions.faults[0]}. Fix the file (`ragguide eval check` lists all "
                    "errors), or choose another --output."
                )
            self.cases = list(questions.cases)
        self._skipped_path = path.with_name(f"{path.name}.skipped")
        self._skipped = set[str]()
        if self._skipped_path.exists():
            self._skipped = set(self._skipped_path.read_text("utf-8").split())
        self._asked = {fold(case.question) for case in self.cases}
        self._evidence = {fold(quote) for case in self.cases for quote in case.quotes}

    def knows(self, proposal: Proposal) -> bool:
        """Return whether a proposal was skipped, or repeats a question or quote of the file."""
        return (
            _digest(proposal) in self._skipped
            or fold(proposal.case.question) in self._asked
            or fold(proposal.case.evidence) in self._evidence
        )

    def accept(self, case: Case, proposal: Proposal, *, is_draft: bool) -> None:
        """Append a case, under the next free id.

        Raises:
            StorageError: the file cannot be written.
        """
        metadata = {"by": proposal.by} | ({DRAFT: True} if is_draft else {})
        case = msgspec.structs.replace(case, id=self._next_id(), metadata=metadata)
        self._append(self.path, encode_lines([case]))
        self.cases.append(case)
        self._asked |= {fold(case.question), fold(proposal.case.question)}
        self._evidence |= {fold(quote) for quote in case.quotes}

    def skip(self, proposal: Proposal) -> None:
        """Record that a proposal was skipped.

        Raises:
            StorageError: the file of skipped proposals cannot be written.
        """
        digest = _digest(proposal)
        self._append(self._skipped_path, f"{digest}\n".encode())
        self._skipped.add(digest)

    def _next_id(self) -> str:
        taken = {case.id for case in self.cases}
        number = len(taken) + 1
        while (name := f"d{number:03d}") in taken:
            number += 1
        return name

    def _append(self, path: Path, line: bytes) -> None:
        try:
            with path.open("ab+") as file:
                if file.tell():
                    file.seek(-1, 2)
                    if file.read(1) != b"\n":  # an editor may have dropped the last line end
                        line = b"\n" + line
                file.write(line)
        except OSError as exc:
            raise StorageError(f"cannot write {path}: {exc.strerror or exc}.") from exc


def _digest(proposal: Proposal) -> str:
    return hashlib.sha256(proposal.key.encode()).hexdigest()[:16]
