"""How much of the evidence the generator gets to read, by the order of the passages.

    python benchmarks/context.py [INDEX SET.jsonl]... [--indexes-dir DIR] [--tokens 340]

Without arguments: the question sets of the default guide on the index `guide`. For questions with
an answer that are not refused: how often the gold quotes stand in the five hits, in the quotes, and
in the passages that a generator would read: in the order of the hits, as shipped, or of the quotes.
No generator is needed; the embedder's tokens count.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

import ragguide.augment.quotes as quoting
from ragguide import Guide, load_settings
from ragguide.augment.passages import choose_passages
from ragguide.augment.quotes import Quoted
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source

DATA = Path(__file__).resolve().parent.parent / "data" / "eval"
DEFAULT = ["guide", str(DATA / "guide.jsonl"), "guide", str(DATA / "answers.jsonl")]
COVERED = 0.75  # share of the words of the gold quotes


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", nargs="*", default=DEFAULT, metavar="INDEX SET")
    parser.add_argument("--indexes-dir", default=None)
    parser.add_argument("--tokens", type=int, default=340)
    args = parser.parse_args()
    for index, path in zip(args.pairs[::2], args.pairs[1::2], strict=True):
        guide = Guide.open(
            settings=load_settings({"index": index, "indexes_dir": args.indexes_dir})
        )
        found: Counter[str] = Counter()
        for case in read_questions(open_source(Path(path))).cases:
            if case.is_answerable and case.quotes:
                found.update(places(guide, case.question, case.quotes, args.tokens))
        n = found.pop("questions")
        print(index, Path(path).name, n, {where: f"{found[where] / n:.3f}" for where in found})


def places(guide: Guide, question: str, gold: Sequence[str], budget: int) -> list[str]:
    """Return where the gold quotes of a question stand; nothing if it is refused."""
    kept: list[Quoted] = []
    choose = quoting.choose_quotes

    def keep(*args: object, **options: object) -> Quoted:
        kept.append(choose(*args, **options))  # type: ignore[arg-type]
        return kept[-1]

    quoting.choose_quotes = keep  # type: ignore[assignment]
    try:
        answer = guide.query(question, quotes_only=True)
    finally:
        quoting.choose_quotes = choose
    if not kept:
        return []
    quoted = kept[0]
    texts = {
        "hits": [hit.chunk.text for hit in answer.hits],
        "quotes": [each.quote for each in answer.quotes],
        "by hit": read(guide, quoted, budget),
        "by quote": read(guide, by_quote(quoted), budget),
    }
    wanted = words(" ".join(gold))
    covered = [
        where
        for where, some in texts.items()
        if len(wanted & words(" ".join(some))) >= COVERED * len(wanted)
    ]
    return ["questions", *covered]


def read(guide: Guide, quoted: Quoted, budget: int) -> list[str]:
    passages = choose_passages(
        quoted.candidates,
        quoted.weights,
        lambda text: guide._count_tokens([text])[0],
        budget=budget,
        first=quoted.places,
    )
    return [passage.text for passage in passages]


def by_quote(quoted: Quoted) -> Quoted:
    """Return the same candidates with hits in the order of their best statements."""
    by_weight = sorted(range(len(quoted.candidates)), key=lambda i: -quoted.weights[i])
    best = [quoted.candidates[i].hit.chunk.id for i in [*quoted.places, *by_weight]]
    rank = {chunk: n for n, chunk in enumerate(dict.fromkeys(best), start=1)}
    candidates = [
        replace(each, hit=replace(each.hit, rank=rank[each.hit.chunk.id]))
        for each in quoted.candidates
    ]
    return replace(quoted, candidates=candidates)


def words(text: str) -> set[str]:
    return {*re.findall(r"\w+", text.casefold())}


if __name__ == "__main__":
    sys.exit(main())
