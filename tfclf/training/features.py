"""Encoder and encoded rows -> the vectors that a head reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from tfclf.data import Batches, EncodedRows
from tfclf.models import PretrainedModel, pooled_over_windows, unpack_inputs

BATCH_SIZE = 64  # items


def pooled_outputs(model: PretrainedModel, rows: EncodedRows, items: np.ndarray) -> np.ndarray:
    """Returns what the head of a text classifier reads, dropout left out.

    Of a text in several windows it is the mean over them. Batches go through the encoder as they
    are, without a graph: building one takes longer than some thousand rows.

    Args:
        model: The model.
        rows: The rows.
        items: Which items, shape (items,), each once.

    Returns:
        Vectors, shape (items, hidden), float32, in the order of ``items``.
    """

    def pooled(ids: Any, mask: Any, types: Any) -> Any:
        return ops.cast(model.bert(ids, mask, types, training=False).pooler_output, "float32")

    batches = Batches(rows, BATCH_SIZE, sampler=lambda epoch: items)
    found = np.empty((len(items), model.config.hidden_size), "float32")
    place = np.argsort(items)  # of each item, ascending, among those that were asked for
    for batch in batches.plan(0):
        inputs = {name: ops.convert_to_tensor(ids) for name, ids in batches.batch(batch)[0].items()}
        vectors = pooled_over_windows(pooled, *unpack_inputs(inputs, None, None), pooling="mean")
        found[place[np.searchsorted(items, batch.indices, sorter=place)]] = vectors
    return found
