"""Anything that holds the weights of rows -> a list of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfclf.errors import ArgumentError

REMEDY = "Give one number of at least 0 for each text, or leave sample_weight out."


def given_weights(weights: Any, rows: int) -> list[float] | None:
    """Reads what each row counts for.

    Args:
        weights: A list, an array or a series of numbers, shape (rows,); None counts all alike.
        rows: How many rows there are.

    Raises:
        ArgumentError: They are none, not as many as rows, negative or all 0.

    Example:
    >>> given_weights(np.array([1, 2]), 2)
    [1.0, 2.0]
    """
    if weights is None:
        return None
    try:
        found = np.asarray(weights, "float64")
    except (TypeError, ValueError):
        raise ArgumentError("sample_weight: expected numbers", remedy=REMEDY) from None
    if found.shape != (rows,):
        raise ArgumentError(
            f"sample_weight: expected the shape ({rows},), a weight for each text, got "
            f"{found.shape}",
            remedy=REMEDY,
        )
    wrong = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if len(wrong):
        raise ArgumentError(
            f"sample_weight: expected a number of at least 0, got {found[wrong[0]]} for row "
            f"{wrong[0]}",
            remedy=REMEDY,
        )
    if not found.any():
        raise ArgumentError("sample_weight: every row has a weight of zero", remedy=REMEDY)
    return list(found.tolist())
