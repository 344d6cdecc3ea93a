"""The command line as a process: its output and its exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest

from ragguide import Guide
from tests.conftest import FAST_GENERATOR, GUIDE_PDF
from tests.tiny import write_cross_encoder

KENDRA = "How many passages can Amazon Kendra return for one query, and how long may each be?"
_READER = pypdf.PdfReader(GUIDE_PDF)
KENDRA_PAGE = next(
    number
    for number, page in enumerate(_READER.pages, start=1)
    if "up to 100 passages for a query" in " ".join(page.extract_text().split())
)
KENDRA_LABEL = _READER.page_labels[KENDRA_PAGE - 1]
KENDRA_PLACE = f"guide, p. {KENDRA_PAGE} (printed {KENDRA_LABEL})"
SILENT = "Who won the football world cup in 2022?"
REFUSAL = "The guide does not say: it does not contain “won”, “football”, “cup” or “2022”."
PLACE = {"document", "page_first", "page_last", "page_label", "locator", "section"}


def ragguide(
    *arguments: object, stdin: str = "", cwd: Path | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ragguide", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environ},
        check=False,
    )


def one_line(text: str) -> str:
    assert text.startswith("ragguide: "), text
    assert text.count("\n") == 1, text
    return text


@pytest.fixture(scope="module")
def index(guide: Guide) -> dict[str, str]:
    """Environment of a process that uses the session's index."""
    return {
        "RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir),
        "RAGGUIDE_GENERATOR": FAST_GENERATOR,
    }


@pytest.mark.parametrize(
    "command",
    [
        "",
        "ingest",
        "query",
        "search",
        "inspect",
        "update",
        "index",
        "index show",
        "models",
        "models pull",
    ],
)
def test_every_command_has_help(command: str) -> None:
    shown = ragguide(*command.split(), "--help")
    assert shown.returncode == 0
    assert "Usage: ragguide" in shown.stdout


def test_version() -> None:
    assert ragguide("--version").stdout == "ragguide 0.2.0\n"


@pytest.mark.model
def test_query_prints_the_answer_then_its_quotes(
    index: dict[str, str],
) -> None:
    shown = ragguide("query", KENDRA, **index)
    assert shown.returncode == 0
    assert shown.stderr == ""
    answer, _, quotes = shown.stdout.partition("\n\n")
    assert "100" in answer
    assert answer.endswith("[1]")
    assert quotes.startswith(f"[1] {KENDRA_PLACE} · ")
    assert '    "For RAG, use its Retrieve API' in quotes
    assert quotes.splitlines()[-2].endswith("more quotes: ragguide query --quotes …")
    assert "\x1b" not in shown.stdout  # no colour off a terminal


@pytest.mark.model
def test_query_as_json_has_the_names_that_scripts_read(index: dict[str, str]) -> None:
    shown = ragguide("query", "--json", "--top-k", "3", KENDRA, **index)
    answer = json.loads(shown.stdout)
    assert list(answer) == [
        "schema_version", "question", "answer", "refused", "refusal", "chance", "looked_for",
        "absent", "quotes", "citations", "hits", "model", "index", "timings_s",
        "tokens", "degraded", "warnings",
    ]  # fmt: skip
    assert answer["schema_version"] == 1
    assert answer["question"] == KENDRA
    assert answer["index"] == "default/000001"
    assert len(answer["hits"]) == 3
    assert set(answer["hits"][0]) == {"rank", "score", "confidence", "text", "copies", *PLACE}
    names = {"mark", "quote", "printed", *PLACE}
    assert set(answer["quotes"][0]) == set(answer["citations"][0]) == names
    printed = answer["citations"][0]["printed"]
    assert " ".join(line["text"] for line in printed) == answer["citations"][0]["quote"]
    assert {line["page"] for line in printed} == {KENDRA_PAGE}
    assert answer["citations"][0]["page_first"] == KENDRA_PAGE
    assert answer["citations"][0]["page_label"] == KENDRA_LABEL
    assert answer["tokens"]["prompt"] > 100


@pytest.mark.model
def test_silent_guide_exits_with_4(index: dict[str, str]) -> None:
    shown = ragguide("query", SILENT, **index)
    assert shown.returncode == 4
    assert shown.stdout.startswith(f"{REFUSAL}\nNearest sections:\n- guide, p. ")


