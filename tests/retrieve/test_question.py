"""Spelling and acronyms, learnt from a few texts whose words can be counted by hand."""

import re
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.index.keywords import terms_of
from ragguide.index.lexicon import LONG_WORD, MIN_LETTERS, RARER, Lexicon
from ragguide.retrieve.question import LONG_FORM_WEIGHT, Reading, read_question

TEXTS = [
    "An endpoint answers requests. ModelLatency is measured in microseconds, which is exact.",
    "A Kubernetes cluster runs training jobs, and each endpoint stands behind a balancer.",
    "Kubernetes restarts a cluster of jobs; the kubernetes scheduler was trained by nobody.",
]
PLAIN = Lexicon.build(TEXTS)  # none of them explains an acronym


def nothing(_word: str) -> bool:
    """No word but those of the texts."""
    return False


def must_not_be_asked(word: str) -> NoReturn:
    raise AssertionError(f"asked whether {word!r} is a word")


def corrected(word: str, lexicon: Lexicon = PLAIN) -> str:
    """A word as it is read, if the texts' words are all that there are."""
    return read_question(word, lexicon, nothing).text


# ── spelling ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("endpiont", "endpoint"),  # two letters changed places: one slip
        ("endpont", "endpoint"),
        ("endpooint", "endpoint"),
        ("endpaint", "endpoint"),
        ("rndpoint", "endpoint"),
        ("cluste", "cluster"),
        ("jobss", "jobs"),
        ("whihc", "which"),
        ("kuberntes", "Kubernetes"),
        ("KUBERNTES", "Kubernetes"),
        ("kubrnetis", "Kubernetes"),  # two slips in a long word
        ("Modellatecny", "ModelLatency"),
        ("modlelatency", "ModelLatency"),
    ],
)
def test_a_mistyped_word_is_read_as_the_documents_write_it(typed: str, meant: str) -> None:
    assert corrected(typed) == meant
    assert read_question(typed, PLAIN, nothing).corrected == {typed: meant}


@pytest.mark.parametrize(
    "word",
    [
        "endpoint",
        "ENDPOINT",
        "Kubernetes",
        "modellatency",
        "clusters",  # the stem of a word of theirs, though one slip away from it
        "measures",
        "trains",
        "ModelLatancy",  # as to the stemmer, which takes -ancy and -ency off
        "jbos",  # too short to be sure of
        "zygote",  # near to none
        "clastar",  # two slips in a short word
        "clxuxsxter",  # three in a long one
        "rndpiont",  # two, one of them in the first letter
        "",
        "ModelLatecny",  # capitals within: a name of something else, as OpenAI is not OpenAPI
        "CLUSTAR jobs",
        "p3dn.24xlarge",
        "日本語日本語",
    ],
)
def test_correct_words_stay(word: str) -> None:
    reading = read_question(word, PLAIN, nothing)
    assert (reading.text, reading.corrected, reading.notes) == (word, {}, ())


@pytest.mark.parametrize(
    "text",
    [
        "ml.m5.24xlarge",
        "larhe_2",
        "v2endpiont",
        "endpiont2",
        "2larhe",
        "ENDPIONT-99",
        "v2-endpiont",
    ],
)
def test_a_part_of_a_name_with_digits_is_no_slip(text: str) -> None:
    lexicon = Lexicon.build([*TEXTS, "A large instance."])
    assert read_question(text, lexicon, nothing).text == text
    assert read_question("larhe", lexicon, nothing).text == "large"


def test_chinese_is_not_corrected() -> None:
    assert corrected("网关使用端口", Lexicon.build(["网关使用的端口"])) == "网关使用端口"


def test_a_question_in_capitals_is_corrected() -> None:
    assert read_question("WHICH CLUSTAR RUNS", PLAIN, nothing).text == "WHICH cluster RUNS"


