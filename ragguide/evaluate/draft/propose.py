"""A guide's chunks in, proposed questions out: spread over its sections, with their evidence.

There are three sources: sentences and table rows that rules turn into questions, sentences that the
generator asks about, and near misses, which the guide almost answers. A person has to review every
proposal: rules keep the guide's wording, a model may ask what nobody would, and the guide may
answer a near miss in other words.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

from ragguide.evaluate.answers import fold
from ragguide.evaluate.draft.names import IsName, names_of
from ragguide.evaluate.draft.near_misses import near_misses
from ragguide.evaluate.draft.phrase import phrase, says_something
from ragguide.evaluate.draft.phrased import Phrased, facts_of
from ragguide.evaluate.draft.proposal import By, Proposal
from ragguide.evaluate.records import Case
from ragguide.types import Chunk, Generator

_T = TypeVar("_T")
Ask = Callable[[str], str]  # a sentence → a question about it; "" if the model gave no usable one

NEAR_MISS_EVERY = 7  # proposals; about the share of unanswerable questions in the default set
TABLE_EVERY = 4  # proposals
_MODEL_WORDS = range(4, 26)  # allowed length of a model's question

_SYSTEM = (
    "You write exam questions. Given one sentence of a manual, write one short question that the "
    "sentence answers, as a user who has not read it would type it. Use other words than the "
    "sentence where you can. Do not give the answer away. Write the question only."
)
_MODEL_TOKENS = 40


class _Source(msgspec.Struct, frozen=True):
    """A sentence or table row, and its place in the guide."""

    text: str
    document: str
    page: int
    section: tuple[str, ...]


def propose(
    chunks: Sequence[Chunk], *, ask: Ask | None = None, seed: int = 0
) -> Iterator[Proposal]:
    """Yield questions until the guide has no more sentences for them.

    Sections take turns, in an order set by the seed. With `ask`, the model asks every other
    question. Table rows come less often, because they would give more questions than all sentences.
    No question and no evidence comes twice.
    """
    rng = random.Random(seed)  # noqa: S311  no secret
    sources = _sources(chunks)
    is_name = names_of(chunks)
    n_documents = len({chunk.document for chunk in chunks})
    misses = near_misses(chunks, n_documents, rng)
    seen: set[str] = set()
    n_yielded = 0
    for proposal in _spread_tables(_taking_turns(sources, is_name, ask, n_documents, rng)):
        key = {fold(proposal.case.question), fold(proposal.case.evidence)}
        if key & seen:
            continue
        seen |= key
        yield proposal
        n_yielded += 1
        if n_yielded % (NEAR_MISS_EVERY - 1) == 0:
            yield from islice(misses, 1)


def ask_model(generator: Generator) -> Ask:
    """Return an `Ask` that asks a generator. The sentence is data, never an instruction."""

    def ask(sentence: str) -> str:
        user = [(True, "Sentence: "), (False, sentence), (True, "\nQuestion:")]
        prompt = generator.build_prompt(_SYSTEM, user)
        said = "".join(generator.generate(prompt, max_tokens=_MODEL_TOKENS))
        question = " ".join(said.split()).partition("?")[0].strip(" \"'") + "?"
        is_question = "?" in said and len(question.split()) in _MODEL_WORDS
        gives_away = fold(sentence).rstrip(".") in fold(question)
        return question if is_question and not gives_away else ""

    return ask


# ── sources ─────────────────────────────────────────────────────────────────────────────────────


def _sources(chunks: Sequence[Chunk]) -> dict[tuple[str, ...], list[_Source]]:
    """Return the statements that lie on one page, by section. Overlaps of chunks count once."""
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


def _of_section(
    sources: Sequence[_Source], is_name: IsName, ask: Ask | None, n_documents: int
) -> Iterator[Proposal]:
    """Yield questions by rule and by model in turn."""
    phrased = [(source, found) for source in sources if (found := phrase(source.text, is_name))]
    used = {source for source, _ in phrased}
    others = [s for s in sources if s not in used and says_something(s.text)]
    by_rule: Iterator[tuple[_Source, Phrased, By]] = ((*pair, "rule") for pair in phrased)
    by_model = _by_model(others, ask) if ask is not None else iter(())
    for source, found, by in _alternating(by_rule, by_model):
        yield _proposal(source, found, by, n_documents)


def _by_model(sources: Sequence[_Source], ask: Ask) -> Iterator[tuple[_Source, Phrased, By]]:
    for source in sources:
        question = ask(source.text)
        if question and (facts := facts_of(source.text, question)):
            yield source, Phrased(question, source.text, "paraphrase", facts), "model"


def _proposal(source: _Source, found: Phrased, by: By, n_documents: int) -> Proposal:
    return Proposal(
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


# ── order ───────────────────────────────────────────────────────────────────────────────────────


def _taking_turns(
    sources: dict[tuple[str, ...], list[_Source]],
    is_name: IsName,
    ask: Ask | None,
    n_documents: int,
    rng: random.Random,
) -> Iterator[Proposal]:
    """Yield one question of each section in turn, until no section has any."""
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


def _alternating(first: Iterator[_T], second: Iterator[_T]) -> Iterator[_T]:
    """Yield one item of each in turn, then the rest of the longer one."""
    streams = deque([first, second])
    while streams:
        stream = streams.popleft()
        for item in islice(stream, 1):
            yield item
            streams.append(stream)


def _spread_tables(proposals: Iterator[Proposal]) -> Iterator[Proposal]:
    """Yield a table row after every few other questions, and the remaining rows at the end."""
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
