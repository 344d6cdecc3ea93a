"""A PDF and its questions in, page-level retrieval measures out, one line for each way to rank.

    python benchmarks/retrieval.py data/guide.pdf data/eval/guide.jsonl

A hit counts if its passage touches a gold page; for questions of kind `multi` any of their pages.
Only the question that the guide answers are ranked; telling the others apart is the last line:
AUROC of the best fused score, answerable against not.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide import Guide, Hit, Settings
from ragguide.retrieve import KEYWORD_HALF

Scores = NDArray[np.float64]


class Case(msgspec.Struct, frozen=True):
    """A question with the pages that answer it; other keys of the line are not needed here."""

    question: str
    kind: str
    pages: tuple[int, ...]


class Ranked(msgspec.Struct, frozen=True):
    """All candidates for a question, in no order."""

    case: Case
    cosines: Scores
    keywords: Scores
    is_gold: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("pdf", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--json", action="store_true", help="the default ranking alone, as JSON")
    args = parser.parse_args()
    with args.cases.open(encoding="utf-8") as file:
        cases = [msgspec.json.decode(line, type=Case) for line in file]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(indexes_dir=Path(folder))
        Guide.ingest(args.pdf, settings=settings)
        guide = Guide.open(settings=settings)
        ranked = [_ranked(case, guide.search(case.question, top_k=100)) for case in cases]
    answerable = [item for item in ranked if item.case.pages]
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
    best = [float(rankings[default](item).max()) for item in ranked]
    print(f"refusal by best score: AUROC {_auroc(best, [bool(i.case.pages) for i in ranked]):.3f}")


class _Plain(argparse.RawDescriptionHelpFormatter):
    pass


def _ranked(case: Case, hits: list[Hit]) -> Ranked:
    return Ranked(
        case,
        np.array([hit.cosine for hit in hits]),
        np.array([hit.keyword_score for hit in hits]),
        np.array(
            [
                any(hit.chunk.page_first <= page <= hit.chunk.page_last for page in case.pages)
                for hit in hits
            ]
        ),
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
    """hit@k and MRR; a question whose gold page is not among the candidates counts zero."""
    firsts = []
    for item in items:
        gold = np.flatnonzero(item.is_gold[np.argsort(-score(item), kind="stable")])
        firsts.append(float(gold[0]) + 1 if len(gold) else np.inf)
    ranks = np.array(firsts)
    return {
        "hit@1": float((ranks <= 1).mean()),
        "hit@3": float((ranks <= 3).mean()),
        "hit@5": float((ranks <= 5).mean()),
        "MRR": float((1 / ranks).mean()),
    }


def _auroc(scores: list[float], positive: list[bool]) -> float:
    """Chance that a positive scores above a negative. Source: Mann & Whitney 1947."""
    pairs = [
        (a > b) + 0.5 * (a == b)
        for a, is_a in zip(scores, positive, strict=True)
        if is_a
        for b, is_b in zip(scores, positive, strict=True)
        if not is_b
    ]
    return float(np.mean(pairs)) if pairs else float("nan")


if __name__ == "__main__":
    main()