@pytest.mark.model
def test_a_deadline_leaves_the_quotes_and_says_so(index: dict[str, str]) -> None:
    shown = ragguide("query", "--json", "--deadline", "1ms", KENDRA, **index)
    assert shown.returncode == 124
    answer = json.loads(shown.stdout)
    assert answer["quotes"][0]["page_first"] == KENDRA_PAGE
    assert (answer["answer"], answer["model"]) == ("", None)
    (degraded,) = answer["degraded"]
    assert degraded == "quotes only: the deadline of 0.001 s passed before the model could answer."


@pytest.mark.model
def test_questions_on_stdin_are_answered_in_order(index: dict[str, str]) -> None:
    questions = [KENDRA, SILENT, "what is hyperband"]
    stdin = f"{questions[0]}\n\n{questions[1]}\n  {questions[2]}  \n"
    shown = ragguide("query", "--json", "--quotes", "-", stdin=stdin, **index)
    answers = [json.loads(line) for line in shown.stdout.splitlines()]
    assert shown.returncode == 0
    assert [answer["question"] for answer in answers] == questions
    assert [answer["refused"] for answer in answers] == [False, True, False]


@pytest.mark.model
def test_questions_on_stdin_are_repeated_above_their_answers(index: dict[str, str]) -> None:
    stdin = f"{KENDRA}\n{SILENT}\n"
    shown = ragguide("query", "--quotes", "-", stdin=stdin, **index)
    first, second = shown.stdout.removeprefix("Q: ").split("\nQ: ")
    assert first.startswith(f"{KENDRA}\n[1] {KENDRA_PLACE} · ")
    assert second.startswith(f"{SILENT}\n{REFUSAL}\n")
    found = ragguide("search", "-k", "1", "-", stdin=f"{KENDRA}\n", **index)
    assert found.stdout.startswith(f"Q: {KENDRA}\n1. {KENDRA_PLACE} · ")
    assert "Q: " not in ragguide("query", "--quotes", KENDRA, **index).stdout


