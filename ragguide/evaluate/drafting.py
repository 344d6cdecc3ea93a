"""A guide in, questions proposed to a person out: spread over its sections, with their evidence.

Three sources: sentences and rows turned around by rules, sentences that the generator asks about,
and near misses, which are questions that the guide nearly answers and, as far as its words tell,
does not. None is good before a person has looked at it: rules keep the guide's wording, a model
asks what nobody would, and what no page says in these words may be said in others.
"""

import random
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Literal, TypeVar

import msgspec

from ragguide.evaluate.answers import fold
from ragguide.evaluate.phrasing import IsName, Phrased, facts_of, phrase, says_something
from ragguide.evaluate.records import UNANSWERABLE, Case
from ragguide.types import Chunk, Generator

_T = TypeVar("_T")
By = Literal["rule", "model", "near miss"]
Ask = Callable[[str], str]  # a sentence → what a model asks about it; "" if nothing can be used

NEAR_MISS_EVERY = 7  # proposals; about the share that the default set has
TABLE_EVERY = 4
_MODEL_WORDS = range(4, 26)  # of a question that a model may ask
_WORD = re.compile(r"(?<=[a-z,;] )[^\W\d_][\w-]*")  # not the first of its sentence
_PROPER = re.compile(r"\b[A-Z][\w-]*(?: [A-Z][\w-]*){0,2}\b")

_SYSTEM = (
    "You write exam questions. Given one sentence of a manual, write one short question that the "
    "sentence answers, as a user who has not read it would type it. Use other words than the "
    "sentence where you can. Do not give the answer away. Write the question only."
)
_MODEL_TOKENS = 40

# What could be asked of a thing, and words of which a passage that answers it would hold one.
_NEAR_MISSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("How much does {} cost?", ("cost", "price", "pay", "charge", "free", "$", "fee", "billed")),
    ("In which year was {} first released?", ("19", "20", "released", "launched", "introduced")),
    ("Who invented {}?", ("invented", "developed by", "founded", "created by", "proposed")),
    ("Who is to be asked when {} fails?", ("support", "contact", "help desk", "phone", "e-mail")),
    ("Which version of {} is the oldest that works?", ("version", "release", "compatible")),
    ("How many people use {}?", ("users", "customers", "people", "million", "popular")),
    ("What will replace {}?", ("replace", "successor", "deprecated", "discontinued", "instead")),
    ("How long does it take to set up {}?", ("minutes", "hours", "days", "seconds", "set up")),
)


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A question for a person to take, change or leave."""

    case: Case  # without an id of the set's own
    by: By
    section: tuple[str, ...]

    @property
    def key(self) -> str:
        """What makes it the same proposal another day."""
        return f"{fold(self.case.question)}\n{fold(self.case.evidence)}"


class _Source(msgspec.Struct, frozen=True):
    """A sentence or row, and where it stands."""

    text: str
    document: str
    page: int
    section: tuple[str, ...]


def propose(
    chunks: Sequence[Chunk], *, ask: Ask | None = None, seed: int = 0
) -> Iterator[Proposal]:
    """Yield questions without end of variety, as long as the guide has sentences for them.

    Sections take turns, in an order that hangs on the seed. With `ask` every other one is asked by
    the model. Tables, which give more questions than all sentences do, wait for their turn. No
    question and no evidence comes twice.
    """
    rng = random.Random(seed)  # noqa: S311  no secret
    sources = _sources(chunks)
    is_name = names_of(chunks)
    n_documents = len({chunk.document for chunk in chunks})
    misses = _near_misses(chunks, n_documents, rng)
    seen: set[str] = set()
    n_yielded = 0
    for proposal in _tables_in_turn(_taking_turns(sources, is_name, ask, n_documents, rng)):
        key = {fold(proposal.case.question), fold(proposal.case.evidence)}
        if key & seen:
            continue
        seen |= key
        yield proposal
        n_yielded += 1
        if n_yielded % (NEAR_MISS_EVERY - 1) == 0:
            yield from islice(misses, 1)


def names_of(chunks: Sequence[Chunk]) -> IsName:
    """How to tell names of a guide: they have a capital in mid-sentence, too."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for sentence in _sentences(chunks):
        for word in _WORD.findall(sentence):
            (capital if word[0].isupper() else small)[word.casefold()] += 1
    names = {word for word, n in capital.items() if n > small[word]}
    return lambda word: word.casefold() in names


def _sentences(chunks: Sequence[Chunk]) -> Iterator[str]:
    """Statements that end as a sentence does: rows and headings write capitals as they like."""
    for chunk in chunks:
        for statement in chunk.statements:
            if chunk.text[statement.end - 1 : statement.end] == ".":
                yield " ".join(chunk.text[statement.start : statement.end].split())


