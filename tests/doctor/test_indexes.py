"""The checks of the indexes."""

import shutil
from pathlib import Path

import pytest

from ragguide import Settings
from ragguide.doctor import examine
from tests.doctor.reports import named, problems
from tests.tiny import write_embedder

pytestmark = pytest.mark.model


def test_a_damaged_index_is_reported_and_the_rest_is_checked(small: Settings) -> None:
    vectors = small.indexes_dir / "default" / "000001" / "vectors.npy"
    data = bytearray(vectors.read_bytes())
    data[-1] ^= 1
    vectors.write_bytes(data)
    found = examine(small)
    assert named(found, "index").state == "problem"
    assert "vectors.npy" in named(found, "index").finding
    assert "ingest --rebuild" in named(found, "index").finding
    assert {"generator", "writable", "offline"} <= {check.name for check in found}


def test_missing_weights_of_an_index_are_a_problem(small: Settings) -> None:
    write_embedder(Path(small.embedder).parent, pooling="max")
    assert problems(small) == {}  # the cache still has the exported weights
    shutil.rmtree(small.cache_dir)
    assert "neither in its folder nor in the cache" in problems(small)["weights"]
