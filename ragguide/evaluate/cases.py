"""Fields of questions in, checked `Case`s out, with all that is wrong with the others. No I/O."""

import hashlib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from ragguide.evaluate.records import Case

_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Case)}


class TextDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document that a question set brings along."""

    name: str  # as cases name it
    title: str = ""
    text: str
    metadata: dict[str, Any] = {}  # what else the set says of it: carried along, never looked at


class Fault(msgspec.Struct, frozen=True):
    """Something wrong in a question set."""

    place: str  # "line 12"
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class QuestionSet(msgspec.Struct, frozen=True, kw_only=True):
    """Questions, and the documents that they are asked of if the set brings its own."""

    name: str
    cases: tuple[Case, ...]
    documents: tuple[TextDocument, ...] = ()
    faults: tuple[Fault, ...] = ()  # of what is not among the cases


class CaseCollector:
    """Takes the questions of a set one by one; keeps the good ones, notes what is wrong."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.faults: list[Fault] = []
        self._places: dict[str, str] = {}  # id → where it was first

    def add(self, fields: object, place: str) -> None:
        """Take one question as its file holds it."""
        case, reasons = check_fields(fields)
        if case is not None and case.id in self._places:
            reasons = [f"the id {case.id!r} is taken by {self._places[case.id]}"]
        self.faults += [Fault(place, reason) for reason in reasons]
        if case is not None and not reasons:
            self._places[case.id] = place
            self.cases.append(case)

    def fault(self, place: str, reason: str) -> None:
        self.faults.append(Fault(place, reason))

    def finish(self, name: str, documents: tuple[TextDocument, ...] = ()) -> QuestionSet:
        return QuestionSet(
            name=name, cases=tuple(self.cases), documents=documents, faults=tuple(self.faults)
        )


def check_fields(fields: object) -> tuple[Case | None, list[str]]:
    """Make a case of its fields, or say all that is wrong with them.

    A case without an id is given one that depends on its question and document only.
    """
    if not isinstance(fields, Mapping):
        return None, [f"is {_kind_of(fields)}, not an object with a question"]
    reasons = [_unknown(key) for key in fields if key not in _FIELDS]
    values = {}
    for name in _FIELDS.keys() & fields.keys():
        try:
            values[name] = msgspec.convert(fields[name], _FIELDS[name])
        except msgspec.ValidationError as exc:
            reason, _, at = str(exc).partition(" - at `$")
            reasons.append(f"{name}{at.rstrip('`')}: {reason[:1].lower()}{reason[1:]}")
    reasons += _meanings(fields, values)
    if reasons:
        return None, sorted(reasons)
    if not values.get("id"):
        values["id"] = derive_id(values["question"], values.get("document", ""))
    return Case(**values), []


def derive_id(question: str, document: str) -> str:
    """An id that stays, however the lines of a file are moved about."""
    return "q-" + hashlib.sha256(f"{document}\0{question}".encode()).hexdigest()[:10]


def _meanings(fields: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """What is of the right type and yet makes no case."""
    reasons = []
    if "question" not in fields:
        reasons.append("has no question")
    elif "question" in values and not values["question"].strip():
        reasons.append("question: is empty")
    if any(page < 1 for page in values.get("pages", ())):
        reasons.append("pages: count from 1")
    if any(not fact or not all(a.strip() for a in fact) for fact in values.get("facts", ())):
        reasons.append("facts: one is empty, so any text would state it")
    for name in ("other_answers", "more_evidence"):
        if not all(text.strip() for text in values.get(name, ())):
            reasons.append(f"{name}: one is empty")
    if any(grade < 0 for grade in values.get("relevant", {}).values()):
        reasons.append("relevant: a grade is below 0")
    return reasons


def _unknown(key: object) -> str:
    near = get_close_matches(str(key), _FIELDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_FIELDS)}"
    return f"unknown key {str(key)[:40]!r}; {hint}"


def _kind_of(value: object) -> str:
    names = {
        list: "a list",
        str: "a text",
        int: "a number",
        float: "a number",
        bool: "true or false",
    }
    return names.get(type(value), "nothing")
