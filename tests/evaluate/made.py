"""Cases and outcomes for the tests of evaluation, given by what matters of them."""

from ragguide.evaluate.records import Case, FoundPassage, Judged, Outcome, Quoted, Span


def a_case(id_: str = "q1", **fields: object) -> Case:
    return Case(id=id_, question=f"What of {id_}?", **fields)  # type: ignore[arg-type]


def a_hit(
    page: int, *, last: int = 0, document: str = "guide", start: int = 0, end: int = 100, n: int = 1
) -> FoundPassage:
    """A passage of a page; its name tells passages of one page apart by `n`."""
    return FoundPassage(
        chunk_id=f"{document}/p{page:04d}-{n:02d}",
        span=Span(document=document, start=start, end=end),
        page_first=page,
        page_last=last or page,
        score=0.5,
    )


def judged(case: Case, *hits: FoundPassage, **fields: object) -> Judged:
    outcome = Outcome(case_id=case.id, hits=hits, **fields)  # type: ignore[arg-type]
    return Judged(case=case, outcome=outcome)


def a_quote(page: int, text: str = "", *, mark: int = 1, document: str = "guide") -> Quoted:
    return Quoted(mark=mark, document=document, page_first=page, page_last=page, text=text)
