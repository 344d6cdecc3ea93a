"""Options that several commands share: defaults in the help, and durations."""

import pytest
import typer
from typer.testing import CliRunner

from ragguide.cli.app import app
from ragguide.cli.options import seconds_of


def test_help_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = CliRunner().invoke(app, ["search", "--help"])
    assert "Retrieve this many passages.  [default: 5]" in shown.output


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5s", 5.0), ("800ms", 0.8), ("2m", 120.0), ("1min", 60.0), ("1.5", 1.5), (" 3 s ", 3.0)],
)
def test_a_duration_is_read_with_its_unit(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1s", "0", "5 h", "1e3", "nan"])
def test_a_malformed_duration_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"is not a duration; use e\.g\. 5s"):
        seconds_of(text)
