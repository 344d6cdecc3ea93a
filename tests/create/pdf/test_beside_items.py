"""Labels beside the first item of a row's list, as OCR reads them."""

import pytest

from ragguide.create.pdf.beside_items import BesideItems

PAGE = [
    "Hull e Paint the hull in spring, before the slip.",
    "e Scrape it in autumn.",
    "Rigging ® Look at each shroud of the mast twice a year.",
    "Spare Sails e Dry the sails before you fold them up.",
]


def split(*lines: str, bullets: str = "e") -> list[tuple[str, ...]]:
    found = BesideItems([(3, line) for line in lines], frozenset(bullets))
    return [found.split(3, line) for line in lines]


def test_a_label_and_the_item_beside_it_are_two_lines() -> None:
    assert split(*PAGE) == [
        ("Hull", "• Paint the hull in spring, before the slip."),
        ("e Scrape it in autumn.",),
        ("Rigging", "• Look at each shroud of the mast twice a year."),
        ("Spare Sails", "• Dry the sails before you fold them up."),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        PAGE[:3],  # one line alone shows nothing
        ["Vitamin e Helps the skin of every sailor.", "Hull and rig e Paint them in spring."],
        ["Plan e Two", "Plan e Three"],
    ],
)
def test_a_letter_within_a_line_is_no_bullet(lines: list[str]) -> None:
    assert split(*lines) == [(line,) for line in lines]


def test_only_what_starts_other_lines_is_a_bullet() -> None:
    assert split(*PAGE, bullets="•") == [(line,) for line in PAGE]


def test_each_page_is_judged_by_itself() -> None:
    found = BesideItems([(3, PAGE[0]), (4, PAGE[3])], frozenset("e"))
    assert found.split(3, PAGE[0]) == (PAGE[0],)
