"""Cases and the documents that they are asked of in, what is wrong with the cases out. No I/O.

A fault is a contradiction: evidence that is not on its page, a fact that the page does not state.
A hint is what a person should look at: facts that stand everywhere, an unanswerable question whose
words all stand together on one page.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import log

import msgspec

from ragguide.evaluate.answers import fold, says
from ragguide.evaluate.gold import GoldFinder
from ragguide.evaluate.records import MULTI, UNANSWERABLE, Case, Judged, Run
from ragguide.index.keywords import terms_of
from ragguide.types import Document

# A fact that stands everywhere judges nothing: so many further pages may hold all facts of a case.
MAX_OTHER_PAGES = 3
N_NEAREST = 3  # pages told for an unanswerable question

_WORD = re.compile(r"[^\W_]+(?:[.:/_'+-][^\W_]+)*")


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be said of a case."""

    case_id: str
    is_fault: bool
    text: str


def find_misfits(run: Run, judged: Sequence[Judged]) -> list[str]:
    """The cases of a run that are judged by what its index does not hold: most likely another one.

    Told by their document, the documents that are relevant, and the quotes that lie nowhere.
    """
    return [
        each.case.id
        for each in judged
        if not {each.case.document or next(iter(run.sources)), *each.case.relevant}
        <= run.sources.keys()
        or not all(each.outcome.gold)
    ]


class _Page(msgspec.Struct, frozen=True):
    """A page, slide or sheet, in the forms that are compared."""

    document: str
    number: int
    folded: str
    terms: frozenset[str]

    @property
    def place(self) -> str:
        return f"{self.document} {self.number}"