def ask_model(generator: Generator) -> Ask:
    """Let a generator ask about a sentence. The sentence is data: it steers nothing."""

    def ask(sentence: str) -> str:
        user = [(True, "Sentence: "), (False, sentence), (True, "\nQuestion:")]
        prompt = generator.build_prompt(_SYSTEM, user)
        said = "".join(generator.generate(prompt, max_tokens=_MODEL_TOKENS))
        question = " ".join(said.split()).partition("?")[0].strip(" \"'") + "?"
        asks = "?" in said and len(question.split()) in _MODEL_WORDS
        gives_away = fold(sentence).rstrip(".") in fold(question)
        return question if asks and not gives_away else ""

    return ask


# ── answerable ──────────────────────────────────────────────────────────────────────────────────


def _sources(chunks: Sequence[Chunk]) -> dict[tuple[str, ...], list[_Source]]:
    """Statements that lie on one page, by section; each once, though chunks overlap."""
    found: dict[tuple[str, ...], list[_Source]] = {}
    seen: set[tuple[str, str]] = set()
    for chunk in chunks:
        for statement in chunk.statements:
            text = " ".join(chunk.text[statement.start : statement.end].split())
            page = chunk.page_at(statement.start)
            if chunk.page_at(statement.end - 1) != page or (chunk.document, text) in seen:
                continue
            seen.add((chunk.document, text))
            place = (chunk.document, *statement.section)
            source = _Source(text, chunk.document, page, statement.section)
            found.setdefault(place, []).append(source)
    return found


def _taking_turns(
    sources: dict[tuple[str, ...], list[_Source]],
    is_name: IsName,
    ask: Ask | None,
    n_documents: int,
    rng: random.Random,
) -> Iterator[Proposal]:
    streams = []
    for texts in sources.values():
        rng.shuffle(texts)
        streams.append(_of_section(texts, is_name, ask, n_documents))
    rng.shuffle(streams)
    while streams:
        left = []
        for stream in streams:
            proposal = next(stream, None)
            if proposal is not None:
                yield proposal
                left.append(stream)
        streams = left


def _of_section(
    sources: Sequence[_Source], is_name: IsName, ask: Ask | None, n_documents: int
) -> Iterator[Proposal]:
    """Sentences by rule and by model in turn, and now and then a row of a table."""
    phrased = [(source, found) for source in sources if (found := phrase(source.text, is_name))]
    turned = {source for source, _ in phrased}
    others = [s for s in sources if s not in turned and says_something(s.text)]
    by_rule: Iterator[tuple[_Source, Phrased, By]] = ((*pair, "rule") for pair in phrased)
    by_model = _by_model(others, ask) if ask is not None else iter(())
    for source, found, by in _alternating(by_rule, by_model):
        yield Proposal(
            case=Case(
                id="",
                question=found.question,
                kind=found.kind,
                answer=found.answer,
                facts=tuple((fact,) for fact in found.facts),
                pages=(source.page,),
                evidence=source.text,
                document=source.document if n_documents > 1 else "",
            ),
            by=by,
            section=source.section,
        )


def _by_model(sources: Sequence[_Source], ask: Ask) -> Iterator[tuple[_Source, Phrased, By]]:
    for source in sources:
        question = ask(source.text)
        if question and (facts := facts_of(source.text, question)):
            yield source, Phrased(question, source.text, "paraphrase", facts), "model"


def _alternating(first: Iterator[_T], second: Iterator[_T]) -> Iterator[_T]:
    """One of each in turn; then what is left of the longer one."""
    streams = deque([first, second])
    while streams:
        stream = streams.popleft()
        for item in islice(stream, 1):
            yield item
            streams.append(stream)


def _tables_in_turn(proposals: Iterator[Proposal]) -> Iterator[Proposal]:
    """A row of a table after every few other questions; those that are left at the end."""
    waiting: deque[Proposal] = deque()
    n_others = 0
    for proposal in proposals:
        if proposal.case.kind == "table":
            waiting.append(proposal)
            continue
        yield proposal
        n_others += 1
        if waiting and n_others % (TABLE_EVERY - 1) == 0:
            yield waiting.popleft()
    yield from waiting


# ── unanswerable ────────────────────────────────────────────────────────────────────────────────


def _near_misses(
    chunks: Sequence[Chunk], n_documents: int, rng: random.Random
) -> Iterator[Proposal]:
    """What could be asked of the guide's own names, where no passage on one holds such a word."""
    counted = Counter(
        name for text in _sentences(chunks) for name in set(_PROPER.findall(text)) if len(name) > 3
    )
    is_name = names_of(chunks)
    names = [
        name for name, n in counted.items()
        if 2 <= n <= 12 and all(is_name(word) for word in name.split())
    ]  # fmt: skip
    asked = [(name, *miss) for name in sorted(names) for miss in _NEAR_MISSES]
    rng.shuffle(asked)
    for name, question, words in asked:
        about = [chunk for chunk in chunks if name in chunk.text]
        if any(word in chunk.text.casefold() for chunk in about for word in words):
            continue
        yield Proposal(
            case=Case(
                id="",
                question=question.format(name),
                kind=UNANSWERABLE,
                answer="Not stated in the guide.",
                document=about[0].document if n_documents > 1 else "",
            ),
            by="near miss",
            section=about[0].section,
        )
