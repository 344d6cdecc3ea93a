"""How `--filter` and `--pages` are parsed."""

import pytest

from ragguide.cli.filters import read_filter, read_range
from ragguide.errors import UsageError
from ragguide.types import Filter


@pytest.mark.parametrize(
    ("pairs", "pages", "where"),
    [
        (["document=guide"], None, Filter(documents=("guide",))),
        (["document=a-*", "document=b"], None, Filter(documents=("a-*", "b"))),
        (["section=cost of spot"], None, Filter(sections=("cost of spot",))),
        (["team=ml", "team=ops", "year=2024"], None,
         Filter(tags={"team": ("ml", "ops"), "year": ("2024",)})),
        ([" document = guide ", "expr=a=b"], None,
         Filter(documents=("guide",), tags={"expr": ("a=b",)})),
        ([], "3", Filter(page_first=3, page_last=3)),
        ([], "20-40", Filter(page_first=20, page_last=40)),
        (["section=spot"], "1-1", Filter(sections=("spot",), page_last=1)),
    ],
)  # fmt: skip
def test_filters_are_parsed_by_name(pairs: list[str], pages: str | None, where: Filter) -> None:
    assert read_filter(pairs, pages) == where


def test_without_filters_there_is_none() -> None:
    assert read_filter([], None) is None


@pytest.mark.parametrize(
    "pair", ["guide", "", "=", "document=", "=guide", " = guide", "document= "]
)
def test_a_malformed_filter_is_usage(pair: str) -> None:
    with pytest.raises(UsageError, match=r"is not in the form NAME=VALUE, e\.g\. document=guide"):
        read_filter(["team=ml", pair], None)


def test_a_range_is_from_its_first_page_to_its_last() -> None:
    assert read_range(None) == (1, None)
    assert read_range(" 7 ") == (7, 7)
    assert read_range("3-12") == (3, 12)


@pytest.mark.parametrize("pages", ["", "x", "0", "5-3", "3-", "1,2", "1-2-3"])
def test_a_malformed_range_is_usage(pages: str) -> None:
    with pytest.raises(
        UsageError, match=r"--pages '.*' is not a page or a range of pages, e.g\. 3 or 20-40\."
    ):
        read_filter([], pages)
