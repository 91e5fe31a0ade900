"""Mean squared error over numbers, some of which may be unknown."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.losses.weighting import MaskedLoss


@keras.saving.register_keras_serializable("tfclf")
class MeanSquaredError(MaskedLoss):
    """``(y_true - y_pred)^2``, one number an example; NaN in ``y_true`` means "no label".

    Examples without a label are left out of the value, of the mean and of the gradient.

    Args:
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.

    Example:
    >>> import numpy as np
    >>> loss = MeanSquaredError()
    >>> float(loss(np.array([1.0, np.nan, 2.0]), np.array([[4.0], [7.0], [1.0]])))  # (9 + 1) / 2
    5.0
    """

    def __init__(
        self,
        reduction: str = "sum_over_batch_size",
        name: str = "mean_squared_error",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)

    def valid(self, y_true: Any, y_pred: Any) -> Any:
        """Tells which examples have a label, shape (batch,)."""
        return ops.logical_not(ops.isnan(ops.cast(one_number_each(y_true), self.dtype)))

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the squared error of each example, shape (batch,)."""
        y_true, y_pred = one_number_each(y_true), one_number_each(y_pred)
        # Put before the square: 0 times the slope of the square at NaN would be NaN.
        return ops.square(ops.where(ops.isnan(y_true), 0, y_true - y_pred))


def one_number_each(values: Any) -> Any:
    """Returns numbers of shape (batch,) from shape (batch,) or (batch, 1).

    Raises:
        ArgumentError: They have another shape.
    """
    shape = tuple(values.shape)
    if len(shape) == 1:
        return values
    if len(shape) != 2 or shape[-1] != 1:
        raise ArgumentError(f"expected one number an example, got shape {shape}")
    return ops.squeeze(values, -1)
