"""The examples of README and docs run as they are printed, in folders with the files they name.

Each page has a folder of its own and an empty HOME, and an example may use what an earlier one
made. A line without pipes and the like runs in this process, which is faster. No generator is
installed there, so `query` shows quotes.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from ragguide import Guide, Settings
from ragguide.config import load_settings
from ragguide.evaluate.cases import check_fields
from ragguide.evaluate.gold import GoldFinder
from ragguide.evaluate.records import Case
from tests.cli.inside import ragguide
from tests.conftest import ROOT
from tests.pdfs import write_pdf
from tests.test_docs import table_fields

pytestmark = pytest.mark.model

PAGES = ["README.md", *sorted(page.relative_to(ROOT).as_posix() for page in ROOT.glob("docs/*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)

INSTALLS = "installs packages; tests/test_setup_venv.py checks the steps"
DOWNLOADS = "downloads a model; tests/cli/test_models_command.py pulls from a stand-in"
ANSWERS = "needs a generator; tests/cli/test_eval_run.py and tests/update/ run one"
SERVES = "runs until it is stopped; tests/serve/ starts it"
DATABASE = "needs PostgreSQL; tests/index/test_postgres.py has one where it is installed"
BUCKET = "needs S3; tests/index/test_lance.py has a server where it is installed"
SERVED = "needs a running server; tests/serve/ asks one"
NOT_RUN = {  # the beginning of a line → why no test runs it as it stands
    "./scripts/quickstart": INSTALLS,
    "./scripts/test": INSTALLS,
    "./scripts/install_cuda": "needs an NVIDIA card; tests/test_install_cuda.py checks the steps",
    ". .venv/bin/activate": INSTALLS,
    "ragguide demo": "reads 58 pages; tests/cli/test_demo_command.py does it",
    "docker ": "needs Docker; tests/test_wheel.py builds from the files that it copies",
    "python scripts/build_man.py": "writes into HOME; tests/test_build_man.py does it",
    "man ": "needs the installed pages",
    "pip install": INSTALLS,
    "pipx install": INSTALLS,
    "uv tool install": INSTALLS,
    "ragguide eval draft": "asks a person; tests/cli/test_eval_draft.py pipes in the answers",
    "ragguide eval rate": "asks a person; tests/cli/test_eval_rate.py pipes in the grades",
    "ragguide eval run questions.jsonl --answers": ANSWERS,
    "ragguide eval run data/eval/answers.jsonl --answers": ANSWERS,
    "ragguide update --gate questions.jsonl --gate-answers": ANSWERS,
    "ragguide models pull": DOWNLOADS,
    "ragguide models optimise": "measures for minutes; tests/generate/test_optimise.py does it",
    "ragguide models remove NAME": "needs a generator; tests/cli/test_models_command.py does it",
    "ragguide query --llm qwen2.5-coder-0.5b": "needs that generator; the next line names a file",
    "ragguide query --llm hf:": DOWNLOADS,
    "ragguide ingest manuals/ --scheduler": "needs a cluster; tests/base/test_cluster.py has one",
    "dask ": "runs until it is stopped; tests/base/test_cluster.py starts a cluster",
    "ragguide ingest https:": "needs the web; tests/update/test_urls.py reads from a stand-in",
    "ragguide ingest s3:": "needs a bucket; tests/update/test_buckets.py has one",
    "ragguide ingest 's3:": "needs a bucket; tests/update/test_buckets.py has one",
    "ragguide query --llm http:": "needs a server; tests/test_protocols.py asks one",
    "ragguide index rollback --before": "needs a day; tests/cli/test_index_command.py makes three",
    "ragguide update --watch": "runs until Ctrl-C; tests/cli/test_update_command.py does it",
    "ragguide serve": SERVES,
    "curl ": SERVED,
    "ragguide query --via ": "needs a running server; tests/cli/test_via.py asks one",
    "export AWS_ACCESS_KEY_ID=": BUCKET,
    "export RAGGUIDE_STORE=": DATABASE,
    "ragguide ingest handbook.pdf": DATABASE,
    "ragguide index copy": DATABASE,
    "trec_eval ": "is a program of its own; tests/evaluate/test_exports.py reads the files",
}
PROGRAMS = {"jq": shutil.which("jq"), "openssl": shutil.which("openssl")}  # examples may lack them


def blocks(page: str, *languages: str) -> list[str]:
    text = (ROOT / page).read_text("utf-8")
    return [block for kind, block in _BLOCK.findall(text) if kind in languages]


def lines_of(page: str) -> list[str]:
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line.strip()]


def is_run(line: str) -> bool:
    return why_not_run(line) is None


def allowed_codes(line: str) -> set[int]:
    """0; also 4 if the guide doesn't answer a question, and 6 if a run doesn't meet a gate."""
    also = {"ragguide query": 4, "ragguide eval gate": 6}
    return {0} | {code for start, code in also.items() if line.startswith(start)}


def why_not_run(line: str) -> str | None:
    for beginning, reason in NOT_RUN.items():
        if line.startswith(beginning):
            return reason
    missing = [name for name, path in PROGRAMS.items() if path is None and f" {name} " in line]
    return f"{missing[0]} is not installed" if missing else None


THINGS = (
    "anvils barrels candles drums easels flutes gongs harps inkwells jars kettles lanterns mallets "
    "needles oars pulleys quills ropes saddles trowels umbrellas vases whistles xylophones yokes"
).split()
_SHELL = re.compile(r"[|<>&;$~]|^\w+=")
GUIDE = [
    "Keys. Rotate the keys of the pump room every 90 days. The warden changes the locks.",
    "Savings. Spot Instances save up to 90 percent of the price of an instance.",
    "Words. RAG means retrieval-augmented generation. LoRA trains small matrices.",
    *(f"Stores. Room {n + 10} stores the {thing}." for n, thing in enumerate(THINGS)),
    "Lamps. The red lamp burns for 12 hours. The blue lamp costs 30 euros.",
]
QUESTIONS = [  # question, fact, page, evidence; those without a page cannot be answered
    (
        "How often are the keys rotated?",
        "90 days",
        1,
        "Rotate the keys of the pump room every 90 days.",
    ),
    ("Who changes the locks?", "warden", 1, "The warden changes the locks."),
    ("How much do Spot Instances save?", "90 percent", 2, "Spot Instances save up to 90 percent"),
    ("What does RAG mean?", "retrieval", 3, "RAG means retrieval-augmented generation"),
    ("What does LoRA train?", "small matrices", 3, "LoRA trains small matrices."),
    ("Which room has keys?", "pump room", 1, "Rotate the keys of the pump room every 90 days"),
    *(
        (
            f"Which room stores the {thing}?",
            f"room {n + 10}",
            n + 4,
            f"Room {n + 10} stores the {thing}",
        )
        for n, thing in enumerate(THINGS)
    ),
    *((f"Who paints the {thing}?", "", 0, "") for thing in THINGS[:8]),
]


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for the examples: `ragguide` on the PATH, and a HOME with one small generator."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "ragguide").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ragguide "$@"\n')
    (folder / "ragguide").chmod(0o755)
    models = load_settings().models_dir
    home = tmp_path_factory.mktemp("home")
    (home / "models").mkdir()
    (home / "models" / "other.gguf").symlink_to(models / "SmolLM2-135M-Instruct.Q4_1.gguf")
    return {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "BROWSER": "true",
        "COLUMNS": "120",
        "RAGGUIDE_MODELS_DIR": str(home / "installed"),
        "RAGGUIDE_CACHE_DIR": str(home / "cache"),
        "RAGGUIDE_DATA_DIR": str(home / "data"),
        "RAGGUIDE_THREADS": "1",
        "RAGGUIDE_ALLOW_FAILED_GENERATOR": "true",
    }


@pytest.fixture(scope="module")
def base(
    tmp_path_factory: pytest.TempPathFactory,
    environ: dict[str, str],
) -> Path:
    """A folder with the files, indexes and runs that examples name."""
    folder = tmp_path_factory.mktemp("base")
    for name in ("my-guide.pdf", "guide.pdf"):
        write_pdf(folder / name, GUIDE)
    for path in ("manuals/pump.md", "notes/2026/may.md"):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(f"# {path}\n\nThe pump runs for 12 hours. Rotate the keys.\n")
    for path, text in {
        "handbook/rules.md": "# Rules\n\nDogs must be kept on a lead.\n",
        "papers/salaries-2026.md": "# Salaries\n\nA clerk earns 2,100 crowns a month.\n",
    }.items():
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(text)
    pages = [f"On day {n} the warden rotates the keys of room {n}." for n in range(24)]
    pages[19] = f"Security\n{pages[19]}"
    write_pdf(folder / "manuals" / "handbook.pdf", pages, bookmarks=[("Security", 1, 20)])
    write_questions(folder, 6)
    write_other_sets(folder)
    (folder / "questions.txt").write_text("what is RAG\nwhat is LoRA\n")
    prepare = [
        "ragguide ingest guide.pdf",
        "ragguide ingest my-guide.pdf --tag team=ml",
        *(f"ragguide ingest manuals -i {name}" for name in ("manuals", "faq", "old")),
        *(
            f"ragguide eval run questions.jsonl --name {name} --again"
            for name in ("before", "after", "RUN")
        ),
    ]
    for line in prepare:
        assert run_line(line, folder, environ).returncode == 0
    return folder


def write_questions(folder: Path, n_questions: int) -> None:
    rows = [
        {"id": f"q{n}", "question": question, "kind": "factoid", "facts": [[fact]],
         "answer": fact, "pages": [page], "evidence": evidence}
        if page else {"id": f"q{n}", "question": question, "kind": "unanswerable"}
        for n, (question, fact, page, evidence) in enumerate(QUESTIONS[:n_questions])
    ]  # fmt: skip
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "questions.jsonl").write_text(lines)


def write_other_sets(folder: Path) -> None:
    (first, *_) = (folder / "questions.jsonl").read_text().splitlines()
    (folder / "data" / "eval").mkdir(parents=True)
    (folder / "data" / "eval" / "answers.jsonl").write_text(f"{first}\n")
    (pairs,) = [block for block in blocks("docs/evaluation.md", "json") if '"supported": ' in block]
    (folder / "pairs.jsonl").write_text(pairs)
    beir = folder / "scifact"
    (beir / "qrels").mkdir(parents=True)
    (beir / "corpus.jsonl").write_text(
        '{"_id": "d1", "title": "Keys", "text": "Rotate the keys."}\n'
    )
    (beir / "queries.jsonl").write_text('{"_id": "1", "text": "What is rotated?"}\n')
    (beir / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t1\n")


def run_line(line: str, folder: Path, environ: dict[str, str]) -> "CompletedProcess[str]":
    words = shlex.split(line, comments=True)
    if words[0] == "ragguide" and not _SHELL.search(line.partition(" #")[0]):
        return ragguide(*words[1:], cwd=folder, **environ)
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder, env={**os.environ, **environ}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_each_reason_not_to_run_an_example_is_still_needed() -> None:
    lines = [line for page in PAGES for line in lines_of(page)]
    unused = [start for start in NOT_RUN if not any(line.startswith(start) for line in lines)]
    assert unused == []
    assert len(list(filter(is_run, lines))) > 50


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "sh", "python")])
def test_examples_run_as_printed(
    page: str, base: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "home of ada"  # people have spaces in paths
    shutil.copytree(base, folder)
    if page == "docs/answers.md":  # calibration needs 30 questions
        write_questions(folder, len(QUESTIONS))
    for line in filter(is_run, lines_of(page)):
        done = run_line(line, folder, environ)
        assert done.returncode in allowed_codes(line), f"{line}\n{done.stderr}"
        assert "Traceback" not in done.stderr
    for block in blocks(page, "python"):
        if "openai" in block:  # needs a running server; tests/serve/ asks one
            continue
        subprocess.run(
            [sys.executable, "-c", block], cwd=folder, env={**os.environ, **environ}, check=True
        )


def test_printed_output_is_what_the_commands_print(
    base: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    """Blocks `console`: the first line is typed, the others are printed."""
    found = {block for page in PAGES for block in blocks(page, "console")}
    assert len(found) == 3
    shutil.copytree(base, tmp_path / "pumps")
    (tmp_path / "empty").mkdir()
    for block in found:
        typed, printed = block.removeprefix("$ ").split("\n", 1)
        is_elsewhere = "elsewhere" in printed
        answers = re.findall(r"^> (.*)$", printed, re.MULTILINE)
        done = subprocess.run(
            ["bash", "-c", typed], cwd=tmp_path / ("empty" if is_elsewhere else "pumps"),
            env={**os.environ, **environ}, input="".join(f"{line}\n" for line in answers),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        shown = (done.stdout + done.stderr).replace(str(tmp_path / "empty"), "/home/ada")
        shown = shown.replace(str(base), "/home/ada/pumps")  # made first, so the registry has it
        assert shown.strip().startswith(printed.strip()), shown


def test_json_has_the_fields_that_the_page_lists(base: Path, environ: dict[str, str]) -> None:
    page = (ROOT / "docs" / "scripts.md").read_text("utf-8")
    question = '"How often are the keys rotated?"'
    answer = json.loads(run_line(f"ragguide query --json {question}", base, environ).stdout)
    first, *fields = answer
    assert (first, answer[first]) == ("schema_version", 1)
    assert fields == table_fields(page, "### `query --json`")
    (quote,) = answer["quotes"]
    assert list(quote) == table_fields(page, "Each quote and citation")
    of_hits = table_fields(page, "Each hit has these fields")
    for hit in answer["hits"]:
        assert set(of_hits) - set(hit) <= {"rerank_score", "why"}  # only with their options
        assert set(hit) <= set(of_hits)
    line = f"ragguide search --json --explain {question}"
    found = json.loads(run_line(line, base, environ).stdout)
    listed = page.partition("### `search --json`")[2].split("\n###")[0]
    assert list(found) == ["schema_version", *re.findall(r"`(\w+)`", listed)]
    assert set(of_hits) - set(found["hits"][0]) <= {"rerank_score"}


def test_other_commands_print_the_fields_that_the_page_lists(
    base: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "scripts.md").read_text("utf-8").partition("### Other commands")[2]
    rows = re.findall(r"^\| `(ragguide .*?)` \| [\w ]+ \| (.*?) \|$", page, re.MULTILINE)
    assert len(rows) > 12
    shutil.copytree(base, tmp_path / "copy")
    for command, listed in rows:
        printed = run_line(command, tmp_path / "copy", environ).stdout.splitlines()
        for line in printed:
            fields = ["schema_version", *re.findall(r"`(\w+)`", listed)]
            assert list(json.loads(line)) == fields, command
        assert printed, command


def test_objects_in_fields_have_the_fields_that_the_page_lists(
    base: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "scripts.md").read_text("utf-8")
    rows = re.findall(r"^\| `(ragguide .*?)` \| `\.(.*?)` \| (.*?) \|$", page, re.MULTILINE)
    assert len(rows) == 10
    shutil.copytree(base, tmp_path / "copy")
    for command, path, listed in rows:
        found = json.loads(run_line(command, tmp_path / "copy", environ).stdout.splitlines()[0])
        for key in path.split("."):
            found = found[key.removesuffix("[]")]
            found = found[0] if key.endswith("[]") else found
        assert list(found) == re.findall(r"`(\w+)`", listed), (command, path)


def test_claims_are_checked_as_printed(base: Path, environ: dict[str, str]) -> None:
    _, printed = blocks("docs/evaluation.md", "json")
    assert run_line("ragguide eval claims pairs.jsonl", base, environ).stdout == printed


def test_printed_questions_settings_and_servers_are_valid() -> None:
    for block in blocks("docs/question-sets.md", "json"):
        case, faults = check_fields(json.loads(block))
        assert (case is not None, faults) == (True, [])
    (settings,) = blocks("docs/settings.md", "toml")
    assert set(tomllib.loads(settings)) <= set(Settings.__struct_fields__)
    (servers,) = blocks("docs/serve.md", "json")
    (server,) = json.loads(servers)["mcpServers"].values()
    assert ragguide(*server["args"], "--help").returncode == 0


def test_quotes_in_the_readme_stand_where_it_says(guide: Guide) -> None:
    (shown,) = (block for block in blocks("README.md", "") if "$ ragguide query" in block)
    quotes = re.findall(r"^\[\d\] (\w+), p\. (\d+) .*?· (.*)\n    \"(.*)\"$", shown, re.MULTILINE)
    assert len(quotes) == 2
    finder = GoldFinder(guide.documents())
    for document, page, section, quote in quotes:
        case = Case(id="x", question="?", evidence=quote, pages=(int(page),), document=document)
        assert finder.pages_of(case, quote) == [int(page)]
        assert " > ".join(finder.find(case).section) == section