@pytest.mark.parametrize("text", ["needn't it", "mustn’t it", "MIGHTN'T IT"])
def test_a_contraction_is_no_slip(text: str) -> None:
    lexicon = Lexicon.build(["It needs what it must and might. A needm is a unit."])
    assert read_question(text, lexicon, nothing).text == text
    assert read_question("needn it", lexicon, nothing).text == "needm it"


def test_a_slip_within_the_stem_of_a_compound_is_no_matter_to_the_keywords() -> None:
    typed, meant = (
        read_question("ModelLatancy", PLAIN, nothing),
        read_question("ModelLatency", PLAIN, nothing),
    )
    assert typed.weights["modellat"] == meant.weights["modellat"] == 1.0


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("tunning", "tuning"), ("seting", "setting"), ("cotton", "cotton"), ("tunned", "tunned")],
)
def test_a_letter_typed_twice_or_once_is_a_slip_though_its_stem_is_a_word(
    typed: str, meant: str
) -> None:
    lexicon = Lexicon.build(["The tuning of the setting is done."])
    known = frozenset({"tun", "set", "seta", "cotton"})
    assert read_question(typed, lexicon, known.__contains__).text == meant


def test_the_number_of_slips_hangs_on_the_letters_typed() -> None:
    assert (MIN_LETTERS, LONG_WORD) == (5, 8)
    lexicon = Lexicon.build(["queues accelerate"])
    assert corrected("queuees", lexicon) == "queues"  # seven letters, one slip
    assert corrected("quueees", lexicon) == "quueees"  # seven, two
    assert corrected("queueees", lexicon) == "queues"  # eight, two
    assert corrected("queueeees", lexicon) == "queueeees"  # nine, three
    assert corrected("acccelerrate", lexicon) == "accelerate"


def test_a_real_word_stays_even_if_no_document_contains_it() -> None:
    asked: list[str] = []

    def is_word(word: str) -> bool:
        asked.append(word)
        return word == "trainee"

    reading = read_question("Trainee clustar zygote jobs endpoints Zygote", PLAIN, is_word)
    assert reading.text == "Trainee cluster zygote jobs endpoints Zygote"
    assert corrected("Trainee") == "trained"
    # What is near to nothing need not be asked for.
    assert asked == ["trainee", "clustar", "clustar"]  # itself and its stem


def test_a_word_stays_if_it_is_listed_and_not_if_its_stem_is() -> None:
    listed = {"trained", "traine"}.__contains__
    asked = "Trainee clustar"
    assert read_question(asked, PLAIN, nothing, listed).corrected == {
        "Trainee": "trained",
        "clustar": "cluster",
    }
    assert read_question(asked, PLAIN, nothing, {"trainee"}.__contains__).corrected == {
        "clustar": "cluster"
    }


def test_a_word_stays_if_its_stem_is_one() -> None:
    lexicon = Lexicon.build(["A row stores what lists hold."])
    assert read_question("stares lasts", lexicon, {"stare", "last"}.__contains__).corrected == {}
    assert read_question("stares lasts", lexicon, nothing).text == "stores lists"


def test_the_nearest_word_is_meant_then_one_of_the_same_first_letter_then_the_most_frequent() -> (
    None
):
    lexicon = Lexicon.build(["planner planned spanned", "planned spanned spanner", "spanned"])
    # one slip to each of planned (2 texts), and two to spanned (3 texts)
    assert corrected("plannee", lexicon) == "planned"
    assert corrected("plannex", lexicon) == "planned"  # rather than planner, of 1 text
    assert corrected("xpanned", lexicon) == "spanned"
    rare = Lexicon.build(["tables", "cables cables", "cables"])
    assert corrected("tabless", rare) == "tables"
    assert corrected("tzbles", rare) == "tables"
    assert corrected("ables", rare) == "cables"  # neither begins so


