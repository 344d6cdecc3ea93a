"""The check of the folders that ragguide writes to."""

from pathlib import Path

import msgspec
import pytest

from ragguide import Settings
from tests.doctor.reports import problems

pytestmark = pytest.mark.model


def test_a_folder_that_cannot_be_written_is_a_problem(small: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    found = problems(msgspec.structs.replace(small, runs_dir=tmp_path / "file"))
    assert found == {"runs_dir": f"cannot write to {tmp_path / 'file'}: Not a directory"}
    found = problems(msgspec.structs.replace(small, indexes_dir=tmp_path / "file"))
    assert found["indexes_dir"] == f"cannot write to {tmp_path / 'file'}: Not a directory"
