"""`ragguide index`, with and without an index."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest

from ragguide import Guide
from ragguide.cli.render import time_of
from ragguide.index.notes import CALIBRATION
from ragguide.index.registry import remember_folder
from ragguide.index.store import IndexFolder
from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line
from tests.cli.test_commands import ragguide as ragguide_process
from tests.index.test_store import fill, manifest, write

CREATED = time_of("2025-01-01T00:00:00Z")  # what `write` records


@pytest.fixture(scope="module")
def environ(guide: Guide) -> dict[str, str]:
    return {"RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir)}


@pytest.mark.model
def test_show_describes_the_default_index(guide: Guide, environ: dict[str, str]) -> None:
    shown = ragguide_process("index", "show", **environ)
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    manifest, folder = guide.manifest, guide.settings.indexes_dir / "default"
    assert lines[0] == f"default: {folder}"
    assert lines[2].startswith("* ")
    assert lines[2].endswith(
        f"000001  {time_of(manifest.created)}  flat   {manifest.n_chunks} passages"
    )
    source = manifest.sources[0]
    modified = time_of(source.modified)
    assert lines[4] == (
        f"  guide: {source.n_pages} pages, 0.6 MB, modified {modified}, {source.path}"
    )
    assert "embedder: all-MiniLM-L6-v2, 384 dimensions, sha256 53aa51172d14…" in lines
    assert (
        f"passages: {manifest.n_chunks} of up to 160 tokens, overlap 32, strategy sections; "
        f"{manifest.n_tokens:,} tokens in total"
    ) in lines
    assert "vectors: flat" in lines
    assert (f"  why: auto: exact search, fast at {manifest.n_chunks} vectors") in lines
    size = (folder / "000001/vectors.npy").stat().st_size
    assert f"  vectors.npy      {size:>13,} bytes" in lines


@pytest.mark.model
def test_show_and_list_as_json(guide: Guide, environ: dict[str, str]) -> None:
    seen = json.loads(ragguide("index", "show", "default", "--json", **environ).stdout)
    assert seen["schema_version"] == 1
    assert seen["manifest"]["vector_index"]["parameters"] == {"index_type": "flat"}
    assert seen["manifest"]["sources"][0]["sha256"] == guide.manifest.sources[0].sha256
    here = ("--indexes-dir", guide.settings.indexes_dir)
    row = json.loads(ragguide_process("index", "list", "--json", *here, **environ).stdout)
    assert (row["name"], row["n_generations"], row["fault"]) == ("default", 1, None)
    assert row["in_use"] == seen["generations"][0]["made_of"]


def test_list_prints_a_line_per_index_damaged_or_not(tmp_path: Path) -> None:
    for name in ("art", "zoo"):
        write(IndexFolder(tmp_path, name))
    (tmp_path / "zoo/CURRENT").write_text("000007\n")
    shown = ragguide("index", "list", "--indexes-dir", tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    art, zoo = shown.stdout.splitlines()
    assert re.match(r"art +\d+ kB  ", art)
    assert f"000001  {CREATED}  hnsw   2 passages" in art
    assert "CURRENT is damaged: '000007\\n'. Rebuild the index:" in zoo


def test_list_of_nothing_says_how_to_make_one(tmp_path: Path) -> None:
    shown = ragguide("index", "list", "--indexes-dir", tmp_path)
    assert (shown.returncode, shown.stdout) == (
        0, f"No indexes in {tmp_path}. Create one: ragguide ingest YOUR.pdf\n",
    )  # fmt: skip
    assert ragguide("index", "list", "--json", "--indexes-dir", tmp_path).stdout == ""


def test_verify_names_every_fault_of_every_generation(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path, "art")
    write(folder, "one")
    write(folder, "two")
    arguments = ("index", "verify", "art", "--indexes-dir", tmp_path)
    shown = ragguide(*arguments)
    assert (shown.returncode, shown.stderr) == (0, "")
    intact = r"9 files, \d+ kB  ok"
    assert re.fullmatch(rf"\* 000002  {intact}\n  000001  {intact}\n", shown.stdout)
    (folder.path / "000001/chunks.jsonl").unlink()
    (folder.path / "000001/vectors.npy").write_bytes(b"")
    shown = ragguide(*arguments)
    assert shown.returncode == 3
    in_use, old, first, second = shown.stdout.splitlines()
    assert in_use.endswith("  ok")
    assert re.fullmatch(r"  000001  7 files, \d+ kB  2 faults", old)
    assert f"    {folder.path}/000001/chunks.jsonl cannot be read: No such file" in first
    assert f"    {folder.path}/000001/vectors.npy is damaged: sha256" in second
    found = json.loads(ragguide_process(*arguments, "--json").stdout)
    assert [len(each["faults"]) for each in found["generations"]] == [0, 2]


def test_verify_reads_an_index_s_own_calibration(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path, "art")
    write(folder, "one")
    (folder.path / CALIBRATION).write_text("{")
    shown = ragguide("index", "verify", "art", "--indexes-dir", tmp_path)
    assert shown.returncode == 3
    intact, fault = shown.stdout.splitlines()
    assert intact.endswith("  ok")
    assert fault.startswith(f"{folder.path / CALIBRATION} cannot be read: ")
    assert fault.endswith("Delete it, then run `ragguide calibrate QUESTIONS`.")


def test_rollback_prune_and_remove(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path, "art")
    for text in ("one", "two", "three"):
        write(folder, text)
    there = ("art", "--indexes-dir", tmp_path)
    assert ragguide_process("index", "rollback", *there).stdout == (
        f"art/000002 is now in use: created {CREATED}, 2 passages (previously 000003)\n"
    )
    assert folder.open().chunks()[0].text == "two"
    shown = ragguide("index", "rollback", *there, "--to", "7")
    assert shown.returncode == 2
    assert (
        "has no generation 7. Generation 2 is active; choose another with --to: 1, 3."
        in one_line(shown.stderr)
    )
    assert ragguide_process("index", "prune", *there, "--keep", "1").stdout == (
        "art: removed 000001, 000003\n"
    )
    shown = ragguide("index", "remove", *there)
    assert shown.returncode == 2
    assert "stdin is not a terminal. Add --yes to remove 'art'." in one_line(shown.stderr)
    assert folder.exists()
    assert (
        ragguide_process("index", "remove", *there, "--yes").stdout == "removed the index 'art'\n"
    )
    assert list(tmp_path.iterdir()) == []
    for command in ("rollback", "prune", "verify", "remove"):
        shown = ragguide("index", command, *there)
        assert shown.returncode == 7
        assert "there is no index 'art'" in one_line(shown.stderr)
    assert list(tmp_path.iterdir()) == []


def test_rollback_to_the_index_of_a_day(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path, "art")
    for day in ("28", "29", "30"):
        with folder.writing():
            folder.write(
                partial(fill, f"day {day}"),
                lambda *given, day=day: msgspec.structs.replace(  # type: ignore[misc]
                    manifest(*given), created=f"2026-11-{day}T03:00:00+00:00"
                ),
            )
    command = ("index", "rollback", "art", "--indexes-dir", tmp_path)
    for before, number in {
        "2026-11-30T03:00:00+00:00": 2,
        "2026-11-29T05:00:00+01:00": 2,
        "2026-11-28 23:00": 1,
        "2027-01-01": 3,
    }.items():
        shown = ragguide(*command, "--before", before)
        assert shown.stdout.startswith(f"art/{number:06d} is now in use: created 2026-11-"), before
        assert folder.open().chunks()[0].text == f"day {27 + number}"
    shown = ragguide(*command, "--before", "2026-11-27")
    assert shown.returncode == 2
    line = one_line(shown.stderr)
    assert "'art' has no generation from before 2026-11-27 00:00:00. It has: 1 (2026-11-2" in line
    assert "invalid time 'yesterday' for --before; use 2026-11-30 or" in one_line(
        ragguide(*command, "--before", "yesterday").stderr
    )
    both = ragguide(*command, "--before", "2027-01-01", "--to", "1")
    assert "--to and --before both choose a generation" in one_line(both.stderr)
    assert folder.open().manifest.generation == 3


def test_no_wait_fails_at_once_and_ctrl_c_ends_a_wait(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path, "art")
    write(folder, "one")
    write(folder, "two")
    there = ("art", "--indexes-dir", tmp_path)
    with folder.writing():
        shown = ragguide("index", "rollback", *there, "--no-wait")
        assert shown.returncode == 3
        assert "another process is writing the index 'art'. Try" in one_line(shown.stderr)
        command = [sys.executable, "-m", "ragguide", "index", "rollback", *map(str, there)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as waiting:
            assert waiting.stderr is not None
            assert waiting.stderr.readline() == (
                "ragguide: another process is writing the index 'art'; waiting for it "
                "(Ctrl-C cancels)\n"
            )
            waiting.send_signal(signal.SIGINT)
            assert waiting.wait(timeout=60) == -signal.SIGINT
            assert waiting.stderr.read() == ""
    assert folder.open().manifest.generation == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")
def test_ctrl_c_ends_a_loop_in_a_shell(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path, "art")
    write(folder, "one")
    write(folder, "two")
    command = shlex.join(
        [
            sys.executable,
            "-m",
            "ragguide",
            "index",
            "rollback",
            "art",
            "--indexes-dir",
            str(tmp_path),
        ]
    )
    with folder.writing():
        loop = ["bash", "-c", f"for round in 1 2; do echo round; {command}; done"]
        with subprocess.Popen(
            loop, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as shell:
            assert shell.stderr is not None
            assert "waiting for it" in shell.stderr.readline()
            os.killpg(shell.pid, signal.SIGINT)  # as a terminal does
            shown, _ = shell.communicate(timeout=60)
    assert (shown, shell.returncode) == ("round\n", -signal.SIGINT)


def test_show_of_a_missing_index_is_one_line_and_7(tmp_path: Path) -> None:
    shown = ragguide("index", "show", "art", "--indexes-dir", tmp_path)
    assert (shown.returncode, shown.stdout) == (7, "")
    assert "there is no index 'art'" in one_line(shown.stderr)
    assert ragguide("index", "show", "../art", "--indexes-dir", tmp_path).returncode == 2


def test_an_ingest_waits_before_it_reads_and_a_failing_first_one_leaves_no_index(
    tmp_path: Path,
) -> None:
    there = ("-i", "art", "--indexes-dir", tmp_path / "indexes")
    folder = IndexFolder(tmp_path / "indexes", "art")
    with folder.writing():
        shown = ragguide("ingest", tmp_path / "none.md", *there, "--no-wait")
        assert shown.returncode == 3
        assert "another process is writing the index 'art'" in one_line(shown.stderr)
    shown = ragguide("ingest", tmp_path / "none.md", *there)
    assert shown.returncode == 2
    assert not folder.path.exists()


def test_a_missing_index_is_looked_for_by_name_and_elsewhere(tmp_path: Path) -> None:
    here, away = tmp_path / "here", tmp_path / "away" / "indexes"
    for folder, name in ((here, "manual"), (here, "zoo"), (away, "town")):
        write(IndexFolder(folder, name))
    env = {"RAGGUIDE_INDEXES_DIR": "here", "RAGGUIDE_DATA_DIR": str(tmp_path / "data")}
    typo = ragguide("index", "show", "manaul", cwd=tmp_path, **env)
    assert one_line(typo.stderr) == (
        f"ragguide: there is no index 'manaul' in {here}. Did you mean 'manual'? "
        "Create one: `ragguide ingest --index manaul FILE`.\n"
    )
    unknown = ragguide("index", "show", "town", cwd=tmp_path, **env)
    told = f"ragguide: there is no index 'town' in {here}. It has manual, zoo. "
    assert one_line(unknown.stderr).startswith(told)
    remember_folder(tmp_path / "data", away)
    found = ragguide("index", "show", "town", cwd=tmp_path, **env)
    assert found.stderr.endswith(
        f" Or use the one of that name elsewhere: `--indexes-dir {away}`.\n"
    )


def test_list_shows_the_indexes_of_other_folders_unless_one_is_named(tmp_path: Path) -> None:
    here, away = tmp_path / "here", tmp_path / "away"
    write(IndexFolder(here, "art"))
    write(IndexFolder(away, "town"))
    for folder in (here, away, tmp_path / "gone"):
        remember_folder(tmp_path / "data", folder)
    env = {"RAGGUIDE_INDEXES_DIR": str(here), "RAGGUIDE_DATA_DIR": str(tmp_path / "data")}
    art, blank, head, town = ragguide("index", "list", **env).stdout.splitlines()
    assert (art.split()[0], blank, town.split()[0]) == ("art", "", "town")
    assert head == f"in {away} (--indexes-dir):"
    rows = map(json.loads, ragguide("index", "list", "--json", **env).stdout.splitlines())
    assert [row["path"] for row in rows] == [str(here / "art"), str(away / "town")]
    (only,) = ragguide("index", "list", "--indexes-dir", away, **env).stdout.splitlines()
    assert only.startswith("town ")
