"""The sum over tokens: the gradient of a bias."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.models.gradients import wide_type

ADDED_BY_PRODUCT = ("float32", "bfloat16")  # whose products TensorFlow adds up in float32


def sum_of_rows(x: Any, *, compiled: bool = False) -> Any:
    """Returns the sum over the first axis, computed in float32 at least.

    TensorFlow adds up columns on one core, and several times as slowly as a product with ones does.

    Args:
        x: Shape (rows, width).
        compiled: Whether a compiler fuses the sum with what it is of.

    Returns:
        Shape (width,), of the type of ``x``.
    """
    kind = keras.backend.standardize_dtype(x.dtype)
    if compiled or keras.backend.backend() != "tensorflow" or kind not in ADDED_BY_PRODUCT:
        return ops.cast(ops.sum(ops.cast(x, wide_type(kind)), axis=0), kind)
    rows, width = ops.shape(x)
    return ops.reshape(ops.matmul(ops.ones((1, rows), kind), x), (width,))