def test_of_equals_the_first_in_the_alphabet_is_meant() -> None:
    lexicon = Lexicon.build(["spanned spanner"])
    assert corrected("spanne", lexicon) == "spanned"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("gmail", "email"),
        ("ollama", "Llama"),
        ("dtype", "type"),
        ("cmake", "make"),
        ("faiss", "fails"),
        ("codecs", "codes"),
        ("fluentd", "fluent"),
        ("deepseek", "DeepSpeed"),
        ("textract", "extract"),
    ],
)
def test_a_name_near_a_word_of_the_documents_is_no_slip(name: str, word: str) -> None:
    assert corrected(name, Lexicon.build([f"A {word} is here."])) == name


@pytest.mark.parametrize("name", ["Spacr", "Kibano"])
def test_a_capitalised_word_is_no_slip_of_a_common_word(name: str) -> None:
    lexicon = Lexicon.build(["Some space is left. The kibana is a dance."])
    question = f"how do I start {name}, and where"
    assert read_question(question, lexicon, nothing).text == question
    assert corrected(name, lexicon) != name  # as the first word it may be any
    assert read_question(f"Start {name} There Now", lexicon, nothing).corrected
    named = Lexicon.build(["Start Space. Start Kibana."])
    assert read_question(question, named, nothing).corrected.keys() == {name}


def test_a_word_is_read_in_the_spelling_that_most_texts_use() -> None:
    assert corrected("kubernates") == "Kubernetes"
    small = Lexicon.build([*TEXTS, "kubernetes", "kubernetes", "kubernetes"])
    assert corrected("kubernates", small) == "kubernetes"


def test_each_occurrence_of_a_typo_is_corrected_and_the_rest_is_unchanged() -> None:
    reading = read_question("Is endpiont\tA (endpiont-B)  a  Cluster? Endpiont!", PLAIN, nothing)
    assert reading.text == "Is endpoint\tA (endpoint-B)  a  Cluster? endpoint!"
    assert reading.corrected == {"endpiont": "endpoint", "Endpiont": "endpoint"}
    assert reading.notes == (
        '"endpiont" was read as "endpoint".',
        '"Endpiont" was read as "endpoint".',
    )


def test_a_question_is_searched_for_by_the_terms_as_they_are_read() -> None:
    reading = read_question("Which kuberntes clustar?", PLAIN, nothing)
    assert reading == Reading(
        text="Which Kubernetes cluster?",
        weights={"kubernet": 1.0, "cluster": 1.0},
        corrected={"kuberntes": "Kubernetes", "clustar": "cluster"},
        expanded={},
    )


WORDS = sorted({word for text in TEXTS for word in re.findall(r"[A-Za-z]+", text)})
CASES = st.sampled_from([str, str.upper, str.lower, str.title])
SIGNS = st.text(st.sampled_from(" ,.?!-–/'’\"()[]\n12345\\_$^"), max_size=5)
OWN_WORDS = st.builds(lambda word, case: case(word), st.sampled_from(WORDS), CASES)


@given(st.lists(st.tuples(OWN_WORDS, SIGNS)))
def test_nothing_changes_in_a_question_of_the_documents_own_words(
    pieces: list[tuple[str, str]],
) -> None:
    question = " ".join(word + sign for word, sign in pieces)
    assert read_question(question, PLAIN, must_not_be_asked) == Reading(
        question, dict.fromkeys(terms_of(question), 1.0), {}, {}
    )


@given(st.text(max_size=60))
def test_nothing_changes_where_every_word_is_one(question: str) -> None:
    reading = read_question(question, PLAIN, lambda _word: True)
    assert (reading.text, reading.corrected, reading.expanded) == (question, {}, {})


SLIPS = st.sampled_from(["endpiont", "Kubernets", "clustar", "modellatancy", "trianing"])


@given(st.lists(st.tuples(st.one_of(OWN_WORDS, SLIPS, st.text(max_size=9)), SIGNS), max_size=8))
def test_a_corrected_question_is_not_corrected_again(pieces: list[tuple[str, str]]) -> None:
    first = read_question(" ".join(word + sign for word, sign in pieces), PLAIN, nothing)
    again = read_question(first.text, PLAIN, nothing)
    assert again == Reading(first.text, first.weights, {}, {})