@pytest.mark.model
def test_answers_are_written_to_a_file_in_each_format(
    index: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "answers"
    for form, start in (
        ("text", f"[1] {KENDRA_PLACE} · "),
        ("markdown", f"## {KENDRA}\n\n- [1] {KENDRA_PLACE} · "),
        ("json", '{"schema_version":1,'),
    ):
        done = ragguide("query", "--quotes", "--format", form, "-o", file, KENDRA, **index)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert file.read_text().startswith(start)
    refused = ragguide("query", "--quotes", "-o", file, SILENT, **index)
    assert (refused.returncode, refused.stdout) == (4, "")
    assert file.read_text().startswith(REFUSAL)


@pytest.mark.model
def test_search_prints_passages_and_as_json_their_fields(index: dict[str, str]) -> None:
    shown = ragguide("search", "-k", "2", "kendra", "passages", **index)
    assert shown.returncode == 0
    assert shown.stdout.startswith(f"1. {KENDRA_PLACE} · ")
    assert "\n2. guide, p" in shown.stdout
    found = json.loads(ragguide("search", "--json", "-k", "2", "kendra passages", **index).stdout)
    assert list(found) == ["schema_version", "question", "hits", "index", "warnings"]
    assert [hit["rank"] for hit in found["hits"]] == [1, 2]


@pytest.mark.model
def test_search_takes_a_reranker_and_gives_its_scores(
    index: dict[str, str], tmp_path: Path
) -> None:
    model = write_cross_encoder(tmp_path)
    shown = ragguide("search", "-j", "-k", "3", "--rerank", model, "kendra passages", **index)
    assert shown.stderr == ""
    scores = [hit["rerank_score"] for hit in json.loads(shown.stdout)["hits"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


@pytest.mark.model
def test_search_answers_a_line_before_the_next_is_written(index: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "ragguide", "search", "--json", "-k", "1", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **index},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for question in ("kendra passages", "what is overfitting?"):
            process.stdin.write(f"{question}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["question"] == question
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 0


@pytest.mark.model
@pytest.mark.parametrize("command", [("search",), ("query", "--quotes")])
def test_a_line_that_is_no_question_is_reported_and_the_others_are_answered(
    command: tuple[str, ...], index: dict[str, str]
) -> None:
    lines = b"\xef\xbb\xbfkendra\n" + b"x" * 2001 + b"\n\ncaf\xe9\nlora\n"
    done = subprocess.run(
        [sys.executable, "-m", "ragguide", *command, "--json", "-"],
        input=lines,
        capture_output=True,
        env={**os.environ, **index},
        check=False,
    )
    assert done.returncode == 2
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["question"][:20] for each in shown] == ["kendra", "x" * 20, "caf\\udce9", "lora"]
    assert ["hits" in each for each in shown] == [True, False, False, True]
    assert "the question has 2,001 characters" in shown[1]["error"]
    assert done.stderr.decode().splitlines() == [
        "ragguide: line 2 on stdin: the question has 2,001 characters; the limit is 2,000. "
        "Shorten it.",
        "ragguide: line 4 on stdin: the question is not UTF-8: caf\\udce9. Convert it to UTF-8.",
    ]


@pytest.mark.model
def test_a_question_on_the_command_line_that_is_not_utf8_is_one_line(index: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ragguide", "search", "wh\u00e9re".encode("cp1252")],
        capture_output=True,
        env={**os.environ, **index},
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert r"the question is not UTF-8: wh\udce9re." in one_line(done.stderr.decode())


@pytest.mark.model
def test_an_ascii_output_shows_other_characters_as_question_marks(index: dict[str, str]) -> None:
    command = ("search", "-k", "1", "kendra passages")
    plain = ragguide(*command, PYTHONIOENCODING="ascii", **index)
    assert plain.returncode == 0
    assert f"{KENDRA_PLACE} ? " in plain.stdout
    as_json = ragguide(*command, "--json", PYTHONIOENCODING="ascii", **index)
    assert json.loads(as_json.stdout) == json.loads(ragguide(*command, "--json", **index).stdout)


@pytest.mark.model
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("option", ["--json", "--explain"])
def test_a_full_disk_behind_stdout_is_one_line(
    option: str, unbuffered: str, index: dict[str, str]
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ragguide", "search", option, "kendra passages"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **index, "PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    assert done.returncode == 3
    assert "cannot write to stdout: No space left on device." in one_line(done.stderr)


@pytest.mark.parametrize("stdin", ["", "\n \n"])
def test_stdin_without_a_question_is_usage(stdin: str, index: dict[str, str]) -> None:
    shown = ragguide("search", "-", stdin=stdin, **index)
    assert shown.returncode == 2
    assert "no question on stdin" in one_line(shown.stderr)


@pytest.mark.parametrize("command", ["query", "search"])
def test_empty_question_is_usage(command: str, index: dict[str, str]) -> None:
    shown = ragguide(command, "", **index)
    assert shown.returncode == 2
    assert "the question is empty" in one_line(shown.stderr)


def test_no_index_yet_names_the_command_that_makes_one(tmp_path: Path) -> None:
    shown = ragguide("query", "what is RAG?", cwd=tmp_path)
    assert shown.returncode == 7
    assert "Create one: `ragguide ingest FILE`" in one_line(shown.stderr)
    assert list(tmp_path.iterdir()) == []


def test_unknown_setting_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "ragguide.toml").write_text("topk = 3\n")
    shown = ragguide("search", "x", cwd=tmp_path)
    assert shown.returncode == 3
    assert "Did you mean 'top_k'?" in one_line(shown.stderr)


@pytest.mark.model
def test_generator_asked_for_by_name_must_be_there(index: dict[str, str], tmp_path: Path) -> None:
    shown = ragguide(
        "query", "-m", FAST_GENERATOR, KENDRA, **index, RAGGUIDE_MODELS_DIR=str(tmp_path)
    )
    assert shown.returncode == 5
    assert f"Run `ragguide models pull {FAST_GENERATOR}`" in one_line(shown.stderr)


@pytest.mark.model
def test_missing_generator_leaves_the_quotes_and_says_why(
    index: dict[str, str], tmp_path: Path
) -> None:
    shown = ragguide("query", KENDRA, **index, RAGGUIDE_MODELS_DIR=str(tmp_path))
    assert shown.returncode == 0
    assert "100 passages" in shown.stdout
    assert "ragguide models pull" in one_line(shown.stderr)
