"""Access rights at the command line: a reader gets what an index without the rest would give."""

import json
from pathlib import Path

import pytest

from ragguide import Settings, load_settings
from ragguide.cli.filters import read_allow
from ragguide.errors import UsageError
from tests.cli.inside import ragguide
from tests.rights import (
    PAPERS,
    control_of,
    ingest_all,
    markers_hidden_from,
    papers_for,
    without_times,
    write_papers,
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("rights")
    settings = load_settings({"indexes_dir": folder / "indexes"})
    ingest_all(settings, folder / "papers")
    return settings


QUESTIONS = [
    "What does a clerk of grade Zorbulan earn?",
    "What is the qixotrope bonus?",  # mistyped
    "What does the WVT pay?",
    "How many steps has the Snarvik merger?",
    "How many rules are there aboard?",
    "Do horses get a bonus on the ferry?",
    "Is rye bread still baked?",
    "What is the Joint Ostrelund Kontor?",
    "When does the hollinsted shift begin?",
    "What does a ticket cost?",
]


@pytest.mark.model
@pytest.mark.parametrize("groups", [(), ("hr",)], ids=str)
def test_a_reader_gets_what_an_index_without_the_rest_gives(
    settings: Settings, groups: tuple[str, ...]
) -> None:
    hidden = markers_hidden_from(groups)
    asked = [(mark, QUESTIONS[n % len(QUESTIONS)]) for n, mark in enumerate(hidden)]
    commands = [
        ("query", "--quotes", "--json", *QUESTIONS),
        ("search", "--json", "--explain", *QUESTIONS),
        ("quiz", "--export", "anki"),
    ]
    for command in commands:
        ours, theirs = (
            ragguide(
                *command,
                RAGGUIDE_INDEXES_DIR=str(each.indexes_dir),
                RAGGUIDE_GROUPS=",".join(groups),
            )
            for each in (settings, control_of(settings, groups))
        )
        assert without_times(ours.stdout) == without_times(theirs.stdout), command
        assert without_times(ours.stderr) == without_times(theirs.stderr), command
        assert ours.returncode == theirs.returncode
        said = ours.stdout.casefold() + ours.stderr.casefold()
        for question in QUESTIONS:
            said = said.replace(question.casefold(), "")
        assert [mark for mark, _ in asked if mark in said and mark not in echoed()] == []


def echoed() -> set[str]:
    """Words that a refusal repeats because the question has them."""
    return {mark for paper in PAPERS.values() for mark in paper.markers for question in QUESTIONS
            if mark in question.casefold()}  # fmt: skip


@pytest.mark.model
@pytest.mark.parametrize("groups", [(), ("hr",)], ids=str)
def test_lists_name_what_a_reader_may_read(settings: Settings, groups: tuple[str, ...]) -> None:
    control, environ = (
        {"RAGGUIDE_INDEXES_DIR": str(each.indexes_dir), "RAGGUIDE_GROUPS": ",".join(groups),
         "RAGGUIDE_DATA_DIR": str(each.indexes_dir.parent / "data")}
        for each in (control_of(settings, groups), settings)
    )  # fmt: skip
    names = [name.removesuffix(".md") for name in papers_for(groups)]
    shown = ragguide("index", "show", "--json", **environ)
    manifest = json.loads(shown.stdout)["manifest"]
    assert [source["name"] for source in manifest["sources"]] == names
    never = json.loads(ragguide("index", "show", "--json", **control).stdout)["manifest"]
    assert {name for name in never if manifest[name] != never[name]} <= {"files", "created"}
    rows = [
        json.loads(line)
        for line in ragguide("index", "list", "--json", **environ).stdout.splitlines()
    ]
    (row,) = (each for each in rows if each["name"] == "default")
    assert row["in_use"]["documents"] == names
    texts = [shown.stdout, ragguide("index", "show", **environ).stdout, json.dumps(row)]
    for text in texts:
        assert [mark for mark in markers_hidden_from(groups) if mark in text.casefold()] == []


@pytest.mark.model
def test_ingest_says_who_may_read_and_update_keeps_it(tmp_path: Path) -> None:
    environ = {"RAGGUIDE_INDEXES_DIR": str(tmp_path / "indexes")}
    folder = tmp_path / "papers"
    write_papers(folder)
    allow = ("--allow", "staff", "--allow", "papers/merger*=board", "--allow", "rota.md=crew,hr")
    made = ragguide("ingest", folder, *allow, cwd=tmp_path, **environ)
    assert made.returncode == 0
    assert (
        "readers: board (1 document), crew (1 document), hr (1 document), staff (3 documents)"
        in (" ".join(made.stdout.split()))
    )
    (folder / "later.md").write_text("# Later\n\nThe lamp is lit at dusk.\n", "utf-8")
    (folder / "merger2.md").write_text("# Later\n\nThe deed is burnt.\n", "utf-8")
    assert ragguide("update", **environ).returncode == 0
    shown = ragguide("index", "show", RAGGUIDE_GROUPS="staff,board,crew", **environ).stdout
    for name, groups in (
        ("later", "staff"), ("merger2", "board"), ("rota", "crew, hr"), ("ferry", "staff"),
    ):  # fmt: skip
        (line,) = (line for line in shown.splitlines() if line.startswith(f"  {name}: "))
        assert f", for {groups}, " in line
    again = ragguide("ingest", folder, *allow, cwd=tmp_path, **environ)
    assert "is up to date" in again.stdout
    lost = ragguide("ingest", folder, "--rebuild", **environ)
    assert (lost.returncode, lost.stdout) == (2, "")
    assert "this index has access rights, which would be lost. Repeat --allow" in lost.stderr
    bundle = tmp_path / "papers.ragguide"
    assert ragguide("index", "export", bundle, **environ).returncode == 0
    assert ragguide("index", "import", bundle, "--as", "copy", **environ).returncode == 0
    shows = [
        ragguide("index", "show", name, RAGGUIDE_GROUPS="staff", **environ).stdout
        for name in ("default", "copy")
    ]
    assert [shown.count("  later: ") for shown in shows] == [1, 1]
    assert ["merger" in shown for shown in shows] == [False, False]
    wrong = ragguide("ingest", folder, "--allow", "merge=board", **environ)
    assert wrong.returncode == 2
    assert "--allow merge=board matches no document" in wrong.stderr
    partly = ragguide("ingest", folder, "--allow", "merger*=board", **environ)
    assert partly.returncode == 0
    assert "nobody may read ferry, kitchen, later, payroll, rota, because no --allow" in (
        " ".join(partly.stderr.split())
    )
    nothing = ragguide("search", "lamp", RAGGUIDE_GROUPS="crew", **environ)
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert nothing.stderr.startswith("ragguide: your groups (crew) may read none of the documents")
    refused = ragguide("calibrate", "x", **environ)
    assert refused.returncode == 2


@pytest.mark.model
def test_no_command_drops_the_rights_of_an_index(tmp_path: Path) -> None:
    environ = {"RAGGUIDE_INDEXES_DIR": str(tmp_path / "indexes")}
    write_papers(tmp_path / "papers")
    ferry = tmp_path / "papers" / "ferry.md"
    assert ragguide("ingest", ferry, **environ).returncode == 0
    bundle = tmp_path / "free.ragguide"
    assert ragguide("index", "export", bundle, **environ).returncode == 0
    assert ragguide("ingest", ferry, "--allow", "crew", **environ).returncode == 0
    free = tmp_path / "free"
    assert ragguide("ingest", ferry, RAGGUIDE_INDEXES_DIR=str(free)).returncode == 0
    commands = [
        ("ingest", ferry, "--rebuild"),
        ("index", "rollback"),
        ("index", "import", bundle),
        ("index", "copy", free, tmp_path / "indexes"),
    ]
    for command in commands:
        ended = ragguide(*command, **environ)
        assert (ended.returncode, ended.stdout) == (2, ""), command
        assert "this index has access rights, which would be lost" in ended.stderr
    assert ragguide("search", "ferry", **environ).returncode == 2
    assert ragguide("search", "ferry", RAGGUIDE_GROUPS="crew", **environ).returncode == 0


@pytest.mark.parametrize("value", ["", "=hr", "a=", "a=h r", "a=hr,-", "a\tb=hr"])
def test_a_malformed_rule_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="--allow"):
        read_allow([value])
