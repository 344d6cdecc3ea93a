"""Questions and ways to choose what a model quotes first in, the facts that its sentences hold out.

    python benchmarks/quotations.py INDEX QUESTIONS.jsonl [--llm NAME] [--first 60]

The ways: by the model alone, by the search alone, by both as ragguide does it, and by both with one
sentence, or always with two where two weigh enough. Each question is asked in each way, one after
the other, whatever is refused aside. Facts are those of the model's sentences alone.
"""

import argparse
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from ragguide import Guide, load_settings
from ragguide.augment import prompt
from ragguide.evaluate.answers import fact_recall, text_of
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source

NEVER, ALWAYS = 1e9, 1e4
WAYS: dict[str, dict[str, Any]] = {
    "model alone": {"FAVOUR": 0.0},
    "search alone": {"FAVOUR": ALWAYS},
    "both": {"FAVOUR": prompt.FAVOUR},
    "both, one sentence": {"SECOND": NEVER},
    "both, two sentences": {"ALONE": ALWAYS},
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index")
    parser.add_argument("questions", type=Path)
    parser.add_argument("--llm")
    parser.add_argument("--first", type=int, help="questions; default: all")
    args = parser.parse_args()
    settings = load_settings({"index": args.index, "generator": args.llm, "false_refusals": 0.0})
    guide = Guide.open(settings=settings)
    cases = [case for case in read_questions(open_source(args.questions)).cases if case.facts]
    facts: dict[str, list[float]] = {way: [] for way in WAYS}
    words: dict[str, list[int]] = {way: [] for way in WAYS}
    for case in cases[: args.first]:
        for way, constants in WAYS.items():
            with patch.multiple(prompt, **constants):
                said = text_of(guide.query(case.question).answer)
            facts[way].append(fact_recall(case, said))
            words[way].append(len(said.split()))
    for way in WAYS:
        print(f"{way:<20} {np.mean(facts[way]):.3f} of the facts, {np.mean(words[way]):.0f} words")


if __name__ == "__main__":
    main()
