"""A statement of the generator in, a sentence of the answer out if it may be one. No I/O.

It must have support in the evidence, and it must say more than the question does.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from ragguide.augment.citations import SupportCheck, with_marks
from ragguide.augment.kinds import Kind, kind_of
from ragguide.augment.titles import unnumbered
from ragguide.index.keywords import terms_of
from ragguide.types import Evidence

LEAST_NEW = 1.0  # inverse document frequency of a term that says something
# "…, improving the accuracy"
_RESULT = re.compile(r",\s+(?:thereby\s+|thus\s+)?[a-z]+ing\b[^,]*\.\Z", re.S)
# "…, so you can", "…, which means that", "…, which fits your case": the model's own conclusion,
# which no evidence has.
_CONCLUSION = re.compile(
    r"[,;]\s+(?:(?P<own>so|which means|meaning|therefore|thus|hence)|not|"
    r"but (?:it|the guide) does|"
    r"[^,;]*\byour (?:scenario|situation|case|question|needs?|requirements?))\b.*",
    re.S,
)
# "…, which keeps it dry", "… by turning it twice": how or to what end, which the guide may not say
_ADDITION = re.compile(r"(?:,\s+(?:which|[a-z]+ing)|\s+by\s+[a-z]+ing)\b[^;]*\Z")
_LABEL = re.compile(
    r"\A(?:\d{1,2}[.)]\s+(?=[A-Z][^\n]*\Z))?"
    r"(?:(?:definition|description|overview|meaning):\s+(?=\S+\s))?",
    re.I,
)
_CAPTION = re.compile(r"\A(?:Table|Figure)\s+[\d.:-]+[^\n]*\n")
_STATES = re.compile(
    r"\A(?:the\s+)?(?:excerpts?|guide|text)(?:\s+\[?\d+\]?)?\s+(?:states?|says?|mentions?)"
    r"(?:\s+that\b|:|,)?\s*",
    re.I,
)
# "You may see errors such as: …": what somebody sees, who asks for its cause
_SYMPTOM = re.compile(
    r"\A(?:you|users?|one)\s+(?:may|might|could|can|will)\s+(?:\w+\s+)?"
    r"(?:encounter|find|get|notice|receive|see)\s+(?:an?\s+|the\s+)?(?:\w+\s+)?"
    r"(?:errors?|messages?|warnings?)\b.*:",
    re.I | re.S,
)
# "What does it cost? (a) nothing (b) 12 euros": a question, of a quiz perhaps
_ASKS = re.compile(r"[^.!]*\?\s*(?:\(?a[).]\s.*)?\Z", re.I | re.S)
_OF_PROMPT = re.compile(r"\bexcerpts?\b", re.I)  # the reader sees none
_CHOICE = re.compile(r"\b(?:or|which|who|whose)\b", re.I)
_ASKS_WHICH = re.compile(r"\b(?:which|what)\s+(?!is\b|are\b|does\b|do\b|of\b)\w", re.I)
# "The engine …", "It …": a sentence that doesn't name what a title names
_SPEAKS_OF_TITLE = re.compile(r"(?:the|this|that|these|it|they)\b(?:\s+\S+){2}", re.I)
MOST_TITLE = 6  # words of a title that names one thing
# "--sort: Sort the output …", "max_size / -m: …": a name that somebody has to type
_OPTION = re.compile(
    r"`?(?P<name>--?[a-z][\w-]*|\w+(?:[_.]\w+)+|[a-z]+[A-Z]\w*)[^:\n]{0,30}(?=:\s)"
)
_DIFFERENCE = re.compile(r"\bdiff", re.I)
# "A and B are two different concepts."
_ARE_DIFFERENT = re.compile(
    r"(?:is|are|differs?)\b(?:\s+\w+){0,3}?\s+(?:different|distinct|not the same|from)\b[^,;]*\Z"
)

# "To get the same order every time, you can use --sort": the question's words before the answer
_PURPOSE = re.compile(r"\A(?:in order )?to\s+[^,;:]+,\s+(?=\S+\s+\S)", re.I)
_ITEM_GAP = re.compile(r",\s+(?:(?:and|or)\s+)?|;\s+|\s+(?:and|or)\s+")
LEAST_BEHIND_TITLE = 3  # words
LEAST_LISTED = 3  # items of a sentence that lists them
_MINE = re.compile(r"\b(?:[Mm]y|[Oo]ur)\b")
_CUT_LIST = re.compile(r"\s*[:;,-]?\s+\(?\d{1,2}[.)]\s*\Z")  # "…: 1.", the list was cut
# "A is also called B." says what neither is.
_IS_CALLED = re.compile(
    r"(?:is|are)\s+(?:(?:also|often|sometimes|commonly)\s+)?"
    r"(?:known\s+as|called|referred\s+to\s+as|named)\s+[^,;]*\Z"
)


class Said(msgspec.Struct, frozen=True):
    """A sentence of the answer with the evidence that supports it."""

    text: str
    evidence: Sequence[Evidence]
    is_line: bool = False  # gets a line of its own

    def shown(self, *, after: str) -> str:
        """Return the sentence with its marks, and the space before it."""
        space = "" if not after else "\n" if self.is_line else " "
        return space + with_marks(_to_reader(self.text, self.evidence), self.evidence)


class Judge:
    """Decides which statements of the generator become sentences of the answer."""

    def __init__(self, question: str, check: SupportCheck, rarity: Mapping[str, float]) -> None:
        """Take the question, the check of the evidence, and the guide's term weights."""
        self._check = check
        self._question = question
        self._asked = {*terms_of(question)}
        self._rarity = rarity
        self._asks_difference = _DIFFERENCE.search(question) is not None
        self._asks_meaning = kind_of(question) is Kind.DEFINITION
        self._asks_which = _ASKS_WHICH.search(question) is not None
        self._offers_choice = _CHOICE.search(question) is not None and not self._asks_difference

    def support(self, statement: str) -> Said | None:
        """Return a statement, without the model's conclusion if need be, if it has support."""
        conclusion = _CONCLUSION.search(statement)
        told = self._without_purpose(statement)
        without = (_CONCLUSION.sub("", statement), told, _ADDITION.sub("", told))
        for text in dict.fromkeys((statement, *without)):
            sentence = sentence_of(text)
            items = self._check.check(sentence).evidence if sentence else ()
            if not items or (text == statement and _is_own(conclusion, items)):
                continue
            if not _is_made_up(_ADDITION.search(text), items):
                return Said(_without_title(sentence, items), items)
        return self._listed(statement)

    def _listed(self, statement: str) -> Said | None:
        """Return a sentence that lists what one section of the guide lists, an item each.

        Words before the first item may be the question's or the section's.
        """
        first, *others = _ITEM_GAP.split(sentence_of(statement).rstrip("."))
        if len(others) + 1 < LEAST_LISTED:
            return None
        found = [self._check.check(part).evidence for part in others]
        if not all(found) or len({item.section for items in found for item in items}) > 1:
            return None
        section = found[0][0].section
        items = self._first_item(first, section)
        if not items:
            return None
        listed = {item.mark: item for part in (items, *found) for item in part}
        return Said(sentence_of(statement), tuple(listed[mark] for mark in sorted(listed)))

    def _first_item(self, text: str, section: tuple[str, ...]) -> Sequence[Evidence]:
        """Return the evidence of a section for an item behind words that say nothing new."""
        known = self._asked.union(terms_of(" ".join(section)))
        words = text.split()
        for n, word in enumerate(words):
            items = self._check.check(" ".join(words[n:])).evidence
            if items and all(item.section == section for item in items):
                return items
            if self._has_rare({*terms_of(word)} - known):
                break
        return ()

    def _without_purpose(self, statement: str) -> str:
        """Leave out "To stop the pump, …" if it says what the question asks how to do."""
        match = _PURPOSE.match(statement)
        if match is None or self._asked.isdisjoint(terms_of(match[0])):
            return statement
        return statement[match.end() :]

    def answers(self, statements: Iterable[str]) -> list[Said]:
        """Return those statements that have support and say more than the question."""
        found = map(self.support, statements)
        return [each for each in found if each is not None and self._is_new(each.text)]

    def check(self, sentences: Iterable[str]) -> list[Said]:
        """Return those sentences that have support, as they are."""
        said = (Said(text, self._check.check(text).evidence) for text in sentences)
        return [each for each in said if each.evidence]

    def without_result(self, said: Said) -> Said:
        """Leave out a result that the question doesn't ask about: "…, improving the accuracy"."""
        match = _RESULT.search(said.text)
        if match is None or not self._asked.isdisjoint(terms_of(match[0])):
            return said
        rest = f"{said.text[: match.start()]}."
        items = self._check.check(rest).evidence
        return Said(rest, items) if items else said

    def with_names(self, said: Iterable[Said]) -> list[Said]:
        """Put names before sentences without them: of an option, or of what a title names."""
        named: list[Said] = []
        told: set[int] = set()
        for each in said:
            mark = each.evidence[0].mark
            named.append(each if mark in told else self._named(each))
            told.add(mark)
        return named

    def _named(self, said: Said) -> Said:
        if option := _OPTION.match(said.evidence[0].text):
            is_told = option["name"] in said.text or option["name"] in self._question
            text = said.text if is_told else f"{option[0]}: {said.text}"
        elif self._asks_which and (title := self._title_of(said)):
            text = f"{title}: {said.text[:1].lower()}{said.text[1:]}"
        else:
            text = said.text
        return replace(said, text=text)

    def _title_of(self, said: Said) -> str:
        """Return the title that names what a sentence calls "the engine" or "it"; none: ""."""
        begins = _SPEAKS_OF_TITLE.match(said.text)
        section = said.evidence[0].section
        if not (begins and section):
            return ""
        title = unnumbered(section[-1]).rstrip(": ")
        known = {*terms_of(said.text), *self._asked}
        is_told = {*terms_of(title)} <= known or not {*terms_of(begins[0])} <= self._asked
        return "" if is_told or len(title.split()) > MOST_TITLE else title

    def is_about(self, statement: str) -> bool:
        """Whether a statement has one of the question's rarer words."""
        return self._has_rare(self._asked.intersection(terms_of(statement)))

    def _has_rare(self, terms: Iterable[str]) -> bool:
        """Whether one of some terms says something: it is not in most passages of the guide."""
        return any(self._rarity.get(term, LEAST_NEW) >= LEAST_NEW for term in terms)

    def _is_new(self, statement: str) -> bool:
        """Whether a statement doesn't only repeat the question.

        The words of "cash or card?" and "which of them is faster?" are also those of the answer.
        """
        if _OF_PROMPT.search(statement) and "excerpt" not in self._asked:
            return False
        if answers_nothing(statement):
            return False
        said = statement.rstrip(". ")
        if self._asks_difference and _ARE_DIFFERENT.search(said):
            return False
        if self._asks_meaning and _IS_CALLED.search(said):
            return False
        if self._offers_choice:
            return True
        return self._has_rare({*terms_of(statement)} - self._asked)