# ── acronyms ────────────────────────────────────────────────────────────────────────────────────


def explained(text: str) -> dict[str, str]:
    """The acronyms that a text explains, with their long forms."""
    return Lexicon.build([text])._stored.acronyms


@pytest.mark.parametrize(
    ("text", "acronyms"),
    [
        ("A Large Language Model (LLM) writes.", {"LLM": "large language model"}),
        ("Large language models (LLMs) write.", {"LLM": "large language model"}),
        ("We use heat shock protein (HSP).", {"HSP": "heat shock protein"}),
        ("Use the elastic file system (EFS).", {"EFS": "elastic file system"}),
        (
            "A generative pre-trained transformer (GPT)",
            {"GPT": "generative pre-trained transformer"},
        ),
        ("The k-nearest neighbors (k-NN) vote.", {"k-NN": "k-nearest neighbors"}),
        ("An Internet of Things (IoT) device", {"IoT": "internet of things"}),
        ("research and development (R&D)", {"R&D": "research and development"}),
        (
            "continuous integration/continuous delivery (CI/CD)",
            {"CI/CD": "continuous integration/continuous delivery"},
        ),
        (
            "The true positives (TP) and the false positives (FP) count.",
            {"TP": "true positives", "FP": "false positives"},
        ),
        ("(root mean square error (RMSE))", {"RMSE": "root mean square error"}),
    ],
)
def test_an_acronym_is_learnt_where_it_is_explained(text: str, acronyms: dict[str, str]) -> None:
    assert explained(text) == dict(sorted(acronyms.items()))


@pytest.mark.parametrize(
    "text",
    [
        "The endpoint stands in front (see below).",  # no capital
        "We visit our partners in cities (Paris).",  # one, as a name has
        "Twelve units of work (XYZ) were done.",  # its letters do not stand before it
        "A prelarge language model (LLM)",  # the first letter opens no word
        "Large models answer. Language matters (LLM).",  # another sentence
        "large: a language model (LLM)",
        "large one two three four five language model (LLM)",  # too far away
        "Latency (LAT) is time.",  # one word
        "Some LLM models (LLM)",  # itself stands before it
        "(LLM)",
        "A large language model (LLM, as they say)",
        "large language model LLM",
        "many elements of many kinds of letters (Mxyzptlkabcd)",  # eleven letters are no acronym
    ],
)
def test_text_in_brackets_is_not_always_an_acronym(text: str) -> None:
    assert explained(text) == {}


def test_of_several_long_forms_the_most_usual_counts() -> None:
    texts = [
        "The area under curve (AUC)",
        "The area under the curve (AUC)",
        "An area under the curve (AUC)",
    ]
    assert Lexicon.build(texts)._stored.acronyms == {"AUC": "area under the curve"}
    assert Lexicon.build(texts[:2])._stored.acronyms == {"AUC": "area under curve"}  # by alphabet


ACRONYMS = Lexicon.build(
    [
        "A large language model (LLM) writes. An LLM reads.",
        "A large language model learns.",
        "Machine learning (ML) needs data. ML needs time.",
        "The root mean square error (RMSE) is a distance.",
        "RMSE falls.",
        "RMSE rises.",
    ]
)


def test_a_long_form_shares_a_weight_among_its_words() -> None:
    assert LONG_FORM_WEIGHT == 2.0
    reading = read_question("Which LLM is best?", ACRONYMS, must_not_be_asked)
    assert reading.expanded == {"LLM": "large language model"}
    assert reading.weights == pytest.approx(
        {"llm": 1.0, "best": 1.0, "larg": 2 / 3, "languag": 2 / 3, "model": 2 / 3}
    )
    assert reading.notes == ()


def test_a_word_that_was_asked_for_keeps_its_own_weight() -> None:
    weights = read_question("Which model is an LLM?", ACRONYMS, must_not_be_asked).weights
    assert (weights["model"], weights["larg"]) == (1.0, pytest.approx(2 / 3))