class SetCheck:
    """Checks cases against the documents of one index."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._gold = GoldFinder(documents)
        self._pages = {doc.name: list(_pages(doc)) for doc in documents}
        every = [page for pages in self._pages.values() for page in pages]
        n_holding = Counter(term for page in every for term in page.terms)
        self._rarity = {term: log(1 + len(every) / n) for term, n in n_holding.items()}

    def check(self, cases: Sequence[Case]) -> list[Remark]:
        """All remarks, in the order of the cases."""
        remarks = []
        asked: dict[tuple[str, str], str] = {}
        for case in cases:
            key = (case.document, fold(case.question))
            if key in asked:
                remarks.append(_fault(case, f"asks what {asked[key]} asks"))
            asked.setdefault(key, case.id)
            remarks += self._case(case)
        return remarks

    def _case(self, case: Case) -> Iterator[Remark]:
        if case.document and case.document not in self._pages:
            yield _fault(case, f"the index holds no document {case.document!r}")
            return
        for name in case.relevant:
            if name not in self._pages:
                yield _fault(case, f"relevant: the index holds no document {name!r}")
        if not case.is_answerable:
            yield from self._silent(case)
            return
        if not (case.pages or case.quotes or any(case.relevant.values()) or case.facts):
            yield _fault(
                case, "names no page, evidence, fact or document that it could be judged by"
            )
        if case.pages:
            yield from self._paged(case)
        elif case.quotes:
            spans = self._gold.find(case).spans
            for quote, places in zip(case.quotes, spans, strict=True):
                if not places:
                    yield _fault(case, f"the index does not hold the evidence {_brief(quote)}")
        if case.answer and (unsaid := _unsaid(case, fold(case.answer))):
            yield _hint(case, f"its own answer does not state {unsaid}")

    # ── answerable ──────────────────────────────────────────────────────────────────────────────

    def _paged(self, case: Case) -> Iterator[Remark]:
        if not case.document and len(self._pages) > 1:
            yield _fault(case, f"names pages, and no document of the {len(self._pages)} indexed")
            return
        document = case.document or next(iter(self._pages))
        pages = self._pages[document]
        if len(set(case.pages)) < len(case.pages):
            yield _fault(case, f"names a page twice: {_listed(case.pages)}")
        if beyond := [page for page in case.pages if page > len(pages)]:
            yield _fault(case, f"names page {beyond[0]} of {document}, which has {len(pages)}")
            return
        if case.kind == MULTI and len(case.pages) < 2:
            yield _fault(case, f"is of the kind {MULTI!r} and names one page")
        if case.evidence2 and case.kind != MULTI:
            yield _fault(case, f"has a second evidence and is not of the kind {MULTI!r}")
        for quote in case.quotes:
            if not self._gold.on_pages(case, quote):
                yield _fault(case, self._elsewhere(case, quote))
        if case.facts:
            yield from self._stated(case, pages)

    def _elsewhere(self, case: Case, quote: str) -> str:
        anywhere = self._gold.pages_of(case, quote)
        where = f"it is on {_listed(anywhere)}" if anywhere else "it is nowhere in the document"
        return f"page {_listed(case.pages)} does not hold the evidence {_brief(quote)}: {where}"

    def _stated(self, case: Case, pages: Sequence[_Page]) -> Iterator[Remark]:
        named = [pages[number - 1] for number in case.pages]
        if case.kind == MULTI:
            if unsaid := _unsaid(case, " ".join(page.folded for page in named)):
                yield _fault(case, f"pages {_listed(case.pages)} together do not state {unsaid}")
        else:
            for page in named:
                if unsaid := _unsaid(case, page.folded):
                    yield _fault(case, f"page {page.number} does not state {unsaid}")
        alone = {page.number for page in pages if not _unsaid(case, page.folded)}
        if case.kind == MULTI and alone:
            yield _hint(case, f"page {_listed(sorted(alone))} states all of its facts alone")
        elif case.kind != MULTI and len(others := alone - set(case.pages)) > MAX_OTHER_PAGES:
            yield _hint(case, f"{len(others)} further pages state all of its facts")

    # ── unanswerable ────────────────────────────────────────────────────────────────────────────

    def _silent(self, case: Case) -> Iterator[Remark]:
        named = [n for n in ("facts", "pages", "quotes", "relevant") if getattr(case, n)]
        if named:
            names = ", ".join(named).replace("quotes", "evidence")
            yield _fault(case, f"is of the kind {UNANSWERABLE!r} and names {names}")
            return
        words = {word: set(terms_of(word)) for word in _WORD.findall(case.question)}
        words = {word: terms for word, terms in words.items() if terms}
        wanted = set[str]().union(*words.values())
        absent = [word for word, terms in words.items() if not terms & self._rarity.keys()]
        found = (
            (page, self._held(wanted, page)) for pages in self._pages.values() for page in pages
        )
        nearest = sorted(found, key=lambda pair: -pair[1])[:N_NEAREST]
        together = [page.place for page, share in nearest if share == 1.0]
        if together:
            yield _hint(case, f"all its words stand together on {', '.join(together)}")
        else:
            never = f"never written there: {', '.join(absent)}; " if absent else ""
            near = ", ".join(f"{page.place} ({share:.0%})" for page, share in nearest if share)
            yield _hint(case, f"{never}nearest by its words: {near or 'no page'}")

    def _held(self, wanted: set[str], page: _Page) -> float:
        """Share of a question's terms, by rarity, that a page holds; one of no page is rarest."""
        rarest = max(self._rarity.values(), default=1.0)
        weights = {term: self._rarity.get(term, rarest) for term in sorted(wanted)}
        if not weights or wanted <= page.terms:
            return float(bool(weights))
        return sum(w for term, w in weights.items() if term in page.terms) / sum(weights.values())


def _pages(document: Document) -> Iterator[_Page]:
    ends = (*document.page_starts[1:], len(document.text))
    raw = document.raw_pages or ("",) * len(ends)
    for number, (start, end, as_read) in enumerate(
        zip(document.page_starts, ends, raw, strict=True), start=1
    ):
        # A fact may be told as the page reads, or as cleaning mends its words and tells its rows.
        text = document.text[start:end]
        yield _Page(
            document.name, number, f"{fold(as_read)} {fold(text)}", frozenset(terms_of(text))
        )


def _unsaid(case: Case, folded: str) -> str:
    """The facts that a text does not state, for people."""
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