def _to_reader(text: str, items: Iterable[Evidence]) -> str:
    """Write "your income" for "my income" of the question, unless the guide says "my" itself."""
    if any(_MINE.search(item.text) for item in items):
        return text
    return _MINE.sub(lambda match: "Your" if match[0][0].isupper() else "your", text)


def _without_title(sentence: str, items: Iterable[Evidence]) -> str:
    """Leave out the title of a section that a model repeats before what stands in it."""
    titles = [unnumbered(item.section[-1]) for item in items if item.section]
    for title in titles:
        before, colon, rest = sentence.partition(f"{title}: ")
        if colon and not before and len(rest.split()) >= LEAST_BEHIND_TITLE:
            return f"{rest[:1].upper()}{rest[1:]}"
    return sentence


def _is_made_up(addition: "re.Match[str] | None", items: Iterable[Evidence]) -> bool:
    """Whether the evidence has less than half of the words of an addition."""
    if addition is None:
        return False
    words = {*terms_of(addition[0])}
    known = {term for item in items for term in terms_of(" ".join((item.text, *item.section)))}
    return 2 * len(words & known) < len(words)


def _is_own(conclusion: "re.Match[str] | None", items: Iterable[Evidence]) -> bool:
    """Whether "so", "thus" and the like are the model's own word, and not the evidence's."""
    if conclusion is None or (word := conclusion["own"]) is None:
        return False
    return not any(re.search(rf"\b{word}\b", item.text, re.I) for item in items)


def sentence_of(statement: str) -> str:
    """A statement as a sentence of its own, without "the excerpt states"."""
    text = _STATES.sub("", statement.strip()).strip('"“”').strip()
    text = _CUT_LIST.sub("", text)
    if text.count('"') == 1:  # the model opened a quotation and didn't close it
        text = text.replace('"', "")
    ending = "" if text.endswith((".", "!", "?", ":")) else "."
    return f"{text[:1].upper()}{text[1:]}{ending}" if text else ""


def answers_nothing(text: str) -> bool:
    """Whether a text only says which error somebody may see, or asks itself."""
    return _SYMPTOM.match(text) is not None or _ASKS.match(text) is not None


def quote_of(item: Evidence) -> Said:
    """Return the guide's own words as a sentence of the answer.

    Without "3.", "Definition:", and the caption above a table's row.
    """
    return Said(_LABEL.sub("", " ".join(_CAPTION.sub("", item.text).split())), (item,))
