"""Answers -> how often each label was found, said and true, rows that are alike counted once.

Of rows with one label each the kinds of rows are the cells of the confusion matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True)
class LabelCounts:
    """How often each label was found, said and true, by the kind of row.

    Attributes:
        found: Said and true, shape (kinds, labels).
        said: Said, shape (kinds, labels).
        true: True, shape (kinds, labels).
        rows: Rows of each kind, shape (kinds,).
    """

    found: np.ndarray
    said: np.ndarray
    true: np.ndarray
    rows: np.ndarray

    @classmethod
    def of_one_label(cls, true_ids: np.ndarray, said_ids: np.ndarray, num_labels: int) -> Self:
        """Counts rows of one label each.

        Args:
            true_ids: Shape (rows,).
            said_ids: Shape (rows,).
            num_labels: Number of labels.
        """
        cells = np.asarray(true_ids, "int64") * num_labels + said_ids
        kinds, rows = np.unique(cells, return_counts=True)
        labels = np.arange(num_labels)
        true, said = (ids[:, None] == labels for ids in divmod(kinds, num_labels))
        return cls(true & said, said, true, rows)

    @classmethod
    def of_rows(cls, found: np.ndarray, said: np.ndarray, true: np.ndarray) -> Self:
        """Counts rows of any number of labels, each shape (rows, labels)."""
        stacked = np.ascontiguousarray(np.concatenate([found, said, true], 1, dtype="int32"))
        as_one = stacked.view(f"V{stacked.shape[1] * stacked.itemsize}").ravel()
        _, first, rows = np.unique(as_one, return_index=True, return_counts=True)
        parts = np.split(stacked[first], 3, axis=1)
        return cls(parts[0], parts[1], parts[2], rows)

    def totals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns how often each label was found, said and true, shape (labels,) each."""
        found, said, true = (self.rows @ part for part in (self.found, self.said, self.true))
        return found, said, true
