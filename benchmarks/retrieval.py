"""A guide and its questions in, what each ingredient of the ranking brings out.

    python benchmarks/retrieval.py data/guide.pdf data/eval/guide.jsonl

Each row ranks the answerable questions in another way; the last is ragguide's own. `eval run` gives
the same figures for that one, with intervals; here the searches are taken apart.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from ragguide import Guide, Hit, Settings
from ragguide.evaluate.asking import found_passage
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.evaluate.gold import GoldFinder
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.records import Case, Judged, Outcome
from ragguide.evaluate.statistics import figure_of, rows_of
from ragguide.index.keywords import terms_of
from ragguide.retrieve import merge
from ragguide.retrieve.question import Reading
from ragguide.retrieve.search import Asked, Searcher

DEPTH = 100
MEASURES = ("hit@1", "hit@3", "hit@5", "MRR", "hit@1:span", "MRR:span")  # by page, by quote

Rank = Callable[[Sequence[Hit]], Sequence[Hit]]
Read = Callable[[str], Reading]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pdf", type=Path)
    parser.add_argument("cases", type=Path)
    args = parser.parse_args()
    cases = [c for c in read_questions(open_source(args.cases)).cases if c.is_answerable]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(indexes_dir=Path(folder))
        Guide.ingest(args.pdf, settings=settings)
        guide = Guide.open(settings=settings)
        print(f"{len(cases)} answerable questions, {guide.manifest.n_chunks} chunks")
        gold = GoldFinder(guide.documents())
        for name, hits in _rankings(guide, cases):
            _print(name, _measure(cases, hits, gold))
        own = [guide.search(case.question, top_k=10) for case in cases]
        for kind in sorted({case.kind for case in cases}):
            places = [i for i, case in enumerate(cases) if case.kind == kind]
            measured = _measure([cases[i] for i in places], [own[i] for i in places], gold)
            _print(f"   {kind}, {len(places)}", measured)


def _rankings(guide: Guide, cases: Sequence[Case]) -> Iterator[tuple[str, list[Sequence[Hit]]]]:
    """Yield each way to rank, and what it finds for each case."""
    weight = guide.settings.statement_weight

    def search(read: Read, of_statement: float, rank: Rank = list) -> list[Sequence[Hit]]:
        searcher = _searcher(guide)
        readings = [read(case.question) for case in cases]
        vectors = guide.embed([reading.text for reading in readings], kind="query")
        return [
            rank(
                searcher.search(
                    Asked(reading, vectors[i : i + 1]),
                    top_k=DEPTH,
                    dense_weight=guide.settings.dense_weight,
                    statement_weight=of_statement,
                )
            )
            for i, reading in enumerate(readings)
        ]

    joined, merge.MAX_JOINED = merge.MAX_JOINED, 1
    yield "BM25 alone", search(_as_typed, 0.0, partial(_by, "keyword_score"))
    yield "MiniLM alone", search(_as_typed, 0.0, partial(_by, "cosine"))
    yield "reciprocal rank fusion, k = 10", search(_as_typed, 0.0, _by_ranks)
    yield "blend of scores", search(_as_typed, 0.0)
    yield "+ the best statement", search(_as_typed, weight)
    yield "+ spelling", search(partial(_corrected, guide), weight)
    yield "+ acronyms", search(guide.read, weight)
    merge.MAX_JOINED = joined
    yield "+ neighbouring chunks joined", search(guide.read, weight)


def _searcher(guide: Guide) -> Searcher:
    return Searcher(guide._opened.engine)


def _as_typed(question: str) -> Reading:
    return Reading(question, dict.fromkeys(terms_of(question), 1.0), {}, {})


def _corrected(guide: Guide, question: str) -> Reading:
    """Read without acronyms."""
    for typed, right in guide.read(question).corrected.items():
        question = question.replace(typed, right)
    return _as_typed(question)


def _by(score: str, hits: Sequence[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: -float(getattr(hit.why, score)))


def _by_ranks(hits: Sequence[Hit]) -> list[Hit]:
    """Source: Cormack, Clarke & Buettcher, SIGIR 2009."""
    return sorted(
        hits,
        key=lambda hit: -1 / (10 + hit.why.cosine_rank) - 1 / (10 + (hit.why.keyword_rank or 1e9)),
    )


def _measure(
    cases: Sequence[Case], found: Sequence[Sequence[Hit]], gold: GoldFinder
) -> dict[str, float]:
    judged = [
        Judged(
            case=case,
            outcome=Outcome(
                case_id=case.id,
                hits=tuple(map(found_passage, hits)),
                gold=gold.find(case).spans,
            ),
        )
        for case, hits in zip(cases, found, strict=True)
    ]
    measures = map(find_measure, MEASURES)
    return {each.name: figure_of(each.summarise, rows_of(each, judged)) for each in measures}


def _print(name: str, measured: Mapping[str, float]) -> None:
    row = "  ".join(f"{key} {value:.3f}" for key, value in measured.items())
    print(f"{name:<34}{row}", flush=True)


if __name__ == "__main__":
    main()
