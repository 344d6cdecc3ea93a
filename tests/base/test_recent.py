"""A cache that keeps the values used last."""

from ragguide.base.recent import Recent


def test_the_value_that_was_unused_longest_goes_first() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("oak", 1)
    recent.put("elm", 2)
    assert recent.get("oak") == 1
    recent.put("ash", 3)
    assert [recent.get(tree) for tree in ("oak", "elm", "ash")] == [1, None, 3]


def test_a_value_can_be_taken_once() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("oak", 1)
    assert (recent.pop("oak"), recent.pop("oak"), len(recent)) == (1, None, 0)