def test_an_acronym_weighs_as_much_as_a_long_form() -> None:
    reading = read_question("a large language model of today", ACRONYMS, must_not_be_asked)
    assert reading.expanded == {"large language model": "LLM"}
    assert reading.weights == {"larg": 1, "languag": 1, "model": 1, "today": 1, "llm": 2.0}


@pytest.mark.parametrize("question", ["Is RMSE an error?", "rmse", "Two RMSEs?", "rmses", "(RMSE)"])
def test_an_acronym_is_known_in_small_letters_and_in_the_plural(question: str) -> None:
    reading = read_question(question, ACRONYMS, nothing)
    assert reading.expanded == {"RMSE": "root mean square error"}


@pytest.mark.parametrize("question", ["what is SNS", "what is sns", "sns's price", "two SNSs"])
def test_an_acronym_that_ends_in_s_is_known_in_small_letters(question: str) -> None:
    texts = ["The Simple Notification Service (SNS) tells.", "SNS sends."]
    lexicon = Lexicon.build(texts)
    assert read_question(question, lexicon, nothing).expanded == {
        "SNS": "simple notification service"
    }
    grown = read_question("simple notification service", lexicon, nothing)
    assert grown.text == "simple notification service (SNS)"  # that two texts hold, and it one


def test_two_letters_are_an_acronym_as_they_are_written_only() -> None:
    assert read_question("is ML hard", ACRONYMS, nothing).expanded == {"ML": "machine learning"}
    assert read_question("is 5 ml much", ACRONYMS, nothing).expanded == {}


@pytest.mark.parametrize(
    "question", ["Is an LLM a large language model?", "LARGE LANGUAGE MODELS or llms", "what is it"]
)
def test_nothing_is_added_if_the_question_has_both_forms_or_none(question: str) -> None:
    reading = read_question(question, ACRONYMS, nothing)
    assert (reading.text, reading.expanded) == (question, {})


def test_a_long_form_within_other_words_is_none() -> None:
    lexicon = Lexicon.build(
        ["An action item (AI) is done.", "Transaction items", "AI", "action items"]
    )
    assert read_question("transaction item", lexicon, nothing).expanded == {}
    assert read_question("action itemized", lexicon, nothing).expanded == {}
    assert read_question("(action-items)", lexicon, nothing).expanded == {}
    reading = read_question("(action items)", lexicon, nothing)
    assert reading.expanded == {"action item": "AI"}
    assert read_question("AI", lexicon, nothing).text == "AI"  # two texts hold each


def test_several_forms_are_expanded_at_once() -> None:
    reading = read_question("Does machine learning lower the RMSE?", ACRONYMS, nothing)
    assert reading.expanded == {"machine learning": "ML", "RMSE": "root mean square error"}
    assert reading.weights["ml"] == 2.0
    assert reading.weights["root"] == 0.5


def test_an_acronym_in_a_corrected_question_is_found() -> None:
    reading = read_question("a langauge model: large language modle", ACRONYMS, nothing)
    assert reading.text == "a language model: large language model"
    assert reading.expanded == {"large language model": "LLM"}


def with_counts(n_short: int, n_long: int) -> Lexicon:
    """A lexicon of one text that explains LLM, and others until so many texts hold each form."""
    texts = ["A large language model (LLM) writes."]
    texts += ["An LLM reads."] * (n_short - 1)
    texts += ["A large language model learns."] * (n_long - 1)
    return Lexicon.build(texts)


@pytest.mark.parametrize(
    ("n_short", "n_long", "short_read", "long_read"),
    [
        (1, 1, "LLM?", "large language model?"),
        (2, 3, "LLM?", "large language model?"),
        (2, 4, "LLM? (large language model)", "large language model?"),
        (1, 2, "LLM? (large language model)", "large language model?"),
        (4, 2, "LLM?", "large language model? (LLM)"),
        (3, 2, "LLM?", "large language model?"),
    ],
)
def test_the_embedded_text_grows_only_if_the_other_form_is_far_more_usual(
    n_short: int, n_long: int, short_read: str, long_read: str
) -> None:
    assert RARER == 2.0
    lexicon = with_counts(n_short, n_long)
    assert read_question("LLM?", lexicon, nothing).text == short_read
    assert read_question("large language model?", lexicon, nothing).text == long_read


