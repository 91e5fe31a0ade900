"""What the losses share: labels brought into shape, class weights checked, rows left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.errors import ArgumentError

ClassWeights = Sequence[float] | Mapping[int, float] | np.ndarray | None


def checked_class_weights(class_weights: ClassWeights) -> list[float] | None:
    """Returns class weights as a list of floats.

    Args:
        class_weights: One weight a class, in the order of the ids, or a dict from id to weight.

    Raises:
        ArgumentError: A weight is missing, zero, negative, NaN or infinite.

    Example:
    >>> checked_class_weights({0: 0.5, 1: 1.5})
    [0.5, 1.5]
    """
    if class_weights is None:
        return None
    if isinstance(class_weights, Mapping):
        if sorted(class_weights) != list(range(len(class_weights))):
            raise ArgumentError(
                f"class_weights has the ids {sorted(class_weights)}, "
                f"expected 0 to {len(class_weights) - 1}"
            )
        class_weights = [class_weights[i] for i in range(len(class_weights))]
    weights = np.asarray(class_weights, "float64")
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights > 0))) if weights.ndim == 1 else [0]
    if len(wrong) or not weights.size:
        raise ArgumentError(
            f"class_weights are {np.array2string(weights, threshold=8)}, "
            "expected one positive finite number a class",
            remedy="tfclf.imbalance.class_weights makes them from counts.",
        )
    return weights.tolist()


class SparseLoss(keras.losses.Loss):
    """Base of the losses over one label id an example.

    The mean is over the examples (Keras's convention), not over the sum of their weights
    (PyTorch's); examples of ``ignore_class`` count neither above nor below.

    Args:
        class_weights: One positive weight a class; None is unweighted.
        ignore_class: Label id whose examples are left out; None leaves none out.
        from_logits: Whether predictions are logits; else they are probabilities.
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.
    """

    def __init__(
        self,
        class_weights: ClassWeights = None,
        ignore_class: int | None = None,
        from_logits: bool = True,
        reduction: str = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.class_weights = checked_class_weights(class_weights)
        self.ignore_class = ignore_class
        self.from_logits = from_logits

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Computes the loss; ignored examples get weight 0 and leave the mean's denominator."""
        if self.ignore_class is None:
            return super().__call__(y_true, y_pred, sample_weight)
        labels = squeezed(ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred))
        valid = ops.cast(ops.not_equal(labels, self.ignore_class), self.dtype)
        weight = valid if sample_weight is None else valid * ops.cast(sample_weight, self.dtype)
        if self.reduction == "sum_over_batch_size":
            total = ops.cast(ops.size(valid), self.dtype)
            weight = weight * total / ops.maximum(ops.sum(valid), 1)
        return super().__call__(y_true, y_pred, weight)

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            **super().get_config(),
            "class_weights": self.class_weights,
            "ignore_class": self.ignore_class,
            "from_logits": self.from_logits,
        }


def squeezed(y_true: Any, y_pred: Any) -> Any:
    """Returns label ids without the trailing dimension of one that Keras may add."""
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        return ops.squeeze(y_true, -1)
    return y_true
