"""The cards as Anki reads them: headers, one line a card, tabs between fields."""

import csv

from ragguide.evaluate.quiz.anki import anki_text
from ragguide.evaluate.records import Case

CASE = Case(
    id="1", question="Is 3 < 4,\nand\twhy?", kind="yes no", answer="Yes & always.", pages=(4, 6),
    evidence="3 < 4 holds.", document="sums",
)  # fmt: skip


def test_a_card_has_its_question_its_answer_with_page_and_quote_and_a_fixed_id() -> None:
    headers, _, lines = anki_text([CASE], "sums").partition("#tags column:4\n")
    assert headers.splitlines() == [
        "#separator:tab", "#html:true", "#notetype:Basic", "#deck:sums", "#guid column:1",
    ]  # fmt: skip
    ((guid, front, back, tags),) = csv.reader(lines.splitlines(), delimiter="\t")
    assert guid.startswith("ragguide-")
    assert front == "Is 3 &lt; 4, and why?"
    assert back == "Yes &amp; always.<br><i>“3 &lt; 4 holds.”</i><br>sums, p. 4, p. 6"
    assert tags == "ragguide::yes-no"
    assert anki_text([CASE], "sums") == anki_text([CASE], "sums")


def test_a_verdict_or_facts_answer_a_question_without_a_reference() -> None:
    verdict = Case(id="1", question="Is it?", verdict="no")
    facts = Case(id="2", question="Which?", facts=(("red", "scarlet"), ("blue",)))
    lines = anki_text([verdict, facts], "x").splitlines()[6:]
    assert [line.split("\t")[2] for line in lines] == ["no", "red; blue"]
