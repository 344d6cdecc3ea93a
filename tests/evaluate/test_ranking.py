"""Needs and ranks, and that the figures agree with trec_eval."""

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from ragguide.evaluate.ranking import CUTOFFS, Ranking, figures, pages_met, ranking_of
from ragguide.evaluate.records import Span
from tests.evaluate.made import a_case, a_hit, judged


def test_any_gold_page_meets_the_need_of_a_question() -> None:
    case = a_case(pages=(4, 9))
    found = ranking_of(judged(case, a_hit(2), a_hit(9), a_hit(4)), "page")
    assert found == Ranking(
        items=("guide/p0002-01", "page:4|9", "guide/p0004-01"), needs=(("page:4|9", 1),)
    )
    assert figures(found)["MRR"] == 0.5
    assert figures(found)["recall@3"] == 1.0


def test_a_multi_question_needs_each_of_its_pages() -> None:
    case = a_case(kind="multi", pages=(4, 9))
    found = ranking_of(judged(case, a_hit(9), a_hit(1), a_hit(3, last=4)), "page")
    assert found is not None
    assert found.items == ("page:9", "guide/p0001-01", "page:4")
    scores = figures(found)
    assert (scores["hit@1"], scores["recall@1"], scores["recall@3"]) == (1.0, 0.5, 1.0)


def test_a_second_passage_of_a_found_page_takes_a_rank_and_gains_nothing() -> None:
    case = a_case(kind="multi", pages=(4, 9))
    found = ranking_of(judged(case, a_hit(4), a_hit(4, n=2), a_hit(9)), "page")
    assert found is not None
    assert found.items == ("page:4", "guide/p0004-02", "page:9")


def test_a_page_of_another_document_meets_no_need() -> None:
    case = a_case(pages=(4,), document="guide")
    found = ranking_of(judged(case, a_hit(4, document="other"), a_hit(4)), "page")
    assert found is not None
    assert found.items == ("other/p0004-01", "page:4")


def test_half_a_quote_is_enough_and_less_is_not() -> None:
    case = a_case(evidence="x")
    gold = ((Span(document="guide", start=100, end=120),),)
    too_little = a_hit(1, place=Span(document="guide", start=0, end=109))
    half = a_hit(2, place=Span(document="guide", start=110, end=200))
    found = ranking_of(judged(case, too_little, half, gold=gold), "span")
    assert found is not None
    assert found.items == ("guide/p0001-01", "quote:1")


def test_a_quote_may_be_found_at_any_of_its_places() -> None:
    case = a_case(evidence="x")
    gold = ((Span(document="a", start=0, end=9), Span(document="b", start=50, end=59)),)
    found = ranking_of(judged(case, a_hit(1, document="b"), gold=gold), "span")
    assert found is not None
    assert found.items == ("quote:1",)


def test_documents_rank_by_their_first_passage_and_count_by_their_grade() -> None:
    case = a_case(relevant={"a": 1, "b": 2, "c": 0})
    hits = [a_hit(1, document=name) for name in "xa"] + [a_hit(2, document=name) for name in "xb"]
    found = ranking_of(judged(case, *hits), "document")
    assert found == Ranking(items=("x", "a", "b"), needs=(("a", 1), ("b", 2)))


@pytest.mark.parametrize("unit", ["page", "span", "document"])
def test_a_case_without_gold_in_a_unit_is_not_measured_by_it(unit: str) -> None:
    assert ranking_of(judged(a_case(), a_hit(1)), unit) is None  # type: ignore[arg-type]


def test_a_failed_case_has_found_nothing_in_any_unit() -> None:
    case = a_case(pages=(1,), evidence="x", relevant={"a": 1})
    failed = judged(case, error="the model broke")
    for unit in ("page", "span", "document"):
        found = ranking_of(failed, unit)  # type: ignore[arg-type]
        assert found is not None
        assert set(figures(found).values()) == {0.0}


def test_citations_meet_pages_as_passages_do() -> None:
    case = a_case(kind="multi", pages=(4, 9), document="guide")
    assert pages_met(case, [("guide", 3, 4), ("other", 9, 9)]) == ([True, False], 0.5)
    assert pages_met(case, []) == ([], 0.0)


IDS = st.sampled_from([f"d{n}" for n in range(30)])


@given(
    items=st.lists(IDS, unique=True, max_size=30),
    needs=st.dictionaries(IDS, st.integers(1, 3), min_size=1, max_size=6),
)
def test_figures_agree_with_trec_eval(items: list[str], needs: dict[str, int]) -> None:
    cuts = ",".join(map(str, CUTOFFS))
    evaluator = pytrec_eval.RelevanceEvaluator(
        {"q": needs}, {f"success.{cuts}", f"recall.{cuts}", "recip_rank", f"ndcg_cut.{cuts}"}
    )
    run = {item: 1.0 / place for place, item in enumerate(items, start=1)}
    theirs = evaluator.evaluate({"q": run})["q"] if run else {}
    ours = figures(Ranking(tuple(items), tuple(needs.items())))
    names = {"hit": "success", "recall": "recall", "nDCG": "ndcg_cut"}
    expected = {
        f"{our}@{k}": theirs.get(f"{t}_{k}", 0.0) for our, t in names.items() for k in CUTOFFS
    }
    expected["MRR"] = theirs.get("recip_rank", 0.0)
    assert ours == pytest.approx(expected, abs=1e-6)
