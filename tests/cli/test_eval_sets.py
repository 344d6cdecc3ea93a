"""`ragguide eval check`, `convert` and `export`."""

import json
from pathlib import Path

import ir_measures
import pytest

from ragguide import Guide
from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line
from tests.cli.test_commands import ragguide as ragguide_process
from tests.conftest import ROOT

CASES = ROOT / "data" / "eval" / "guide.jsonl"

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def index(guide: Guide) -> dict[str, str]:
    return {"RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir)}


def test_a_correct_set_has_no_faults(index: dict[str, str]) -> None:
    done = ragguide_process("eval", "check", CASES, "--no-hints", **index)
    assert (done.returncode, done.stdout) == (0, "120 questions, 0 with faults\n")


def test_every_fault_of_a_set_is_reported_with_its_question(
    index: dict[str, str], tmp_path: Path
) -> None:
    lines = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()[:3]]
    lines[0]["pages"] = [3]
    lines[1]["facts"] = [["a fact that the guide does not state"]]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = ragguide("eval", "check", path, "--json", **index)
    assert done.returncode == 6
    shown = json.loads(done.stdout)
    assert [fault["id"] for fault in shown["faults"]] == ["g001", "g001", "g002"]
    assert "is not on page 3; it is on page 2" in shown["faults"][0]["text"]
    malformed = ragguide("eval", "check", "-", stdin='{"question": 1}\n{"question": "a"}', **index)
    assert malformed.returncode == 6  # the second has nothing to judge it by
    assert "-: line 1: question: expected `str`" in malformed.stderr


def test_a_beir_folder_is_converted_ingested_run_and_exported(tmp_path: Path) -> None:
    """As in the README, with two document names that no file can have."""
    environ = {
        "RAGGUIDE_INDEXES_DIR": str(tmp_path / "indexes"),
        "RAGGUIDE_RUNS_DIR": str(tmp_path / "runs"),
    }
    beir = tmp_path / "beir"
    (beir / "qrels").mkdir(parents=True)
    documents = [
        {"_id": "zoo/tiger", "title": "Tigers", "text": "A tiger has stripes and hunts at night."},
        {"_id": "zoo/otter", "title": "Otters", "text": "An otter swims and cracks shells."},
    ]
    queries = [
        {"_id": "1", "text": "Which animal has stripes?"},
        {"_id": "2", "text": "Who swims?"},
    ]
    qrels = "query-id\tcorpus-id\tscore\n1\tzoo/tiger\t1\n2\tzoo/otter\t2\n"
    (beir / "corpus.jsonl").write_text("\n".join(map(json.dumps, documents)), encoding="utf-8")
    (beir / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    (beir / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    done = ragguide("eval", "convert", beir, tmp_path / "set", **environ)
    assert done.returncode == 0, done.stderr
    done = ragguide("ingest", tmp_path / "set" / "documents", **environ)
    assert done.returncode == 0, done.stderr
    questions = tmp_path / "set" / "questions.jsonl"
    assert ragguide("eval", "check", questions, **environ).returncode == 0
    done = ragguide("eval", "run", questions, "--name", "zoo", "--json", **environ)
    assert done.returncode == 0, done.stderr
    figures = {each["measure"]: each["value"] for each in json.loads(done.stdout)["figures"]}
    assert figures["hit@1:document"] == figures["nDCG@10:document"] == 1.0
    done = ragguide_process("eval", "export", "zoo", tmp_path / "trec", **environ)
    assert (done.returncode, done.stdout) == (
        0,
        f"zoo: qrels.txt, run.txt in {tmp_path / 'trec'}\n",
    )
    found = ir_measures.calc_aggregate(
        [ir_measures.nDCG @ 10],
        ir_measures.read_trec_qrels(str(tmp_path / "trec" / "qrels.txt")),
        ir_measures.read_trec_run(str(tmp_path / "trec" / "run.txt")),
    )
    assert found == {ir_measures.nDCG @ 10: 1.0}
    assert "zoo%252Ftiger" in (tmp_path / "trec" / "qrels.txt").read_text()


def test_a_set_with_pages_becomes_a_beir_folder_with_them(
    index: dict[str, str], tmp_path: Path
) -> None:
    refused = ragguide("eval", "convert", CASES, tmp_path / "set", "--to", "beir", **index)
    assert (refused.returncode, "--index NAME" in one_line(refused.stderr)) == (2, True)
    command = ["eval", "convert", CASES, tmp_path / "set", "--to", "beir", "--index", "default"]
    done = ragguide_process(*command, **index)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "set" / "corpus.jsonl").read_text("utf-8").count("\n") == 58
    assert "g001\tguide/p0002\t1\n" in (tmp_path / "set" / "qrels" / "test.tsv").read_text("utf-8")
    again = ragguide(*command, **index)
    assert (again.returncode, "already exists" in one_line(again.stderr)) == (2, True)
    back = ragguide("eval", "convert", tmp_path / "set", tmp_path / "back", **index)
    assert back.returncode == 0, back.stderr
    first = json.loads((tmp_path / "back" / "questions.jsonl").read_text("utf-8").splitlines()[0])
    original = json.loads(CASES.read_text("utf-8").splitlines()[0])
    assert first | {"relevant": None} == original | {"relevant": None}
