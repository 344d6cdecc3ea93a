from pathlib import Path

import pytest

from ragguide import Guide, Settings
from tests.tiny import write_embedder


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """A small index of its own by a tiny embedder."""
    (tmp_path / "notes.md").write_text("# Words\n\nHow much do spot instances save?\n")
    settings = Settings(
        indexes_dir=tmp_path / "indexes",
        runs_dir=tmp_path / "runs",
        cache_dir=tmp_path / "cache",
        embedder=str(write_embedder(tmp_path)),
        chunk_tokens=20,
        chunk_overlap=0,
        device="cpu",
    )
    Guide.ingest(tmp_path / "notes.md", settings=settings)
    return settings
