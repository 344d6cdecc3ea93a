"""Short constructors of cases and outcomes for the tests of the evaluation."""

import msgspec

from ragguide.evaluate.records import (
    Case,
    FoundPassage,
    Judged,
    Machine,
    Mode,
    ModelRecord,
    Outcome,
    Passage,
    Quoted,
    Run,
    Span,
)
from ragguide.evaluate.runs import LoadedRun


def a_case(id_: str = "q1", **fields: object) -> Case:
    return Case(id=id_, question=f"What of {id_}?", **fields)  # type: ignore[arg-type]


def a_hit(
    page: int, *, last: int = 0, document: str = "guide", place: Span | None = None, n: int = 1
) -> FoundPassage:
    """A passage of a page; `n` distinguishes passages of one page."""
    span = place or Span(document=document, start=0, end=100)
    return FoundPassage(
        chunk_id=f"{span.document}/p{page:04d}-{n:02d}",
        span=span,
        page_first=page,
        page_last=last or page,
        score=0.5,
    )


def judged(case: Case, *hits: FoundPassage, **fields: object) -> Judged:
    outcome = Outcome(case_id=case.id, hits=hits, **fields)  # type: ignore[arg-type]
    return Judged(case=case, outcome=outcome)


def a_quote(page: int, text: str = "", *, mark: int = 1, document: str = "guide") -> Quoted:
    return Quoted(mark=mark, document=document, page_first=page, page_last=page, text=text)


def a_run(*cases: Judged, mode: Mode = "search", **fields: object) -> LoadedRun:
    """A finished run of these, with a text for each passage."""
    record = Run(
        schema_version=1,
        fingerprint="0" * 64,
        created="2026-01-02T03:04:05+00:00",
        machine=Machine(system="Linux", processor="any", n_cores=2, memory_gb=8, python="3.11"),
        ragguide_version="0.1.0",
        code_sha256="1" * 64,
        packages={"numpy": "2.0"},
        mode=mode,
        depth=10,
        cases_name="made.jsonl",
        cases_sha256="2" * 64,
        n_cases=len(cases),
        index="default",
        generation=1,
        index_sha256="3" * 64,
        sources={"guide": "4" * 64},
        embedder=ModelRecord(name="fake-embedder", sha256="5" * 64),
        generator=None,
        prompt_version="1",
        seed=0,
        settings={"top_k": 5, "dense_weight": 0.5},
    )
    hits = {hit.chunk_id: hit for each in cases for hit in each.outcome.hits}
    passages = {
        id_: Passage(chunk_id=id_, section=("Part", f"Page {hit.page_first}"), text=f"Text {id_}.")
        for id_, hit in hits.items()
    }
    return LoadedRun(msgspec.structs.replace(record, **fields), cases, passages)
