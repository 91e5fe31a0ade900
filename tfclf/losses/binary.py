"""Binary cross-entropy and focal loss over labels of which several may hold."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.losses.sparse_categorical import EPSILON
from tfclf.losses.weighting import (
    ClassificationLoss,
    ClassWeights,
    IgnoreClass,
    class_weights_like,
    not_ignored,
)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    gamma: float = 2.0,
    class_weights: ClassWeights = None,
    alpha: float | None = None,
    ignore_class: IgnoreClass = None,
    from_logits: bool = True,
) -> Any:
    """Computes the mean over the classes of ``-w a_t (1 - p_t)^gamma log p_t``.

    ``p_t`` is the probability of what is true, p or 1 - p; ``a_t`` is alpha or 1 - alpha (Lin et
    al. 2017, equation 5). The powers are of logarithms, so nothing is clipped and the gradient is
    finite however sure the model is.

    Args:
        y_true: 0 or 1 for each class, shape (batch, classes). A value between gives the mean of
            the two losses in that proportion, as label smoothing has it.
        y_pred: Logits or probabilities, shape (batch, classes).
        gamma: Focus on hard entries; 0 is cross-entropy.
        class_weights: One weight a class.
        alpha: Weight of the positives, 1 - alpha that of the negatives; None: both are 1.
        ignore_class: What stands in ``y_true`` where nothing is known; the mean is over the rest.
        from_logits: Whether ``y_pred`` are logits.

    Returns:
        The loss of each example, shape (batch,). An example of which nothing is known has 0.

    Raises:
        ArgumentError: Labels and predictions differ in shape, or there is not one weight a class.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    check_shapes(y_true, y_pred)
    known = not_ignored(y_true, ignore_class)
    y_true = ops.where(known, ops.cast(y_true, y_pred.dtype), 0)
    if from_logits:
        log_p, log_not_p = -ops.softplus(-y_pred), -ops.softplus(y_pred)
    else:
        log_p = ops.log(ops.clip(y_pred, EPSILON, 1.0))
        log_not_p = ops.log(ops.clip(1 - y_pred, EPSILON, 1.0))
    positive, negative = -y_true * log_p, -(1 - y_true) * log_not_p
    if gamma:
        positive = positive * ops.exp(gamma * log_not_p)
        negative = negative * ops.exp(gamma * log_p)
    if alpha is not None:
        positive, negative = alpha * positive, (1 - alpha) * negative
    loss = positive + negative
    if class_weights is not None:
        loss = loss * class_weights_like(class_weights, y_pred)
    known = ops.cast(known, loss.dtype)
    return ops.sum(loss * known, axis=-1) / ops.maximum(ops.sum(known, axis=-1), 1)


def check_shapes(y_true: Any, y_pred: Any) -> None:
    """Raises where labels are not multi-hot."""
    expected, got = tuple(y_pred.shape), tuple(y_true.shape)
    if len(expected) != len(got) or expected[-1] != got[-1]:
        raise ArgumentError(
            f"labels of shape {got} for predictions of shape {expected}, expected one 0 or 1 for "
            "each prediction",
            remedy="Label ids go with SparseCategoricalCrossentropy.",
        )


class BinaryLoss(ClassificationLoss):
    """Base of the losses over one 0 or 1 a class."""

    def valid(self, y_true: Any, y_pred: Any) -> Any:
        """Tells of which examples anything is known, shape (batch,)."""
        check_shapes(y_true, y_pred)
        return ops.any(not_ignored(y_true, self.ignore_class), axis=-1)


@keras.saving.register_keras_serializable("tfclf")
class BinaryFocalCrossentropy(BinaryLoss):
    """Focal loss for several labels a text: cross-entropy that counts easy entries less.

    Most entries of a multi-label table are easy negatives; their sum drowns the rest. The loss of
    an example is the mean over its classes, not over the sum of their weights.

    Args:
        gamma: Focus on hard entries, at least 0.
        class_weights: One positive weight a class; None is unweighted.
        alpha: Weight of the positives in (0, 1), 1 - alpha that of the negatives; None: both are 1.
        ignore_class: What stands in ``y_true`` where nothing is known. These entries are left out;
            an example without any other does not count.
        from_logits: Whether predictions are logits (the default, as our models give) or
            probabilities.
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.

    Raises:
        ArgumentError: ``gamma`` or ``alpha`` is out of range, or a weight is not positive and
            finite.

    Example:
    >>> import numpy as np
    >>> loss = BinaryFocalCrossentropy(gamma=2.0)
    >>> round(float(loss(np.array([[1, 0]]), np.array([[0.0, 0.0]]))), 4)  # ln 2 / 4
    0.1733

    Reference: Lin, Goyal, Girshick, He, Dollar 2017, Focal Loss for Dense Object Detection, eq. 5.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        class_weights: ClassWeights = None,
        alpha: float | None = None,
        ignore_class: IgnoreClass = None,
        from_logits: bool = True,
        reduction: str = "sum_over_batch_size",
        name: str = "binary_focal_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)
        if not 0 <= gamma < float("inf"):
            raise ArgumentError(f"gamma is {gamma}, expected a number of at least 0")
        if alpha is not None and not 0 < alpha < 1:
            raise ArgumentError(f"alpha is {alpha}, expected a number between 0 and 1, or None")
        self.gamma, self.alpha = float(gamma), None if alpha is None else float(alpha)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        return binary_focal_crossentropy(
            y_true,
            y_pred,
            self.gamma,
            self.class_weights,
            self.alpha,
            self.ignore_class,
            self.from_logits,
        )

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {**super().get_config(), "gamma": self.gamma, "alpha": self.alpha}


@keras.saving.register_keras_serializable("tfclf")
class BinaryCrossentropy(BinaryLoss):
    """Cross-entropy for several labels a text, with class weights and unknown entries inside.

    Without either it is Keras's own, of logits. The loss of an example is the mean over its
    classes, not over the sum of their weights.

    Args:
        class_weights: One positive weight a class, for its positives and negatives alike; None is
            unweighted.
        ignore_class: What stands in ``y_true`` where nothing is known. These entries are left out;
            an example without any other does not count.
        from_logits: Whether predictions are logits (the default, as our models give) or
            probabilities.
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.

    Raises:
        ArgumentError: A weight is not positive and finite.

    Example:
    >>> import numpy as np
    >>> loss = BinaryCrossentropy(ignore_class=-100)
    >>> round(float(loss(np.array([[1, -100]]), np.array([[0.0, 9.0]]))), 4)  # ln 2
    0.6931
    """

    def __init__(
        self,
        class_weights: ClassWeights = None,
        ignore_class: IgnoreClass = None,
        from_logits: bool = True,
        reduction: str = "sum_over_batch_size",
        name: str = "binary_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        return binary_focal_crossentropy(
            y_true,
            y_pred,
            0.0,
            self.class_weights,
            None,
            self.ignore_class,
            self.from_logits,
        )
