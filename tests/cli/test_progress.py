"""Progress of long stages, on a terminal and in a log."""

import re
import sys
from itertools import pairwise

import pytest

from ragguide.cli.progress import PLAIN_PERIOD_S, show_stages


def test_a_log_gets_fewer_lines_the_longer_a_stage_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with show_stages() as on_stage:
        for second in range(3601):
            now[0] = 100.0 + second
            on_stage("embed", second, 3600)
    first, *lines, last = capsys.readouterr().err.splitlines()
    assert (first, last) == ("embed …", "embed: 3,600 of 3,600")
    at = [int(re.sub(r"\D", "", line.partition(" of ")[0])) for line in lines]
    assert at[:4] == [5, 10, 15, 20]
    assert len(at) < 40
    assert all(PLAIN_PERIOD_S <= b - a <= b / 4 + 1 for a, b in pairwise(at[3:]))
    assert lines[0] == "embed: 5 of 3,600, about 3595 s left"


def test_a_document_without_pages_is_shown_as_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    with show_stages() as on_stage:
        for progress in ((0, 0), (0, 0)):
            on_stage("read notes.md", *progress)
        for progress in ((0, 0), (1, 2), (2, 2), (2, 2)):
            on_stage("read guide.pdf", *progress)
    shown = capsys.readouterr().err
    assert re.search(r"read notes\.md .*\b1/1\b", shown)
    assert re.search(r"read guide\.pdf .*\b2/2\b", shown)
    assert "/100" not in shown
