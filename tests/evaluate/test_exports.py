"""Other programs compute our figures from an exported run."""

import json
import random
from pathlib import Path

import ir_measures
import msgspec
import pytest
import pytrec_eval

from ragguide.errors import UsageError
from ragguide.evaluate.exports import write_ragas, write_trec
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.records import Case, Judged, Passage, Span
from ragguide.evaluate.runs import LoadedRun
from ragguide.evaluate.statistics import figure_of, rows_of
from tests.evaluate.made import a_case, a_hit, a_quote, judged
from tests.evaluate.test_runs import a_run


def generated(n: int) -> list[Judged]:
    """Cases with gold of all units, and hits that find some of it; a tenth of them failed."""
    rng = random.Random(3)
    items = []
    for number in range(n):
        documents = [f"doc {rng.randrange(6)}" for _ in range(3)]
        case = a_case(
            f"case {number}",
            kind=rng.choice(["", "multi"]),
            pages=tuple(rng.sample(range(1, 9), 2)),
            evidence="x",
            relevant={name: rng.randrange(3) for name in documents} | {"doc 1": 1},
        )
        pages = rng.sample(range(1, 30), 10)
        hits = []
        for page in pages:
            place = Span(document=f"doc {rng.randrange(6)}", start=page * 10, end=page * 10 + 40)
            hits.append(a_hit(page % 9 + 1, place=place, n=page))
        near = rng.choice(hits).span
        gold = ((msgspec.structs.replace(near, start=near.start + rng.randrange(40)),),)
        if rng.random() < 0.1:
            items.append(judged(case, error="broke"))
        else:
            items.append(judged(case, *hits, gold=gold))
    return [*items, judged(a_case("silent", kind="unanswerable"), a_hit(1))]


def loaded(items: list[Judged], **fields: object) -> LoadedRun:
    passages = {
        hit.chunk_id: Passage(chunk_id=hit.chunk_id, section=(), text=f"Text of {hit.chunk_id}.")
        for item in items
        for hit in item.outcome.hits
    }
    return LoadedRun(a_run(**fields), tuple(items), passages)


@pytest.mark.parametrize("unit", ["page", "span", "document"])
def test_trec_eval_computes_the_same_figures(unit: str, tmp_path: Path) -> None:
    items = generated(80)
    write_trec(loaded(items), tmp_path, unit=unit, tag="a run")  # type: ignore[arg-type]
    with (tmp_path / "qrels.txt").open() as file:
        qrels = pytrec_eval.parse_qrel(file)
    with (tmp_path / "run.txt").open() as file:
        run = pytrec_eval.parse_run(file)
    evaluator = pytrec_eval.RelevanceEvaluator(
        qrels, {"success.1,5", "recall.5,10", "recip_rank", "ndcg_cut.10"}
    )
    theirs = evaluator.evaluate(run)
    assert "silent" not in qrels
    names = {
        "hit@1": "success_1", "hit@5": "success_5", "recall@5": "recall_5",
        "recall@10": "recall_10", "MRR": "recip_rank", "nDCG@10": "ndcg_cut_10",
    }  # fmt: skip
    for name, their_name in names.items():
        measure = find_measure(name if unit == "page" else f"{name}:{unit}")
        ours = figure_of(measure.summarise, rows_of(measure, items))
        # trec_eval -c: a question without hits counts as zero
        their_mean = sum(theirs.get(q, {}).get(their_name, 0.0) for q in qrels) / len(qrels)
        assert ours == pytest.approx(their_mean, abs=1e-6)
        assert 0 < ours < 1


def test_ir_measures_reads_the_exported_files(tmp_path: Path) -> None:
    items = generated(30)
    write_trec(loaded(items), tmp_path, unit=None, tag="a run")
    found = ir_measures.calc_aggregate(
        [ir_measures.nDCG @ 10],
        ir_measures.read_trec_qrels(str(tmp_path / "qrels.txt")),
        ir_measures.read_trec_run(str(tmp_path / "run.txt")),
    )
    measure = find_measure("nDCG@10:document")  # cases that name relevant documents are judged so
    ours = figure_of(measure.summarise, rows_of(measure, items))
    assert found[ir_measures.nDCG @ 10] == pytest.approx(ours, abs=1e-6)
    lines = (tmp_path / "run.txt").read_text("utf-8").splitlines()
    assert all(len(line.split(" ")) == 6 for line in lines)
    assert lines[0].startswith("case%200 Q0 doc%20")


def test_a_unit_without_gold_is_rejected(tmp_path: Path) -> None:
    run = loaded([judged(a_case(pages=(1,)), a_hit(1))])
    with pytest.raises(UsageError, match="no question of the run has gold for --unit document"):
        write_trec(run, tmp_path, unit="document", tag="x")


def test_ragas_samples_contain_the_passages_of_the_answer(tmp_path: Path) -> None:
    case = Case(
        id="a",
        question="Why?",
        answer="So.",
        evidence="It is so.",
        metadata={"response": "of another system", "rubrics": {"score": "5"}},
    )
    items = [
        judged(
            case, *(a_hit(n) for n in range(1, 9)), answer="It is. [1]", quotes=(a_quote(1, "q"),)
        ),
        judged(a_case("b"), a_hit(1), refused=True, quotes=(a_quote(1, "So it is."),)),
        judged(a_case("c"), error="broke"),
    ]
    write_ragas(loaded(items, mode="answers"), tmp_path)
    first, second, third = map(json.loads, (tmp_path / "samples.jsonl").read_text().splitlines())
    assert first["user_input"] == "Why?"
    assert first["response"] == "It is."
    assert first["reference"] == "So."
    assert first["reference_contexts"] == ["It is so."]
    assert first["retrieved_contexts"] == [f"Text of guide/p{n:04d}-01." for n in range(1, 6)]
    assert first["rubrics"] == {"score": "5"}
    assert second["response"] == "So it is."
    assert not {"response", "retrieved_contexts"} & third.keys()
