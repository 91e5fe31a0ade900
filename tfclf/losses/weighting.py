"""What the losses share: what is left out, and over what the mean is taken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Integral
from typing import Any

import keras
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.losses.arguments import (
    ClassWeights,
    IgnoreClass,
    checked_class_weights,
    checked_ignore_class,
)
from tfclf.models.replicas import mean_over_replicas


def not_ignored(labels: Any, ignore_class: IgnoreClass) -> Any:
    """Tells which labels count: a truth value for each of them."""
    labels = ops.cast(labels, "float32")  # an unsigned label cannot be compared with -100
    label_ids = [ignore_class] if isinstance(ignore_class, Integral) else ignore_class or ()
    valid = ops.ones_like(labels, dtype="bool")
    for label_id in label_ids:
        valid = ops.logical_and(valid, ops.not_equal(labels, float(label_id)))
    return valid


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

    On several devices the mean is over what counts in the whole batch. Keras's own losses take that
    of each device's rows on TensorFlow, and the mean of these.

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
        mask = getattr(y_pred, "_keras_mask", None)  # Keras puts its zeros
        mask = ops.ones_like(valid) if mask is None else expanded(ops.cast(mask, self.dtype), valid)
        if self.reduction in ("sum_over_batch_size", "mean"):
            number = mean_over_replicas(ops.sum(valid * mask))
            weight = ops.divide_no_nan(weight * ops.sum(mask), number)
        loss = super().__call__(y_true, y_pred, weight)
        if self.reduction == "mean_with_sample_weight":
            number = ops.sum(weight * mask)
            loss = loss * ops.divide_no_nan(number, mean_over_replicas(number))
        return loss

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {**super().get_config(), "dtype": self.dtype}


class ClassificationLoss(MaskedLoss):
    """Base of the losses over classes.

    The mean is over what counts (Keras's convention), not over the sum of the class weights
    (PyTorch's).

    Args:
        class_weights: One positive weight a class; None is unweighted. The largest may be
            ``tfclf.imbalance.class_weights.MAX_RATIO`` times the smallest.
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
