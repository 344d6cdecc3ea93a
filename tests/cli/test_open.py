"""The sources of the last answer: saved by `query`, opened by `open`."""

import stat
import sys
from pathlib import Path

import pytest

from ragguide import Guide
from ragguide.cli.last_answer import FILE, find_source
from ragguide.errors import UsageError
from tests.cli.test_commands import KENDRA, KENDRA_PAGE, one_line, ragguide
from tests.conftest import GUIDE_PDF


@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="the viewer is a shell script")
def test_a_source_is_opened_on_its_page(guide: Guide, tmp_path: Path) -> None:
    viewer, seen = tmp_path / "viewer", tmp_path / "seen"
    viewer.write_text(f'#!/bin/sh\necho "$1" > "{seen}"\n')
    viewer.chmod(0o755)
    environ = {
        "RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir),
        "RAGGUIDE_CACHE_DIR": str(guide.settings.cache_dir),
        "BROWSER": f"{viewer} %s",
    }
    assert ragguide("query", "--quotes", "--json", KENDRA, **environ).returncode == 0
    kept = guide.settings.cache_dir / FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    done = ragguide("open", "1", **environ)
    assert done.returncode == 0, done.stderr
    assert "100 passages" in done.stdout
    assert seen.read_text().strip() == f"{GUIDE_PDF.absolute().as_uri()}#page={KENDRA_PAGE}"
    none = ragguide("open", "99", **environ)
    assert (none.returncode, "has no source 99. Choose one of: 1" in one_line(none.stderr)) == (
        2,
        True,
    )
    none = ragguide("open", **environ | {"RAGGUIDE_CACHE_DIR": str(tmp_path)})
    assert (none.returncode, "there is no last answer" in one_line(none.stderr)) == (2, True)


def test_a_damaged_record_is_no_last_answer(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[{")
    with pytest.raises(UsageError, match=r"^there is no last answer\. Ask a question first"):
        find_source(tmp_path, 1)
