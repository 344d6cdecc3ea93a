"""A guide and cases in, outcomes out. The mode sets which steps each case goes through."""

import time
from collections.abc import Callable, Sequence

from ragguide.augment.refusal import Verdict
from ragguide.errors import ModelError, RagguideError
from ragguide.evaluate.gold import GoldFinder
from ragguide.evaluate.records import (
    Case,
    FoundPassage,
    Mode,
    Outcome,
    Passage,
    Quoted,
    Span,
)
from ragguide.evaluate.run_writer import RunWriter
from ragguide.guide import Guide
from ragguide.types import Answer, Citation, Hit

OnCase = Callable[[int, int], None]  # n_done, n_total: of the cases without an outcome


def run_cases(
    guide: Guide,
    cases: Sequence[Case],
    writer: RunWriter,
    *,
    mode: Mode,
    depth: int,
    on_case: OnCase,
) -> None:
    """Ask all cases that have no outcome in the run yet, and write each outcome at once.

    Raises:
        ModelError: a model is not installed or does not load.
        StorageError: an outcome cannot be written.
    """
    left = [case for case in cases if case.id not in writer.done]
    if not left:
        return
    on_case(0, len(left))
    asker = Asker(guide, mode=mode, depth=depth)
    for n_asked, case in enumerate(left, start=1):
        outcome, passages = asker.ask(case)
        writer.add(outcome, passages)
        on_case(n_asked, len(left))


class Asker:
    """Asks one guide, with its models loaded."""

    def __init__(self, guide: Guide, *, mode: Mode, depth: int) -> None:
        """Load the models that the mode needs.

        Raises:
            ModelError: a model is not installed or does not load.
        """
        guide.warm_up(generator=mode == "answers")
        self._guide = guide
        self._mode = mode
        self._depth = depth
        self._gold = GoldFinder(guide.documents())

    def ask(self, case: Case) -> tuple[Outcome, list[Passage]]:
        """Return the outcome of a case, and its passages. A `RagguideError` becomes an outcome."""
        try:
            if self._mode == "search":
                outcome, hits = self._search(case)
            else:
                outcome, hits = self._answer(case)
        except RagguideError as exc:
            return Outcome(case_id=case.id, error=str(exc)), []
        return outcome, [_passage(hit) for hit in hits]

    def _search(self, case: Case) -> tuple[Outcome, Sequence[Hit]]:
        began = time.perf_counter()
        hits = self._guide.search(case.question, top_k=self._depth)
        seconds = round(time.perf_counter() - began, 4)
        verdict = self._guide.judge(case.question, hits)
        outcome = self._outcome(case, hits, verdict=verdict, timings_s={"search": seconds})
        return outcome, hits

    def _answer(self, case: Case) -> tuple[Outcome, Sequence[Hit]]:
        """Answer as `ragguide query` does; then rank further passages, which is not timed."""
        quotes_only = self._mode == "quotes"
        answer = self._guide.query(case.question, quotes_only=quotes_only)
        if not quotes_only and answer.model is None and answer.degraded:
            raise ModelError(answer.degraded[0])  # the generator failed: these are quotes only
        hits: Sequence[Hit] = answer.hits
        if self._depth > len(hits):
            hits = self._guide.search(case.question, top_k=self._depth)
        outcome = self._outcome(
            case,
            hits,
            verdict=Verdict(answer.refused, answer.chance),
            timings_s=answer.timings_s,
            answer=answer,
        )
        return outcome, hits

    def _outcome(
        self,
        case: Case,
        hits: Sequence[Hit],
        *,
        verdict: Verdict,
        timings_s: dict[str, float],
        answer: Answer | None = None,
    ) -> Outcome:
        gold = self._gold.find(case)
        best = hits[0].score if hits else 0.0
        return Outcome(
            case_id=case.id,
            hits=tuple(map(found_passage, hits)),
            gold=gold.spans,
            section=gold.section,
            answerability=best if verdict.chance is None else verdict.chance,
            refused=verdict.refused,
            answer=answer.answer if answer else "",
            quotes=tuple(map(_quoted, answer.quotes)) if answer else (),
            citations=tuple(map(_quoted, answer.citations)) if answer else (),
            timings_s=timings_s,
            tokens=answer.tokens if answer else {},
            degraded=answer.degraded if answer else (),
            warnings=answer.warnings if answer else (),
        )


def found_passage(hit: Hit) -> FoundPassage:
    """Return a hit as an outcome stores it."""
    chunk = hit.chunk
    return FoundPassage(
        chunk_id=chunk.id,
        span=Span(document=chunk.document, start=chunk.start, end=chunk.end),
        page_first=chunk.page_first,
        page_last=chunk.page_last,
        score=hit.score,
    )


def _passage(hit: Hit) -> Passage:
    return Passage(chunk_id=hit.chunk.id, section=hit.chunk.section, text=hit.chunk.text)


def _quoted(citation: Citation) -> Quoted:
    return Quoted(
        mark=citation.mark,
        document=citation.document,
        page_first=citation.page_first,
        page_last=citation.page_last,
        text=citation.quote,
    )
