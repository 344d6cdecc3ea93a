import inspect
import re

import pytest

from ragguide import errors
from ragguide.errors import RagguideError

# A line of the tree: its strokes, the class, the exit code (none for the base), what it means.
LINE = re.compile(
    r"^ {4}(?P<strokes>[│├└─ ]*)(?P<name>\w+)(?: +(?P<code>\d+) {4}\S.*)?$", re.MULTILINE
)


def classes() -> dict[str, type[RagguideError]]:
    return {
        name: value
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, RagguideError)
    }


def drawn() -> list[tuple[str, str, int | None]]:
    """Each class of the docstring's tree: its name, its parent's, its exit code."""
    rows, above = [], ["Exception"]
    for line in LINE.finditer(errors.__doc__ or ""):
        depth = len(line["strokes"]) // 4
        del above[depth + 1 :]
        rows.append((line["name"], above[depth], int(line["code"]) if line["code"] else None))
        above.append(line["name"])
    return rows


def test_the_docstring_draws_every_error_once_below_its_parent_with_its_exit_code():
    actual = [
        (name, error.__base__.__name__, error.exit_code if error is not RagguideError else None)
        for name, error in classes().items()
    ]
    assert sorted(drawn(), key=lambda row: row[0]) == sorted(actual, key=lambda row: row[0])


@pytest.mark.parametrize("name", sorted(classes()))
def test_only_the_base_shares_a_code_with_done_a_bug_or_no_answer(name):
    error = classes()[name]
    assert (error.exit_code in {0, 1, 4}) == (error is RagguideError)


def test_the_base_ends_as_a_bug_of_ours():
    assert RagguideError.exit_code == 1
