"""`ragguide config`: each setting with its origin, and the files that are read."""

import json
from pathlib import Path

import platformdirs
import pytest

from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, and a user's configuration folder beside it."""
    home, folder = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    (folder / "deep").mkdir(parents=True)
    monkeypatch.setattr(platformdirs, "user_config_path", lambda _name: home)
    (home / "ragguide.toml").write_text("seed = 4\ntop_k = 6\nkeep = 9\n")
    (folder / "ragguide.toml").write_text('top_k = 7\nkeep = 8\nindexes_dir = "shelf"\n')
    return folder


def test_show_names_the_origin_of_each_value(project: Path) -> None:
    shown = ragguide(
        "config", "show", "--json", "-i", "manual", cwd=project / "deep", RAGGUIDE_KEEP="2"
    )
    rows = {row["name"]: row for row in map(json.loads, shown.stdout.splitlines())}
    found = {
        name: (rows[name]["value"], rows[name]["origin"], rows[name]["place"])
        for name in ("index", "keep", "top_k", "seed", "threads", "indexes_dir")
    }
    toml = str(project / "ragguide.toml")
    assert found == {
        "index": ("manual", "flag", ""),
        "keep": (2, "environment", "RAGGUIDE_KEEP"),
        "top_k": (7, "file", toml),
        "seed": (4, "file", str(project.parent / "home" / "ragguide.toml")),
        "threads": (0, "default", ""),
        "indexes_dir": (str(project / "shelf"), "file", toml),
    }


def test_show_prints_only_the_settings_asked_for_in_their_order(project: Path) -> None:
    shown = ragguide("config", "show", "top_k", "index", cwd=project)
    top_k, index = (line.split() for line in shown.stdout.splitlines())
    assert top_k == ["top_k", "7", "file", str(project / "ragguide.toml")]
    assert index == ["index", '"default"', "default"]


def test_show_suggests_the_setting_that_was_meant(project: Path) -> None:
    failed = ragguide("config", "show", "topk", cwd=project)
    assert failed.returncode == 3
    assert "unknown setting 'topk'. Did you mean 'top_k'?" in one_line(failed.stderr)


def test_path_names_both_files_and_says_what_is_missing(project: Path) -> None:
    user = project.parent / "home" / "ragguide.toml"
    shown = ragguide("config", "path", cwd=project / "deep").stdout
    assert shown == f"project  {project / 'ragguide.toml'}\nuser     {user}\n"
    user.unlink()
    shown = ragguide("config", "path", cwd=project.parent).stdout
    assert shown.startswith("project  no ragguide.toml in this folder or above\n")
    assert shown.endswith(f"{user}  (does not exist)\n")
    told = json.loads(ragguide("config", "path", "--json", cwd=project.parent).stdout)
    assert (told["project"], told["user"]) == (None, str(user))
