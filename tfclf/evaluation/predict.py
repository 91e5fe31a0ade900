"""Model and encoded rows -> logits in the order of the rows."""

from __future__ import annotations

import keras
import numpy as np

from tfclf.data import Batches, EncodedRows

BATCH_SIZE = 64  # rows; sorted by length, so that a batch is nearly free of padding


def predict_logits(
    model: keras.Model, rows: EncodedRows, *, batch_size: int = BATCH_SIZE
) -> np.ndarray:
    """Predicts rows, sorted by length on the way and put back in order.

    Args:
        model: The model.
        rows: The rows; labels are not looked at.
        batch_size: Rows in a batch.

    Returns:
        Logits, shape (rows, labels), float32.
    """
    batches = Batches(rows, batch_size)
    logits = model.predict(batches.dataset(), verbose=0)
    in_order = np.empty_like(logits)
    in_order[batches.row_order()] = logits
    return in_order


def softmax(logits: np.ndarray) -> np.ndarray:
    """Returns probabilities over the last axis, in float64.

    Example:
    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    shifted = np.exp(logits.astype("float64") - logits.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)
