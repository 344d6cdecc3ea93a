"""Real bm25s, as the judge of what we sum ourselves."""

import math
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.index.keywords import (
    K1,
    POSTINGS,
    VOCABULARY,
    B,
    FloatVector,
    KeywordIndex,
    matched_words,
    terms_of,
    words_of,
)

TEXTS = [
    "Spot Instances cost up to 90 percent less than On-Demand Instances.",
    "The policy allows s3:GetObject on the bucket.",
    "A P3dn.24xlarge has eight V100 GPUs; use it for distributed training.",
    "MaxNumberOfTrainingJobs bounds a tuning job.",
    "The F1 score is the harmonic mean of precision and recall.",
    "k-NN classifies by the nearest neighbours.",
    "",
    "the of and is",
    "Training jobs, training data, and more training: train, trained, trains.",
]
QUESTIONS = [
    "How much cheaper are spot instances?",
    "which policy allows s3:GetObject?",
    "distributed training on P3dn.24xlarge",
    "MaxNumberOfTrainingJobs",
    "F1 score, precision & recall",
    "training jobs in a bucket with GPUs",
    "k-NN",
]


def scores_of(index: KeywordIndex, question: str) -> FloatVector:
    """Scores of a question whose terms weigh 1."""
    return index.scores(dict.fromkeys(terms_of(question), 1.0))


def rows_found(question: str) -> set[int]:
    return set(np.flatnonzero(scores_of(KeywordIndex.build(TEXTS), question)).tolist())


@pytest.mark.parametrize("question", QUESTIONS)
def test_scores_are_those_of_bm25s(question: str) -> None:
    judge = bm25s.BM25(method="lucene", k1=K1, b=B)
    judge.index([terms_of(text) for text in TEXTS], show_progress=False)
    terms = [term for term in dict.fromkeys(terms_of(question)) if term in judge.vocab_dict]
    expected = judge.get_scores(terms)
    scores = scores_of(KeywordIndex.build(TEXTS), question)
    assert scores.dtype == np.float32
    assert scores == pytest.approx(expected, rel=1e-6)
    assert scores.max() > 0


def test_a_score_is_robertsons_formula() -> None:
    scores = scores_of(KeywordIndex.build(["spot spot price", "price list", "list"]), "spot")
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 / (2 + 0.9 * (1 - 0.4 + 0.4 * 3 / 2))  # lucene leaves out the factor k1 + 1
    assert scores == pytest.approx([expected, 0.0, 0.0], rel=1e-6)


def test_words_are_stemmed() -> None:
    assert terms_of("training trained trains Train") == ["train"] * 4
    assert rows_found("neighbour") == {5}
    assert rows_found("instance") == {0}


def test_stop_words_are_no_terms() -> None:
    assert terms_of("What is the use of it, and how can you do that?") == []
    assert rows_found("what is the of and") == set()


@pytest.mark.parametrize("word", ["I'd", "we’ve", "isn't", "won’t", "can't", "let's", "dont"])
def test_a_contraction_of_stop_words_is_no_term(word: str) -> None:
    assert terms_of(word) == []


def test_a_curly_apostrophe_is_one_of_a_word() -> None:
    assert terms_of("the user’s o’clock") == terms_of("the user's o'clock")


@pytest.mark.parametrize(
    ("word", "terms"),
    [
        ("s3:GetObject", ["s3:getobject", "s3", "getobject", "object"]),
        ("P3dn.24xlarge", ["p3dn.24xlarg", "p3dn", "24xlarg", "dn", "24", "xlarg"]),
        (
            "MaxNumberOfTrainingJobs",
            ["maxnumberoftrainingjob", "max", "number", "train", "job"],
        ),
        ("F1", ["f1"]),
        ("k-NN", ["k-nn", "nn"]),
        ("S3/EFS", ["s3/ef", "s3", "ef"]),
        ("SageMaker's", ["sagemak", "sage", "maker"]),
        ("C++", ["c"]),
        ("3.14", ["3.14", "14"]),
        ("GPUs", ["gpu"]),
        ("LLMs", ["llm"]),
        ("vCPUs/GPUs", ["vcpu/gpu", "vcpu", "gpu", "cpu"]),
        ("status", ["status"]),
        ("AWS", ["aw"]),
        ("", []),
        ("--- …", []),
    ],
)
def test_a_compound_word_is_found_whole_and_by_part(word: str, terms: list[str]) -> None:
    assert terms_of(word) == terms


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("s3:GetObject", 1),
        ("S3", 1),
        ("GetObject", 1),
        ("object", 1),
        ("P3dn.24xlarge", 2),
        ("p3dn", 2),
        ("24xlarge", 2),
        ("MaxNumberOfTrainingJobs", 3),
        ("max number", 3),
        ("F1", 4),
        ("k-NN", 5),
        ("NN", 5),
        ("on-demand", 0),
        ("demand", 0),
    ],
)
def test_the_best_row_for_a_compound_word(question: str, row: int) -> None:
    assert int(np.argmax(scores_of(KeywordIndex.build(TEXTS), question))) == row
    assert row in rows_found(question)


@pytest.mark.parametrize("question", ["GPU", "GPUs", "gpu", "gpus"])
def test_the_plural_of_a_name_finds_its_singular(question: str) -> None:
    assert rows_found(question) == {2}


