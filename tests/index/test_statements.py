"""What is kept of statements' vectors: a scale and one byte per number."""

import numpy as np
import pytest

from ragguide.index.statements import StatementVectors


def unit_vectors(n: int, dim: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


@pytest.mark.parametrize("dim", [1, 4, 384, 4096])
def test_a_vector_keeps_its_direction_and_its_length(dim: int) -> None:
    vectors = unit_vectors(200, dim)
    read = StatementVectors.store(vectors)[:]
    assert read.dtype == np.float32
    lengths = np.linalg.norm(read, axis=1)
    assert ((read * vectors).sum(axis=1) / lengths).min() > 0.9999
    assert np.abs(lengths - 1).max() < 1e-2


@pytest.mark.parametrize("dim", [1, 4, 384])
def test_storing_again_what_was_read_changes_no_byte(dim: int) -> None:
    once = StatementVectors.store(unit_vectors(5000, dim, seed=dim))
    again = StatementVectors.store(once[:])
    assert again.rows.tobytes() == once.rows.tobytes()


def test_a_row_takes_one_byte_for_each_number_and_two_for_its_scale() -> None:
    assert StatementVectors.store(unit_vectors(3, 384)).rows.nbytes == 3 * (384 + 2)


def test_some_rows_are_those_of_all() -> None:
    stored = StatementVectors.store(unit_vectors(20, 64))
    every = stored[:]
    assert stored[[7, 3]].tolist() == every[[7, 3]].tolist()
    assert stored[4:6].tolist() == every[4:6].tolist()
    assert stored[[]].shape == (0, 64)


def test_no_statements_take_no_rows() -> None:
    stored = StatementVectors.store(np.zeros((0, 384), np.float32))
    assert len(stored) == 0
    assert stored[:].shape == (0, 384)