# ── on disk ─────────────────────────────────────────────────────────────────────────────────────

QUESTIONS = [
    "which kuberntes clustar answers",
    "what is an LLM",
    "large language models",
    "rmse of ML",
    "nothing of the sort",
]


def test_a_saved_lexicon_reads_as_it_did(tmp_path: Path) -> None:
    for built in (PLAIN, ACRONYMS, Lexicon.build([])):
        built.save(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["lexicon.json"]
        loaded = Lexicon.load(np.fromfile(tmp_path / "lexicon.json", np.uint8))
        for question in QUESTIONS:
            assert read_question(question, loaded, nothing) == read_question(
                question, built, nothing
            )


def test_the_same_texts_in_another_order_are_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for texts in (TEXTS, TEXTS[::-1]):
        Lexicon.build([*texts, "The area under curve (AUC)"]).save(tmp_path)
        written.append((tmp_path / "lexicon.json").read_bytes())
    assert written[0] == written[1]


def test_without_texts_nothing_is_known() -> None:
    reading = read_question("which kuberntes LLM", Lexicon.build([]), must_not_be_asked)
    assert reading == Reading("which kuberntes LLM", {"kubernt": 1.0, "llm": 1.0}, {}, {})


# ── compounds ───────────────────────────────────────────────────────────────────────────────────


def test_a_compound_is_written_as_the_documents_write_it() -> None:
    lexicon = Lexicon.build(["Pull the dough to a window pane.", "A pane of the window is open."])
    asked: list[str] = []

    def is_phrase(phrase: str) -> bool:
        asked.append(phrase)
        return phrase == "window pane"

    assert read_question("windowpane test", lexicon, nothing, nothing, is_phrase).text == (
        "window pane test"
    )
    assert read_question("panewindow test", lexicon, nothing, nothing, is_phrase).text == (
        "panewindow test"
    )
    assert asked == ["window pane", "pane window"]


@pytest.mark.parametrize(
    ("asked", "read"), [("Where do I login?", "Where do I log in?"), ("robin", "robin")]
)
def test_a_verb_with_its_particle_is_written_as_the_documents_write_it(
    asked: str, read: str
) -> None:
    lexicon = Lexicon.build(["You log in at the office. They rob nobody."])
    found = read_question(asked, lexicon, nothing, nothing, "log in".__eq__)
    assert found.text == read


def test_a_word_that_the_documents_have_is_not_taken_apart() -> None:
    lexicon = Lexicon.build(["The windowpane is a pane of the window."])
    asked = read_question("windowpane", lexicon, nothing, nothing, must_not_be_asked)
    assert asked.text == "windowpane"


# ── British and American spelling ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("favourite colours", "favorite colors"),
        ("licences of the centre", "licenses of the center"),
        ("how to organise it", "how to organize it"),
        ("analyse the grey catalogue", "analyze the gray catalog"),
        ("cancelled labelling", "canceled labeling"),
        ("the hour of the surprise", "the hour of the surprise"),
    ],
)
def test_a_question_is_spelt_as_the_documents_are(asked: str, read: str) -> None:
    texts = [
        "The favorite colors of the center are gray, and its licenses are in the catalog.",
        "We organize, analyze and finished labeling. It was canceled.",
    ]
    found = read_question(asked, Lexicon.build(texts), lambda _: True)
    assert found.text == read
    assert not found.corrected


def test_a_spelling_that_the_documents_have_stays() -> None:
    lexicon = Lexicon.build(["The colour of one map and the color of another."])
    assert read_question("colour", lexicon, nothing, nothing, must_not_be_asked).text == "colour"
