"""Each format returns the set that was written to it, whatever the set contains."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ragguide.errors import InputError, UsageError
from ragguide.evaluate.cases import QuestionSet, TextDocument
from ragguide.evaluate.corpus import file_names, write_documents
from ragguide.evaluate.formats import FORMATS, Format, find_format, read_questions
from ragguide.evaluate.formats.source import Source, open_source
from ragguide.evaluate.records import UNANSWERABLE, Case

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FILLED = st.builds("".join, st.tuples(TEXT, st.sampled_from("aB1"), TEXT))
PRINTABLE = st.characters(exclude_categories=["C", "Z"]) | st.just(" ")
NAME = st.builds("".join, st.tuples(st.text(PRINTABLE, max_size=6), st.sampled_from("aB1")))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
# Keys with a meaning in some format are the likely ones to collide.
KEYS = TEXT | st.sampled_from(
    "id question answers is_impossible answer_starts context qas reference user_input "
    "reference_contexts synthesizer_name metadata ragguide _id text".split()
)
METADATA = st.dictionaries(KEYS, JSON, max_size=2)
DOCUMENTS = st.builds(
    TextDocument,
    name=NAME,
    title=st.sampled_from(["", "One", "Two"]),
    text=TEXT,
    metadata=METADATA,
)


@st.composite
def question_sets(draw: st.DrawFn) -> QuestionSet:
    documents = draw(st.lists(DOCUMENTS, min_size=1, max_size=3, unique_by=lambda d: d.name))
    names = st.sampled_from([document.name for document in documents])
    cases = st.builds(
        Case,
        id=NAME,
        question=FILLED,
        kind=st.sampled_from(["", "multi", UNANSWERABLE]),
        answer=TEXT | names,
        other_answers=st.lists(FILLED, max_size=2).map(tuple),
        facts=st.lists(st.lists(FILLED, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple),
        pages=st.lists(st.integers(1, 99), max_size=2).map(tuple),
        evidence=TEXT,
        evidence2=TEXT,
        more_evidence=st.lists(FILLED, max_size=2).map(tuple),
        document=names,
        relevant=st.dictionaries(names, st.integers(0, 3), max_size=2),
        metadata=METADATA,
    )
    return QuestionSet(
        name="set",
        cases=tuple(draw(st.lists(cases, min_size=1, max_size=3, unique_by=lambda c: c.id))),
        documents=tuple(documents),
    )


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@given(questions=question_sets())
@settings(max_examples=40)
def test_a_round_trip_loses_nothing(
    form: Format, questions: QuestionSet, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if not form.keeps_documents:
        questions = msgspec.structs.replace(questions, documents=())
    suffix = {"beir": "", "squad": ".json", "csv": ".csv"}.get(form.name, ".jsonl")
    path = tmp_path_factory.mktemp("trip") / f"set{suffix}"
    form.write(questions, path)
    source = open_source(path)
    assert form.reads(source)
    read = read_questions(source)
    assert read.faults == ()
    assert sorted(read.cases, key=lambda case: case.id) == sorted(
        questions.cases, key=lambda case: case.id
    )
    assert read.documents == questions.documents
    assert read.name == "set"


def write(path: Path, *lines: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def read(path: Path) -> QuestionSet:
    return read_questions(open_source(path))


def test_handwritten_csv(tmp_path: Path) -> None:
    path = write(
        tmp_path / "set.csv",
        "\ufeffquestion;facts;pages;relevant;verdict;wrong",
        '"What, then?";" december 2024 | 12/2024;renamed\\|so";3; ;no;"in May; never"',
        "",
        "Which?;;3 ;a=2;;",
    )
    path.write_bytes(path.read_bytes().replace(b"3 ;a=2", b'"3;17";"a=2; b"'))
    first, second = read(path).cases
    assert first.question == "What, then?"
    assert first.facts == (("december 2024", "12/2024"), ("renamed|so",))
    assert (first.pages, second.pages) == ((3,), (3, 17))
    assert second.relevant == {"a": 2, "b": 1}
    assert (first.verdict, first.wrong) == ("no", ("in May", "never"))
    assert (second.verdict, second.wrong) == (None, ())


def test_csv_faults_name_the_first_line_of_the_row(tmp_path: Path) -> None:
    path = write(
        tmp_path / "set.csv",
        "question,pages,facts",
        '"over two\nlines",x,',
        "one,2",
        "good,2,",
        "bad,0,",
    )
    found = read(path)
    assert [case.question for case in found.cases] == ["good"]
    assert [str(fault) for fault in found.faults] == [
        "line 2: pages: 'x' is not a page",
        "line 4: has 2 cells, the header has 3",
        "line 6: pages: count from 1",
    ]


def test_csv_without_questions_is_refused_with_the_known_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column `question` in its first line. .*facts, pages"):
        read(write(tmp_path / "set.csv", "frage,seite", "Was?,3"))


def test_csv_that_is_not_utf8_keeps_its_good_rows(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_bytes(b"question\nWas hei\xdft das?\nWhy?\n")
    found = read(path)
    assert [case.question for case in found.cases] == ["Why?"]
    assert [str(fault) for fault in found.faults] == ["line 2: is not UTF-8"]


def test_utf16_jsonl_is_read(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes('{"question": "Wie heißt das?"}\r\n'.encode("utf-16"))
    assert [case.question for case in read(path).cases] == ["Wie heißt das?"]


def test_a_published_beir_folder(tmp_path: Path) -> None:
    write(
        tmp_path / "sci/corpus.jsonl",
        {"_id": "d1", "title": "T", "text": "One.", "metadata": {"url": "u"}},
        {"_id": "d2", "text": "Two."},
    )
    write(
        tmp_path / "sci/queries.jsonl",
        {"_id": "1", "text": "one?", "metadata": {"n": [1]}},
        {"_id": "2", "text": "of another split?"},
    )
    write(tmp_path / "sci/qrels/test.tsv", "query-id\tcorpus-id\tscore", "1\td1\t2", "1\td2\t0")
    write(tmp_path / "sci/qrels/train.tsv", "query-id\tcorpus-id\tscore", "2\td2\t1")
    found = read(tmp_path / "sci")
    assert found.name == "sci"
    assert found.cases == (
        Case(id="1", question="one?", relevant={"d1": 2, "d2": 0}, metadata={"n": [1]}),
    )
    assert [(each.name, each.title, each.text) for each in found.documents] == [
        ("d1", "T", "One."),
        ("d2", "", "Two."),
    ]
    train = read(tmp_path / "sci/qrels/train.tsv")
    assert [(case.id, case.relevant) for case in train.cases] == [("2", {"d2": 1})]


def test_beir_without_a_test_split_asks_which(tmp_path: Path) -> None:
    write(tmp_path / "s/corpus.jsonl")
    write(tmp_path / "s/queries.jsonl", {"_id": "1", "text": "one?"})
    for name in ("dev", "train"):
        write(tmp_path / f"s/qrels/{name}.tsv", "query-id\tcorpus-id\tscore")
    with pytest.raises(
        InputError, match=r"has 2 judgement files, but no test.tsv. Name one of them: "
    ):
        read(tmp_path / "s")


def test_beir_faults_name_file_and_line(tmp_path: Path) -> None:
    write(tmp_path / "s/corpus.jsonl", {"_id": "a", "text": "A"}, {"_id": 2, "text": "B"})
    write(tmp_path / "s/queries.jsonl", {"_id": "1", "text": "one?"}, "{")
    write(tmp_path / "s/qrels/test.tsv", "1\ta\t1", "1\tz\t1", "9\ta\t1", "1\ta\tx")
    found = read(tmp_path / "s")
    assert [(case.id, case.relevant) for case in found.cases] == [("1", {"a": 1})]
    assert [fault.place for fault in found.faults] == [
        "corpus.jsonl line 2", "queries.jsonl line 2",
        "test.tsv line 2", "test.tsv line 3", "test.tsv line 4",
    ]  # fmt: skip


def test_a_folder_without_questions_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no questions in the folder .*: it has no queries.jsonl"):
        read(tmp_path)


def test_a_published_squad_file(tmp_path: Path) -> None:
    context = "The Normans came in 1066. In 1066 they won."
    asked = {"id": "a", "question": "When?", "is_impossible": False,
             "answers": [{"text": "1066", "answer_start": 29}]}  # fmt: skip
    plausible = [{"text": "Normans", "answer_start": 4}]
    silent = {"id": "b", "question": "Who lost?", "is_impossible": True, "answers": [],
              "plausible_answers": plausible}  # fmt: skip
    article = {"title": "Normans", "paragraphs": [{"context": context, "qas": [asked, silent]}]}
    path = write(tmp_path / "dev.json", {"version": "v2.0", "data": [article]})
    found = read(path)
    first, second = found.cases
    assert (first.answer, first.document, first.relevant) == ("1066", "Normans-1", {"Normans-1": 1})
    assert (second.kind, second.relevant) == (UNANSWERABLE, {})
    assert second.metadata == {"plausible_answers": plausible}
    assert [(each.name, each.text) for each in found.documents] == [("Normans-1", context)]
    find_format("squad").write(found, tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text("utf-8"))
    written = again["data"][0]["paragraphs"][0]["qas"]
    assert written[0] == asked
    assert written[1] | {"ragguide": None} == silent | {"ragguide": None}


def test_squad_rejects_a_question_without_a_paragraph(tmp_path: Path) -> None:
    questions = QuestionSet(name="set", cases=(Case(id="x", question="What?"),))
    with pytest.raises(UsageError, match=r"1 questions have no document of the set: x"):
        find_format("squad").write(questions, tmp_path / "set.json")


def test_ragas_jsonl_and_csv(tmp_path: Path) -> None:
    sample = {
        "user_input": "When?", "reference": "In 1066.", "response": "1066",
        "reference_contexts": ["They came in 1066.", "They stayed.", "They left."],
        "retrieved_contexts": ["x"], "synthesizer_name": "single_hop",
    }  # fmt: skip
    jsonl = read(write(tmp_path / "set.jsonl", sample))
    header = ",".join(sample)
    cells = ",".join('"' + str(value) + '"' for value in sample.values())
    csv = read(write(tmp_path / "set.csv", header, cells))
    assert jsonl.cases == csv.cases
    (case,) = jsonl.cases
    assert (case.question, case.answer, case.kind) == ("When?", "In 1066.", "single_hop")
    assert case.quotes == ("They came in 1066.", "They stayed.", "They left.")
    assert case.metadata == {"response": "1066", "retrieved_contexts": ["x"]}


def test_ragas_conversations_are_refused_one_by_one(tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", {"user_input": [{"content": "Hi"}]}, {"user_input": "When?"})
    found = read(path)
    assert len(found.cases) == 1
    assert "line 1: user_input is a conversation" in str(found.faults[0])


@pytest.mark.parametrize("own", [5, "x", [1], {"pagse": [1]}])
def test_values_under_our_key_are_validated(tmp_path: Path, own: object) -> None:
    path = write(tmp_path / "s.jsonl", {"user_input": "When?", "ragguide": own})
    assert "unknown key" in str(read(path).faults[0])


def test_a_set_s_documents_become_files_under_names_that_cases_know(tmp_path: Path) -> None:
    questions = QuestionSet(
        name="set",
        cases=(Case(id="1", question="?", document="a/b", relevant={"a/b": 1, "c d.e": 2}),),
        documents=(
            TextDocument(name="a/b", title="T", text="One."),
            TextDocument(name="c d.e", text="Two."),
        ),
    )
    written = write_documents(questions, tmp_path)
    assert written.cases[0].relevant == {"a%2Fb": 1, "c d.e": 2}
    assert written.cases[0].document == "a%2Fb"
    assert (tmp_path / "a%2Fb.txt").read_text("utf-8") == "T\n\nOne."
    assert (tmp_path / "c d.e.txt").read_text("utf-8") == "Two."


@given(st.lists(NAME, max_size=4, unique=True))
@example(["T", "t", "tT", "Tt", "%54", "a/b", "a%2Fb", ".", " x", "x "])
def test_two_documents_never_share_a_file(names: list[str]) -> None:
    files = file_names(names)
    assert list(files) == names
    assert len({name.lower() for name in files.values()}) == len(names)
    assert not set("".join(files.values())) & set('/\\:*?"<>|\0')
    assert not any(name[0] in ". " or name[-1] in ". " for name in files.values())


def test_a_name_too_long_for_a_file_is_refused() -> None:
    with pytest.raises(UsageError, match="has 201 bytes, too many for a file name"):
        file_names(["x" * 201])


def test_an_unknown_format_is_refused_with_the_known() -> None:
    with pytest.raises(
        UsageError, match=r"unknown format 'parquet'. Choose one of beir, squad, ragas, csv, js"
    ):
        find_format("parquet")


def test_stdin_can_be_a_source() -> None:
    source = Source("stdin", Path("-"), b'{"question": "Why?"}')
    assert [case.question for case in read_questions(source).cases] == ["Why?"]
