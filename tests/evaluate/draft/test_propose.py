"""Questions proposed to a person: spread over the guide, verbatim evidence, no repetition."""

from collections import Counter
from itertools import islice

import pytest

from ragguide import Guide
from ragguide.evaluate.answers import fold, says
from ragguide.evaluate.check import SetCheck
from ragguide.evaluate.draft.names import names_of
from ragguide.evaluate.draft.proposal import Proposal
from ragguide.evaluate.draft.propose import ask_model, propose
from ragguide.generate.llama import LlamaGenerator
from tests.fakes import FakeGenerator

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def proposals(guide: Guide) -> list[Proposal]:
    return list(islice(propose(guide.chunks), 120))


def test_evidence_and_facts_are_on_the_page(guide: Guide, proposals: list[Proposal]) -> None:
    """`eval check` finds no fault in any proposal."""
    cases = [p.case for p in proposals]
    remarks = SetCheck(guide.documents()).check(cases)
    assert [remark.text for remark in remarks if remark.is_fault] == []
    for case in cases:
        if case.is_answerable:
            assert all(says(fold(case.evidence), fact) for fact in case.facts)


def test_questions_come_from_many_sections_and_kinds(proposals: list[Proposal]) -> None:
    first = proposals[:30]
    assert len({proposal.section for proposal in first}) >= 25
    kinds = Counter(proposal.case.kind for proposal in first)
    assert len(kinds) >= 4
    assert kinds["unanswerable"] == 4
    assert kinds["table"] <= 8
    assert len({fold(p.case.question) for p in proposals}) == len(proposals)


def test_the_seed_sets_the_order(guide: Guide, proposals: list[Proposal]) -> None:
    again = list(islice(propose(guide.chunks), 20))
    other = list(islice(propose(guide.chunks, seed=1), 20))
    assert again == proposals[:20]
    assert other != proposals[:20]


def test_no_passage_on_the_name_of_a_near_miss_has_its_words(
    guide: Guide, proposals: list[Proposal]
) -> None:
    misses = [p.case for p in proposals if p.by == "near miss"]
    assert len(misses) > 10
    for case in misses:
        assert (case.kind, case.pages, case.evidence) == ("unanswerable", (), "")
        if case.question.startswith("Who invented "):
            name = case.question.removeprefix("Who invented ").rstrip("?")
            about = [chunk.text for chunk in guide.chunks if name in chunk.text]
            assert len(about) > 1
            assert not any("invented" in text for text in about)


def test_names_have_a_capital_in_mid_sentence(guide: Guide) -> None:
    is_name = names_of(guide.chunks)
    assert is_name("SageMaker")
    assert not is_name("Training")


def test_model_asks_every_other_question(guide: Guide) -> None:
    asked: list[str] = []

    def ask(sentence: str) -> str:
        asked.append(sentence)
        return f"What is meant by number {len(asked)} of these?"

    by_model = [p for p in islice(propose(guide.chunks, ask=ask), 60) if p.by == "model"]
    assert len(by_model) > 10
    assert all(p.case.evidence in asked for p in by_model)
    assert {p.case.kind for p in by_model} == {"paraphrase"}


@pytest.mark.parametrize(
    ("said", "question"),
    [
        (' "How deep is the lake?" It asks', "How deep is the lake?"),
        ("The lake is deep.", ""),
        ("Why?", ""),
        ("Is it so that the lake is deep and cold and blue, as told?", ""),  # gives it away
    ],
)
def test_a_model_s_reply_is_used_only_if_it_is_a_question(said: str, question: str) -> None:
    ask = ask_model(FakeGenerator(said))
    assert ask("The lake is deep and cold and blue.") == question


def test_real_model_asks_about_a_sentence() -> None:
    from ragguide.config import load_settings
    from ragguide.models.find import find_generator
    from tests.conftest import FAST_GENERATOR

    file = find_generator(FAST_GENERATOR, models_dir=load_settings({}).models_dir)
    ask = ask_model(LlamaGenerator(file.name, file.path, threads=2, seed=0))
    question = ask("KMS itself encrypts at most 4,096 bytes in a call.")
    assert question.endswith("?")
    assert "4,096" not in question
