"""Refusals on a made guide that nothing was fitted to."""

import pytest

from ragguide import Guide
from ragguide.config import load_settings

pytestmark = pytest.mark.model

GUIDE = """# Handbook of the Elmsworth community garden

## Plots

The garden has 64 plots. A full plot measures 40 square metres, a half plot 20. A full plot costs
90 euros per year and a half plot 50 euros. The rent is due on 1 March. Tenants who pay late lose
their plot after two reminders.

### Waiting list

New members join the waiting list by letter. The wait is about two years. Families with children
move up the list faster.

## Water and tools

Water is turned on from April to October. Each tenant may use the hand pumps at any hour. Hoses are
not allowed between noon and 6 p.m. in July and August.

The shed lends these tools:

- wheelbarrows
- rakes
- two rotary tillers
- a shredder for branches

Only members who took the safety course may start the shredder.

## Compost

Compost is a mix of kitchen scraps, leaves and grass that rots into soil. Cooked food attracts rats
and does not belong there. The heaps are turned every six weeks.

## Bees

Three hives stand behind the orchard. The beekeeper, Marta Lindqvist, inspects them on Sundays. Keep
five metres away from the hives. Honey is sold at the harvest festival.

## Ending a tenancy

A tenancy ends with three months' notice, in writing, at the end of a year. The plot must be handed
back without weeds, sheds or fences. The deposit of 120 euros is then paid back.
"""

ANSWERABLE = (
    "how large is a full plot?",
    "What does half a plot cost per year?",
    "When is the rent due?",
    "how do new members get onto the waiting list",
    "which tools does the shed lend?",
    "how many tools does the shed lend?",
    "may I use a hose in August at 2 p.m.?",
    "what is compost?",
    "does cooked food belong on the compost",
    "who inspects the hives",
    "how far must I stay away from the bees",
    "how do I end my tenancy?",
    "What happens if I pay my rent late?",
    "can anybody start the shredder",
)
UNANSWERABLE = (
    "What does error GRD-4711 mean?",
    "Does the handbook mention chickens?",
    "does the guide say anything about Monsanto?",
    "which fertiliser should I buy from Bayer",
    "what is the wifi password",
    "how do I prune an old apple tree?",
    "who won the football world cup in 2018?",
    "how do I cook risotto",
    "Which bus goes from the railway station to the museum?",
    "what is the salary of a software engineer",
    "how much does a greenhouse weigh?",
    "What is GARDEN_MODE for?",
)


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    folder = tmp_path_factory.mktemp("garden")
    path = folder / "garden.md"
    path.write_text(GUIDE, encoding="utf-8")
    settings = load_settings({"indexes_dir": folder / "indexes"})
    Guide.ingest(path, settings=settings)
    return Guide.open(settings=settings)


@pytest.mark.parametrize("question", ANSWERABLE)
def test_a_question_that_the_guide_answers_is_not_refused(garden: Guide, question: str) -> None:
    answer = garden.query(question, quotes_only=True)
    assert not answer.refused, answer.chance
    assert answer.refusal == ""


@pytest.mark.parametrize("question", UNANSWERABLE)
def test_a_question_that_the_guide_does_not_answer_is_refused(garden: Guide, question: str) -> None:
    answer = garden.query(question, quotes_only=True)
    assert answer.refused, answer.chance
    assert answer.refusal.startswith("The guide does not say: it ")


def test_a_name_that_only_gives_the_context_lowers_the_chance_but_words_of_the_guide_raise_it(
    garden: Guide,
) -> None:
    plain = garden.query("how do members join the waiting list by letter", quotes_only=True)
    named = garden.query("how do Oslo members join the waiting list by letter", quotes_only=True)
    assert plain.chance is not None
    assert named.chance is not None
    assert 0.3 < named.chance < plain.chance
    assert not plain.refused
