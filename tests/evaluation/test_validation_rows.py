"""What a decision is chosen on is checked before, and errors name the row."""

import numpy as np
import pytest

from tfclf.errors import ArgumentError
from tfclf.evaluation.validation_rows import checked_entries, labelled_rows


def test_rows_without_a_label_are_left_out():
    """Even where their logits are not finite."""
    logits = np.array([[1.0, 2, 3], [np.nan, 0, 0], [4, 5, 6]], "float32")
    kept, ids = labelled_rows(logits, np.array([2, -100, 0]))
    np.testing.assert_array_equal(kept, [[1, 2, 3], [4, 5, 6]])
    assert (kept.dtype, ids.tolist()) == ("float64", [2, 0])
    assert labelled_rows(np.zeros((0, 3)), np.zeros(0))[0].shape == (0, 3)


@pytest.mark.parametrize(
    "logits, ids, message",
    [
        (np.zeros(4), [0] * 4, r"expected logits \(rows, labels\), got shape \(4,\)"),
        (np.zeros((4, 0)), [0] * 4, r"got shape \(4, 0\)"),
        (np.zeros((4, 3)), [0] * 5, r"one label id for each of 4 rows, got shape \(5,\)"),
        (np.zeros((2, 3)), [0.0, 1.0], "whole numbers as label ids, got float64"),
        (np.zeros((2, 3)), [0, 3], "row 2: expected a label id below 3, got 3"),
        ([[0, 0], [0, np.nan], [np.inf, 0]], [0, 1, 1], "row 2: .*infinity in 2 of 3 rows"),
    ],
)
def test_rows_that_cannot_be_used(logits, ids, message):
    with pytest.raises(ArgumentError, match=message):
        labelled_rows(np.asarray(logits), np.asarray(ids))


def test_unknown_answers_are_minus_one():
    values, truth = checked_entries(
        np.array([[0.5, np.nan], [1, 2]]), np.array([[1, -100], [0, 1]]), "logits"
    )
    assert truth.tolist() == [[1, -1], [0, 1]]
    assert values[1].tolist() == [1, 2]


@pytest.mark.parametrize(
    "values, truth, message",
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), r"for each of \(2, 3\) scores, got shape \(3, 2\)"),
        (np.zeros((2, 3)), [[0, 0, 1], [0, 0.5, 0]], "row 2, label 2: .*got 0.5"),
        (np.zeros((1, 2)), [[0, np.nan]], "row 1, label 2: .*got nan"),
        ([[0, 0], [np.inf, 0]], [[0, 1], [1, 0]], "row 2: expected finite scores"),
    ],
)
def test_answers_that_cannot_be_used(values, truth, message):
    with pytest.raises(ArgumentError, match=message):
        checked_entries(np.asarray(values), np.asarray(truth), "scores")
