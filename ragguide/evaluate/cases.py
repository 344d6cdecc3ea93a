"""Fields of questions in, checked `Case`s and a list of faults out. No I/O."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import msgspec

from ragguide.evaluate.records import Case

_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Case)}


class TextDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document that comes with a question set."""

    name: str  # as cases name it
    title: str = ""
    text: str
    metadata: dict[str, Any] = {}  # the set's other keys: kept, never used


class Fault(msgspec.Struct, frozen=True):
    """An error in a question set."""

    place: str  # "line 12"
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class QuestionSet(msgspec.Struct, frozen=True, kw_only=True):
    """Questions, and their documents if the set comes with documents."""

    name: str
    cases: tuple[Case, ...]
    documents: tuple[TextDocument, ...] = ()
    faults: tuple[Fault, ...] = ()  # of the questions that are not in `cases`


class CaseCollector:
    """Collects the questions of a set one by one, and the faults of malformed ones."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.faults: list[Fault] = []
        self._places: dict[str, str] = {}  # id → its first place

    def add(self, fields: object, place: str) -> None:
        """Add one question as its file has it."""
        case, reasons = check_fields(fields)
        if case is not None and case.id in self._places:
            reasons = [f"the id {case.id!r} is already used by {self._places[case.id]}"]
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
    """Return a case of these fields, or None and everything that is wrong with them.

    A case without an id gets one that depends on its question and document only.
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
    reasons += [
        *_wrong_question(fields, values), *_wrong_texts(values), *_wrong_numbers(values)
    ]  # fmt: skip
    if reasons:
        return None, sorted(reasons)
    if not values.get("id"):
        values["id"] = derive_id(values["question"], values.get("document", ""))
    return Case(**values), []


def derive_id(question: str, document: str) -> str:
    """Return an id that does not change when the lines of a file are reordered."""
    return "q-" + hashlib.sha256(f"{document}\0{question}".encode()).hexdigest()[:10]


# ── values of the right type that are wrong ─────────────────────────────────────────────────────


def _wrong_question(fields: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    if "question" not in fields:
        yield "has no question"
    elif "question" in values and not values["question"].strip():
        yield "question: is empty"


def _wrong_texts(values: Mapping[str, Any]) -> Iterator[str]:
    if not all(map(_is_fact, values.get("facts", ()))):
        yield "facts: one is empty, so any text would state it"
    for name in ("other_answers", "more_evidence", "wrong"):
        if not all(map(str.strip, values.get(name, ()))):
            yield f"{name}: one is empty"


def _is_fact(fact: Sequence[str]) -> bool:
    return bool(fact) and all(map(str.strip, fact))


def _wrong_numbers(values: Mapping[str, Any]) -> Iterator[str]:
    if any(page < 1 for page in values.get("pages", ())):
        yield "pages: count from 1"
    if any(grade < 0 for grade in values.get("relevant", {}).values()):
        yield "relevant: a grade is below 0"


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
