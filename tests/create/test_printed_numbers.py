"""Numbers printed on pages, told from other numbers at their edges."""

import pytest

from ragguide.create.pdf.furniture import Removed
from ragguide.create.printed_numbers import printed_numbers


def labels(n_pages: int, lines: dict[int, str]) -> list[str]:
    places = [str(page) for page in range(1, n_pages + 1)]
    removed = [Removed(page, 0, text, "page number") for page, text in lines.items()]
    return list(printed_numbers(places, removed))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["i", "ii", "101", "102", "103"], ["i", "ii", "101", "102", "103"]),
        (["- iv -", "V", "v", "vi", "VII"], ["1", "2", "v", "vi", "5"]),
        (["Page 9 of 13", "Page 10 of 13", "Page 11 of 13"], ["9", "10", "11"]),
        (["Pumps 7", "8 Plant 3", "Valves 9"], ["7", "8", "9"]),
        (["7", "", "", "10", "11"], ["7", "8", "9", "10", "11"]),
        (["7", "", "", "", "11", "12"], ["1", "2", "3", "4", "5", "6"]),
        (["7", "8"], ["1", "2"]),  # too few
        (["2024", "2024", "2024", "2024"], ["1", "2", "3", "4"]),
        (["5", "6", "7", "9", "10", "11"], ["5", "6", "7", "9", "10", "11"]),  # a page is missing
        (["Rev. 1.1", "Rev. 1.2", "Rev. 1.3"], ["1", "2", "3"]),
        (["xxxix", "xl", "xli"], ["xxxix", "xl", "xli"]),
        (["iix", "iiix", "ivx"], ["1", "2", "3"]),
        (["1", "2", "3"], ["1", "2", "3"]),
    ],
)
def test_a_number_that_neighbouring_pages_continue_is_printed(
    lines: list[str], expected: list[str]
) -> None:
    assert labels(len(lines), dict(enumerate(lines, start=1))) == expected


def test_the_labels_of_the_file_come_first() -> None:
    removed = [Removed(page, 0, str(page + 4), "page number") for page in (1, 2, 3)]
    assert printed_numbers(["i", "1", "2"], removed) == ("i", "1", "2")