def test_matched_words_are_told_as_the_text_writes_them_each_once() -> None:
    text = "Training jobs, training data, and MaxNumberOfTrainingJobs; a job is no chore. Training!"
    index = KeywordIndex.build([text])
    assert matched_words(text, {"train", "chore"}, index.rarity()) == (
        "Training",
        "training",
        "MaxNumberOfTrainingJobs",
        "chore",
    )
    assert matched_words(text, {"of": 1.0, "zygot": 1.0}, index.rarity()) == ()
    assert matched_words("", {"train"}, index.rarity()) == ()


@pytest.mark.parametrize("question", [*QUESTIONS, "gpus", "GPU", "zygote"])
def test_a_text_scores_if_a_word_of_it_matches(question: str) -> None:
    index = KeywordIndex.build(TEXTS)
    terms = terms_of(question)
    has_match = [bool(matched_words(text, terms, index.rarity())) for text in TEXTS]
    assert has_match == (scores_of(index, question) > 0).tolist()


def test_a_plural_that_finds_the_singular_matches_it() -> None:
    index = KeywordIndex.build(TEXTS)
    assert matched_words(TEXTS[2], terms_of("gpus"), index.rarity()) == ("GPUs",)
    assert matched_words("a GPU", terms_of("which gpus"), index.rarity()) == ("GPU",)


def test_unknown_words_score_zero_everywhere() -> None:
    scores = scores_of(KeywordIndex.build(TEXTS), "zygote quixotic")
    assert scores.tolist() == [0.0] * len(TEXTS)


def test_a_repeated_question_word_counts_once() -> None:
    index = KeywordIndex.build(TEXTS)
    once = scores_of(index, "training GPU").tolist()
    assert scores_of(index, "training GPU training, Training! gpus trains").tolist() == once


def test_a_weight_multiplies_what_its_term_adds() -> None:
    index = KeywordIndex.build(TEXTS)
    spot, train = index.scores({"spot": 1.0}), index.scores({"train": 1.0})
    both = index.scores({"spot": 0.5, "train": 2.0, "zygot": 9.0})
    assert both == pytest.approx(0.5 * spot + 2.0 * train, rel=1e-6)
    assert index.scores({"train": 0.0}).tolist() == [0.0] * len(TEXTS)
    assert index.scores({}).tolist() == [0.0] * len(TEXTS)


@pytest.mark.parametrize("weights", [{"gpus": 0.5, "gpu": 2.0}, {"gpu": 2.0, "gpus": 0.5}])
def test_of_two_terms_that_find_the_same_postings_the_weightier_counts(
    weights: dict[str, float],
) -> None:
    index = KeywordIndex.build(TEXTS)
    assert index.scores(weights).tolist() == index.scores({"gpu": 2.0}).tolist()


def test_texts_without_a_word_score_zero_and_count_as_rows() -> None:
    index = KeywordIndex.build(TEXTS)
    assert index.n_rows == len(TEXTS)
    for question in QUESTIONS:
        assert scores_of(index, question)[6:8].tolist() == [0.0, 0.0]


def load(folder: Path) -> KeywordIndex:
    vocabulary, postings = (np.fromfile(folder / name, np.uint8) for name in (VOCABULARY, POSTINGS))
    return KeywordIndex.load(vocabulary, postings)


@pytest.mark.parametrize("texts", [[], [""], ["", "the of and"]])
def test_an_index_without_any_word_scores_zero(texts: list[str], tmp_path: Path) -> None:
    built = KeywordIndex.build(texts)
    built.save(tmp_path)
    for index in (built, load(tmp_path)):
        assert index.n_rows == len(texts)
        assert scores_of(index, "spot instances").tolist() == [0.0] * len(texts)
        assert index.rarity() == {}


def test_rarity_is_the_inverse_document_frequency() -> None:
    rarity = KeywordIndex.build(["spot price", "price list", "price", ""]).rarity()
    assert rarity == pytest.approx(
        {
            "spot": math.log(1 + (4 - 1 + 0.5) / (1 + 0.5)),
            "list": math.log(1 + (4 - 1 + 0.5) / (1 + 0.5)),
            "price": math.log(1 + (4 - 3 + 0.5) / (3 + 0.5)),
        },
        rel=1e-6,
    )


def test_a_word_in_every_text_has_a_rarity_above_zero() -> None:
    assert 0.0 < KeywordIndex.build(["price"] * 50).rarity()["price"] < 0.01


def test_a_saved_index_loads_as_it_was(tmp_path: Path) -> None:
    built = KeywordIndex.build(TEXTS)
    built.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keywords.json", "keywords.npz"]
    loaded = load(tmp_path)
    assert loaded.n_rows == built.n_rows
    assert loaded.rarity() == built.rarity()
    for question in QUESTIONS:
        assert scores_of(loaded, question).tolist() == scores_of(built, question).tolist()


@given(st.text(max_size=80))
def test_any_text_gives_terms_that_find_it(text: str) -> None:
    terms = terms_of(text)
    assert all(term and not term.isspace() for term in terms)
    scores = scores_of(KeywordIndex.build([text, "unrelated"]), text)
    assert (scores[0] > 0) == bool(terms)


def test_the_words_that_a_text_is_found_by_are_told_once_and_as_they_stand() -> None:
    text = "What does the Spot Instance cost, and what do s3:GetObject and Spot do?"
    assert words_of(text) == ["Spot", "Instance", "cost", "s3:GetObject"]
    assert words_of("what is it?") == []
