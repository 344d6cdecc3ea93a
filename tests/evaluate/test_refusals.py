import numpy as np
import pytest

from ragguide.evaluate.refusals import auroc, risk_at


def test_auroc_counts_a_tie_half() -> None:
    rows = np.array([[0.9, 1], [0.5, 1], [0.5, 0], [0.1, 0]])
    assert auroc(rows) == (1 + 1 + 0.5 + 1) / 4


def test_auroc_accepts_infinite_scores() -> None:
    assert auroc(np.array([[-np.inf, 1], [0.5, 1], [np.inf, 0], [0.1, 0]])) == 0.25


def test_auroc_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    scores = rng.integers(0, 20, 200) / 20
    labels = rng.integers(0, 2, 200)
    ours = auroc(np.column_stack([scores, labels]))
    assert ours == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


def test_risk_is_the_mean_loss_of_the_best_scored_share() -> None:
    rows = np.array([[0.9, 0.0], [0.8, 1.0], [0.7, 1.0], [0.1, 1.0]])
    assert risk_at(rows, 0.25) == 0.0
    assert risk_at(rows, 0.5) == 0.5
    assert risk_at(rows, 1.0) == 0.75


def test_ties_at_the_edge_count_by_the_part_that_fits() -> None:
    rows = np.array([[0.9, 0.0], [0.5, 1.0], [0.5, 0.0], [0.5, 0.0]])
    assert risk_at(rows, 0.5) == pytest.approx((0.0 + 1 / 3) / 2)
