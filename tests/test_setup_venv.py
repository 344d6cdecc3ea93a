"""The set-up of `quickstart` and `test`: short output, a log, and no CUDA without a card.

A stub replaces Python and pip, so nothing is installed.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

STUB = r"""#!/bin/sh
case "$*" in
"-m venv "*)
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    cat >"$3/bin/ragguide" <<'END'
#!/bin/sh
echo "ragguide $*" >>"$CALLS"
[ "$1" = query ] || seq 1 200
END
    chmod +x "$3/bin/ragguide"
    ;;
"-c import torch") exit "$TORCH_RC" ;;
"-m pip install --dry-run "*) cp "$REPORT" "$VENV/torch.json" ;;
"-m pip "*)
    echo "$*" >>"$CALLS"
    seq 1 200
    case "$*" in *--index-url*) exit "$INDEX_RC" ;; esac
    exit "$PIP_RC"
    ;;
esac
"""

CUDA = ['cuda-toolkit[cudart]==13.0.3; platform_system == "Linux"', "filelock"]
NO_CUDA = ["filelock", "sympy>=1.13.3"]


class Outcome:
    """What a script printed, how it ended, and which commands it ran."""

    def __init__(self, done: subprocess.CompletedProcess[str], calls: list[str]) -> None:
        self.code, self.calls = done.returncode, calls
        self.lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]


def run(
    folder: Path,
    script: str,
    *,
    needs: list[str] = NO_CUDA,
    pip_rc: int = 0,
    index_rc: int = 0,
    torch_rc: int = 1,
) -> Outcome:
    python, calls, report = (folder / name for name in ("python", "calls", "report.json"))
    python.write_text(STUB)
    python.chmod(0o755)
    calls.write_text("")
    report.write_text(json.dumps({"install": [{"metadata": {"requires_dist": needs}}]}))
    changes = {
        "PYTHON": python, "VENV": folder / "venv", "RAGGUIDE_VENV": folder / "venv",
        "CALLS": calls, "REPORT": report, "PIP_RC": pip_rc, "INDEX_RC": index_rc,
        "TORCH_RC": torch_rc, "RAGGUIDE_TORCH_INDEX": "https://example.org/cpu",
    }  # fmt: skip
    done = subprocess.run(
        ["sh", "-euc", script, str(ROOT / "scripts" / "quickstart")],
        env={**os.environ, **{name: str(value) for name, value in changes.items()}},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Outcome(done, calls.read_text().splitlines())


def set_up(folder: Path, *, has_card: str = "false", **options: int | list[str]) -> Outcome:
    script = f'. "{ROOT}/scripts/setup_venv.sh"\nhas_card() {{ {has_card}; }}\nsetup_venv dev'
    return run(folder, script, **options)  # type: ignore[arg-type]


def test_the_output_of_pip_goes_to_a_log_that_is_named(tmp_path: Path) -> None:
    first = set_up(tmp_path)
    assert first.code == 0
    (call,) = first.calls
    assert f"--constraint {ROOT}/constraints.txt" in call
    assert f"--editable {ROOT}[dev]" in call
    assert len(first.lines) <= 6
    log = tmp_path / "venv" / "setup.log"
    assert f"==> Installing ragguide and its dependencies (log: {log})" in first.lines
    assert "200" in log.read_text().splitlines()
    again = set_up(tmp_path)
    assert (again.code, again.lines, again.calls) == (0, [], [])


def test_a_failed_installation_shows_the_end_of_the_log(tmp_path: Path) -> None:
    failed = set_up(tmp_path, pip_rc=1)
    assert failed.code == 1
    assert failed.lines[-4:] == [
        "    199",
        "    200",
        f"    All output is in {tmp_path / 'venv' / 'setup.log'}",
        "The installation failed.",
    ]
    assert set_up(tmp_path).calls != []  # it is tried again


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="torch has no CUDA elsewhere")
def test_torch_with_cuda_is_not_downloaded_without_a_card(tmp_path: Path) -> None:
    small, rest = set_up(tmp_path, needs=CUDA).calls
    assert "--index-url https://example.org/cpu" in small
    assert "--no-deps" in small.split()
    assert "torch" in small.split()
    assert "--index-url" not in rest


@pytest.mark.parametrize(
    "options",
    [
        {"needs": CUDA, "has_card": "true"},
        {"needs": CUDA, "torch_rc": 0},  # there is a torch already
        {"needs": NO_CUDA},
    ],
    ids=str,
)
def test_else_pip_chooses_the_build_of_torch(tmp_path: Path, options: dict[str, str]) -> None:
    (call,) = set_up(tmp_path, **options).calls  # type: ignore[arg-type]
    assert "--index-url" not in call


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="torch has no CUDA elsewhere")
def test_if_no_small_torch_can_be_had_nothing_large_is_downloaded(tmp_path: Path) -> None:
    failed = set_up(tmp_path, needs=CUDA, index_rc=1)
    assert failed.code == 1
    assert len(failed.calls) == 1
    assert failed.lines[-1].startswith("Set RAGGUIDE_TORCH_INDEX to an index that has it")
    assert not (tmp_path / "venv" / ".ragguide-state").exists()


def test_quickstart_prints_few_lines(tmp_path: Path) -> None:
    done = run(tmp_path, f'exec sh "{ROOT}/scripts/quickstart" --fast "what is it?"')
    assert done.code == 0
    assert len(done.lines) <= 15  # and up to 10 for the answer
    generator = "qwen2.5-coder-0.5b-instruct"
    assert [call for call in done.calls if call.startswith("ragguide ")] == [
        f"ragguide models pull {generator}",
        f"ragguide models optimise {generator}",
        "ragguide ingest data/guide.pdf",
        "ragguide query what is it?",
    ]
