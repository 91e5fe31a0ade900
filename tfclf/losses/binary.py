"""Binary cross-entropy and focal loss over labels of which several may hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfclf.errors import ArgumentError
from tfclf.losses.arguments import (
    ClassWeights,
    IgnoreClass,
    PerClass,
    checked_alpha,
    checked_gamma,
    checked_number,
    number_like,
    per_class_like,
)
from tfclf.losses.sparse_categorical import EPSILON
from tfclf.losses.weighting import ClassificationLoss, not_ignored


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    gamma: float | Sequence[float] = 2.0,
    class_weights: ClassWeights = None,
    alpha: float | Sequence[float] | None = None,
    ignore_class: IgnoreClass = None,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
) -> Any:
    """Computes the mean over the classes of ``-w a_t (1 - p_t)^gamma log p_t``.

    ``p_t`` is the probability of what is true, p or 1 - p; ``a_t`` is alpha or 1 - alpha (Lin et
    al. 2017, equation 5). The powers are of logarithms, so nothing is clipped and the gradient is
    finite however sure the model is.

    Args:
        y_true: 0 or 1 for each class, shape (batch, classes). A value between gives the mean of
            the two losses in that proportion, as label smoothing has it.
        y_pred: Logits or probabilities, shape (batch, classes).
        gamma: Focus on hard entries, a number or one a class; 0 is cross-entropy.
        class_weights: One weight a class.
        alpha: Weight of the positives, 1 - alpha that of the negatives, a number or one a class;
            None: both are 1.
        ignore_class: What stands in ``y_true`` where nothing is known; the mean is over the rest.
        from_logits: Whether ``y_pred`` are logits.
        label_smoothing: s in [0, 1): the labels are s / 2 and 1 - s / 2 instead of 0 and 1.

    Returns:
        The loss of each example, shape (batch,). An example of which nothing is known has 0.

    Raises:
        ArgumentError: Labels and predictions differ in shape, or there is not one weight, gamma or
            alpha a class.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    targets, known = known_targets(y_true, y_pred, ignore_class)
    if label_smoothing:
        targets = (1 - label_smoothing) * targets + label_smoothing / 2
    log_p, log_not_p = log_probabilities_of_both(y_pred, from_logits)
    positive, negative = -targets * log_p, -(1 - targets) * log_not_p
    if np.any(gamma):
        focus = number_like(gamma, y_pred, "gammas")
        positive = positive * ops.exp(focus * log_not_p)
        negative = negative * ops.exp(focus * log_p)
    if alpha is not None:
        alpha = number_like(alpha, y_pred, "alphas")
        positive, negative = alpha * positive, (1 - alpha) * negative
    return mean_of_known(positive + negative, known, class_weights)


def known_targets(y_true: Any, y_pred: Any, ignore_class: IgnoreClass) -> tuple[Any, Any]:
    """Returns labels, 0 where nothing is known, and what is known, shape (batch, classes) each.

    Raises:
        ArgumentError: Labels and predictions differ in shape.
    """
    check_shapes(y_true, y_pred)
    known = not_ignored(y_true, ignore_class)
    return ops.where(known, ops.cast(y_true, y_pred.dtype), 0), known


def log_probabilities_of_both(y_pred: Any, from_logits: bool) -> tuple[Any, Any]:
    """Returns log p and log (1 - p), shape (batch, classes) each."""
    if from_logits:
        return -ops.softplus(-y_pred), -ops.softplus(y_pred)
    return ops.log(ops.clip(y_pred, EPSILON, 1.0)), ops.log(ops.clip(1 - y_pred, EPSILON, 1.0))


def mean_of_known(loss: Any, known: Any, class_weights: ClassWeights) -> Any:
    """Returns the mean over the classes that are known, each times its weight.

    Args:
        loss: Loss of each entry, shape (batch, classes).
        known: Which entries are known, in the same shape.
        class_weights: One weight a class; they do not weigh the denominator.

    Returns:
        The loss of each example, shape (batch,), 0 where nothing is known.

    Raises:
        ArgumentError: There is not one weight a class.
    """
    if class_weights is not None:
        loss = loss * per_class_like(class_weights, loss, "class weights")
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
        gamma: Focus on hard entries, at least 0: a number, or one a class.
        class_weights: One positive weight a class, for its positives and negatives alike; None is
            unweighted.
        alpha: Weight of the positives in (0, 1), 1 - alpha that of the negatives: a number, or one
            a class; None: both are 1.
        ignore_class: What stands in ``y_true`` where nothing is known. These entries are left out;
            an example without any other does not count.
        from_logits: Whether predictions are logits (the default, as our models give) or
            probabilities.
        reduction: As for every Keras loss.
        name: Name of the loss.
        dtype: Type of the result.
        label_smoothing: s in [0, 1): the labels are s / 2 and 1 - s / 2 instead of 0 and 1, as in
            Keras; entry by entry the two losses are mixed in that proportion.

    Raises:
        ArgumentError: ``gamma``, ``alpha`` or ``label_smoothing`` is out of range, or a weight is
            not positive and finite.

    Example:
    >>> import numpy as np
    >>> loss = BinaryFocalCrossentropy(gamma=2.0)
    >>> round(float(loss(np.array([[1, 0]]), np.array([[0.0, 0.0]]))), 4)  # ln 2 / 4
    0.1733

    Reference: Lin, Goyal, Girshick, He, Dollar 2017, Focal Loss for Dense Object Detection, eq. 5.
    """

    def __init__(
        self,
        gamma: PerClass = 2.0,
        class_weights: ClassWeights = None,
        alpha: PerClass | None = None,
        ignore_class: IgnoreClass = None,
        from_logits: bool = True,
        reduction: str = "sum_over_batch_size",
        name: str = "binary_focal_crossentropy",
        dtype: Any = None,
        label_smoothing: float = 0.0,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)
        self.gamma, self.alpha = checked_gamma(gamma), checked_alpha(alpha)
        self.label_smoothing = checked_number("label_smoothing", label_smoothing, below=1)

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
            self.label_smoothing,
        )

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {
            **super().get_config(),
            "gamma": self.gamma,
            "alpha": self.alpha,
            "label_smoothing": self.label_smoothing,
        }


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
        label_smoothing: s in [0, 1): the labels are s / 2 and 1 - s / 2 instead of 0 and 1, as in
            Keras.

    Raises:
        ArgumentError: A weight is not positive and finite, or ``label_smoothing`` is out of range.

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
        label_smoothing: float = 0.0,
    ):
        super().__init__(class_weights, ignore_class, from_logits, reduction, name, dtype)
        self.label_smoothing = checked_number("label_smoothing", label_smoothing, below=1)

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
            self.label_smoothing,
        )

    def get_config(self) -> dict[str, Any]:
        """Returns what ``from_config`` needs."""
        return {**super().get_config(), "label_smoothing": self.label_smoothing}
