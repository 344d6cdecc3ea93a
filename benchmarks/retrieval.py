"""A PDF and its questions in, page-level retrieval measures out, one line for each way to rank.

    python benchmarks/retrieval.py data/guide.pdf data/eval/guide.jsonl

The measures are those of `ragguide eval`, by page; it tells them of the ranking in use with their
intervals. This shows what other rankings of the same candidates would come to. The last line is
how well the best fused score tells the questions that the guide answers from the others.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide import Guide, Hit, Settings
from ragguide.evaluate.asking import found_passage
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.records import Case, Judged, Outcome
from ragguide.evaluate.statistics import figure_of, rows_of
from ragguide.retrieve import KEYWORD_HALF

Scores = NDArray[np.float64]

MEASURES = ("hit@1", "hit@3", "hit@5", "MRR")


class Ranked(msgspec.Struct, frozen=True):
    """All candidates for a question, in no order."""

    case: Case
    hits: Sequence[Hit]
    cosines: Scores
    keywords: Scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("pdf", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--json", action="store_true", help="the default ranking alone, as JSON")
    args = parser.parse_args()
    cases = read_questions(open_source(args.cases)).cases
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(indexes_dir=Path(folder))
        Guide.ingest(args.pdf, settings=settings)
        guide = Guide.open(settings=settings)
        ranked = [_ranked(case, guide.search(case.question, top_k=100)) for case in cases]
    answerable = [item for item in ranked if item.case.is_answerable]
    rankings = dict(_rankings(settings.dense_weight))
    default = next(iter(rankings))
    if args.json:
        print(json.dumps(_measures(answerable, rankings[default])))
        return
    print(f"{len(answerable)} answerable questions, {guide.manifest.n_chunks} chunks")
    for name, score in rankings.items():
        row = _measures(answerable, score)
        print(f"{name:<34}" + "  ".join(f"{key} {value:.3f}" for key, value in row.items()))
    for kind in sorted({item.case.kind for item in answerable}):
        of_kind = [item for item in answerable if item.case.kind == kind]
        row = _measures(of_kind, rankings[default])
        print(
            f"  {kind:<12} {len(of_kind):>3}  " + "  ".join(f"{k} {v:.2f}" for k, v in row.items())
        )
    print(f"refusal by best score: AUROC {_figure('AUROC', ranked, rankings[default]):.3f}")


class _Plain(argparse.RawDescriptionHelpFormatter):
    pass


def _ranked(case: Case, hits: list[Hit]) -> Ranked:
    return Ranked(
        case,
        hits,
        np.array([hit.cosine for hit in hits]),
        np.array([hit.keyword_score for hit in hits]),
    )


def _rankings(weight: float) -> Iterator[tuple[str, Callable[[Ranked], Scores]]]:
    """Names with what scores the candidates; the first is ragguide's own."""

    def blend(share: float) -> Callable[[Ranked], Scores]:
        return lambda item: (
            share * item.cosines + (1 - share) * (item.keywords / (item.keywords + KEYWORD_HALF))
        )

    yield f"blend, {weight:g} dense (the default)", blend(weight)
    for share in (0.5, 0.7, 0.8):
        yield f"blend, {share:g} dense", blend(share)
    yield (
        "each by its best hit, 0.7 dense",
        lambda item: 0.7 * _by_best(item.cosines) + 0.3 * _by_best(item.keywords),
    )
    yield (
        "reciprocal rank fusion, k = 10",
        lambda item: 1 / (10 + _ranks(item.cosines)) + 1 / (10 + _ranks(item.keywords)),
    )
    yield "dense alone", lambda item: item.cosines
    yield "BM25 alone", lambda item: item.keywords


def _by_best(scores: Scores) -> Scores:
    return scores / max(float(scores.max()), 1e-9)


def _ranks(scores: Scores) -> Scores:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks


def _measures(items: list[Ranked], score: Callable[[Ranked], Scores]) -> dict[str, float]:
    return {name: _figure(name, items, score) for name in MEASURES}


def _figure(name: str, items: list[Ranked], score: Callable[[Ranked], Scores]) -> float:
    measure = find_measure(name)
    return figure_of(measure.summarise, rows_of(measure, [_judged(i, score(i)) for i in items]))


def _judged(item: Ranked, scores: Scores) -> Judged:
    """The case with its candidates in the order of their scores."""
    order = np.argsort(-scores, kind="stable")
    outcome = Outcome(
        case_id=item.case.id,
        hits=tuple(found_passage(item.hits[place]) for place in order),
        answerability=float(scores.max(initial=0.0)),
    )
    return Judged(case=item.case, outcome=outcome)


if __name__ == "__main__":
    main()
