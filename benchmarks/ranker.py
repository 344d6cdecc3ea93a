"""Quotes with and without the statement ranker, question by question in one run.

    python benchmarks/ranker.py [INDEX SET.jsonl]... [--indexes-dir DIR]

Without arguments: the question sets of the default guide on the index `guide`. For questions with
an answer: how often the first quote holds the evidence, the mean reciprocal rank of the first one
that does, the share of facts in all quotes, their words, and the processor time per question.
"""

import argparse
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from ragguide import Guide, load_settings
from ragguide.evaluate.answers import fact_recall
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.evaluate.records import Case

DATA = Path(__file__).resolve().parent.parent / "data" / "eval"
DEFAULT = ["guide", str(DATA / "guide.jsonl"), "guide", str(DATA / "answers.jsonl")]


class Row(NamedTuple):
    reciprocal: float  # of the rank of the first quote with the evidence
    facts: float | None  # share of the case's facts in the quotes
    n_words: int
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", nargs="*", default=DEFAULT, metavar="INDEX SET")
    parser.add_argument("--indexes-dir", default=None)
    args = parser.parse_args()
    print("index set                    ranker   n  hit@1   MRR  facts words  ms")
    totals: dict[bool, list[Row]] = {False: [], True: []}
    for index, path in zip(args.pairs[::2], args.pairs[1::2], strict=True):
        questions = read_questions(open_source(Path(path))).cases
        cases = [case for case in questions if case.is_answerable and case.quotes]
        rows = measure(index, cases, args.indexes_dir)
        for is_ranked, some in rows.items():
            totals[is_ranked] += some
            report(f"{index} {Path(path).name}", is_ranked, some)
    for is_ranked, every in totals.items():
        report("all", is_ranked, every)


def measure(index: str, cases: Sequence[Case], folder: str | None) -> dict[bool, list[Row]]:
    settings = load_settings({"index": index, "indexes_dir": folder})
    guides = {
        is_ranked: Guide.open(settings=replace(settings, rank_statements=is_ranked))
        for is_ranked in (False, True)
    }
    for guide in guides.values():
        guide.warm_up()
    return {is_ranked: [ask(guide, case) for case in cases] for is_ranked, guide in guides.items()}


def ask(guide: Guide, case: Case) -> Row:
    start = time.process_time()
    quotes = [each.quote for each in guide.query(case.question, quotes_only=True).quotes]
    seconds = time.process_time() - start
    wanted = [letters(text) for text in case.quotes]
    ranks = (
        rank
        for rank, quote in enumerate(map(letters, quotes), start=1)
        if any(text in quote or (len(quote) > 25 and quote in text) for text in wanted)
    )
    facts = fact_recall(case, " ".join(quotes)) if case.facts else None
    reciprocal = next((1 / rank for rank in ranks), 0.0)
    return Row(reciprocal, facts, sum(len(quote.split()) for quote in quotes), seconds)


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).casefold().strip()


def report(name: str, is_ranked: bool, rows: Sequence[Row]) -> None:
    n = len(rows)
    facts = [row.facts for row in rows if row.facts is not None]
    print(
        f"{name:28} {'on ' if is_ranked else 'off'} {n:6}"
        f"  {sum(row.reciprocal == 1 for row in rows) / n:.3f}"
        f" {sum(row.reciprocal for row in rows) / n:.3f}"
        f"  {sum(facts) / max(1, len(facts)):.3f} {sum(row.n_words for row in rows) / n:5.0f}"
        f" {1000 * sum(row.seconds for row in rows) / n:5.0f}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
