"""Files that change under one's eyes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread

import pytest

from ragguide.errors import InputError
from ragguide.types import ReadRequest
from ragguide.update import watch
from ragguide.update.watch import wait_for_changes

PATIENCE_S = 20.0  # for a signal that has to come
QUIET_S = 1.5  # without one that must not


@contextmanager
def watching(*asked: Path, ignored: Path) -> Iterator["Queue[None]"]:
    """Signals after the first one, which says that watching has begun."""
    request = ReadRequest(paths=tuple(map(str, asked)), tags={}, ocr_languages=None)
    signals: Queue[None] = Queue()
    stop = Event()

    def follow() -> None:
        for _ in wait_for_changes(request, ignored=[ignored], stop=stop):
            signals.put(None)

    thread = Thread(target=follow)
    thread.start()
    try:
        signals.get(timeout=PATIENCE_S)
        yield signals
    finally:
        stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_a_burst_of_changes_in_a_folder_is_one_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "QUIET_MS", 1000)  # a busy machine may take a while to write five
    docs = tmp_path / "docs"
    (docs / "deep").mkdir(parents=True)
    (docs / "indexes").mkdir()
    with watching(docs, ignored=docs / "indexes") as signals:
        (docs / "indexes" / "CURRENT").write_text("000002")
        (docs / "photo.png").write_bytes(b"\x89PNG")
        (docs / ".hidden.md").write_text("No document.")
        with pytest.raises(Empty):
            signals.get(timeout=QUIET_S)
        for number in range(5):
            (docs / "deep" / f"{number}.md").write_text("A new document.")
        signals.get(timeout=PATIENCE_S)
        with pytest.raises(Empty):
            signals.get(timeout=QUIET_S)


def test_a_file_that_an_editor_replaces_is_followed(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("One.")
    with watching(tmp_path / "notes.md", ignored=tmp_path / "indexes") as signals:
        for text in ("Two.", "Three."):
            (tmp_path / "swap.tmp").write_text(text)
            (tmp_path / "swap.tmp").replace(tmp_path / "notes.md")
            signals.get(timeout=PATIENCE_S)


def test_sources_without_a_folder_cannot_be_watched(tmp_path: Path) -> None:
    for others in ((), ("https://a.example/b.pdf",)):
        paths = (*others, str(tmp_path / "no" / "a.md"))
        request = ReadRequest(paths=paths, tags={}, ocr_languages=None)
        with pytest.raises(
            InputError, match=r"^there is no folder to watch: .*a\.md does not exist"
        ):
            next(wait_for_changes(request, ignored=[]))


def test_urls_cannot_be_watched() -> None:
    request = ReadRequest(paths=("https://a.example/b.pdf",), tags={}, ocr_languages=None)
    with pytest.raises(InputError, match=r"^all sources are URLs, which cannot be watched\. Run"):
        next(wait_for_changes(request, ignored=[]))
