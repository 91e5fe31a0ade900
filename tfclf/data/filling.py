"""Short batches filled up with rows that count for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tfclf.data.row_labels import RowLabels


def filled_up(
    inputs: dict[str, np.ndarray],
    labels: Any,
    forms: RowLabels | Mapping[str, RowLabels] | None,
    lines: int,
) -> tuple[Any, ...]:
    """Repeats rows of a batch, without label and of weight 0, until it has so many lines.

    Losses and metrics of tfclf leave out what has no label, above and below the line: they are
    those of the short batch. A loss that knows weights alone, such as Keras's own with the
    reduction ``mean_with_sample_weight``, has to be able to read the labels that stand for none.

    The rows are repeated in their order, the last one at the end: ``Mixup``, which pairs the lines
    of a batch from both ends, finds rows there that the short batch would have given it.

    Args:
        inputs: Inputs of the rows, shape (rows, ...) each.
        labels: Their labels, shape (rows, ...), or one array a head; None without labels.
        forms: What the labels are made from.
        lines: At least as many as rows.

    Returns:
        Inputs, labels and weights, shape (lines,), float32; without labels the inputs alone.

    Example:
    >>> from tfclf.data.row_labels import LabelIds
    >>> ids = np.array([[5, 6], [7, 8]])
    >>> inputs, labels, weights = filled_up({"ids": ids}, np.array([1, 0]), LabelIds(ids), 5)
    >>> inputs["ids"][:, 0].tolist(), labels.tolist(), weights.tolist()
    ([5, 7, 7, 5, 7], [1, 0, -100, -100, -100], [1.0, 1.0, 0.0, 0.0, 0.0])
    """
    rows = len(next(iter(inputs.values())))
    order = np.concatenate([np.arange(rows), np.arange(rows - lines, 0) % rows])

    def filled(values: np.ndarray, form: RowLabels) -> np.ndarray:
        values = values[order]
        values[rows:] = form.missing
        return values

    inputs = {name: values[order] for name, values in inputs.items()}
    if forms is None:
        return (inputs,)
    if isinstance(forms, Mapping):
        labels = {name: filled(labels[name], form) for name, form in forms.items()}
    else:
        labels = filled(labels, forms)
    return inputs, labels, (np.arange(lines) < rows).astype("float32")
