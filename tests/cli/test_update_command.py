"""`ragguide update`, run as a user runs it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line

pytestmark = pytest.mark.model

NOTES = "# House rules\n\n## Garden\n\nTomatoes get 12 litres.\n\n## Attic\n\nWindows are closed.\n"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "notes.md").write_text(NOTES)
    (folder / "harbour.md").write_text("# Harbour\n\nThe crane lifts forty tonnes.\n")
    return folder


@pytest.fixture
def index(docs: Path, tmp_path: Path) -> dict[str, str]:
    env = {"RAGGUIDE_INDEXES_DIR": str(tmp_path / "indexes")}
    assert ragguide("ingest", str(docs), **env).returncode == 0
    return env


def test_update_lists_its_steps_and_the_changes_in_the_guide(
    docs: Path, index: dict[str, str]
) -> None:
    idle = ragguide("update", **index)
    assert (idle.returncode, idle.stdout) == (0, "default/000001 is up to date\n")
    (docs / "notes.md").write_text(NOTES.replace("12", "15").replace("Windows are", "Doors stay"))
    (docs / "harbour.md").rename(docs / "broken.md")
    (docs / "broken.md").write_bytes(b"")
    done = ragguide("update", **index)
    assert done.returncode == 2
    assert f"skipped: {docs / 'broken.md'} " in done.stderr
    first, *lines, _seconds = done.stdout.splitlines()
    assert first == "default/000002 is now in use:"
    assert lines == [
        f"  read {docs / 'broken.md'} (new)",
        f"  read {docs / 'notes.md'} (changed)",
        f"  drop {docs / 'harbour.md'} (deleted)",
        "  chunks: 0 kept, 1 new, 2 dropped; 3 new texts (chunks and sentences)",
        "  embedded 3 of 3 new texts",
        "changes in the guide:",
        "  - document harbour",
        "  ~ notes, lines 3-5 · House rules > Garden",
        '      12 → 15   "Tomatoes get 15 litres."',
        "  ~ notes, lines 7-9 · House rules > Attic",
    ]


def test_a_dry_run_and_its_json_have_the_names_that_scripts_read(
    docs: Path, index: dict[str, str]
) -> None:
    (docs / "notes.md").write_text(NOTES.replace("12", "15"))
    shown = ragguide("update", "--dry-run", "--json", **index)
    assert shown.returncode == 0
    said = json.loads(shown.stdout)
    assert set(said) == {
        "schema_version", "index", "generation", "unchanged", "dry_run", "plan", "changes",
        "skipped", "n_embedded", "seconds",
    }  # fmt: skip
    assert (said["generation"], said["dry_run"], said["unchanged"]) == (1, True, False)
    assert said["plan"]["read"] == {str(docs / "notes.md"): "changed"}
    assert [section["titles"] for section in said["changes"]["rewritten"]] == [
        ["House rules", "Garden"]
    ]
    told = ragguide("update", "-n", **index).stdout
    assert told.startswith("default/000001 is in use; an update would:\n  read ")


def test_an_index_whose_sources_are_all_gone_is_kept(docs: Path, index: dict[str, str]) -> None:
    docs.rename(docs.with_name("elsewhere"))
    failed = ragguide("update", **index)
    assert failed.returncode == 2
    told = one_line(failed.stderr.removeprefix("compare …\n"))
    assert "none of the 2 sources exists any more" in told
    assert "ragguide ingest --index default PATH" in told


def test_a_search_in_an_index_whose_source_changed_says_so_once(
    docs: Path, index: dict[str, str]
) -> None:
    fresh = ragguide("search", "--json", "tomatoes", **index)
    assert (fresh.stderr, json.loads(fresh.stdout)["warnings"]) == ("", [])
    (docs / "notes.md").write_text(NOTES.replace("12", "15"))
    note = "notes.md has changed since the index 'default' was made. Run: ragguide update"
    shown = ragguide("search", "--json", "-", stdin="tomatoes\nwindows\n", **index)
    assert shown.stderr == f"ragguide: {note}\n"
    assert [json.loads(line)["warnings"] for line in shown.stdout.splitlines()] == [[note]] * 2
    asked = ragguide("query", "--quotes", "--json", "How many litres?", **index)
    assert (asked.stderr, json.loads(asked.stdout)["warnings"]) == (f"ragguide: {note}\n", [note])
    assert ragguide("update", **index).returncode == 0
    assert ragguide("search", "tomatoes", **index).stderr == ""


def test_a_gate_keeps_the_old_index_and_a_report(
    docs: Path, index: dict[str, str], tmp_path: Path
) -> None:
    things = ["anchor", "boiler", "compass", "drum", "engine", "fender", "galley", "hatch"]
    said = {thing: f"The {thing} weighs {20 + i} tonnes." for i, thing in enumerate(things)}
    text = "\n".join(f"## The {thing}\n\n{fact}\n" for thing, fact in said.items())
    (docs / "notes.md").write_text(f"# Ship\n\n{text}")
    assert ragguide("update", **index).returncode == 0
    cases = tmp_path / "cases.jsonl"
    cases.write_text(
        "".join(
            json.dumps(
                {"id": thing, "question": f"How heavy is the {thing}?", "evidence": fact}
                | {"facts": [[fact[-11:]]]}
            )
            + "\n"
            for thing, fact in said.items()
        )
    )
    index |= {"RAGGUIDE_RUNS_DIR": str(tmp_path / "runs")}
    worse = text.replace(" weighs ", " is left out, see page ").replace(" tonnes.", ".")
    (docs / "notes.md").write_text(f"# Ship\n\n{worse}")
    refused = ragguide("update", "--gate", cases, **index)
    assert refused.returncode == 6, refused.stderr
    last = refused.stderr.splitlines()[-1]
    assert last.startswith(
        "ragguide: the answers of the new generation are worse, so default/000002 stays in use. "
    )
    report = Path(last.rpartition("Details: ")[2])
    assert "~ notes, line" in report.read_text()
    assert "8 of 8 answers changed, 8 for the worse, 0 for the better" in refused.stderr
    assert "default/000002" in ragguide("search", "--json", "anchor", **index).stdout
    (docs / "notes.md").write_text(f"# Ship\n\n{text}\n## Bell\n\nThe bell rings.\n")
    passed = ragguide("update", "--gate", cases, "--json", **index)
    assert passed.returncode == 0, passed.stderr
    shown = json.loads(passed.stdout)
    assert (shown["generation"], shown["gate"]["is_met"], shown["gate"]["lost"]) == (3, True, [])
    assert {"gate", "write"} <= set(shown["seconds"])


def test_watching_updates_after_each_change_survives_failures_and_ends_on_interrupt(
    docs: Path, index: dict[str, str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "ragguide", "update", "--watch", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **index},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["unchanged"]
        (docs / "notes.md").write_text(NOTES.replace("12", "15"))
        assert json.loads(process.stdout.readline())["generation"] == 2
        for path in docs.iterdir():
            path.unlink()
        while "none of the 2 sources exists any more" not in process.stderr.readline():
            pass
        (docs / "notes.md").write_text(NOTES)
        shown = json.loads(process.stdout.readline())
        assert shown["generation"] == 3
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0
        assert said.endswith("\nragguide: stopped watching; the index is intact.\n")
        assert "Traceback" not in said


# Starts the command line in a process that interrupts itself once it reports that it reads.
INTERRUPTED = """
import signal
from ragguide.cli.app import main
from ragguide.cli.progress import _PlainStages

show = _PlainStages.show

def show_and_interrupt(stages, stage, *at):
    show(stages, stage, *at)
    if stage.startswith("read "):
        signal.raise_signal(signal.SIGINT)

_PlainStages.show = show_and_interrupt
main()
"""


@pytest.mark.parametrize("command", [["update"], ["ingest", "docs"]])
def test_an_interrupt_leaves_the_index_in_use_and_says_so(
    command: list[str], docs: Path, index: dict[str, str]
) -> None:
    (docs / "notes.md").write_text(NOTES.replace("12", "15"))
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *command],
        capture_output=True, text=True, cwd=docs.parent, env={**os.environ, **index}, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGINT
    assert done.stderr.splitlines()[-1] == (
        "ragguide: stopped. The index is intact and finished embeddings are cached. Run the same "
        "command to resume."
    )
    assert "default/000001" in ragguide("search", "--json", "litres", **index).stdout
