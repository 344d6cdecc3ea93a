"""Fixtures that several test files share: the default guide, read once, and the real one."""

import atexit
import os
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from ragguide import Guide, Settings, load_settings
from ragguide.base.devices import find_cards
from ragguide.create.ingest import IngestReport

ROOT = Path(__file__).parent.parent
GUIDE_PDF = ROOT / "data" / "guide.pdf"
FAST_GENERATOR = "qwen2.5-coder-0.5b-instruct"

# A busy machine takes longer to make and to run an example; that says nothing about the code.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")

# llama_cpp opens /dev/null twice and never closes it. A thread that restores the filters of an
# earlier test can leave "error" in force until Python ends, which then complains.
atexit.register(
    warnings.filterwarnings, "ignore", "unclosed file .*/dev/null", category=ResourceWarning
)


@pytest.fixture(scope="session", autouse=True)
def _interrupts() -> None:
    """A shell starts what it puts in the background deaf to Ctrl-C, and so would our children be.

    Tests interrupt processes that they start; these would go on, and the tests wait for them.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache and a data folder of the suite's own, also for the processes that tests start."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAGGUIDE_CACHE_DIR", str(folder))
        patch.setenv("RAGGUIDE_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield folder


@pytest.fixture(scope="session")
def guide_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An index of its own, the models of this machine, the fast generator."""
    return load_settings(
        {"indexes_dir": tmp_path_factory.mktemp("indexes"), "generator": FAST_GENERATOR}
    )


@pytest.fixture(scope="session")
def guide_report(guide_settings: Settings) -> IngestReport:
    """The default guide is read once for all tests."""
    return Guide.ingest(GUIDE_PDF, settings=guide_settings)


@pytest.fixture(scope="session")
def guide(guide_settings: Settings, guide_report: IngestReport) -> Guide:
    assert guide_report.generation == 1
    return Guide.open(settings=guide_settings)


@pytest.fixture(scope="session")
def gpu() -> int:
    """The number of a card, for tests that are marked `gpu`."""
    found = find_cards()
    if not found.cards:
        pytest.skip(f"no GPU: {found.fault}")
    return found.cards[0].number


@pytest.fixture(scope="session")
def real_guide() -> Path:
    """Folder with `guide.pdf` and `dev.jsonl`: a third party's guide, not part of the project."""
    folder = os.environ.get("RAGGUIDE_REAL_GUIDE")
    if not folder:
        pytest.skip("RAGGUIDE_REAL_GUIDE names no folder with the real guide and its questions")
    return Path(folder)
