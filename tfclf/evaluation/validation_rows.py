"""Logits and true labels -> the rows that a decision can be chosen on."""

from __future__ import annotations

import numpy as np

from tfclf.errors import ArgumentError

MIN_ROWS = 30  # with fewer, chosen temperatures and offsets often do worse than none


def labelled_rows(logits: np.ndarray, label_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the rows that have a label of the model.

    Args:
        logits: Shape (rows, classes).
        label_ids: True label of each row, shape (rows,), int; below 0 there is none.

    Returns:
        Their logits, shape (labelled rows, classes), float64, and their label ids.

    Raises:
        ArgumentError: A shape does not fit, an id is not of the classes, or a logit of a labelled
            row is not finite.

    Example:
    >>> labelled_rows(np.array([[1.0, 2], [3, 4]]), np.array([-1, 0]))
    (array([[3., 4.]]), array([0]))
    """
    logits, ids = _matrix(logits, "logits"), np.asarray(label_ids)
    if ids.shape != logits.shape[:1]:
        raise ArgumentError(
            f"expected one label id for each of {len(logits)} rows, got shape {ids.shape}"
        )
    if len(ids) and not np.issubdtype(ids.dtype, np.integer):
        raise ArgumentError(f"expected whole numbers as label ids, got {ids.dtype}")
    classes = logits.shape[1]
    beyond = np.flatnonzero(ids >= classes)
    if len(beyond):
        raise ArgumentError(
            f"expected a label id below {classes}, got {ids[beyond[0]]}",
            where=f"row {beyond[0] + 1}",
        )
    here = ids >= 0
    _check_finite(logits, "logits", np.broadcast_to(here[:, None], logits.shape))
    return logits[here], ids[here].astype(int)


def checked_entries(
    values: np.ndarray, truth_hot: np.ndarray, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Checks a value and a true answer for each label of each row.

    Args:
        values: Logits or probabilities, shape (rows, labels).
        truth_hot: 1 where a row has a label, 0 where it has not, below 0 where nobody knows; shape
            (rows, labels).
        name: What the values are, for the message.

    Returns:
        The values, float64, and the truth, int8, -1 where nobody knows.

    Raises:
        ArgumentError: A shape does not fit, a true answer is above 1, or a value is not finite
            where the answer is known.

    Example:
    >>> checked_entries(np.array([[0.5, 2]]), np.array([[True, False]]), "logits")
    (array([[0.5, 2. ]]), array([[1, 0]], dtype=int8))
    """
    values, truth = _matrix(values, name), np.asarray(truth_hot)
    if truth.shape != values.shape:
        raise ArgumentError(
            f"expected a true answer for each of {values.shape} {name}, got shape {truth.shape}"
        )
    wrong = np.argwhere(~((truth == 0) | (truth == 1) | (truth < 0)))
    if len(wrong):
        row, label = wrong[0]
        raise ArgumentError(
            f"expected 0, 1 or a number below 0, got {truth[row, label]}",
            where=f"row {row + 1}, label {label + 1}",
        )
    _check_finite(values, name, truth >= 0)
    return values, np.where(truth < 0, -1, truth).astype("int8")


def _matrix(values: np.ndarray, name: str) -> np.ndarray:
    matrix = np.asarray(values, "float64")
    if matrix.ndim != 2 or not matrix.shape[1]:
        raise ArgumentError(f"expected {name} (rows, labels), got shape {matrix.shape}")
    return matrix


def _check_finite(values: np.ndarray, name: str, needed: np.ndarray) -> None:
    wrong = np.flatnonzero((~np.isfinite(values) & needed).any(1))
    if len(wrong):
        raise ArgumentError(
            f"expected finite {name}, got NaN or infinity in {len(wrong)} of {len(values)} rows",
            where=f"row {wrong[0] + 1}",
            remedy="The training has diverged: lower the learning rate.",
        )
