"""What the losses share: class weights, what is left out, and over what the mean is taken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.errors import ArgumentError

ClassWeights = Sequence[float] | Mapping[int, float] | np.ndarray | None
IgnoreClass = int | Sequence[int] | None


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


def checked_ignore_class(ignore_class: IgnoreClass) -> int | list[int] | None:
    """Returns one label id, or a list of them, as plain numbers.

    Raises:
        ArgumentError: It is neither a whole number, nor several, nor None.

    Example:
    >>> checked_ignore_class((-1, -100))
    [-1, -100]
    """
    several = isinstance(ignore_class, Sequence | np.ndarray) and not isinstance(ignore_class, str)
    label_ids = list(ignore_class) if several else [ignore_class]
    whole = [isinstance(i, Integral) and not isinstance(i, bool) for i in label_ids]
    if ignore_class is not None and not all(whole):
        raise ArgumentError(
            f"ignore_class is {ignore_class!r}, expected a label id, several of them, or None"
        )
    if ignore_class is None:
        return None
    return [int(i) for i in label_ids] if several else int(ignore_class)


def not_ignored(labels: Any, ignore_class: IgnoreClass) -> Any:
    """Tells which labels count: a truth value for each of them."""
    labels = ops.cast(labels, "float32")  # an unsigned label cannot be compared with -100
    label_ids = [ignore_class] if isinstance(ignore_class, Integral) else ignore_class or ()
    valid = ops.ones_like(labels, dtype="bool")
    for label_id in label_ids:
        valid = ops.logical_and(valid, ops.not_equal(labels, float(label_id)))
    return valid


def class_weights_like(class_weights: ClassWeights, y_pred: Any) -> Any:
    """Returns class weights as a tensor of shape (classes,) and of the type of the predictions.

    Raises:
        ArgumentError: There are more or fewer weights than classes.
    """
    if len(class_weights) != y_pred.shape[-1]:
        raise ArgumentError(f"{len(class_weights)} class weights, but {y_pred.shape[-1]} classes")
    return ops.convert_to_tensor(class_weights, dtype=y_pred.dtype)


def squeezed(y_true: Any, y_pred: Any) -> Any:
    """Returns label ids without the trailing dimension of one that Keras may add.

    Raises:
        ArgumentError: There is not one label for each row of logits.
    """
    rank = len(y_pred.shape) - 1
    if len(y_true.shape) == rank + 1 and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    if len(y_true.shape) != rank:
        raise ArgumentError(
            f"labels of shape {tuple(y_true.shape)} for predictions of shape "
            f"{tuple(y_pred.shape)}, expected {tuple(y_pred.shape[:-1])}: one label id each"
        )
    return y_true


def expanded(weight: Any, values: Any) -> Any:
    """Returns a weight that broadcasts over values: (batch,) becomes (batch, 1) over (batch, seq).

    The trailing dimension of one that the values lack is squeezed.
    """
    if len(weight.shape) == len(values.shape) + 1 and weight.shape[-1] == 1:
        return ops.squeeze(weight, -1)
    while len(weight.shape) < len(values.shape):
        weight = ops.expand_dims(weight, -1)
    return weight


class MaskedLoss(keras.losses.Loss, ABC):
    """Base of every loss: the mean is over what counts.

    What is left out, by its label or by the mask that Keras attaches to predictions, counts neither
    above nor below the line: padding a batch further changes neither loss nor gradient, and the
    loss of a batch of which nothing counts is 0. A ``sample_weight`` multiplies the loss; shape
    (batch,) does so for each token of a sequence. What has weight 0 still counts below the line, as
    in Keras, except with the reduction ``mean_with_sample_weight``.

    Args:
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.
    """

    def __init__(
        self, reduction: str = "sum_over_batch_size", name: str | None = None, dtype: Any = None
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    @abstractmethod
    def valid(self, y_true: Any, y_pred: Any) -> Any:
        """Tells what counts: a truth value for each value that ``call`` returns."""

    @abstractmethod
    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example or token, shape (batch,) or (batch, seq)."""

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Computes the loss; what is left out gets weight 0 and leaves the mean's denominator."""
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        weight = valid = ops.cast(self.valid(y_true, y_pred), self.dtype)
        if sample_weight is not None:
            sample_weight = ops.cast(ops.convert_to_tensor(sample_weight), self.dtype)
            weight = weight * expanded(sample_weight, valid)
        if self.reduction in ("sum_over_batch_size", "mean"):
            divisor, counted = ops.cast(ops.size(valid), self.dtype), valid
            mask = getattr(y_pred, "_keras_mask", None)
            if mask is not None:  # by which Keras divides then, having put its zeros
                mask = expanded(ops.cast(mask, self.dtype), valid)
                divisor, counted = ops.sum(mask), valid * mask
            weight = weight * divisor / ops.maximum(ops.sum(counted), 1)
        return super().__call__(y_true, y_pred, weight)

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {**super().get_config(), "dtype": self.dtype}


class ClassificationLoss(MaskedLoss):
    """Base of the losses over classes.

    The mean is over what counts (Keras's convention), not over the sum of the class weights
    (PyTorch's).

    Args:
        class_weights: One positive weight a class; None is unweighted.
        ignore_class: Label id, or several, that stands for "no label"; None leaves nothing out.
        from_logits: Whether predictions are logits; else they are probabilities.
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.
    """

    def __init__(
        self,
        class_weights: ClassWeights = None,
        ignore_class: IgnoreClass = None,
        from_logits: bool = True,
        reduction: str = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)
        self.class_weights = checked_class_weights(class_weights)
        self.ignore_class = checked_ignore_class(ignore_class)
        self.from_logits = from_logits

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            **super().get_config(),
            "class_weights": self.class_weights,
            "ignore_class": self.ignore_class,
            "from_logits": self.from_logits,
        }
