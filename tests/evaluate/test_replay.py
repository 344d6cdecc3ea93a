"""Questions before and after an update: which answers change, and which get worse."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ragguide import Guide, Settings, load_settings
from ragguide.errors import GateNotMet
from ragguide.evaluate.records import Case
from ragguide.evaluate.replay import Replay, replay
from ragguide.evaluate.replay_report import replay_to_markdown
from tests.pdfs import write_pdf

pytestmark = pytest.mark.model

THINGS = (
    "anchor boiler compass drum engine fender galley hatch ladder mast needle oar pump rudder sail"
).split()
PAGES = [
    f"Of the {thing}\nThe {thing} of the ship weighs {20 + i} kilograms.\nIt is stored with care."
    for i, thing in enumerate(THINGS)
]
CASES = [
    Case(
        id=f"q{page:02d}",
        question=f"How heavy is the {thing}?",
        facts=((f"{19 + page} kilograms",),),
        pages=(page,),
        evidence=f"The {thing} of the ship weighs {19 + page} kilograms.",
    )
    for page, thing in enumerate(THINGS, start=1)
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_pdf(tmp_path / "ship.pdf", PAGES, title="Ship")
    settings = load_settings({"indexes_dir": tmp_path / "indexes", "runs_dir": tmp_path / "runs"})
    Guide.ingest(tmp_path / "ship.pdf", settings=settings)
    return settings


def replayed(
    settings: Settings, pages: Sequence[str], cases: Sequence[Case] = CASES, **allowed: bool
) -> Replay:
    """Write the new guide, update, and replay the questions."""
    write_pdf(settings.indexes_dir.parent / "ship.pdf", pages, title="Ship")
    found = []

    def judge(draft: Guide, _changes: object) -> None:
        before = Guide.open(settings=settings)
        found.append(
            replay(
                before,
                draft,
                cases,
                cases_name="ship",
                mode="quotes",
                depth=5,
                on_stage=lambda _stage, _done, _total: None,
                **allowed,
            )
        )
        if not found[0].is_met:
            raise GateNotMet("worse")

    try:
        Guide.update(settings=settings, judge=judge)
    except GateNotMet:
        assert Guide.open(settings=settings).manifest.generation == 1
    else:
        assert Guide.open(settings=settings).manifest.generation == 2
    return found[0]


def test_pages_inserted_at_the_front_are_no_loss(settings: Settings) -> None:
    found = replayed(settings, ["Preface\nOf many things.", "Contents\nMore of it.", *PAGES])
    assert (found.is_met, found.lost, found.evidence_gone) == (True, (), ())
    assert found.comparison.n_shared == len(CASES)
    figures = {each.measure: each for each in found.comparison.differences}
    assert figures["hit@5"].first == figures["hit@5"].second == 1.0


def test_one_changed_number_is_reported_but_passes(settings: Settings) -> None:
    pages = [page.replace("weighs 21 kilo", "weighs 91 kilo") for page in PAGES]
    found = replayed(settings, pages)
    assert (found.is_met, found.lost, found.evidence_gone) == (True, ("q02",), ("q02",))
    assert found.evidence_vanished == ()  # the sentence is there, with another number
    assert [(each.case_id, each.before, each.after) for each in found.changed] == [
        ("q02", "ship, page 2", "ship, page 2")
    ]
    assert set(found.changed[0].what) == {"first passage", "quotes"}


def test_a_guide_without_its_answers_is_rejected(
    settings: Settings,
) -> None:
    pages = [f"Of the {thing}\nSee the appendix." for thing in THINGS]
    found = replayed(settings, pages)
    assert not found.is_met
    assert set(found.lost) == set(found.evidence_gone) == {case.id for case in CASES}
    assert any(gate.name.startswith("facts") for gate in found.gates)
    assert set(found.evidence_vanished) == set(found.evidence_gone)
    page = replay_to_markdown(found, ["  ~ ship, p. 1"])
    assert page.startswith("# default/000002: fails the gate, so the update was rejected\n")
    assert "- **not met**: facts not worse than default/000001" in page
    assert "    ~ ship, p. 1" in page
    assert f"## Answers that changed: {len(CASES)} of {len(CASES)}" in page


def test_the_gate_closes_if_the_evidence_of_one_question_vanishes(settings: Settings) -> None:
    pages = [*PAGES[:3], "Of the galley\nThe cook sleeps here.", *PAGES[4:]]
    found = replayed(settings, pages)
    assert found.evidence_vanished == ("q04",)
    passed, closed = found.gates
    assert passed.is_met  # one of fifteen questions is not significant
    assert (closed.name, closed.is_met) == ("evidence kept", False)
    assert closed.reason == "the new guide has no evidence for 1 question any more: q04"
    assert "- **not met**: evidence kept" in replay_to_markdown(found, [])
    assert replayed(settings, pages, allow_lost_evidence=True).is_met


def test_five_questions_cannot_close_the_gate_so_it_is_undecided(settings: Settings) -> None:
    pages = [*PAGES, "Of the winch\nThe winch turns."]
    found = replayed(settings, pages, CASES[:5])
    (gate,) = found.gates
    assert (gate.is_met, gate.is_undecided) == (False, True)
    assert "**undecided**: not worse than default/000001" in replay_to_markdown(found, [])
    assert replayed(settings, pages, CASES[:5], allow_undecided=True).is_met
