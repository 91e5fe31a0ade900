"""Model and encoded rows -> logits in the order of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.data import ONLY_HEAD, Batch, Batches, EncodedRows

BATCH_SIZE = 64  # items; sorted by length, so that a batch is nearly free of padding


@dataclass(frozen=True)
class WordLogits:
    """Logits of the words of all rows, one row's behind the other's.

    Attributes:
        logits: Shape (words, labels), float32.
        offsets: First word of each row and the end of the last, shape (rows + 1,), int64.
    """

    logits: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yields the logits of each row, shape (words, labels)."""
        for begin, end in zip(self.offsets, self.offsets[1:], strict=False):
            yield self.logits[begin:end]


Logits = np.ndarray | WordLogits


def predict_heads(
    model: keras.Model, rows: EncodedRows, *, batch_size: int = BATCH_SIZE
) -> dict[str, Logits]:
    """Predicts rows, sorted by length on the way and put back in order.

    Args:
        model: The model.
        rows: The rows; labels are not looked at.
        batch_size: Items in a batch.

    Returns:
        For each head by its name, or under ``ONLY_HEAD``, logits of the rows, shape (rows, labels),
        or of their words.
    """
    batches = Batches(rows, batch_size)
    per_word = rows.words is not None
    outputs = (_joinable(model) if per_word else model).predict(batches.dataset(), verbose=0)
    named = outputs if isinstance(outputs, Mapping) else {ONLY_HEAD: outputs}
    plan = batches.plan(0)
    # A head over texts has a line an item, one over words a line a token: every item has several.
    return {
        name: _rows_in_order(output, rows, plan)
        if len(output) == len(rows)
        else _words_in_order(output, rows, plan)
        for name, output in named.items()
    }


def predict_logits(model: keras.Model, rows: EncodedRows, *, batch_size: int = BATCH_SIZE) -> Any:
    """Predicts rows with a model of one head.

    Args:
        model: The model.
        rows: The rows; labels are not looked at.
        batch_size: Items in a batch.

    Returns:
        Logits, shape (rows, labels), float32, or those of the rows' words.
    """
    return predict_heads(model, rows, batch_size=batch_size)[ONLY_HEAD]


class _Joinable(keras.Model):
    """Gives the logits of words one behind the other: batches of any length can then be joined."""

    def __init__(self, model: keras.Model):
        super().__init__(name="joinable")
        self.model = model

    def call(self, inputs: Any) -> Any:
        """Maps logits of shape (batch, seq, labels) to (batch x seq, labels)."""
        return keras.tree.map_structure(
            lambda logits: ops.reshape(logits, (-1, logits.shape[-1])),
            self.model(inputs, training=False),
        )


def _joinable(model: keras.Model) -> keras.Model:
    """Returns a model's joinable form, made once: Keras builds its graph in the first call."""
    if "_joinable" not in model.__dict__:
        # Past Keras, which would count its weights twice.
        object.__setattr__(model, "_joinable", _Joinable(model))
    return model.__dict__["_joinable"]


def _rows_in_order(output: np.ndarray, rows: EncodedRows, plan: Sequence[Batch]) -> np.ndarray:
    """Returns the logits of rows, shape (rows, labels)."""
    items = np.concatenate([batch.indices for batch in plan])
    if rows.row_ends is not None and not rows.windowed:
        # Of a text that is read in windows for its words the first window speaks.
        own = rows.row_ends[rows.row_of[items]] == items
        items, output = items[own], output[own]
    found = np.empty((rows.num_rows, output.shape[-1]), "float32")
    found[rows.row_of[items]] = output
    return found


def _words_in_order(output: np.ndarray, rows: EncodedRows, plan: Sequence[Batch]) -> WordLogits:
    """Returns the logits of the words of all rows."""
    ends = _word_ends(rows)
    found = np.empty((ends[-1], output.shape[-1]), "float32")
    begin = 0
    for batch in plan:
        words = rows.padded_words(batch.indices, batch.length)  # (batch, seq)
        logits = output[begin : begin + words.size].reshape(*words.shape, -1)
        begin += words.size
        here = words >= 0
        found[(ends[rows.row_of[batch.indices]][:, None] + words)[here]] = logits[here]
    return WordLogits(found, ends)


def _word_ends(rows: EncodedRows) -> np.ndarray:
    """Returns the first word of each row and the end of the last, shape (rows + 1,)."""
    firsts = np.flatnonzero(rows.words >= 0)
    piece_of = np.searchsorted(rows.offsets, firsts, side="right") - 1
    counts = np.bincount(rows.row_of[piece_of], minlength=rows.num_rows)
    return np.concatenate([[0], np.cumsum(counts)])


def softmax(logits: np.ndarray) -> np.ndarray:
    """Returns probabilities over the last axis, in float64.

    Example:
    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    shifted = np.exp(logits.astype("float64") - logits.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Returns the probability of each label by itself, in float64.

    Example:
    >>> sigmoid(np.array([0.0, 1000.0, -1000.0])).tolist()
    [0.5, 1.0, 0.0]
    """
    small = np.exp(-np.abs(logits.astype("float64")))
    return np.where(logits >= 0, 1, small) / (1 + small)
