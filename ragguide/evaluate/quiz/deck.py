"""Cases in, those to ask now out; grades in, the day on which each question comes again out.

    PATH    {"schema_version": 1, "cards": {sha256 of question and evidence: card of fsrs}}

Source: FSRS-6, the free spaced repetition scheduler (Ye et al., KDD 2022), as the package fsrs
implements it; without its steps of minutes, because a session is over by then.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from ragguide.errors import InputError, StorageError
from ragguide.evaluate.answers import fold
from ragguide.evaluate.quiz.judge import Grade
from ragguide.evaluate.records import Case
from ragguide.index.durable import write_note

_SCHEMA_VERSION = 1


class _Stored(msgspec.Struct, forbid_unknown_fields=True):
    schema_version: int
    cards: dict[str, dict[str, Any]]


class Deck:
    """The questions that a person has answered. Several sessions may use the file in turn."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def choose(
        self, cases: Sequence[Case], number: int, now: datetime, *, early: bool = False
    ) -> list[Case]:
        """Return the questions to ask: those that are due, longest due first, then new ones.

        `early` adds those that are not due yet, the next first.
        """
        due = self._due_dates()
        asked = sorted(
            (case for case in cases if key_of(case) in due), key=lambda c: due[key_of(c)]
        )
        repeated = [case for case in asked if due[key_of(case)] <= now]
        new = [case for case in cases if key_of(case) not in due]
        later = [case for case in asked if due[key_of(case)] > now] if early else []
        return [*repeated, *new, *later][:number]

    def next_due(self, cases: Sequence[Case]) -> datetime | None:
        """Return when the first of these questions comes again; None if none was answered."""
        due = self._due_dates()
        return min((due[key] for case in cases if (key := key_of(case)) in due), default=None)

    def record(self, case: Case, grade: Grade, now: datetime) -> datetime:
        """Save the grade of an answer; return when the question comes again.

        Raises:
            StorageError: the file cannot be written.
        """
        from fsrs import Card, Rating, Scheduler

        rating = {"right": Rating.Good, "partly right": Rating.Hard, "wrong": Rating.Again}[grade]
        cards = self._read()  # another session may have written meanwhile
        key = key_of(case)
        card = Card.from_dict(cards[key]) if key in cards else Card(0)  # type: ignore[arg-type]
        plan = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
        card, _ = plan.review_card(card, rating, now)
        cards[key] = dict(card.to_dict())
        data = msgspec.json.encode(_Stored(_SCHEMA_VERSION, cards))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_note(self.path.parent, self.path.name, data)
        except OSError as exc:
            raise StorageError(f"cannot write {self.path}: {exc.strerror or exc}.") from exc
        return card.due

    def _due_dates(self) -> dict[str, datetime]:
        return {
            key: datetime.fromisoformat(card["due"]).astimezone(UTC)
            for key, card in self._read().items()
        }

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            stored = msgspec.json.decode(self.path.read_bytes(), type=_Stored)
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as exc:
            raise InputError(
                f"{self.path} cannot be read: {exc}. Delete it to start over with all questions."
            ) from exc
        return stored.cards


def key_of(case: Case) -> str:
    """What identifies a question in later sessions, even if its set gets other numbers."""
    text = f"{fold(case.question)}\n{fold(case.evidence)}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
