"""Cases and their documents in, what is wrong with the cases out. No I/O.

A fault is a contradiction: the evidence is not on its page, or the page does not state a fact.
A hint is something to review: many pages state the facts, or all words of an unanswerable question
occur together on one page.
"""

from collections.abc import Iterator, Sequence

import msgspec

from ragguide.evaluate.answers import fold, says
from ragguide.evaluate.gold import GoldFinder
from ragguide.evaluate.page_words import Page, PageWords
from ragguide.evaluate.records import MULTI, UNANSWERABLE, Case, Judged, Run
from ragguide.types import Document

MAX_OTHER_PAGES = 3  # that may state all facts of a case; facts on more pages judge little
N_NEAREST = 3  # pages reported for an unanswerable question


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """A fault of a case, or a hint about it."""

    case_id: str
    is_fault: bool
    text: str


def find_misfits(run: Run, judged: Sequence[Judged]) -> list[str]:
    """Return the ids of cases that name documents or quotes which the run's index lacks.

    Many of them mean that the questions are about another index.
    """
    return [each.case.id for each in judged if _is_misfit(run, each)]


def _is_misfit(run: Run, judged: Judged) -> bool:
    named = {judged.case.document or next(iter(run.sources)), *judged.case.relevant}
    return not named <= run.sources.keys() or not all(judged.outcome.gold)


class SetCheck:
    """Checks cases against the documents of one index."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._gold = GoldFinder(documents)
        self._words = PageWords(documents)
        self._pages = self._words.of_document

    def check(self, cases: Sequence[Case]) -> list[Remark]:
        """Return all remarks, in the order of the cases."""
        remarks = []
        asked: dict[tuple[str, str], str] = {}
        for case in cases:
            key = (case.document, fold(case.question))
            if key in asked:
                remarks.append(_fault(case, f"asks the same as {asked[key]}"))
            asked.setdefault(key, case.id)
            remarks += self._check(case)
        return remarks

    def _check(self, case: Case) -> Iterator[Remark]:
        if case.document and case.document not in self._pages:
            yield _fault(case, f"the index has no document {case.document!r}")
            return
        for name in case.relevant:
            if name not in self._pages:
                yield _fault(case, f"relevant: the index has no document {name!r}")
        yield from self._answerable(case) if case.is_answerable else self._unanswerable(case)

    # ── answerable ──────────────────────────────────────────────────────────────────────────────

    def _answerable(self, case: Case) -> Iterator[Remark]:
        if not (case.pages or case.quotes or any(case.relevant.values()) or case.facts):
            yield _fault(case, "has no page, evidence, fact or document to judge it by")
        if case.pages:
            yield from self._on_pages(case)
        elif case.quotes:
            yield from self._anywhere(case)
        if case.answer and (unsaid := _unsaid(case, fold(case.answer))):
            yield _hint(case, f"its reference answer does not state {unsaid}")

    def _anywhere(self, case: Case) -> Iterator[Remark]:
        spans = self._gold.find(case).spans
        for quote, places in zip(case.quotes, spans, strict=True):
            if not places:
                yield _fault(case, f"the evidence {_brief(quote)} is not in the index")

    def _on_pages(self, case: Case) -> Iterator[Remark]:
        if not case.document and len(self._pages) > 1:
            n = len(self._pages)
            yield _fault(case, f"names pages but no document; the index has {n} documents")
            return
        document = case.document or next(iter(self._pages))
        pages = self._pages[document]
        if len(set(case.pages)) < len(case.pages):
            yield _fault(case, f"lists a page twice: {_listed(case.pages)}")
        if beyond := [page for page in case.pages if page > len(pages)]:
            yield _fault(case, f"names page {beyond[0]} of {document}, which has {len(pages)}")
            return
        yield from _fits_kind(case)
        for quote in case.quotes:
            if not self._gold.on_pages(case, quote):
                yield _fault(case, self._elsewhere(case, quote))
        if case.facts:
            yield from _stated(case, pages)

    def _elsewhere(self, case: Case, quote: str) -> str:
        found = self._gold.pages_of(case, quote)
        where = f"it is on page {_listed(found)}" if found else "it is not in the document"
        return f"the evidence {_brief(quote)} is not on page {_listed(case.pages)}; {where}"

    # ── unanswerable ────────────────────────────────────────────────────────────────────────────

    def _unanswerable(self, case: Case) -> Iterator[Remark]:
        if named := _gold_fields(case):
            yield _fault(case, f"has kind {UNANSWERABLE!r} but also {', '.join(named)}")
            return
        nearest = self._words.nearest(case.question, N_NEAREST)
        if together := [page.place for page, share in nearest if share == 1.0]:
            yield _hint(case, f"all its words occur together on {', '.join(together)}")
            return
        absent = self._words.absent_words(case.question)
        missing = f"words not in the guide: {', '.join(absent)}; " if absent else ""
        close = ", ".join(f"{page.place} ({share:.0%})" for page, share in nearest if share)
        yield _hint(case, f"{missing}closest pages: {close or 'none'}")


def _gold_fields(case: Case) -> list[str]:
    """Name the fields of a case that say where its answer is."""
    fields = {
        "facts": case.facts,
        "verdict": case.verdict,
        "wrong": case.wrong,
        "pages": case.pages,
        "evidence": case.quotes,
        "relevant": case.relevant,
    }
    return [name for name, value in fields.items() if value]


def _fits_kind(case: Case) -> Iterator[Remark]:
    if case.kind == MULTI and len(case.pages) < 2:
        yield _fault(case, f"has kind {MULTI!r} but only one page")
    if case.evidence2 and case.kind != MULTI:
        yield _fault(case, f"has evidence2, but its kind is not {MULTI!r}")


def _stated(case: Case, pages: Sequence[Page]) -> Iterator[Remark]:
    """Check that the pages of a case state its facts, and that few other pages do."""
    named = [pages[number - 1] for number in case.pages]
    alone = {page.number for page in pages if not _unsaid(case, page.folded)}
    if case.kind == MULTI:
        if unsaid := _unsaid(case, " ".join(page.folded for page in named)):
            yield _fault(case, f"pages {_listed(case.pages)} together do not state {unsaid}")
        if alone:
            yield _hint(case, f"one page alone states all its facts: {_listed(sorted(alone))}")
        return
    for page in named:
        if unsaid := _unsaid(case, page.folded):
            yield _fault(case, f"page {page.number} does not state {unsaid}")
    if len(others := alone - set(case.pages)) > MAX_OTHER_PAGES:
        yield _hint(case, f"{len(others)} other pages state all its facts too")


def _unsaid(case: Case, folded: str) -> str:
    """Return the facts that a text does not state, as one line."""
    return ", ".join("|".join(fact) for fact in case.facts if not says(folded, fact))


def _fault(case: Case, text: str) -> Remark:
    return Remark(case_id=case.id, is_fault=True, text=text)


def _hint(case: Case, text: str) -> Remark:
    return Remark(case_id=case.id, is_fault=False, text=text)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _brief(text: str) -> str:
    flat = " ".join(text.split())
    return f'"{flat}"' if len(flat) <= 60 else f'"{flat[:57]}…"'
