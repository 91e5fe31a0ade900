"""Values of a column -> what each row counts for in training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfclf.data.label_values import is_missing
from tfclf.errors import DataError


class WeightReader:
    """Reads the weights of rows one by one.

    Args:
        column: Their column, for messages.
    """

    def __init__(self, column: str):
        self._column = column
        self._found: list[float] = []

    def add(self, value: Any, place: Callable[[], str]) -> None:
        """Reads the weight of the next row.

        Args:
            value: As the source has it.
            place: Names the row.

        Raises:
            DataError: It is no number of at least 0.
        """
        try:
            weight = float("nan") if is_missing(value) or isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            weight = float("nan")
        if not 0 <= weight < float("inf"):
            raise DataError(
                f"column {self._column!r}: expected a weight, a number of at least 0, got "
                f"{value!r:.60}",
                where=place(),
                remedy="Write 1 where a row counts as others do, and 0 where it does not count.",
            )
        self._found.append(weight)

    def weights(self) -> np.ndarray:
        """Returns the weights, shape (rows,), float64."""
        return np.array(self._found, "float64")


def of_mean_one(weights: np.ndarray, source: str) -> np.ndarray:
    """Returns weights whose mean is 1, so that their unit does not change the step of a training.

    Args:
        weights: Shape (rows,).
        source: Name of the rows, for messages.

    Raises:
        DataError: All of them are 0.

    Example:
    >>> of_mean_one(np.array([2.0, 6.0]), "train.csv").tolist()
    [0.5, 1.5]
    """
    if not weights.any():
        raise DataError(
            "every row has a weight of zero", where=source, remedy="Give some of them 1."
        )
    return (weights / weights.mean()).astype("float32")
