"""Any process finds cached vectors again, unless they were damaged or evicted."""

import multiprocessing
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ragguide.embed.vector_cache import VectorCache, key_of

ROOMY = 1 << 30


def vectors(first: int, n: int, dim: int = 8) -> dict[bytes, np.ndarray]:
    rng = np.random.default_rng(first)
    return {key_of("model", str(first + i)): rng.random(dim, np.float32) for i in range(n)}


def same(found: dict[bytes, np.ndarray], expected: dict[bytes, np.ndarray]) -> bool:
    return found.keys() == expected.keys() and all(
        np.array_equal(found[key], expected[key]) for key in expected
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "vectors.sqlite"


def test_vectors_survive_reopening(path: Path) -> None:
    kept = vectors(0, 1200)  # more than one statement asks for
    with VectorCache(path, max_bytes=ROOMY) as cache:
        assert cache.get(list(kept)) == {}
        cache.put(kept)
    with VectorCache(path, max_bytes=ROOMY) as cache:
        assert same(cache.get([*kept, key_of("another")]), kept)


def test_a_key_depends_on_where_its_parts_end() -> None:
    keys = {key_of("ab", "c"), key_of("a", "bc"), key_of("abc"), key_of("abc", "")}
    assert len(keys) == 4
    assert all(len(key) == 32 for key in keys)


def test_a_size_of_zero_writes_no_file(path: Path) -> None:
    with VectorCache(path, max_bytes=0) as cache:
        cache.put(vectors(0, 3))
        assert cache.get(list(vectors(0, 3))) == {}
    assert not path.parent.exists()


def test_least_recently_used_vectors_go_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    old, used, new = vectors(0, 100, dim=384), vectors(1000, 100, dim=384), vectors(2000, 300, 384)
    with VectorCache(path, max_bytes=900_000) as cache:  # some 470 of them
        cache.put(old | used)
        now += 2 * 86_400
        assert same(cache.get(list(used)), used)
        cache.put(new)
        found = cache.get([*old, *used, *new])
        assert same({key: found[key] for key in (*used, *new) if key in found}, used | new)
        assert len(found.keys() & old.keys()) < 100
    assert path.stat().st_size <= 900_000


def test_a_file_that_is_no_database_is_logged_and_replaced(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, but long enough to be taken for one" * 20)
    kept = vectors(0, 3)
    with VectorCache(path, max_bytes=ROOMY) as cache:
        assert caplog.messages == [
            f"{path} is damaged (file is not a database). Starting a new cache."
        ]
        cache.put(kept)
        assert same(cache.get(list(kept)), kept)
    assert len(caplog.messages) == 1


def test_overwritten_pages_are_logged_and_replaced(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = vectors(0, 500, dim=384)
    with VectorCache(path, max_bytes=ROOMY) as cache:
        cache.put(kept)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)  # all but the schema
    path.write_bytes(data)
    with VectorCache(path, max_bytes=ROOMY) as cache:
        assert cache.get(list(kept)) == {}
        (message,) = caplog.messages
        assert message.startswith(f"{path} is damaged (")
        cache.put(kept)
        assert same(cache.get(list(kept)), kept)


def test_a_flipped_bit_of_a_vector_is_detected(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = vectors(0, 3)
    with VectorCache(path, max_bytes=ROOMY) as cache:
        cache.put(kept)
    vector = next(iter(kept.values()))
    data = path.read_bytes()
    at = data.index(vector.tobytes())
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    with VectorCache(path, max_bytes=ROOMY) as cache:
        assert cache.get(list(kept)) == {}
    assert caplog.messages == [
        f"{path} is damaged (1 vectors have a wrong checksum). Starting a new cache."
    ]


def test_a_folder_that_cannot_be_created_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "vectors.sqlite"
    with VectorCache(path, max_bytes=ROOMY) as cache:
        cache.put(vectors(0, 3))
        assert cache.get(list(vectors(0, 3))) == {}
    assert caplog.messages == [
        f"cannot use {path} ({path.parent}: File exists), so no vectors are cached."
    ]


def test_a_full_disk_is_logged_and_turns_the_cache_off(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with VectorCache(path, max_bytes=ROOMY) as cache:
        assert cache._database is not None
        cache._database.execute("PRAGMA max_page_count = 10").fetchall()  # as if there were no more
        cache.put(vectors(0, 500, dim=384))
        assert caplog.messages == [
            f"cannot use {path} (database or disk is full), so no vectors are cached."
        ]
        assert cache.get(list(vectors(0, 500, dim=384))) == {}
    with VectorCache(path, max_bytes=ROOMY) as cache:
        cache.put(vectors(0, 3))
        assert same(cache.get(list(vectors(0, 3))), vectors(0, 3))


def _write(path: Path, first: int) -> None:
    with VectorCache(path, max_bytes=ROOMY) as cache:
        for at in range(first, first + 200, 20):
            cache.put(vectors(at, 20))


def test_processes_write_at_once(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(path, first)) for first in (0, 1000, 1100)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    with VectorCache(path, max_bytes=ROOMY) as cache:
        for first in (0, 1000, 1100):
            for at in range(first, first + 200, 20):
                assert same(cache.get(list(vectors(at, 20))), vectors(at, 20))


def test_vectors_of_a_killed_writer_survive(path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from ragguide.embed.vector_cache import VectorCache\n"
        "from tests.embed.test_vector_cache import vectors\n"
        "cache = VectorCache(Path(sys.argv[1]), max_bytes=1 << 30)\n"
        "cache.put(vectors(0, 100))\n"
        "cache._database.execute('BEGIN IMMEDIATE')\n"
        "cache._database.execute('DELETE FROM vectors')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    with VectorCache(path, max_bytes=ROOMY) as cache:
        assert same(cache.get(list(vectors(0, 100))), vectors(0, 100))
