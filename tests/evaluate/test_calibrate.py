"""Fitting on made rows, and on the default guide's own questions."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ragguide import Guide
from ragguide.augment.refusal import JUDGED, Verdict
from ragguide.errors import IndexCorrupt, InputError
from ragguide.evaluate.calibrate import (
    LEAST_ANSWERABLE,
    Row,
    _folds,
    _table,
    _unseen_chances,
    _weights,
    fit,
    fit_guides,
    read_rows,
)
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.evaluate.records import Case
from ragguide.evaluate.refusals import auroc
from ragguide.index.calibration import (
    Signs,
    find_calibration,
    save_calibration,
    shipped_weights,
)
from ragguide.index.notes import CALIBRATION, FolderNotes
from tests.cli.test_commands import one_line, ragguide
from tests.conftest import ROOT

CASES = ROOT / "data" / "eval" / "guide.jsonl"


def made_rows(n: int, *, apart: float, unanswerable: int = 20) -> list[Row]:
    """Rows whose `stated` is `apart` deviations higher where the guide answers."""
    rng = np.random.default_rng(7)

    def row(name: str, mean: float, *, answered: bool, hidden: bool) -> Row:
        signs = Signs(**{field: rng.normal() for field in Signs.__struct_fields__})
        moved = msgspec.structs.replace(signs, stated=signs.stated + mean)
        return Row(name, moved, answered, hidden)

    rows = []
    for i in range(n):
        rows += [
            row(f"a{i}", apart, answered=True, hidden=False),
            row(f"a{i}", 0.0, answered=False, hidden=True),
        ]
    return rows + [row(f"u{i}", 0.0, answered=False, hidden=False) for i in range(unanswerable)]


def test_the_sign_that_separates_gets_the_largest_weight() -> None:
    fitted = fit(made_rows(80, apart=3.0), embedder="some", chunk_tokens=160)
    assert fitted.auroc is not None
    assert fitted.auroc > 0.85
    weights = msgspec.structs.asdict(fitted.weights)
    assert max(weights, key=lambda name: abs(weights[name])) == "stated"
    assert fitted.refused(0.05) > 0.5


def test_a_sign_that_does_not_vary_keeps_its_shipped_weight() -> None:
    rows = [
        msgspec.structs.replace(row, signs=msgspec.structs.replace(row.signs, foreign=0.0))
        for row in made_rows(80, apart=3.0)
    ]
    shipped = Signs(**dict(zip(Signs.__struct_fields__, shipped_weights(), strict=True)))
    fitted = fit(rows, embedder="some", chunk_tokens=160)
    assert fitted.weights.foreign == pytest.approx(shipped.foreign)


def test_several_guides_are_each_judged_by_a_fit_on_the_others() -> None:
    inverted = [
        msgspec.structs.replace(row, is_answered=not row.is_answered)
        for row in made_rows(40, apart=3.0)
    ]
    guides = {f"guide {n}": made_rows(n, apart=3.0) for n in (40, 50, 60)} | {"odd": inverted}
    _, chances = fit_guides(guides, embedder="some", chunk_tokens=160)
    for name, rows in guides.items():
        scored = np.column_stack([chances[name], [row.is_answered for row in rows]])
        assert (auroc(scored.astype(float)) > 0.8) == (name != "odd")


def test_signs_that_separate_nothing_get_an_auroc_near_one_half() -> None:
    fitted = fit(made_rows(80, apart=0.0), embedder="some", chunk_tokens=160)
    assert fitted.auroc is not None
    assert 0.25 < fitted.auroc < 0.7


def test_a_set_without_unanswerable_questions_is_fitted_on_hidden_evidence() -> None:
    fitted = fit(made_rows(40, apart=3.0, unanswerable=0), embedder="some", chunk_tokens=160)
    assert (fitted.auroc, fitted.unanswerable_chances, fitted.n_hidden) == (None, (), 40)
    assert fitted.weights.stated > 0


def test_a_question_is_judged_by_models_that_saw_none_of_its_rows() -> None:
    def chances(rows: list[Row]) -> list[float]:
        return _unseen_chances(_table(rows, _weights(rows), (0.0,) * 3), _folds(rows)).tolist()

    rows = made_rows(40, apart=1.0)
    first, hidden, *others = rows
    assert (first.case_id, first.is_hidden, hidden.case_id, hidden.is_hidden) == (
        "a0", False, "a0", True
    )  # fmt: skip
    far = Signs(**dict.fromkeys(Signs.__struct_fields__, 50.0))
    before = chances(rows)
    after = chances([first, msgspec.structs.replace(hidden, signs=far), *others])
    assert after[0] == before[0]
    assert all(one != other for one, other in zip(after[2:], before[2:], strict=True))


def test_too_few_questions_are_refused() -> None:
    rows = made_rows(LEAST_ANSWERABLE - 1, apart=3.0)
    with pytest.raises(InputError, match=r"^the guide has evidence for 29 .* needs 30\. Add"):
        fit(rows, embedder="some", chunk_tokens=160)


@pytest.mark.model
def test_a_question_is_asked_with_its_evidence_and_without(guide: Guide) -> None:
    cases = read_questions(open_source(CASES)).cases
    case = next(each for each in cases if each.kind == "definition")
    unknown = Case(id="u", question="who won the cup?", kind="unanswerable")
    progress = []
    rows = read_rows(guide, [case, unknown], on_case=lambda n, of: progress.append((n, of)))
    assert [(row.case_id, row.is_answered, row.is_hidden) for row in rows] == [
        (case.id, True, False), (case.id, False, True), ("u", False, False),
    ]  # fmt: skip
    assert rows[0].signs.stated > rows[1].signs.stated
    assert progress == [(1, 2), (2, 2)]


@pytest.mark.model
def test_a_verdict_depends_only_on_the_hits_that_are_judged(guide: Guide) -> None:
    question = "What is leakage?"
    verdict = guide.judge(question, guide.search(question, top_k=JUDGED))
    assert guide.judge(question, guide.search(question, top_k=40)) == verdict
    for top_k in (1, JUDGED, 12):
        answer = guide.query(question, top_k=top_k, quotes_only=True)
        assert Verdict(answer.refused, answer.chance) == verdict
        assert len(answer.hits) == top_k
        assert {quote.page_first for quote in answer.quotes} <= {
            page
            for hit in answer.hits
            for page in range(hit.chunk.page_first, hit.chunk.page_last + 1)
        }


@pytest.mark.model
def test_an_index_keeps_its_own_calibration_and_a_damaged_one_is_named(
    guide: Guide, tmp_path: Path
) -> None:
    shipped = find_calibration(FolderNotes(tmp_path), guide.manifest)
    assert shipped is not None
    other = msgspec.structs.replace(shipped, bias=9.0)
    save_calibration(FolderNotes(tmp_path), other)
    assert find_calibration(FolderNotes(tmp_path), guide.manifest) == other
    assert [path.name for path in tmp_path.iterdir()] == [CALIBRATION]
    cut = msgspec.structs.replace(guide.manifest, chunk_tokens=96)
    assert find_calibration(FolderNotes(tmp_path), cut) == shipped
    foreign = msgspec.structs.replace(guide.manifest, embedder="another")
    assert find_calibration(FolderNotes(tmp_path), foreign) is None
    (tmp_path / CALIBRATION).write_text("{")
    with pytest.raises(IndexCorrupt, match=r"calibration\.json cannot be read: .* Delete it, then"):
        find_calibration(FolderNotes(tmp_path), guide.manifest)


@pytest.mark.model
def test_a_dry_run_reports_the_fit_and_saves_nothing(guide: Guide) -> None:
    environ = {"RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir)}
    done = ragguide("calibrate", CASES, "--json", "--dry-run", **environ)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["n_answerable"], shown["n_unanswerable"], shown["n_hidden"]) == (99, 18, 101)
    assert shown["auroc"] > 0.8
    shares = [row["false_refusals"] for row in shown["shares"]]
    assert shares == [0.02, 0.04, 0.1, 0.2]  # .04 is set by default
    assert shown["path"] is None
    assert not (guide.settings.indexes_dir / "default" / CALIBRATION).exists()
    missing = ragguide("calibrate", "no.jsonl", **environ)
    assert (missing.returncode, "no.jsonl" in one_line(missing.stderr)) == (2, True)


def test_a_calibration_of_other_signs_is_ignored_with_a_message(
    guide: Guide, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shipped = find_calibration(FolderNotes(tmp_path), guide.manifest)
    (tmp_path / "calibration.json").write_text('{"signs_version": 1, "means": {"gone": 0}}')
    assert find_calibration(FolderNotes(tmp_path), guide.manifest) == shipped
    assert "it was fitted for another index or ragguide version" in caplog.text
