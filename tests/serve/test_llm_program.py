"""`llm` by Simon Willison (PyPI), a program that ragguide does not know, asks a running server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from ragguide import Guide
from tests.serve.serving import FOREIGN, KENDRA, PATIENCE_S, make_services, running

pytestmark = pytest.mark.model
Llm = Callable[..., str]


@pytest.fixture(scope="module")
def llm(guide: Guide, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llm]:
    """Runs the program with arguments, and returns what it prints."""
    home = tmp_path_factory.mktemp("llm")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "llm", *arguments],
            env=os.environ | {"LLM_USER_PATH": str(home)},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    with running(make_services(guide, quotes_only=True)) as (address, _):
        model = {"model_id": "guide", "model_name": "default", "api_base": f"{address}/v1"}
        # JSON is YAML.
        (home / "extra-openai-models.yaml").write_text(json.dumps([model]), "utf-8")
        (home / "keys.json").write_text(json.dumps({"openai": "unused"}), "utf-8")
        yield run


@pytest.mark.parametrize("options", [[], ["--no-stream"]])
def test_it_prints_the_quotes_and_refusals_of_the_guide(
    guide: Guide, llm: Llm, options: list[str]
) -> None:
    quotes = guide.query(KENDRA, quotes_only=True).quotes
    lines = llm("-m", "guide", *options, KENDRA).splitlines()
    assert lines[0] == f"“{quotes[0].quote}” [1]"
    assert len(lines) == len(quotes)
    refusal = guide.query(FOREIGN, quotes_only=True).refusal
    assert llm("-m", "guide", *options, FOREIGN) == refusal != ""


def test_its_conversations_complete_a_follow_up(guide: Guide, llm: Llm) -> None:
    llm("-m", "guide", "What is Amazon Kendra?")
    found = llm("-c", "and what does it cost?")
    (first, *_) = guide.query("what does Amazon Kendra cost?", quotes_only=True).quotes
    assert found.splitlines()[0] == f"“{first.quote}” [1]"
