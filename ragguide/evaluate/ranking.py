"""A case and its hits in, retrieval measures as trec_eval defines them out. No I/O.

A question's needs are expressed in one of three units:

    page      one need: any of the gold pages; for a "multi" question, each page is a need
    span      each quote is a need; a passage that contains at least half of it meets it
    document  each relevant document is a need, with its grade

The hits become a ranking with judgements, as trec_eval reads it. A passage that is the first to
meet a need adds an item for that need; a passage that meets none adds an item that is not relevant.
A passage that is the first to meet two needs takes two ranks.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, get_args

import msgspec

from ragguide.evaluate.records import MULTI, Case, FoundPassage, Judged, Outcome, Span

Unit = Literal["page", "span", "document"]
UNITS: tuple[Unit, ...] = get_args(Unit)
MIN_OVERLAP = 0.5  # share of a quote; wherever a chunk border cuts it, one part has this much
CUTOFFS = (1, 3, 5, 10)

# Our names of measures → the names in ir-measures. A cut-off follows after "@".
CUT = {"hit": "Success", "recall": "R", "nDCG": "nDCG"}
UNCUT = {"MRR": "RR"}


class Ranking(msgspec.Struct, frozen=True):
    """The items found, best first, and the needs to meet."""

    items: tuple[str, ...]  # unique
    needs: tuple[tuple[str, int], ...]  # (id as in `items`, grade from 1)


class _Need(msgspec.Struct, frozen=True):
    id: str
    grade: int
    pages: tuple[int, ...] = ()
    spans: tuple[Span, ...] = ()
    document: str = ""  # empty: any


def ranking_of(judged: Judged, unit: Unit) -> Ranking | None:
    """Return the ranking of a case; None if it has no need in this unit. A failed one is empty."""
    needs = tuple(_needs(judged.case, judged.outcome, unit))
    if not needs:
        return None
    items = dict.fromkeys(_items(judged.outcome.hits, needs, unit))
    return Ranking(tuple(items), tuple((need.id, need.grade) for need in needs))


@lru_cache(maxsize=1 << 16)  # all measures of a run use the same rankings
def figures(ranking: Ranking, cutoffs: tuple[int, ...] = CUTOFFS) -> Mapping[str, float]:
    """Return all measures of one ranking by name, such as `hit@5` or `MRR`."""
    import ir_measures

    names = {f"{ours}@{k}": f"{theirs}@{k}" for ours, theirs in CUT.items() for k in cutoffs}
    names |= UNCUT
    measures = {ir_measures.parse_measure(theirs): ours for ours, theirs in names.items()}
    n_items = len(ranking.items)
    run = {"q": {item: float(n_items - place) for place, item in enumerate(ranking.items)}}
    found = ir_measures.iter_calc(list(measures), {"q": dict(ranking.needs)}, run)
    return {measures[metric.measure]: float(metric.value) for metric in found}


def pages_met(case: Case, places: Sequence[tuple[str, int, int]]) -> tuple[list[bool], float]:
    """Return which places are on a gold page, and the share of needs that they meet.

    Args:
        case: with gold pages.
        places: (document, first page, last page).
    """
    needs = list(_page_needs(case))
    met = [[_touches(need, *place) for need in needs] for place in places]  # (places, needs)
    return [any(row) for row in met], sum(map(any, zip(*met, strict=True))) / len(needs)


def _needs(case: Case, outcome: Outcome, unit: Unit) -> Iterator[_Need]:
    if unit == "page":
        yield from _page_needs(case)
    elif unit == "span":
        # A failed case may have no gold spans; its needs then have no place and are not met.
        found = outcome.gold or ((),) * len(case.quotes)
        for number, spans in enumerate(found, start=1):
            yield _Need(f"quote:{number}", 1, spans=spans)
    else:
        for name, grade in case.relevant.items():
            if grade > 0:
                yield _Need(name, grade, document=name)


def _page_needs(case: Case) -> Iterator[_Need]:
    together = case.kind == MULTI
    for pages in ((page,) for page in case.pages) if together else filter(None, [case.pages]):
        name = "page:" + "|".join(map(str, pages))
        yield _Need(name, 1, pages=pages, document=case.document)


def _items(hits: Sequence[FoundPassage], needs: Sequence[_Need], unit: Unit) -> Iterator[str]:
    met: set[str] = set()
    for hit in hits:
        if unit == "document":  # ranked by its first passage
            yield hit.span.document
            continue
        new = [need.id for need in needs if need.id not in met and _meets(hit, need, unit)]
        met.update(new)
        yield from new or [hit.chunk_id]


def _meets(hit: FoundPassage, need: _Need, unit: Unit) -> bool:
    if unit == "page":
        return _touches(need, hit.span.document, hit.page_first, hit.page_last)
    return any(_contains(hit.span, span) for span in need.spans)


def _touches(need: _Need, document: str, page_first: int, page_last: int) -> bool:
    return need.document in ("", document) and any(
        page_first <= page <= page_last for page in need.pages
    )


def _contains(passage: Span, quote: Span) -> bool:
    shared = min(passage.end, quote.end) - max(passage.start, quote.start)
    return passage.document == quote.document and shared >= MIN_OVERLAP * (quote.end - quote.start)
