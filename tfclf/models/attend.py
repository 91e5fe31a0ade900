"""Scaled dot-product attention and its gradient, as functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from tfclf.models.gradients import wide_type


def attend(query: Any, key: Any, mask_bias: Any = None) -> Any:
    """Returns how much each token attends to each (Vaswani et al. 2017, eq. 1).

    Args:
        query: Scaled queries, shape (batch, heads, seq, size).
        key: Keys, of the same shape.
        mask_bias: What is added to the scores, 0 for tokens and a large negative number for
            padding, shape (batch, 1, 1, seq); None adds nothing.

    Returns:
        Weights, shape (batch, heads, seq, seq); each row has the sum 1.
    """
    scores = ops.matmul(query, turned(key))
    if mask_bias is not None:
        scores = scores + mask_bias
    return ops.cast(ops.softmax(ops.cast(scores, wide_type(query.dtype)), axis=-1), query.dtype)


def attend_gradient(
    query: Any, key: Any, value: Any, weights: Any, upstream: Any, dropout: Callable[[Any], Any]
) -> tuple[Any, Any, Any]:
    """Returns the gradients of ``dropout(weights) @ value`` by query, key and value.

    Those by key and value come turned, shape (batch, heads, size, seq): products over the rows of
    their first factor, such as ``turned(weights) @ upstream``, take XLA on a CPU twice as long.

    Args:
        query: Scaled queries, shape (batch, heads, seq, size).
        key: Keys, of the same shape.
        value: Values, of the same shape.
        weights: What ``attend`` returned.
        upstream: Gradient by the mixed values, of the shape of ``value``.
        dropout: What puts the mask of the weights on a tensor.
    """
    by_value = ops.matmul(turned(upstream), dropout(weights))
    by_weights = dropout(ops.matmul(upstream, turned(value)))
    inner = ops.sum(by_weights * weights, axis=-1, keepdims=True)
    by_scores = weights * (by_weights - inner)  # of the softmax
    return ops.matmul(by_scores, key), ops.matmul(turned(query), by_scores), by_value


def turned(x: Any) -> Any:
    """Exchanges the last two of four axes."""
    return ops.transpose(x, (0, 1, 3, 2))
