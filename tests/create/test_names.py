"""Names of documents: of their files, told apart by folders and endings."""

import os
from pathlib import Path

import pytest

from ragguide.create.names import names_of

ROOT = Path("/srv/docs")


def named(*files: str, **known: str) -> list[str]:
    """The names of files below a folder; `known` is by file name without its ending."""
    paths = [ROOT / file for file in files]
    names = names_of(paths, {str(ROOT / f"{file}.md"): name for file, name in known.items()})
    return [names[os.path.realpath(path)] for path in paths]


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["a.md", "sub/b.md", "v1.2.pdf"], ["a", "b", "v1.2"]),
        (["a/guide.md", "b/guide.md", "c.md"], ["a/guide", "b/guide", "c"]),
        (["guide.md", "b/guide.md"], ["docs/guide", "b/guide"]),
        (["guide.md", "guide.txt"], ["guide.md", "guide.txt"]),
        (
            ["a/guide.md", "a/guide.txt", "b/guide.md"],
            ["a/guide.md", "a/guide.txt", "b/guide"],
        ),
        (["x/en/guide.md", "y/en/guide.md"], ["x/en/guide", "y/en/guide"]),
        (["a/Guide.md", "b/guide.md"], ["a/Guide", "b/guide"]),  # a filter ignores capitals
        (["Guide.md", "guide.md"], ["Guide-2", "guide-3"]),
        (["a.md", "a.md"], ["a", "a"]),
    ],
)
def test_names_are_short_and_differ(files: list[str], names: list[str]) -> None:
    assert named(*files) == names


def test_known_names_stay() -> None:
    assert named("a.md", "x/a.md", a="a") == ["a", "x/a"]
    assert named("x/a.md", "a.md", a="a") == ["x/a", "a"]
    assert named("x/a.md", "a.md", a="x/a") == ["x/a.md", "x/a"]


def test_a_name_that_is_not_utf8_can_be_stored() -> None:
    path = ROOT / os.fsdecode(b"caf\xe9.md")
    assert names_of([path], {})[str(path)] == "caf\ufffd"
