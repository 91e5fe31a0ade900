"""Texts in several windows: their windows are read one by one, and their logits pooled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from tfclf.errors import ArgumentError

POOLINGS = ("mean", "max")


def pooled_over_windows(
    logits_of: Callable[[Any, Any, Any], Any],
    input_ids: Any,
    attention_mask: Any,
    token_type_ids: Any,
    pooling: str,
) -> Any:
    """Reads texts of one piece each, or of several.

    Args:
        logits_of: Gives logits, shape (pieces, labels), or a dict of them by head, for ids, mask
            and types of shape (pieces, seq).
        input_ids: Token ids, shape (batch, seq) or (batch, windows, seq).
        attention_mask: The same shape, or None; a window without any token does not count.
        token_type_ids: The same shape, or None.
        pooling: ``"mean"`` or ``"max"`` over the windows of a text.

    Returns:
        Logits, shape (batch, labels), or a dict of them.

    Raises:
        ArgumentError: In several windows there is a head over words.
    """
    if len(input_ids.shape) == 2:
        return logits_of(input_ids, attention_mask, token_type_ids)
    batch, windows, seq = ops.shape(input_ids)

    def flat(ids: Any) -> Any:  # (batch, windows, seq) -> (batch x windows, seq)
        return None if ids is None else ops.reshape(ids, (-1, seq))

    if attention_mask is None:
        here = ops.ones((batch, windows, 1), "float32")
    else:
        here = ops.cast(ops.max(attention_mask, axis=-1, keepdims=True), "float32")

    def pooled(logits: Any) -> Any:  # (batch x windows, labels) -> (batch, labels)
        if len(logits.shape) != 2:
            raise ArgumentError(
                "a head over words reads no text in several windows",
                remedy="Give it each window as a row of its own, shape (batch, seq).",
            )
        logits = ops.reshape(logits, (batch, windows, logits.shape[-1]))
        counted = ops.cast(here, logits.dtype)
        if pooling == "max":
            return ops.max(ops.where(counted > 0, logits, -1e9), axis=1)
        return ops.sum(logits * counted, axis=1) / ops.maximum(ops.sum(counted, axis=1), 1.0)

    logits = logits_of(flat(input_ids), flat(attention_mask), flat(token_type_ids))
    return keras.tree.map_structure(pooled, logits)
