"""What a title or a lead-in says that it lists."""

import pytest

from ragguide.augment.lists.leads import counted_heads, lead_heads
from ragguide.augment.lists.nouns import noun_stem


@pytest.mark.parametrize(
    ("lead", "heads"),
    [
        ("Payment options for guests", {"options"}),
        ("Main colours:", {"colours"}),
        ("Overview of pump components", {"components"}),
        ("The parts of the pump and where this guide describes them", {"parts"}),
        ("A guardrail combines these policies:", {"policies"}),
        ("Pumps are used in many fields, including:", {"fields"}),
        ("The maker provides several tools for repair:", {"tools"}),
        ("The report consists of two main sections:", {"sections"}),
        ("Pumps consist of:", set()),
        ("Roles, policies and groups", set()),
        ("Why are pumps important?", set()),
        ("Pump management", set()),
    ],
)
def test_heads_of_leads(lead: str, heads: set[str]) -> None:
    assert lead_heads(lead) == {noun_stem(head) for head in heads}


def test_kinds_of_pumps_list_pumps_where_kinds_are_asked_for() -> None:
    assert "pump" in lead_heads("Types of pumps", is_kind=True)
    assert "pump" in lead_heads("Pump types", is_kind=True)
    assert "pump" not in lead_heads("Types of pumps")


def test_what_a_number_counts() -> None:
    assert counted_heads("Four measures show progress:") == {"measur"}
    assert counted_heads("The work goes to three kinds of workforce:") == {"kind", "workforc"}
