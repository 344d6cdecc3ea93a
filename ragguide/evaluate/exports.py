"""A run in, files for other evaluation tools out.

trec    run.txt and qrels.txt, which trec_eval scores as we score the run
ragas   samples.jsonl: questions, passages and answers
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate.answers import text_of
from ragguide.evaluate.formats.ragas import CONTEXTS, RESPONSE, to_sample
from ragguide.evaluate.formats.source import write_bytes
from ragguide.evaluate.ranking import UNITS, Unit, ranking_of
from ragguide.evaluate.records import Judged
from ragguide.evaluate.runs import LoadedRun

RUN_FILE, QRELS_FILE, SAMPLES_FILE = "run.txt", "qrels.txt", "samples.jsonl"

_SPACE = re.compile(r"\s|%")


def write_trec(run: LoadedRun, folder: Path, *, unit: Unit | None, tag: str) -> None:
    """Write a run and its judgements for `trec_eval -c`, which counts questions without hits.

    A "document" in these files is an item of a `Ranking`: a need of the case (a relevant document,
    the gold pages, a quote), or a passage that meets no need. Cases without needs are left out.

    Args:
        run: a finished run.
        folder: for both files.
        unit: to judge by; None means documents if cases name relevant ones, else pages.
        tag: the run's name in its file.

    Raises:
        UsageError: no case has gold in this unit.
        StorageError: the folder cannot be written.
    """
    unit = unit or _usual_unit(run.judged)
    ranked: list[str] = []
    qrels: list[str] = []
    for judged in run.judged:
        ranking = ranking_of(judged, unit)
        if ranking is None:
            continue
        question = _word(judged.case.id)
        qrels += [f"{question} 0 {_word(name)} {grade}" for name, grade in ranking.needs]
        n_items = len(ranking.items)
        ranked += [
            f"{question} Q0 {_word(name)} {rank} {n_items - rank + 1} {_word(tag)}"
            for rank, name in enumerate(ranking.items, start=1)
        ]
    if not qrels:
        raise UsageError(f"no question of the run has gold for --unit {unit}. Choose another unit.")
    write_bytes(folder / RUN_FILE, _lines(ranked))
    write_bytes(folder / QRELS_FILE, _lines(qrels))


def write_ragas(run: LoadedRun, folder: Path) -> None:
    """Write one sample a case; a failed case has no response and no contexts.

    Raises:
        StorageError: the folder cannot be written.
    """
    samples = [msgspec.json.encode(_sample(run, judged)) for judged in run.judged]
    write_bytes(folder / SAMPLES_FILE, b"".join(sample + b"\n" for sample in samples))


def _sample(run: LoadedRun, judged: Judged) -> dict[str, Any]:
    sample = to_sample(judged.case)
    for key in (CONTEXTS, RESPONSE):  # the question set may contain another system's
        sample.pop(key, None)
    outcome = judged.outcome
    if outcome.error:
        return sample
    hits = outcome.hits[: int(run.record.settings["top_k"] or 0)]  # the passages of the answer
    sample[CONTEXTS] = [run.passages[hit.chunk_id].text for hit in hits]
    if run.record.mode != "search":
        quotes = " ".join(quote.text for quote in outcome.quotes)
        sample[RESPONSE] = text_of(outcome.answer) or quotes
    return sample


def _usual_unit(judged: Sequence[Judged]) -> Unit:
    usable = [unit for unit in UNITS if any(ranking_of(each, unit) for each in judged)]
    if "document" in usable:
        return "document"
    return usable[0] if usable else "page"


def _word(name: str) -> str:
    """Percent-encode white space, which separates the columns."""
    return _SPACE.sub(lambda char: "".join(f"%{byte:02X}" for byte in char[0].encode()), name)


def _lines(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
